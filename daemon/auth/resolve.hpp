// SPDX-License-Identifier: Apache-2.0
// Resolve: from what a card says it is to a person who may go on, before a nonce or a PIN is spent (house.md 3, step
// 4). Pure but for the store's reads from memory.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/policy.hpp"
#include "core/transaction.hpp"
#include "daemon/store/store.hpp"
#include "protocol/schema.hpp"

namespace sekimori::daemon {

enum class Scope : std::uint8_t { user, administrator };

struct ResolveQuestion {
    Scope scope{Scope::user};
    std::string_view user;  // empty: the card says who it is
    PolicyQuestion policy;  // its groups are those of the accounts in question
    Instant now;
    Right right{Right::administer};        // of an administrator
    std::optional<PersonId> other_than{};  // the first of two administrators
};

struct Resolved {
    Candidate candidate;
    CardRecord card;
    PersonRecord person;
    std::vector<std::string> accounts;  // more than one: ask
};

// The uid that the system has for an account now. Separate, so that tests have their own.
class AccountDirectory {
  public:
    virtual ~AccountDirectory() = default;
    [[nodiscard]] virtual std::optional<std::uint32_t> uid_of(const std::string& account) = 0;
    [[nodiscard]] virtual std::vector<std::string> groups_of(const std::string& account) = 0;
};

// Whether the account is still the one that was bound: same name, same uid. One that was bound without a uid (lab)
// needs none.
[[nodiscard]] bool still_bound(const AccountRecord& account, AccountDirectory& directory);

// What the owner of an enrolled card may do with it now. Asked when the card is looked up, and again just before the
// verdict: records and policy may have changed meanwhile.
[[nodiscard]] std::variant<Resolved, Denied> entitle(const Store& store, AccountDirectory& directory,
                                                     const Policy& policy, const CardVisit& visit,
                                                     const CardRecord& card, const ResolveQuestion& question);

[[nodiscard]] std::variant<Resolved, Denied> resolve(const Store& store, AccountDirectory& directory,
                                                     const Policy& policy, const CardVisit& visit,
                                                     const std::vector<wire::CardReference>& references,
                                                     const ResolveQuestion& question);

// Why a card of this state opens nothing; granted: it may.
[[nodiscard]] Reason refusal_of(const CardRecord& card, Millis wall) noexcept;
[[nodiscard]] Reason refusal_of(wire::CardFault fault) noexcept;

}  // namespace sekimori::daemon
