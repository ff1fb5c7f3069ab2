// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/grants.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace sekimori::daemon {
namespace {

constexpr std::size_t kMaxPending = 64;
constexpr std::size_t kMaxSessions = 256;

}  // namespace

void Grants::expire(Millis boottime) {
    std::erase_if(pending_, [&](const Pending& pending) { return boottime >= pending.record.expires; });
    std::erase_if(unprivileged_, [&](const Unprivileged& one) { return boottime >= one.expires; });
}

Result<SecureBytes> Grants::issue(GrantRecord record, Rng& rng) {
    SecureBytes token(kGrantSize);
    if (token.size() != kGrantSize) return fail(ErrorCode::internal, "out of memory");
    if (auto drawn = rng.fill(token.span()); !drawn) return tl::unexpected<Error>(drawn.error());
    if (pending_.size() >= kMaxPending) pending_.pop_front();
    pending_.push_back({token.clone(), std::move(record)});
    return token;
}

std::optional<GrantRecord> Grants::find(ByteSpan token, std::string_view account, std::string_view service,
                                        Millis boottime) {
    expire(boottime);
    std::optional<GrantRecord> found;
    for (const Pending& pending : pending_)  // all of them: the time taken tells nothing of which one fits
        if (SecureBytes::equal(pending.token.span(), token)) found = pending.record;
    if (found && (found->account != account || found->service != service)) return std::nullopt;
    return found;
}

std::optional<GrantRecord> Grants::take(ByteSpan token, std::string_view account, std::string_view service,
                                        Millis boottime) {
    auto found = find(token, account, service, boottime);
    // Spent also by a wrong use: a token that turns up elsewhere is not one to keep.
    std::erase_if(pending_, [&](const Pending& pending) { return SecureBytes::equal(pending.token.span(), token); });
    return found;
}

void Grants::note_unprivileged(uid_t uid, std::string account, Millis boottime) {
    if (unprivileged_.size() >= kMaxPending) unprivileged_.pop_front();
    unprivileged_.push_back({uid, std::move(account), boottime + kGrantLife});
}

bool Grants::unprivileged(uid_t uid, std::string_view account, Millis boottime) {
    expire(boottime);
    return std::any_of(unprivileged_.begin(), unprivileged_.end(),
                       [&](const Unprivileged& one) { return one.uid == uid && one.account == account; });
}

Status Grants::bind(BoundSession session) {
    const bool known =
        std::any_of(sessions_.begin(), sessions_.end(), [&](const BoundSession& old) { return old.id == session.id; });
    if (!known && sessions_.size() >= kMaxSessions) return fail(ErrorCode::busy, "too many sessions");
    UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, session.leader, 0)));
    if (!pidfd) return fail(ErrorCode::io, "the session's leader is gone");
    const std::string id = session.id;
    std::erase_if(sessions_, [&](const BoundSession& old) { return old.id == id; });
    std::erase_if(watches_, [&](const auto& watch) { return watch.first == id; });
    sessions_.push_back(std::move(session));
    watches_.emplace_back(id, Watch{std::move(pidfd), Source()});
    Watch& watch = watches_.back().second;
    watch.source = watch_readable(watch.pidfd.get(), [this, id] {
        std::erase_if(sessions_, [&](const BoundSession& old) { return old.id == id; });
        std::erase_if(watches_, [&](const auto& one) { return one.first == id; });
    });
    return {};
}

void Grants::unbind(std::string_view account, pid_t leader) {
    for (auto it = sessions_.begin(); it != sessions_.end();) {
        if (it->account == account && it->leader == leader) {
            std::erase_if(watches_, [&](const auto& watch) { return watch.first == it->id; });
            it = sessions_.erase(it);
        } else {
            ++it;
        }
    }
}

void Grants::unbind_session(std::string_view id) {
    std::erase_if(sessions_, [&](const BoundSession& session) { return session.id == id; });
    std::erase_if(watches_, [&](const auto& watch) { return watch.first == id; });
}

void Grants::rebind(std::string_view id, const PersonId& person, const CardId& card, const Hold& hold) {
    for (BoundSession& session : sessions_) {
        if (session.id != id) continue;
        session.person = person;
        session.card = card;
        session.hold = hold;
    }
}

bool Grants::holds(std::string_view account, Millis boottime) {
    expire(boottime);
    return std::any_of(pending_.begin(), pending_.end(),
                       [&](const Pending& pending) { return pending.record.account == account; }) ||
           std::any_of(sessions_.begin(), sessions_.end(),
                       [&](const BoundSession& session) { return session.account == account; });
}

void Grants::revoke(const std::optional<PersonId>& person, const std::optional<CardId>& card) {
    std::erase_if(pending_, [&](const Pending& pending) {
        return (person && pending.record.person == *person) || (card && pending.record.card == *card);
    });
}

void Grants::withdraw(const StatementId& statement) {
    std::erase_if(pending_, [&](const Pending& pending) {
        return pending.record.hold.by != HeldBy::card && pending.record.hold.statement == statement;
    });
}

std::vector<StatementId> Grants::codes_of(const PersonId& person) const {
    std::vector<StatementId> codes;
    const auto add = [&](const auto& holder) {
        if (holder.person == person && holder.hold.by == HeldBy::code) codes.push_back(holder.hold.statement);
    };
    for (const Pending& pending : pending_) add(pending.record);
    for (const BoundSession& session : sessions_) add(session);
    return codes;
}

}  // namespace sekimori::daemon
