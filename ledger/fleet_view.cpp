// SPDX-License-Identifier: Apache-2.0
#include "ledger/fleet_view.hpp"

#include <algorithm>

namespace sekimori {
namespace {

Status set_authority(FleetView& view, const Statement& statement) {
    auto body = decode_tlv<AuthorityBody>(statement.body);
    if (!body) return tl::unexpected<Error>(body.error());
    if (!is_author_key(body->author)) return fail(ErrorCode::malformed, "authority: its key is none");
    if (!view.author.empty()) return fail(ErrorCode::exists, "authority: there is one");
    view.author = std::move(body->author);
    view.sequencer = {1, body->sequencer};
    return {};
}

Status set_terminal(FleetView& view, const Statement& statement) {
    auto body = decode_tlv<TerminalBody>(statement.body);
    if (!body) return tl::unexpected<Error>(body.error());
    const TerminalId id{statement.subject};
    if (!id.valid() || !body->group.valid()) return fail(ErrorCode::malformed, "terminal: an id is missing");
    TerminalEntry* const there = view.terminals.edit(id);
    if (there == nullptr) {
        if (view.terminal_of_key(body->sign) != nullptr)
            return fail(ErrorCode::exists, "terminal: the key belongs to another one");
        const Standing standing = view.denied_terminals.contains(id) ? Standing::revoked : Standing::in_force;
        view.terminals.emplace(
            id, TerminalEntry{std::move(body->name), body->group, body->sign, body->box, standing, {}, {}});
        return {};
    }
    if (there->sign != body->sign || there->box != body->box)
        return fail(ErrorCode::exists, "terminal: the id was used before, with other keys");
    there->name = std::move(body->name);
    if (there->group != body->group &&
        std::ranges::find(there->groups_before, there->group) == there->groups_before.end())
        there->groups_before.push_back(there->group);
    there->group = body->group;
    return {};
}

Status add_admin_key(FleetView& view, const Statement& statement) {
    auto body = decode_tlv<AdminKeyBody>(statement.body);
    if (!body) return tl::unexpected<Error>(body.error());
    if (!is_author_key(body->key)) return fail(ErrorCode::malformed, "admin key: it is none");
    // A role of 0 passes the decoder, which knows an enum's last number only.
    if (body->role < AdminRole::helpdesk) return fail(ErrorCode::malformed, "admin key: no role");
    if (ByteSpan(body->key).size() == view.author.size() && std::ranges::equal(body->key, view.author))
        return fail(ErrorCode::exists, "admin key: it is the authority's own");
    view.admin_keys.emplace(statement.id,
                            AdminKeyEntry{std::move(body->key), body->role, std::move(body->name),
                                          Millis{static_cast<Millis::rep>(statement.expires_at)}, Standing::in_force,
                                          Millis{static_cast<Millis::rep>(statement.issued_at)}});
    return {};
}

Status add_extension(FleetView& view, const Statement& statement) {
    auto entry = read_extension(statement);
    if (!entry) return tl::unexpected<Error>(entry.error());
    const bool there =
        std::ranges::any_of(view.terminals, [&](const auto& one) { return entry->about(one.first, one.second.group); });
    if (!there) return fail(ErrorCode::not_found, "extend: no such terminal or group");
    view.extensions.emplace(statement.id, *entry);
    return {};
}

Status roll_sequencer(FleetView& view, const Statement& statement) {
    const auto body = decode_tlv<KeyEpochBody>(statement.body);
    if (!body) return tl::unexpected<Error>(body.error());
    if (body->epoch <= view.sequencer.epoch) return fail(ErrorCode::exists, "key epoch: it is over");
    view.sequencer = {body->epoch, body->sequencer};
    return {};
}

Status revoke_terminal(FleetView& view, const Statement& statement) {
    if (const auto body = decode_tlv<RevokeTerminalBody>(statement.body); !body)
        return tl::unexpected<Error>(body.error());
    const TerminalId id{statement.subject};
    view.denied_terminals.insert(id);
    if (TerminalEntry* const there = view.terminals.edit(id)) there->standing = Standing::revoked;
    return {};
}

}  // namespace

const TerminalEntry* FleetView::terminal_of_key(ByteSpan sign) const {
    const auto at =
        std::ranges::find_if(terminals, [&](const auto& one) { return std::ranges::equal(one.second.sign, sign); });
    return at == terminals.end() ? nullptr : &at->second;
}

Result<ExtensionEntry> read_extension(const Statement& statement) {
    const auto body = decode_tlv<ExtendBody>(statement.body);
    if (!body) return tl::unexpected<Error>(body.error());
    if (body->scope < ExtendScope::terminal || statement.subject == TerminalId{}.bytes)
        return fail(ErrorCode::malformed, "extend: of nothing");
    const std::uint64_t most = static_cast<std::uint64_t>(kMaxExtension.count());
    if (statement.expires_at <= statement.issued_at || statement.expires_at - statement.issued_at > most)
        return fail(ErrorCode::malformed, "extend: it has no end, or too late a one");
    return ExtensionEntry{body->scope,
                          statement.subject,
                          {Millis{static_cast<Millis::rep>(statement.issued_at)},
                           Millis{static_cast<Millis::rep>(statement.expires_at)}}};
}

Status apply_fleet(FleetView& view, const Statement& statement) {
    const StatementType type = statement.type;
    if (type == StatementType::authority) return set_authority(view, statement);
    if (type == StatementType::terminal) return set_terminal(view, statement);
    if (type == StatementType::admin_key) return add_admin_key(view, statement);
    if (type == StatementType::key_epoch) return roll_sequencer(view, statement);
    if (type == StatementType::extend) return add_extension(view, statement);
    if (type == StatementType::revoke_terminal) return revoke_terminal(view, statement);
    return fail(ErrorCode::internal, "statement: not of a fleet");
}

Status withdraw_admin_key(FleetView& view, const StatementId& id) {
    AdminKeyEntry* const there = view.admin_keys.edit(id);
    if (there == nullptr) return fail(ErrorCode::not_found, "admin key: no statement has this id");
    there->standing = Standing::revoked;
    return {};
}

}  // namespace sekimori
