// SPDX-License-Identifier: Apache-2.0
// FleetStore: the store of a terminal that is a member of a fleet. Its chain is ordered elsewhere: what comes is
// verified here and believed for its signatures only; what is authored here waits in the outbox for its entry.
//
// Order of a denial that comes: in memory, then durable (the reserve, as ever), then the caller ends what runs with it
// and acknowledges. Everything that returns success is durable, except take(), which save() makes so.
#pragma once

#include <functional>

#include "core/freshness.hpp"
#include "core/offline.hpp"
#include "crypto/x25519.hpp"
#include "ledger/follower.hpp"
#include "ledger/view_suspensions.hpp"

namespace sekimori::daemon {

// What a terminal was given when it joined.
struct NewMember {
    LedgerId ledger;
    Bytes authority;
    TerminalId terminal;
    GroupId home;
    crypto::SigningKey sign;
    crypto::BoxKey box;
};

struct Actor;

class FleetStore {
  public:
    virtual ~FleetStore() = default;

    struct Facts {
        TerminalId terminal;
        GroupId group;
        std::string name;      // empty until the terminal's statement has come
        Standing standing{};   // of this terminal
        bool admitted{false};  // its statement has its entry here
        ChainHead head;
        FreshnessView freshness;
        FreshnessPolicy by_policy;  // what the policy in force says of this terminal's age,
        FreshnessPolicy judged_by;  // and what is left of that by the machine's configuration
        Millis extended_until{0};   // of the extensions that this terminal knows the last one's end; 0: none
        std::size_t terminals{0};   // in force
        std::size_t queued{0};      // statements made here that have no entry yet
    };
    [[nodiscard]] virtual Facts facts() const = 0;
    [[nodiscard]] virtual const FleetView& fleet_view() const = 0;
    // What the policies of the chain say of the maximum offline age. Until the chain changes.
    [[nodiscard]] virtual const std::vector<OfflineRule>& offline_rules() const = 0;

    // ---- of the night (night.cpp)

    // When this terminal may suspend again: to the help desk's there is a limit (StoreOptions::help_desk), and it is
    // reached. None: now.
    [[nodiscard]] virtual std::optional<Millis> suspends_again_at() const = 0;
    // In force by the word of a help desk's terminal alone.
    [[nodiscard]] virtual std::vector<SuspensionKey> unconfirmed() const = 0;
    // Errors: not_found (no such suspension), refused (who suspended, or several have the id, or not this terminal's to
    // say), unavailable.
    virtual Status confirm(const StatementId& suspension, const Actor& by) = 0;

    // Of this or another terminal, or of a group.
    struct Extending {
        ExtendScope scope{};
        std::array<std::uint8_t, 16> subject{};
        Millis length{};
    };
    // entry: the terminal hears of it by the chain; file: it is carried there, and has its entry when it may.
    enum class Carried : std::uint8_t { entry, file };
    struct Extended {
        StatementId id;
        Millis until{};
        Bytes statement;
    };
    // Errors: invalid_argument (too long), not_found (nobody knows it), refused, unavailable (entry).
    virtual Result<Extended> extend(const Extending& what, Carried way, const Actor& by) = 0;
    // What was carried here. Of two the one that ends later stays. Errors: mismatch (nobody who is known here signed
    // it), refused (not theirs to say, not about this terminal, withdrawn, over, or its time has not come), malformed.
    virtual Result<Extension> take_extension(ByteSpan statement) = 0;

    // ---- what comes

    struct Denial {
        Hash hash{};
        Statement statement;
        News news{};
        bool durable{};
    };
    // Errors: as Follower::hear().
    virtual Result<Denial> hear(ByteSpan statement) = 0;
    struct Placed {
        Hash hash{};
        Statement statement;
        News news{};
        bool ours{};  // it waited in the outbox
    };
    // In effect when it returns, on disk after save(). Errors: as Follower::take().
    virtual Result<Placed> take(ByteSpan entry, ByteSpan statement) = 0;
    // Entries, and the blobs and keys that came with them. Errors: full, io; it is tried again with the next one.
    virtual Status save() = 0;
    // Errors: mismatch (not the bytes of this hash), full (more than fit before their entries).
    virtual Status take_blob(const Hash& hash, Bytes sealed) = 0;
    // Errors: mismatch (not sealed with that key for this person, or not the key that is here of them), not_found (a
    // group whose key is not here).
    virtual Status take_person_key(const PersonId& person, const GroupId& group, std::uint32_t generation,
                                   ByteSpan sealed) = 0;
    // Errors: mismatch (not the authority's, or for another terminal), malformed.
    virtual Status take_group_key(ByteSpan record) = 0;
    // Errors: as Follower::open_beat().
    virtual Result<Heard> take_beat(ByteSpan record) = 0;
    // Every minute: keeps how old this is, so that no restart makes it younger.
    virtual Status keep_age() = 0;

