// SPDX-License-Identifier: Apache-2.0
// Store: the broker's memory on disk. Statements in their chain of entries, blobs under their hash, the audit trail,
// lockouts.
//
// Life cycle: open() once; every call on the one thread of the broker. Everything that returns success is durable
// (fsync'd). Reads are answered from memory, so that a full or failing disk never delays a denial or a login's lookup.
// Errors: full (no space), io, corrupt (our own data does not verify: nothing of it is used), exists, not_found,
// refused.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/denial_rate.hpp"
#include "core/freshness.hpp"
#include "core/lockout.hpp"
#include "core/media.hpp"
#include "core/offline.hpp"
#include "core/ports.hpp"
#include "core/records.hpp"
#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::daemon {

class FleetStore;
struct NewMember;

// One line of the trail. People by id; `who` of an attempt without a known person is empty.
struct AuditEvent {
    std::string what;             // "login", "card.revoke", "person.add", ...
    std::string service;          // PAM service, or empty
    std::string where;            // tty, seat or rhost as established, never as merely claimed
    std::optional<PersonId> who;  // whose act it was (or would have been)
    std::optional<CardId> card;
    std::optional<PersonId> subject;  // whom an administrator's act concerns, or whose account a stranger asked for
    bool success{false};              // an event that is not marked a success is a failure
    std::string reason;               // name_of(Reason) or a short word
};
struct AuditRow {
    std::uint64_t seq{};
    Instant time;
    AuditEvent event;
    std::vector<std::uint8_t> row, signature;  // as signed, where AuditProof::wanted
};
enum class AuditOrder : std::uint8_t { oldest_first, newest_first };
enum class AuditProof : std::uint8_t { not_wanted, wanted };
struct AuditFilter {
    std::optional<Millis> since, until;  // wall
    std::optional<PersonId> person;
    std::optional<CardId> card;
    std::optional<bool> success;
    std::optional<std::string> what;  // whole, or what stands before its point: "card" finds "card.revoke"
    std::optional<std::string> service, where, reason;  // whole
    std::uint64_t after_seq{0};
    std::optional<std::uint64_t> before_seq;
    AuditOrder order{AuditOrder::oldest_first};
    AuditProof proof{AuditProof::not_wanted};
    std::size_t limit{10'000};
};
struct AuditPage {
    std::vector<AuditRow> rows;
    std::uint64_t last{0};             // the last row that was looked at
    bool more{false};                  // there are more to look at, from `last` on
    std::vector<std::uint8_t> signer;  // AuditProof::wanted: the public key that signs the first row of this page
};
// A head of the trail that was kept elsewhere.
struct KeptHead {
    std::uint64_t seq{};
    std::string hash;  // hex
};
// A piece of the trail, to be verified: what comes after `after`.
struct AuditSlice {
    std::uint64_t after{0};
    std::size_t limit{128};
    std::vector<KeptHead> heads;
};
struct AuditCheck {
    std::uint64_t seq{};                     // the last row that was verified
    std::optional<std::uint64_t> first_bad;  // the first seq that does not verify
    std::string head;                        // hex of the row `seq`
    std::string message;
    bool more{false};  // the trail goes on, and this slice was good
};
enum class Care : std::uint8_t { done, more };
enum class Keep : std::uint8_t { in_time, now };

struct LastUse {
    Millis wall{};
    std::string where;
};

struct LedgerHead {
    std::uint64_t seq{};
    std::string hash;  // hex
};

enum class KeyProtection : std::uint8_t { host, tpm2 };

struct StoreOptions {
    std::string directory;  // exists, 0700, owned by our uid
    std::string witness;    // "", "journal" or a file to which audit heads are appended
    std::string forward;    // "", "journal" or "syslog": who gets a copy of every event
    // The top key (32 bytes) when systemd passed one as a credential; else a key file in `directory` is made and used.
    std::optional<SecureBytes> top_key;
    KeyProtection protection{KeyProtection::host};
    LockoutPolicy lockout;         // what a lock that another boot left behind becomes
    OfflineLimits offline{};       // of a member of a fleet
    DenialRate help_desk{};        // of one to which no more was delegated
    std::uint8_t backup_cost{17};  // of a backup's passphrase: log2 of scrypt's N (17: 128 MiB, about half a second)
};

// Who takes something away. It gives nobody anything: of an Actor it can be made, and no Actor of it.
struct Denier {
    std::optional<PersonId> person;  // as an Actor's
    std::string where;
    std::optional<PersonId> second{};
};
// Who acts: recorded as the author of the statement and in the trail.
struct Actor {
    std::optional<PersonId> person;  // none: setup on an empty ledger, or the lab's administrator
    std::string where;
    std::optional<PersonId> second{};  // the other administrator, where it takes two
    operator Denier() const { return {person, where, second}; }
};

struct NewPerson {
    std::string login, name;
    std::vector<AccountRecord> accounts;
    std::uint32_t min_fingers{2};
    std::string min_fingers_reason;
    Role role{};
    Millis starts_at{};  // wall; 0: at once
};
// What an import does about one person: somebody new, or new details of somebody who is there.
struct PersonChange {
    std::variant<NewPerson, PersonId> who;
    std::optional<PersonDetails> details;
};
struct NewCard {
    PersonId person;
    CardType type{};
    CardSlot slot{};
    CardKey key;
    std::vector<std::uint8_t> spki;
    std::uint8_t scheme{};
    std::vector<std::uint8_t> public_id;
    std::uint8_t ic_code{};
    Millis expires_at{};
    SecureBytes secret;  // Lite-S: the card key CK (16 bytes); else empty
    std::optional<TemporaryTerms> temporary{};
};
// A substitute code or a password: what is kept of it, and why it was given.
struct NewSecret {
    PersonId person;
    SecretUse use{};
    Millis until{};      // wall; 0: no end
    std::string handle;  // the public part of a code
    std::vector<std::uint8_t> hash;
    std::string reason;
};
struct NewBreakGlass {
    PersonId person;
    TerminalId terminal;
    Millis until{};
    std::string handle;
    std::vector<std::uint8_t> hash;
    std::string reason;
};
struct StoredSecret {
    std::string handle;
    std::vector<std::uint8_t> hash;
    std::string reason;
};
// What became of a person's data (削除証明).
struct Deletion {
    std::uint64_t seq{};  // the entry of the removal
    std::string hash;     // of that entry, hex
    std::size_t cards{}, fingers{}, accounts{}, secrets{}, exemptions{};
    std::size_t blobs{};  // destroyed
    std::size_t left{};   // rows of theirs that are still there: 0 unless the disk refused
};
struct NewFinger {
    PersonId person;
    std::string finger, driver, device_id;
    std::uint8_t modality{}, on_chip{}, stages{};
    SecureBytes data;  // the serialized template
};

struct NewMedia {
    std::uint16_t vendor{}, product{};
    std::string serial;
    Millis until{};                     // wall; 0: for good
    std::vector<TerminalId> terminals;  // none: everywhere
    PersonId approver;
    std::string reason;
};
struct MediaRecord {
    media::Record record;
    PersonId approver;
    Millis issued_at{};
};

// Which counter a lockout belongs to. `key` is the hex id of the person, the card's key, or the caller's name.
enum class LockoutOf : std::uint8_t { person, card, caller };
struct LockoutKey {
    LockoutOf of{};
    std::string key;
    auto operator<=>(const LockoutKey&) const = default;
};

class Store {
  public:
    // Opens or creates; verifies the whole chain and every blob it will use. One process at a time (lock file): a
    // second one gets `busy`.
    [[nodiscard]] static Result<std::unique_ptr<Store>> open(StoreOptions options, Clock& clock, Rng& rng);
    virtual ~Store() = default;

