// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/code_holder.hpp"

#include <algorithm>

namespace sekimori::daemon {
namespace {

// Active, and the account is theirs and the one that was bound.
bool may_use(const PersonRecord& person, std::string_view account, AccountDirectory& directory) {
    return person.state == PersonState::active &&
           std::any_of(person.accounts.begin(), person.accounts.end(),
                       [&](const AccountRecord& one) { return one.name == account && still_bound(one, directory); });
}

std::optional<Candidate> candidate_of(const Store& store, AccountDirectory& directory, const Policy& policy,
                                      const PersonRecord& person, const CodeQuestion& question) {
    if (policy.fallbacks == Fallbacks::locked || question.who.scope != Scope::user || question.who.user.empty())
        return std::nullopt;
    PolicyQuestion asked = question.who.policy;
    asked.groups = directory.groups_of(std::string(question.who.user));
    const Means means{CardSlot::none, static_cast<std::uint32_t>(store.fingers_of(person.id).size()),
                      person.min_fingers};
    const auto set = choose_code(allowed(policy, asked), means);
    if (!set) return std::nullopt;
    return Candidate{{}, person.id, {}, CardSlot::none, *set, Presence::tap, Ask::no, Ask::no, 0};
}

}  // namespace

std::variant<CodeHolder, Denied> entitle_code(const Store& store, AccountDirectory& directory, const Policy& policy,
                                              const PersonId& id, const StatementId& code,
                                              const CodeQuestion& question) {
    const auto person = store.person(id);
    const auto secret = store.secret_of(id, SecretUse::code);
    if (!person || !secret || secret->id != code) return Denied{Reason::revoked_meanwhile, 0};
    // Whoever was out of touch does not know what was taken back.
    if (store.opens() != Opens::everything) return Denied{Reason::fleet_stale, 0};
    if (question.who.now.wall_quality == WallQuality::suspect) return Denied{Reason::clock_suspect, 0};
    if (!in_force(secret->until, question.who.now)) return Denied{Reason::revoked_meanwhile, 0};
    if (!may_use(*person, question.who.user, directory)) return Denied{Reason::account_not_allowed, 0};
    const auto candidate = candidate_of(store, directory, policy, *person, question);
    if (!candidate) return Denied{Reason::account_not_allowed, 0};
    return CodeHolder{*candidate, *person, *secret, {}};
}

std::optional<BreakGlassRecord> good_ticket_of(const Store& store, const StatementId& id,
                                               const CodeQuestion& question) {
    for (const BreakGlassRecord& ticket : store.break_glass())
        if (ticket.id == id && good_ticket(ticket, question.terminal, question.who.now)) return ticket;
    return std::nullopt;
}

std::vector<Holder> code_holders(const Store& store, AccountDirectory& directory, const Policy& policy,
                                 const CodeQuestion& question) {
    std::vector<Holder> holders;
    if (question.who.scope != Scope::user || question.who.user.empty() || policy.fallbacks == Fallbacks::locked ||
        store.opens() != Opens::everything)
        return holders;
    for (const PersonRecord& person : store.persons_of_account(question.who.user)) {
        if (!may_use(person, question.who.user, directory)) continue;
        if (const auto secret = store.secret_of(person.id, SecretUse::code)) {
            auto judged = entitle_code(store, directory, policy, person.id, secret->id, question);
            const auto data = store.secret_data(secret->id);
            if (auto* holder = std::get_if<CodeHolder>(&judged); holder != nullptr && data) {
                holder->handle = data->handle;
                holders.emplace_back(std::move(*holder));
            }
        }
        if (question.emergency == Emergency::no) continue;
        for (const BreakGlassRecord& ticket : store.break_glass()) {
            if (ticket.person != person.id || !good_ticket(ticket, question.terminal, question.who.now)) continue;
            if (const auto data = store.secret_data(ticket.id))
                holders.emplace_back(TicketHolder{person, ticket, data->handle});
        }
    }
    return holders;
}

std::optional<Holder> holder_of(std::vector<Holder> holders, const std::string& handle) {
    const auto handle_is = [&](const Holder& holder) {
        return std::visit([&](const auto& one) { return one.handle == handle; }, holder);
    };
    const auto found = std::find_if(holders.begin(), holders.end(), handle_is);
    if (found != holders.end()) return std::move(*found);
    if (holders.size() == 1) return std::move(holders.front());
    return std::nullopt;
}

}  // namespace sekimori::daemon
