// SPDX-License-Identifier: Apache-2.0
// LocalStore: the store on this disk. On a single workstation author and sequencer are keys of its own, and it places
// what it makes; as a member of a fleet (FleetStore) it queues that, and follows a chain that is placed elsewhere. Made
// by Store::open().
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "daemon/store/archive.hpp"
#include "daemon/store/blob.hpp"
#include "daemon/store/describe.hpp"
#include "daemon/store/directory.hpp"
#include "daemon/store/fleet.hpp"
#include "daemon/store/kept_view.hpp"
#include "daemon/store/lockouts.hpp"
#include "daemon/store/offline_rules.hpp"
#include "daemon/store/reserve.hpp"
#include "daemon/store/store.hpp"
#include "daemon/store/trail.hpp"

namespace sekimori::daemon {

class LocalStore final : public Store, private FleetStore {
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
        ViewKeeper keeper;
        std::optional<RowsSeen> kept;  // what lies on disk for the next start is of these rows
    };
    LocalStore(Parts parts, KeyProtection protection, crypto::ScryptCost backup_cost, OfflineLimits offline,
               DenialRate help_desk, Clock& clock, Rng& rng)
        : parts_(std::move(parts)),
          protection_(protection),
          backup_cost_(backup_cost),
          offline_limits_(offline),
          help_desk_(help_desk),
          clock_(clock),
          rng_(rng),
          to_judge_(parts_.kept) {}

    // After construction: denials of the reserve, names, left-over blobs. Errors: corrupt.
    [[nodiscard]] Status settle();

    [[nodiscard]] LedgerHead head() const override;
    [[nodiscard]] KeyProtection protection() const override { return protection_; }
    [[nodiscard]] std::string ledger_id() const override { return parts_.keys.ledger.hex(); }
    [[nodiscard]] std::optional<PersonRecord> person(const PersonId& id) const override;
    [[nodiscard]] std::optional<PersonRecord> person_by_login(std::string_view login) const override;
    [[nodiscard]] std::vector<PersonRecord> persons() const override;
    [[nodiscard]] std::vector<PersonRecord> persons_after(std::string_view login, std::size_t most) const override;
    [[nodiscard]] std::vector<PersonRecord> persons_of_account(std::string_view account) const override;
    [[nodiscard]] std::optional<CardRecord> card(const CardId& id) const override;
    [[nodiscard]] std::optional<CardRecord> card_by_key(const CardKey& key) const override;
    [[nodiscard]] std::vector<CardRecord> cards() const override;
    [[nodiscard]] std::vector<CardRecord> cards_after(const std::optional<CardId>& id, std::size_t most) const override;
    [[nodiscard]] std::vector<CardRecord> cards_of(const PersonId& id) const override;
    [[nodiscard]] std::vector<FingerRecord> fingers_of(const PersonId& id) const override;
    [[nodiscard]] std::vector<FingerRecord> fingers() const override;
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
    [[nodiscard]] std::string policy_text() const override { return policy_text_at(now().wall); }
    [[nodiscard]] std::string policy_text_at(Millis wall) const override;
    [[nodiscard]] std::vector<MediaRecord> media() const override;
    [[nodiscard]] std::string media_reason(const StatementId& id) const override;

    Result<PersonId> add_person(NewPerson person, const Actor& by) override;
    Result<std::vector<PersonId>> change_people(const std::vector<PersonChange>& changes, const Actor& by) override;
    [[nodiscard]] bool may_remove_people() const override;
    Result<Deletion> remove_person(const PersonId& id, const Actor& by) override;
    Status set_roles(const PersonId& id, Roles roles, const Actor& by) override;
    Result<StatementId> give_secret(NewSecret secret, const Actor& by) override;
    Result<StatementId> exempt(const PersonId& id, Millis until, std::string reason, const Actor& by) override;
    Result<StatementId> allow_break_glass(NewBreakGlass ticket, const Actor& by) override;
    Result<CardId> add_card(NewCard card, const Actor& by) override;
    Result<FingerId> add_finger(NewFinger finger, const Actor& by) override;
    Status load_policy(std::string json, std::optional<Millis> from, const Actor& by) override;
    Result<StatementId> allow_media(NewMedia media, const Actor& by) override;
    Status reinstate_card(const CardId& id, const Actor& by) override;
    Status reinstate_person(const PersonId& id, const Actor& by) override;
    Status return_card(const CardId& id, const Actor& by) override;

    Result<Denied> revoke_card(const CardId& id, DenyReason reason, const Denier& by) override;
    Result<Denied> suspend_card(const CardId& id, const Denier& by) override;
    Result<Denied> revoke_key(const CardKey& key, DenyReason reason, const Denier& by) override;
    Result<Denied> suspend_person(const PersonId& id, const Denier& by) override;
    Result<Denied> withdraw(const StatementId& id, Withdrawal why, const Denier& by) override;

    [[nodiscard]] LockoutState lockout(const LockoutKey& key) const override { return parts_.lockouts.get(key); }
    Status set_lockout(const LockoutKey& key, const LockoutState& state) override {
        return parts_.lockouts.set(key, state);
    }