    // --- reads, from memory
    // -----------------------------------------------------------------------------------------------
    [[nodiscard]] virtual LedgerHead head() const = 0;
    [[nodiscard]] virtual KeyProtection protection() const = 0;
    [[nodiscard]] virtual std::string ledger_id() const = 0;  // hex
    [[nodiscard]] virtual std::optional<PersonRecord> person(const PersonId& id) const = 0;
    [[nodiscard]] virtual std::optional<PersonRecord> person_by_login(std::string_view login) const = 0;
    [[nodiscard]] virtual std::vector<PersonRecord> persons() const = 0;  // by login, gone ones left out
    // A page of them: those whose login comes after `login`, `most` at most. Nobody whose names are not here.
    [[nodiscard]] virtual std::vector<PersonRecord> persons_after(std::string_view login, std::size_t most) const = 0;
    [[nodiscard]] virtual std::vector<PersonRecord> persons_of_account(
        std::string_view account) const = 0;  // gone ones left out
    [[nodiscard]] virtual std::optional<CardRecord> card(const CardId& id) const = 0;
    [[nodiscard]] virtual std::optional<CardRecord> card_by_key(
        const CardKey& key) const = 0;                                // denials known before the card included
    [[nodiscard]] virtual std::vector<CardRecord> cards() const = 0;  // in the order of their enrolment; none ever goes
    // A page of them: those after the card `id`, `most` at most.
    [[nodiscard]] virtual std::vector<CardRecord> cards_after(const std::optional<CardId>& id,
                                                              std::size_t most) const = 0;
    [[nodiscard]] virtual std::vector<CardRecord> cards_of(const PersonId& id) const = 0;
    [[nodiscard]] virtual std::vector<FingerRecord> fingers_of(const PersonId& id) const = 0;
    [[nodiscard]] virtual std::vector<FingerRecord> fingers() const = 0;  // everybody's, by name
    // Decrypts and authenticates. Errors: corrupt (swapped, replayed or damaged row), not_found.
    [[nodiscard]] virtual Result<SecureBytes> finger_data(const FingerId& id) const = 0;
    [[nodiscard]] virtual Result<SecureBytes> card_secret(const CardId& id) const = 0;
    [[nodiscard]] virtual std::vector<SecretRecord> secrets() const = 0;  // codes and passwords, by issue
    [[nodiscard]] virtual std::optional<SecretRecord> secret_of(const PersonId& id, SecretUse use) const = 0;
    [[nodiscard]] virtual std::vector<ExemptionRecord> exemptions() const = 0;
    [[nodiscard]] virtual std::optional<ExemptionRecord> exemption_of(const PersonId& id) const = 0;
    [[nodiscard]] virtual std::vector<BreakGlassRecord> break_glass() const = 0;  // used ones included
    // Of a code, password or break-glass ticket. Errors: not_found (withdrawn, used), corrupt.
    [[nodiscard]] virtual Result<StoredSecret> secret_data(const StatementId& id) const = 0;
    // Why an exemption was given. Errors: as above.
    [[nodiscard]] virtual Result<std::string> exemption_reason(const StatementId& id) const = 0;
    // The last successful login, unlock or elevation that the trail tells of.
    [[nodiscard]] virtual std::optional<LastUse> last_use(const PersonId& id) const = 0;
    // JSON of the policy statement in effect now, or at another time; "" if none.
    [[nodiscard]] virtual std::string policy_text() const = 0;
    [[nodiscard]] virtual std::string policy_text_at(Millis wall) const = 0;

