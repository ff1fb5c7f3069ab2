// SPDX-License-Identifier: Apache-2.0
// LocalStore: the store of one workstation, where author and sequencer are local keys. Made by Store::open().
#pragma once

#include <memory>
#include <vector>

#include "daemon/store/archive.hpp"
#include "daemon/store/blob.hpp"
#include "daemon/store/describe.hpp"
#include "daemon/store/directory.hpp"
#include "daemon/store/lockouts.hpp"
#include "daemon/store/reserve.hpp"
#include "daemon/store/store.hpp"
#include "daemon/store/trail.hpp"

namespace sekimori::daemon {

class LocalStore final : public Store {
  public:
    // Everything that was opened and verified. Pointers, because trail and lockouts keep addresses of the first two.
    struct Parts {
        DirectoryLock lock;
        std::unique_ptr<Database> database;
        std::unique_ptr<Sealer> sealer;
        Keys keys;
        Chain chain;
        Reserve reserve;
        Trail trail;
        Lockouts lockouts;
    };
    LocalStore(Parts parts, KeyProtection protection, crypto::ScryptCost backup_cost, Clock& clock, Rng& rng)
        : parts_(std::move(parts)), protection_(protection), backup_cost_(backup_cost), clock_(clock), rng_(rng) {}

    // After construction: denials of the reserve, names, left-over blobs. Errors: corrupt.
    [[nodiscard]] Status settle();

    [[nodiscard]] LedgerHead head() const override;
    [[nodiscard]] KeyProtection protection() const override { return protection_; }
    [[nodiscard]] std::string ledger_id() const override { return parts_.keys.ledger.hex(); }
    [[nodiscard]] std::optional<PersonRecord> person(const PersonId& id) const override;
    [[nodiscard]] std::optional<PersonRecord> person_by_login(std::string_view login) const override;
    [[nodiscard]] std::vector<PersonRecord> persons() const override;
    [[nodiscard]] std::vector<PersonRecord> persons_of_account(std::string_view account) const override;
    [[nodiscard]] std::optional<CardRecord> card(const CardId& id) const override;
    [[nodiscard]] std::optional<CardRecord> card_by_key(const CardKey& key) const override;
    [[nodiscard]] std::vector<CardRecord> cards() const override;
    [[nodiscard]] std::vector<CardRecord> cards_of(const PersonId& id) const override;
    [[nodiscard]] std::vector<FingerRecord> fingers_of(const PersonId& id) const override;
    [[nodiscard]] Result<SecureBytes> finger_data(const FingerId& id) const override;
    [[nodiscard]] Result<SecureBytes> card_secret(const CardId& id) const override;
    [[nodiscard]] std::vector<SecretRecord> secrets() const override;
    [[nodiscard]] std::optional<SecretRecord> secret_of(const PersonId& id, SecretUse use) const override;
    [[nodiscard]] std::vector<ExemptionRecord> exemptions() const override;
    [[nodiscard]] std::optional<ExemptionRecord> exemption_of(const PersonId& id) const override;
    [[nodiscard]] std::vector<BreakGlassRecord> break_glass() const override;
    [[nodiscard]] Result<StoredSecret> secret_data(const StatementId& id) const override;
    [[nodiscard]] Result<std::string> exemption_reason(const StatementId& id) const override;
    [[nodiscard]] std::optional<LastUse> last_use(const PersonId& id) const override;
    [[nodiscard]] std::string policy_text() const override;

    Result<PersonId> add_person(NewPerson person, const Actor& by) override;
    Result<Deletion> remove_person(const PersonId& id, const Actor& by) override;
    Status set_roles(const PersonId& id, Roles roles, const Actor& by) override;
    Result<StatementId> give_secret(NewSecret secret, const Actor& by) override;
    Result<StatementId> exempt(const PersonId& id, Millis until, std::string reason, const Actor& by) override;
    Result<StatementId> allow_break_glass(NewBreakGlass ticket, const Actor& by) override;
    Result<CardId> add_card(NewCard card, const Actor& by) override;
    Result<FingerId> add_finger(NewFinger finger, const Actor& by) override;
    Status load_policy(std::string json, std::optional<Millis> from, const Actor& by) override;
    Status reinstate_card(const CardId& id, const Actor& by) override;
    Status reinstate_person(const PersonId& id, const Actor& by) override;
    Status return_card(const CardId& id, const Actor& by) override;