    // ---- what goes

    struct WrappedKey {
        GroupId group;
        std::uint32_t generation{};
        Bytes sealed;
    };
    struct Outgoing {
        Bytes statement;
        std::optional<std::pair<Hash, Bytes>> blob;
        PersonId person;  // whose blob and keys these are
        std::vector<GroupId> groups;
        std::vector<WrappedKey> keys;
    };
    // While there is no way to the server nothing can be granted: whoever asks is told, instead of waiting for nothing.
    enum class Reach : std::uint8_t { no, yes };
    virtual void reach(Reach server) = 0;
    // Told of every statement that was queued here, and of every row of the trail.
    struct Hooks {
        std::function<void()> queued, recorded;
    };
    virtual void hooks(Hooks hooks) = 0;

    // Made here and without an entry, in their order.
    struct Waiting {
        Hash hash{};
        StatementType type{};
    };
    [[nodiscard]] virtual std::vector<Waiting> waiting() const = 0;
    // Hashes of those that the server does not have yet.
    [[nodiscard]] virtual std::vector<Hash> unsent() const = 0;
    // Errors: not_found, corrupt.
    [[nodiscard]] virtual Result<Outgoing> outgoing(const Hash& hash) const = 0;
    enum class Submitted : std::uint8_t { stored, refused };
    virtual Status submitted(const Hash& hash, Submitted outcome) = 0;
    // Made here and still without an entry.
    [[nodiscard]] virtual bool waits(const Hash& hash) const = 0;

    // By what a person or card is denied: what has no entry yet, else the last one of the chain. It reads all of the
    // ledger's statements: for an administrator who asks, and nobody else. Errors: io, corrupt.
    struct Denying {
        Hash hash{};
        Statement statement;
        std::optional<Millis> placed;  // the time of its entry
    };
    [[nodiscard]] virtual Result<std::vector<Denying>> denials_of(ByteSpan subject) const = 0;
    // A denial that is known here: its statement, and whether a restart would still know it. Errors: not_found.
    [[nodiscard]] virtual Result<Statement> denial(const Hash& hash) const = 0;
    [[nodiscard]] virtual bool durable(const Hash& denial) const = 0;
    // Writes what a full disk kept back.
    virtual Status harden() = 0;

    // Signed and kept until the server has it. Errors: crypto, full, io.
    virtual Result<Bytes> acknowledge(const Hash& denial, AckOutcome outcome, std::uint16_t sessions) = 0;
    struct KeptAck {
        Hash denial{};
        Bytes record;  // empty: it came with its entry and is still to be acknowledged
    };
    [[nodiscard]] virtual Result<std::vector<KeptAck>> acknowledgements() const = 0;
    virtual Status acknowledged(const Hash& denial) = 0;
    [[nodiscard]] virtual Result<Acknowledgement> open_ack(ByteSpan record) const = 0;

    // What the agent asks a new certificate with, in this terminal's name. Errors: invalid_argument (too large),
    // crypto.
    [[nodiscard]] virtual Result<Bytes> renewal_request(ByteSpan csr) const = 0;

    // The trail, as it lies on disk, and its newest head, signed.
    struct TrailRow {
        std::uint64_t seq{};
        Bytes row, signature;
    };
    [[nodiscard]] virtual Result<std::vector<TrailRow>> trail_after(std::uint64_t seq, std::size_t most) const = 0;
    struct SignedHead {
        std::uint64_t seq{};
        Bytes record;
    };
    [[nodiscard]] virtual Result<SignedHead> trail_head() const = 0;
    // A head that this terminal signed once: does it lie on the trail here? Errors: mismatch (not this terminal's),
    // corrupt (the trail here is another one, or older).
    [[nodiscard]] virtual Status check_trail(ByteSpan head) const = 0;

    // A revoked terminal: group keys, people's keys and blobs are destroyed; nothing opens any more.
    virtual Status forget_keys() = 0;
};

}  // namespace sekimori::daemon