    [[nodiscard]] virtual std::vector<MediaRecord> media() const = 0;  // withdrawn ones too, in the order of issue
    // From the disk; "" once the approver is gone.
    [[nodiscard]] virtual std::string media_reason(const StatementId& id) const = 0;

    // --- writes: statement -> entry -> effect, durable when they return
    // ---------------------------------------------------
    virtual Result<PersonId> add_person(NewPerson person, const Actor& by) = 0;
    // All of them in one entry of the disk, or none. Whom each concerns.
    virtual Result<std::vector<PersonId>> change_people(const std::vector<PersonChange>& changes, const Actor& by) = 0;
    // Is it this store's to say that somebody is gone? Of a fleet's members only where a delegation makes it so.
    [[nodiscard]] virtual bool may_remove_people() const = 0;
    // Offboard: denial first, then key and blobs destroyed.
    virtual Result<Deletion> remove_person(const PersonId& id, const Actor& by) = 0;
    virtual Status set_roles(const PersonId& id, Roles roles, const Actor& by) = 0;
    virtual Result<StatementId> give_secret(NewSecret secret, const Actor& by) = 0;  // replaces one of the same use
    virtual Result<StatementId> exempt(const PersonId& id, Millis until, std::string reason, const Actor& by) = 0;
    virtual Result<StatementId> allow_break_glass(NewBreakGlass ticket, const Actor& by) = 0;
    virtual Result<CardId> add_card(NewCard card, const Actor& by) = 0;  // exists: the key belongs to somebody already
    virtual Result<FingerId> add_finger(NewFinger finger,
                                        const Actor& by) = 0;  // replaces the same finger's earlier template
    virtual Status load_policy(std::string json, std::optional<Millis> from, const Actor& by) = 0;
    // not_found: nobody has the approver's id; invalid_argument: a serial number that can't be named, no reason.
    virtual Result<StatementId> allow_media(NewMedia media, const Actor& by) = 0;
    virtual Status reinstate_card(const CardId& id, const Actor& by) = 0;      // from suspended only
    virtual Status reinstate_person(const PersonId& id, const Actor& by) = 0;  // from suspended only
    virtual Status return_card(const CardId& id,
                               const Actor& by) = 0;  // a lost card that was found: returned, not enabled