    Result<Denied> revoke_card(const CardId& id, DenyReason reason, const Actor& by) override;
    Result<Denied> suspend_card(const CardId& id, const Actor& by) override;
    Result<Denied> revoke_key(const CardKey& key, DenyReason reason, const Actor& by) override;
    Result<Denied> suspend_person(const PersonId& id, const Actor& by) override;
    Result<Denied> withdraw(const StatementId& id, Withdrawal why, const Actor& by) override;

    [[nodiscard]] LockoutState lockout(const LockoutKey& key) const override { return parts_.lockouts.get(key); }
    Status set_lockout(const LockoutKey& key, const LockoutState& state) override {
        return parts_.lockouts.set(key, state);
    }

    Result<std::uint64_t> append(const AuditEvent& event) override;
    [[nodiscard]] Result<std::vector<AuditRow>> audit(const AuditFilter& filter) const override {
        return parts_.trail.list(filter);
    }
    [[nodiscard]] Result<AuditCheck> verify_audit(std::optional<std::string> kept_head) const override {
        return parts_.trail.verify(kept_head);
    }

    [[nodiscard]] Result<SecureBytes> backup(ByteSpan passphrase) const override;
    Status restore(ByteSpan file, ByteSpan passphrase, const Actor& by) override;

    [[nodiscard]] Millis high_water() const override;
    [[nodiscard]] Millis policy_since() const override;

  private:
    // A denial that has no entry yet: its slot in the reserve, or none where not even that could be written.
    struct Pending {
        Verified denial;
        std::optional<std::size_t> slot;
    };
    enum class Changed : std::uint8_t { no, yes };
    // What goes to disk in one transaction.
    struct Batch {
        std::vector<Verified> statements{};
        std::vector<SealedBlob> blobs{};
        std::vector<std::pair<PersonId, Bytes>> person_keys{};  // wrapped
    };

    [[nodiscard]] Instant now() const { return judge_wall(clock_.now(), high_water()); }
    [[nodiscard]] const View& view() const noexcept { return parts_.chain.ledger.view(); }
    [[nodiscard]] CardRecord as_of_now(CardRecord card) const;

    // commit.cpp
    [[nodiscard]] Result<Verified> author(StatementType type, ByteSpan subject, Result<Bytes> body,
                                          const Hash& blob = {}, std::optional<Millis> effective = {},
                                          Millis expires = {}) const;
    [[nodiscard]] Result<SealedBlob> seal(const BlobOf& of, ByteSpan plain) const;
    [[nodiscard]] Status commit(const Batch& batch);
    [[nodiscard]] Status commit_grant(const Batch& batch);  // pending denials first
    [[nodiscard]] Status fold();
    [[nodiscard]] Status sweep();
    [[nodiscard]] std::set<Hash> needed() const;
    [[nodiscard]] Status act(StatementType type, Target target, ByteSpan subject, const Actor& by);

    // backup.cpp
    [[nodiscard]] Status adopt(const Archive& archive, Chain chain);
    [[nodiscard]] Status merge(const Archive& archive);

    // denials.cpp
    Result<Denied> deny(StatementType type, const ActBody& body, ByteSpan subject);
    template <class Body>
    Result<Denied> say_denied(StatementType type, Changed changed, const Body& body, ByteSpan subject);

    // fallbacks.cpp
    template <class Body, class Blob>
    Result<StatementId> give(StatementType type, BlobKind kind, const PersonId& person, Millis until, const Body& body,
                             const Blob& blob);

    Parts parts_;
    KeyProtection protection_;
    crypto::ScryptCost backup_cost_;
    Clock& clock_;
    Rng& rng_;
    std::vector<Pending> pending_;
};

}  // namespace sekimori::daemon
