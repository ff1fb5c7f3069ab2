// SPDX-License-Identifier: Apache-2.0
// What is said while the authority, or a whole office, is away: how often a help desk suspends and who stands by it,
// and how long a terminal that hears nothing may go on.
#include <algorithm>

#include "daemon/store/local_store.hpp"
#include "ledger/delegation.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::string_view kExtensionName = "extension";

By by_of(const Actor& by) { return {by.person, by.where, by.second}; }

}  // namespace

// ---- suspensions

// From the chain and what waits for it: a restart forgets none, nor does a server that takes none.
std::optional<Millis> LocalStore::suspends_again_at() const {
    if (!parts_.keys.member) return std::nullopt;
    const KeyId mine = key_id(parts_.keys.author.public_key());
    const Millis wall = now().wall;
    if (!only_helpdesk(view().fleet, mine, wall)) return std::nullopt;
    return not_before(help_desk_, suspensions_by(view(), mine), wall);
}

std::vector<SuspensionKey> LocalStore::unconfirmed() const { return sekimori::unconfirmed(view()); }

Status LocalStore::confirm(const StatementId& suspension, const Actor& by) {
    auto statement = author(StatementType::confirm, suspension.bytes, encode_tlv_plain(ConfirmBody{by_of(by)}));
    if (!statement) return tl::unexpected<Error>(statement.error());
    // As it will be judged with its entry: told now.
    View judged = view();
    if (auto applied = apply(judged, statement->statement); !applied) return applied;
    return commit_grant({.statements = {std::move(*statement)}});
}

// ---- extensions

GroupId LocalStore::own_group() const {
    const auto at = view().fleet.terminals.find(parts_.keys.member->terminal);
    return at == view().fleet.terminals.end() ? parts_.keys.member->home : at->second.group;
}

// One that was carried here counts while its author may say it: a delegation that was taken back takes it along.
std::vector<Extension> LocalStore::extensions() const {
    std::vector<Extension> all;
    const TerminalId& mine = parts_.keys.member->terminal;
    const GroupId group = own_group();
    for (const auto& [id, entry] : view().fleet.extensions)
        if (entry.about(mine, group)) all.push_back(entry.time);
    if (!carried_ || view().withdrawn.contains(carried_->statement.id)) return all;
    const auto entry = read_extension(carried_->statement);
    if (entry && entry->about(mine, group) && check_author(view(), carried_->statement, parts_.chain.head.time))
        all.push_back(entry->time);
    return all;
}

Result<FleetStore::Extended> LocalStore::extend(const Extending& what, Carried way, const Actor& by) {
    if (what.length < std::chrono::hours{1} || what.length > kMaxExtension)
        return fail(ErrorCode::invalid_argument, "fleet: an extension is of 1 to 72 hours");
    const Millis until = now().wall + what.length;
    auto statement = author(StatementType::extend, what.subject, encode_tlv_plain(ExtendBody{what.scope, by_of(by)}),
                            {}, std::nullopt, until);
    if (!statement) return tl::unexpected<Error>(statement.error());
    FleetView judged = view().fleet;
    if (auto applied = apply_fleet(judged, statement->statement); !applied)
        return tl::unexpected<Error>(applied.error());
    auto bytes = encode_tlv_plain(statement->sealed);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    const StatementId id = statement->statement.id;
    const Batch batch{.statements = {std::move(*statement)}};
    // What goes by file must not wait for the server that is away.
    const Status kept = way == Carried::file ? put_in_outbox(batch) : commit_grant(batch);
    if (!kept) return tl::unexpected<Error>(kept.error());
    return Extended{id, until, std::move(*bytes)};
}

Result<Extension> LocalStore::take_extension(ByteSpan bytes) {
    auto sealed = decode_tlv<SignedStatement>(bytes);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    // A terminal that hears nothing has a clock: what is brought after its author's delegation has ended is too late.
    const Millis wall = now().wall;
    const std::uint64_t at = std::max(parts_.chain.head.time, static_cast<std::uint64_t>(wall.count()));
    auto statement = open_authored(*sealed, view(), parts_.keys.ledger, at);
    if (!statement) return tl::unexpected<Error>(statement.error());
    if (statement->type != StatementType::extend) return fail(ErrorCode::refused, "fleet: that is no extension");
    const auto entry = read_extension(*statement);
    if (!entry) return tl::unexpected<Error>(entry.error());
    if (!entry->about(parts_.keys.member->terminal, own_group()))
        return fail(ErrorCode::refused, "fleet: the extension is for another terminal");
    if (view().withdrawn.contains(statement->id)) return fail(ErrorCode::refused, "fleet: the extension was withdrawn");
    if (wall >= entry->time.until) return fail(ErrorCode::refused, "fleet: the extension is over");
    if (wall < entry->time.since - kExtensionSlack)
        return fail(ErrorCode::refused, "fleet: the extension has not begun: is the clock here right?");
    if (carried_ && carried_->statement.expires_at >= statement->expires_at &&
        check_author(view(), carried_->statement, at) && !view().withdrawn.contains(carried_->statement.id))
        return entry->time;
    const auto kept = encode_tlv(*sealed);
    if (!kept) return tl::unexpected<Error>(kept.error());
    if (auto put = parts_.sealer->put(*parts_.database, kExtensionName, kept->span(), rng_); !put)
        return tl::unexpected<Error>(put.error());
    carried_ = Verified{std::move(*sealed), std::move(*statement)};
    return entry->time;
}

// Verified once more. One whose author is not known any more counts for nothing.
Status LocalStore::load_extension() {
    const auto kept = parts_.sealer->get(*parts_.database, kExtensionName);
    if (!kept && kept.error().code == ErrorCode::not_found) return {};
    if (!kept) return tl::unexpected<Error>(kept.error());
    auto sealed = decode_tlv<SignedStatement>(kept->span());
    if (!sealed) return fail(ErrorCode::corrupt, "store: the extension does not parse");
    auto statement = open_authored(*sealed, view(), parts_.keys.ledger, parts_.chain.head.time);
    if (statement && statement->type == StatementType::extend)
        carried_ = Verified{std::move(*sealed), std::move(*statement)};
    return {};
}

}  // namespace sekimori::daemon