    // A denial takes effect in memory before anything else and stays so whatever the disk says. Returns false in
    // `changed` when it was in force already. `durable` tells whether the append reached the disk (reserve space is
    // used when the disk is full).
    struct Denied {
        bool changed{};
        bool durable{};
    };
    virtual Result<Denied> revoke_card(const CardId& id, DenyReason reason, const Denier& by) = 0;
    virtual Result<Denied> suspend_card(const CardId& id, const Denier& by) = 0;
    // Denies a key that nobody has enrolled yet (a card reported before it is known).
    virtual Result<Denied> revoke_key(const CardKey& key, DenyReason reason, const Denier& by) = 0;
    virtual Result<Denied> suspend_person(const PersonId& id, const Denier& by) = 0;
    // Takes back what the statement of this id gave: media, a code, a password, an exemption, a break-glass ticket;
    // `used`: a ticket did its work.
    enum class Withdrawal : std::uint8_t { withdrawn, used };
    virtual Result<Denied> withdraw(const StatementId& id, Withdrawal why, const Denier& by) = 0;

    // --- lockouts: what remains, restarted after a boot
    // ---------------------------------------------------------------------
    [[nodiscard]] virtual LockoutState lockout(const LockoutKey& key) const = 0;
    virtual Status set_lockout(const LockoutKey& key, const LockoutState& state) = 0;

    // --- audit
    // --------------------------------------------------------------------------------------------------------------
    virtual Result<std::uint64_t> append(const AuditEvent& event) = 0;
    // What one act did to many: all of them or none. Errors: as above.
    virtual Status append_all(const std::vector<AuditEvent>& events) = 0;
    // A bounded piece: fewer rows than asked for is not the end, `more` tells.
    [[nodiscard]] virtual Result<AuditPage> audit_page(const AuditFilter& filter) const = 0;
    // All pieces up to the filter's limit.
    [[nodiscard]] Result<std::vector<AuditRow>> audit(AuditFilter filter) const;
    [[nodiscard]] virtual Result<AuditCheck> verify_audit(const AuditSlice& slice) const = 0;
    // One bounded step of the retention; to be called again while there is more to do.
    virtual Result<Care> care_for_audit(Millis keep) = 0;
    // One bounded step, to be called again while there is more to do: destroys what a crash left over, looks at the
    // rows that the last start did not verify because it had kept what they come to, and keeps that for the next start,
    // when enough of it is new or, at the end, `now`. Errors: corrupt (somebody has edited the ledger: to be started
    // anew, which will say where); full, io (nothing is lost but time).
    virtual Result<Care> care_for_ledger(Keep when) = 0;

    // --- backup
    // ---------------------------------------------------------------------------------------------------------------
    // Encrypted under a passphrase (scrypt, AES-256-GCM). Restore: on an empty ledger the one of the backup takes its
    // place; the same ledger takes over what it lacks. Errors: refused (wrong passphrase; another ledger), corrupt (the
    // file is damaged), malformed (no backup), unsupported (a later version).
    // Restore merges: it never lowers a denial.
    [[nodiscard]] virtual Result<SecureBytes> backup(ByteSpan passphrase) const = 0;
    virtual Status restore(ByteSpan file, ByteSpan passphrase, const Actor& by) = 0;

    // --- fleet (fleet.hpp)
    // None on a single workstation.
    [[nodiscard]] virtual FleetStore* fleet() = 0;
    // What a member that has been alone for too long still opens; everything on a single workstation.
    [[nodiscard]] virtual Opens opens() const = 0;
    // Errors: refused (the ledger here is not empty, or it is a member already).
    virtual Status join(NewMember member) = 0;
    // A new, empty ledger takes the place of the fleet's. Errors: refused (no member).
    virtual Status leave() = 0;

    // The wall clock's high-water mark: the time of the last event or entry.
    [[nodiscard]] virtual Millis high_water() const = 0;
    // When the policy in effect began; 0 if none was loaded.
    [[nodiscard]] virtual Millis policy_since() const = 0;
};

}  // namespace sekimori::daemon
