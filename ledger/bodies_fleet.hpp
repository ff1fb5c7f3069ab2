// SPDX-License-Identifier: Apache-2.0
// Bodies of the statements that make a fleet: its terminals, who else may author what, and the sequencer's keys.
#pragma once

#include "crypto/x25519.hpp"
#include "ledger/bodies.hpp"

namespace sekimori {

// What a delegated key may say (delegation.hpp has the table). The numbers are for ever.
enum class AdminRole : std::uint8_t { helpdesk = 1, registrar = 2, officer = 3, admin = 4 };

// subject: the terminal. A second one about the same terminal gives it another name or group, never other keys.
struct TerminalBody {
    std::string name;
    GroupId group;
    crypto::PublicKey sign{};  // of its acknowledgements, and its author key if an admin_key names it
    crypto::BoxPublicKey box{};
    By by;
    static constexpr auto kFields =
        std::tuple{field<1>(&TerminalBody::name, 64), field<2>(&TerminalBody::group), field<3>(&TerminalBody::sign),
                   field<4>(&TerminalBody::box), field<15>(&TerminalBody::by)};
};

// No subject. Until expires_at of the statement, or until it is withdrawn.
struct AdminKeyBody {
    Bytes key;
    AdminRole role{};
    std::string name;
    By by;
    static constexpr auto kFields =
        std::tuple{field<1>(&AdminKeyBody::key, kMaxAuthorKey), field<2>(&AdminKeyBody::role),
                   field<3>(&AdminKeyBody::name, 64), field<15>(&AdminKeyBody::by)};
};

// No subject. Its own entry is the first that the new key signs: the old one may be lost, or in wrong hands.
struct KeyEpochBody {
    std::uint32_t epoch{};  // above the one before
    crypto::PublicKey sequencer{};
    By by;
    static constexpr auto kFields =
        std::tuple{field<1>(&KeyEpochBody::epoch), field<2>(&KeyEpochBody::sequencer), field<15>(&KeyEpochBody::by)};
};

// subject: the terminal. Nothing brings it back: it joins anew, under another id.
struct RevokeTerminalBody {
    DenyReason reason{};
    By by;
    static constexpr auto kFields =
        std::tuple{field<1>(&RevokeTerminalBody::reason), field<15>(&RevokeTerminalBody::by)};
};

// The numbers are for ever.
enum class ExtendScope : std::uint8_t { terminal = 1, group = 2 };
inline constexpr Millis kMaxExtension = std::chrono::hours{72};

// subject: the terminal or the group. From issued_at to expires_at, at most kMaxExtension, certificate cards and a
// finger open what is past its maximum age (core/freshness.hpp).
struct ExtendBody {
    ExtendScope scope{};
    By by;
    static constexpr auto kFields = std::tuple{field<1>(&ExtendBody::scope), field<15>(&ExtendBody::by)};
};

}  // namespace sekimori

namespace sekimori::wire {
template <>
inline constexpr std::uint64_t kLast<AdminRole> = static_cast<std::uint64_t>(AdminRole::admin);
template <>
inline constexpr std::uint64_t kLast<ExtendScope> = static_cast<std::uint64_t>(ExtendScope::group);
}  // namespace sekimori::wire
