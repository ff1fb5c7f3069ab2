// SPDX-License-Identifier: Apache-2.0
#include "ledger/delegation.hpp"

#include <algorithm>
#include <chrono>

namespace sekimori {
namespace {

using Roles = std::uint8_t;

// How long after the end of a delegation a denial that was made before it may still come: a card that was stopped in
// its last hour must not open again because the sequencer was away. For those days its author's date is believed.
constexpr std::uint64_t kDenialsWay = std::chrono::milliseconds{std::chrono::hours{24 * 7}}.count();

constexpr Roles bit(AdminRole role) { return static_cast<Roles>(1U << static_cast<unsigned>(role)); }
constexpr Roles kHelpdesk = bit(AdminRole::helpdesk);
constexpr Roles kRegistrar = bit(AdminRole::registrar);
constexpr Roles kOfficer = bit(AdminRole::officer);
constexpr Roles kAdmin = bit(AdminRole::admin);

struct Row {
    std::uint8_t type;
    Roles roles;
};
// By number, since it speaks of every type that there will be. What is not here is the authority's alone: itself (1),
// terminal (7), admin_key (8), key_epoch (9).
constexpr std::array kTable{
    Row{2, kRegistrar | kAdmin},                          // person
    Row{3, kRegistrar | kAdmin},                          // account
    Row{4, kRegistrar | kAdmin},                          // card
    Row{5, kRegistrar | kAdmin},                          // finger
    Row{6, kOfficer | kAdmin},                            // policy
    Row{10, kAdmin},                                      // role
    Row{11, kOfficer | kAdmin},                           // exemption
    Row{12, kRegistrar | kAdmin},                         // code
    Row{13, kOfficer | kAdmin},                           // media
    Row{14, kAdmin},                                      // break_glass
    Row{15, kRegistrar | kAdmin},                         // details
    Row{16, kHelpdesk | kRegistrar | kOfficer | kAdmin},  // suspend
    Row{17, kRegistrar | kOfficer | kAdmin},              // revoke
    Row{18, kRegistrar | kOfficer | kAdmin},              // offboard
    Row{19, kAdmin},                                      // revoke_terminal
    Row{20, kRegistrar | kOfficer | kAdmin},              // withdraw
    Row{32, kOfficer | kAdmin},                           // reinstate
    Row{33, kRegistrar | kOfficer | kAdmin},              // return
    Row{34, kOfficer | kAdmin},                           // confirm
    Row{35, kOfficer | kAdmin},                           // extend
};

bool by_authority(const View& view, const KeyId& author) {
    return !view.fleet.author.empty() && key_id(view.fleet.author) == author;
}

// A person who administers can let others in: a registrar makes none.
bool makes_administrator(const Statement& statement) {
    if (statement.type != StatementType::person) return false;
    const auto body = decode_tlv<PersonBody>(statement.body);
    return body && body->role != Role::none;
}

// A delegation is taken back by an administrator: a registrar disarms nobody.
bool takes_delegation_back(const View& view, const Statement& statement) {
    return statement.type == StatementType::withdraw && view.fleet.admin_keys.contains(StatementId{statement.subject});
}

// The one thing that a terminal says without a delegation: that a ticket of break-glass, which was given for it, is
// used.
bool spends_own_ticket(const View& view, const Statement& statement) {
    if (statement.type != StatementType::withdraw) return false;
    const auto ticket = view.break_glass.find(StatementId{statement.subject});
    if (ticket == view.break_glass.end()) return false;
    const auto terminal = view.fleet.terminals.find(ticket->second.record.terminal);
    return terminal != view.fleet.terminals.end() && terminal->second.standing == Standing::in_force &&
           key_id(terminal->second.sign) == statement.key;
}

bool allows(const View& view, const AdminKeyEntry& key, const Statement& statement, std::uint64_t at) {
    const auto end = static_cast<std::uint64_t>(key.expires_at.count());
    const std::uint64_t way = denies(statement.type) ? kDenialsWay : 0;
    const bool over = end != 0 && (statement.issued_at >= end || at >= end + way);
    if (key.standing != Standing::in_force || over) return false;
    const TerminalEntry* terminal = view.fleet.terminal_of_key(key.key);
    if (terminal != nullptr && terminal->standing != Standing::in_force) return false;
    if (!may_author(key.role, statement.type)) return false;
    return key.role == AdminRole::admin || (!makes_administrator(statement) && !takes_delegation_back(view, statement));
}

// The key of this id that may have signed a statement of this type.
std::optional<ByteSpan> key_of(const View& view, StatementType type, const KeyId& id) {
    if (by_authority(view, id)) return view.fleet.author;
    for (const auto& [statement, admin] : view.fleet.admin_keys)
        if (key_id(admin.key) == id) return admin.key;
    if (type == StatementType::withdraw)
        for (const auto& [terminal, facts] : view.fleet.terminals)
            if (key_id(facts.sign) == id) return facts.sign;
    return std::nullopt;
}

}  // namespace

bool may_author(AdminRole role, StatementType type) noexcept {
    const auto row = std::ranges::find(kTable, static_cast<std::uint8_t>(type), &Row::type);
    return row != kTable.end() && (row->roles & bit(role)) != 0;
}

Status check_author(const View& view, const Statement& statement, std::uint64_t at) {
    if (by_authority(view, statement.key) || spends_own_ticket(view, statement)) return {};
    const bool allowed = std::ranges::any_of(view.fleet.admin_keys, [&](const auto& one) {
        return key_id(one.second.key) == statement.key && allows(view, one.second, statement, at);
    });
    if (!allowed) return fail(ErrorCode::refused, "statement: not its author's to say, or not any more");
    return {};
}

Result<Statement> open_authored(const SignedStatement& sealed, const View& view, const LedgerId& ledger,
                                std::uint64_t at) {
    for (const AuthorSignature& signature : sealed.signatures) {
        const std::optional<ByteSpan> key = key_of(view, sealed.type, signature.key);
        if (!key) continue;
        auto statement = open_statement(sealed, *key, ledger);
        if (!statement) {
            // A second author's signature stands beside the first one's, whose key the statement names.
            if (statement.error().code == ErrorCode::mismatch && sealed.signatures.size() > 1) continue;
            return statement;
        }
        if (auto may = check_author(view, *statement, at); !may) return tl::unexpected<Error>(may.error());
        return statement;
    }
    return fail(ErrorCode::mismatch, "statement: signed by nobody who is known here");
}

}  // namespace sekimori