    Result<std::uint64_t> append(const AuditEvent& event) override;
    Status append_all(const std::vector<AuditEvent>& events) override;
    [[nodiscard]] Result<AuditPage> audit_page(const AuditFilter& filter) const override {
        return parts_.trail.list(filter);
    }
    [[nodiscard]] Result<AuditCheck> verify_audit(const AuditSlice& slice) const override {
        return parts_.trail.verify(slice);
    }
    Result<Care> care_for_audit(Millis keep) override;
    Result<Care> care_for_ledger(Keep when) override;

    [[nodiscard]] Result<SecureBytes> backup(ByteSpan passphrase) const override;
    Status restore(ByteSpan file, ByteSpan passphrase, const Actor& by) override;

    [[nodiscard]] FleetStore* fleet() override { return parts_.keys.member ? this : nullptr; }
    [[nodiscard]] Opens opens() const override;
    Status join(NewMember made) override;
    Status leave() override;

    [[nodiscard]] Millis high_water() const override;
    [[nodiscard]] Millis policy_since() const override;

  private:
    // A denial that has no entry yet: its slot in the reserve, or none where not even that could be written. The hash
    // is what the ledger here knows it by, also where it could not be signed.
    struct Pending {
        Hash hash{};
        Verified denial;
        std::optional<std::size_t> slot;
    };
    enum class Said : std::uint8_t { before, anew };
    // Made here, on its way to the sequencer.
    struct Queued {
        Hash hash{};
        Verified made;
        Submitted at{Submitted::refused};  // stored: the server has it
    };
    // denials.cpp: a slot for what has none, while there is one for its author.
    void harden(Pending& one);
    [[nodiscard]] bool said_here(const Pending& one) const {
        return one.denial.statement.key == key_id(parts_.keys.author.public_key());
    }
    // What goes to disk in one transaction.
    struct Batch {
        std::vector<Verified> statements{};
        std::vector<SealedBlob> blobs{};
        std::vector<std::pair<PersonId, Bytes>> person_keys{};  // wrapped
    };

    [[nodiscard]] Instant now() const { return judge_wall(clock_.now(), high_water()); }
    [[nodiscard]] const View& view() const noexcept { return parts_.chain.ledger.view(); }
    [[nodiscard]] CardRecord as_of_now(CardRecord card) const;

    // people.cpp: statements and blobs about people, gathered for one commit, and what describes them afterwards.
    struct People {
        Batch batch;
        std::vector<std::pair<PersonId, PersonBlob>> names;
        std::vector<std::tuple<PersonId, Hash, AccountBlob>> accounts;
        std::vector<std::tuple<PersonId, Hash, DetailsBlob>> details;
    };
    [[nodiscard]] Status state(People& people, StatementType type, const BlobOf& of, ByteSpan key,
                               const Result<SecureBytes>& blob, Result<Bytes> body, std::optional<Millis> from) const;
    [[nodiscard]] Result<PersonId> prepare(People& people, const NewPerson& person,
                                           const std::optional<PersonDetails>& details, const Actor& by) const;
    [[nodiscard]] Status prepare(People& people, const PersonId& id, ByteSpan key, const PersonDetails& details,
                                 const Actor& by) const;
    [[nodiscard]] Status commit(const People& people);

    // commit.cpp
    [[nodiscard]] Result<Verified> author(StatementType type, ByteSpan subject, Result<Bytes> body,
                                          const Hash& blob = {}, std::optional<Millis> effective = {},
                                          Millis expires = {}) const;
    [[nodiscard]] Result<SealedBlob> seal(const BlobOf& of, ByteSpan plain) const;
    [[nodiscard]] Status commit(const Batch& batch);
    [[nodiscard]] Status commit_grant(const Batch& batch);  // pending denials first
    [[nodiscard]] Status fold();
    [[nodiscard]] Status sweep();
    // Of these the blobs that are in nobody's entry any more, and keys of people who are gone.
    [[nodiscard]] Status destroy(const std::set<Hash>& had, const std::set<PersonId>& persons);
    [[nodiscard]] Status erase(const std::vector<Bytes>& keys, const std::vector<Bytes>& blobs);

    // open.cpp
    enum class Names : std::uint8_t { lacking, all };
    [[nodiscard]] Status describe_all(Names which);
    // care.cpp: what is kept for the next start
    void forget_view();
    [[nodiscard]] bool should_keep(Keep when) const;
    [[nodiscard]] std::set<Hash> needed() const;
    [[nodiscard]] Status act(StatementType type, Target target, ByteSpan subject, const Actor& by);

    // backup.cpp
    [[nodiscard]] Status adopt(const Archive& archive, Chain chain);
    [[nodiscard]] Status merge(const Archive& archive);

