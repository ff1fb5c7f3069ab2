// SPDX-License-Identifier: Apache-2.0
// The part of the view that says who may speak: the authority, its sequencer, the delegated keys and the terminals. On
// a single workstation there are the first two only.
#pragma once

#include <string>
#include <vector>

#include "core/freshness.hpp"
#include "ledger/bodies_fleet.hpp"
#include "ledger/shared_map.hpp"

namespace sekimori {

struct Sequencer {
    std::uint32_t epoch{1};
    crypto::PublicKey key{};
};

enum class Standing : std::uint8_t { in_force, revoked };

struct TerminalEntry {
    std::string name;
    GroupId group;
    crypto::PublicKey sign{};
    crypto::BoxPublicKey box{};
    Standing standing{};
    Millis since{};                      // the time of its first entry
    std::vector<GroupId> groups_before;  // each once; where it hears nothing it may think itself in one of them
};
struct AdminKeyEntry {
    Bytes key;
    AdminRole role{};
    std::string name;
    Millis expires_at{};  // 0: never
    Standing standing{};
    Millis since{};  // of its statement
};
struct ExtensionEntry {
    ExtendScope scope{};
    std::array<std::uint8_t, 16> subject{};
    Extension time;

    [[nodiscard]] bool about(const TerminalId& terminal, const GroupId& group) const noexcept {
        return subject == (scope == ExtendScope::terminal ? terminal.bytes : group.bytes);
    }
};

struct FleetView {
    Bytes author;  // of the authority; empty before the first statement
    Sequencer sequencer;
    SharedMap<TerminalId, TerminalEntry> terminals;
    SharedMap<StatementId, AdminKeyEntry> admin_keys;
    SharedMap<StatementId, ExtensionEntry> extensions;  // but for those that were withdrawn
    SharedSet<TerminalId> denied_terminals;             // also before the terminal is known

    [[nodiscard]] const TerminalEntry* terminal_of_key(ByteSpan sign) const;
};

// What an `extend` says, whether or not it has an entry. Errors: malformed (also where it is longer than it may be).
[[nodiscard]] Result<ExtensionEntry> read_extension(const Statement& statement);

// A part of apply() (view.hpp), with its rules. Precondition: of these six one: authority, terminal, admin_key,
// key_epoch, extend, revoke_terminal.
[[nodiscard]] Status apply_fleet(FleetView& view, const Statement& statement);
// Takes an admin_key back, by the id of its statement; once withdrawn it stays so. Errors: not_found.
[[nodiscard]] Status withdraw_admin_key(FleetView& view, const StatementId& id);

}  // namespace sekimori
