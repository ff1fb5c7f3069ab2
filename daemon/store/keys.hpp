// SPDX-License-Identifier: Apache-2.0
// The ledger's own keys, sealed under the top key in the table `keys`. On a single workstation all of them are here:
// author, sequencer, and the key that wraps people's. A member of a fleet has its own instead, and those of its groups.
#pragma once

#include <string_view>

#include "crypto/ed25519.hpp"
#include "crypto/x25519.hpp"
#include "daemon/store/database.hpp"
#include "ledger/chain.hpp"

namespace sekimori::daemon {

// Seals small values of ours under a key derived from the top key, each bound to its name.
class Sealer {
  public:
    // Precondition: `top_key` has 32 bytes.
    [[nodiscard]] static Result<Sealer> make(ByteSpan top_key);
    [[nodiscard]] Result<Bytes> seal(std::string_view name, ByteSpan plain, Rng& rng) const;
    // Errors: mismatch.
    [[nodiscard]] Result<SecureBytes> open(std::string_view name, ByteSpan sealed) const;

    // The same, in the table `keys`. get() errors: not_found; corrupt (another top key, or damaged).
    [[nodiscard]] Status put(const Database& database, std::string_view name, ByteSpan plain, Rng& rng) const;
    [[nodiscard]] Result<SecureBytes> get(const Database& database, std::string_view name) const;

  private:
    explicit Sealer(SecureBytes key) : key_(std::move(key)) {}
    SecureBytes key_;
};

inline constexpr std::string_view kKeysName = "local";  // of the sealed Keys in the table `keys`

// What makes this machine a terminal of a fleet.
struct Member {
    Bytes authority;  // its public key: what the chain is believed from
    TerminalId terminal;
    GroupId home;        // the group that it was joined to
    crypto::BoxKey box;  // group keys come sealed for it
    struct GroupKey {
        GroupId group;
        std::uint32_t generation{1};
        SecureBytes key;
        static constexpr auto kFields =
            std::tuple{field<1>(&GroupKey::group), field<2>(&GroupKey::generation), field<3>(&GroupKey::key, 32)};
    };
    std::vector<GroupKey> groups;

    [[nodiscard]] const GroupKey* find(const GroupId& group, std::uint32_t generation) const;
    [[nodiscard]] const GroupKey* newest(const GroupId& group) const;
};
inline constexpr std::size_t kMaxGroupKeys = 256;

struct Keys {
    LedgerId ledger;
    crypto::SigningKey author;                    // of a member: its terminal's
    std::optional<crypto::SigningKey> sequencer;  // a fleet's is elsewhere
    SecureBytes group;                            // wraps every person's data key on this disk
    std::optional<Member> member{};

    // What the chain is verified with, and how a statement gets its place in it. Precondition of the second: no member.
    [[nodiscard]] Root root() const;
    [[nodiscard]] Placing placing() const noexcept { return {ledger, 1, *sequencer}; }

    [[nodiscard]] static Result<Keys> make(Rng& rng);
    [[nodiscard]] Result<SecureBytes> encode() const;
    // Errors: malformed, crypto.
    [[nodiscard]] static Result<Keys> decode(ByteSpan bytes);
};

}  // namespace sekimori::daemon