    // fleet.cpp: what comes
    [[nodiscard]] Facts facts() const override;
    [[nodiscard]] const FleetView& fleet_view() const override { return view().fleet; }
    // night.cpp
    [[nodiscard]] std::optional<Millis> suspends_again_at() const override;
    [[nodiscard]] std::vector<SuspensionKey> unconfirmed() const override;
    Status confirm(const StatementId& suspension, const Actor& by) override;
    Result<Extended> extend(const Extending& what, Carried way, const Actor& by) override;
    Result<Extension> take_extension(ByteSpan bytes) override;
    [[nodiscard]] std::vector<Extension> extensions() const;
    [[nodiscard]] GroupId own_group() const;
    [[nodiscard]] Status load_extension();
    Result<Denial> hear(ByteSpan bytes) override;
    Result<Placed> take(ByteSpan entry, ByteSpan statement) override;
    Status save() override;
    Status take_blob(const Hash& hash, Bytes sealed) override;
    Status take_person_key(const PersonId& person, const GroupId& group, std::uint32_t generation,
                           ByteSpan sealed) override;
    Status take_group_key(ByteSpan bytes) override;
    Result<Heard> take_beat(ByteSpan bytes) override;
    Status keep_age() override;
    [[nodiscard]] const std::vector<OfflineRule>& offline_rules() const override {
        return offline_rules_.of(view().policies);
    }
    Status forget_keys() override;
    [[nodiscard]] Follower follower() { return {parts_.keys.root(), parts_.chain}; }
    [[nodiscard]] Status settle_member();
    [[nodiscard]] Status read_kept(const Reserve::Found& found);
    [[nodiscard]] Status give_up();
    [[nodiscard]] Status put_keys();
    [[nodiscard]] std::set<Hash> early_in_use() const;

    // outbox.cpp: what goes
    void reach(Reach server) override { reach_ = server; }
    void hooks(Hooks hooks) override { hooks_ = std::move(hooks); }
    [[nodiscard]] std::vector<Waiting> waiting() const override;
    [[nodiscard]] std::vector<Hash> unsent() const override;
    [[nodiscard]] Result<Outgoing> outgoing(const Hash& hash) const override;
    Status submitted(const Hash& hash, Submitted outcome) override;
    [[nodiscard]] bool waits(const Hash& hash) const override;
    Result<Bytes> acknowledge(const Hash& denial, AckOutcome outcome, std::uint16_t sessions) override;
    [[nodiscard]] Result<std::vector<KeptAck>> acknowledgements() const override;
    Status acknowledged(const Hash& denial) override;
    [[nodiscard]] Result<Acknowledgement> open_ack(ByteSpan record) const override;
    [[nodiscard]] Status load_outbox();
    [[nodiscard]] Status queue(const Batch& batch);
    [[nodiscard]] Status put_in_outbox(const Batch& batch);
    [[nodiscard]] Status queue_denials();

    // witnessed.cpp: what a fleet may check
    [[nodiscard]] Result<std::vector<Denying>> denials_of(ByteSpan subject) const override;
    [[nodiscard]] Result<std::optional<Denying>> last_denial_of(ByteSpan subject) const;
    [[nodiscard]] Result<Statement> denial(const Hash& hash) const override;
    [[nodiscard]] bool durable(const Hash& denial) const override;
    Status harden() override;
    [[nodiscard]] Result<std::vector<TrailRow>> trail_after(std::uint64_t seq, std::size_t most) const override;
    [[nodiscard]] Result<SignedHead> trail_head() const override;
    [[nodiscard]] Result<Bytes> renewal_request(ByteSpan csr) const override;
    [[nodiscard]] Status check_trail(ByteSpan head) const override;

    // denials.cpp
    [[nodiscard]] View certain() const;
    Result<Denied> deny(StatementType type, const ActBody& body, ByteSpan subject);
    template <class Body>
    Result<Denied> say_denied(StatementType type, Said said, const Body& body, ByteSpan subject);

    // fallbacks.cpp
    template <class Body, class Blob>
    Result<StatementId> give(StatementType type, BlobKind kind, const PersonId& person, Millis until, const Body& body,
                             const Blob& blob);

    Parts parts_;
    KeyProtection protection_;
    crypto::ScryptCost backup_cost_;
    OfflineLimits offline_limits_;
    DenialRate help_desk_;
    Clock& clock_;
    Rng& rng_;
    std::vector<Pending> pending_;
    bool swept_{false};                 // what an earlier run left over is gone
    RowsSeen rows_;                     // looked at
    std::optional<RowsSeen> to_judge_;  // what they must come to there: they were not verified at the start

    // Of a member.
    Reach reach_{Reach::yes};
    Hooks hooks_;
    Freshness freshness_;
    mutable OfflineRules offline_rules_;
    std::optional<Verified> carried_;                      // an extension that came by file
    std::deque<Queued> outbox_;                            // an import's is long, and leaves from the front
    std::vector<std::pair<std::uint64_t, Link>> unsaved_;  // in effect, not on disk yet
    std::map<Hash, Bytes> early_blobs_;                    // came before the entry that names them
    std::map<PersonId, Bytes> early_keys_;                 // the same, sealed for this disk
    std::vector<Reserve::Found> unread_;                   // denials of the reserve whose author is not known yet
};

}  // namespace sekimori::daemon
