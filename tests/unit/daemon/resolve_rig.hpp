// SPDX-License-Identifier: Apache-2.0
// A person with a card and two fingers in a real store, and what a card on the reader says.
#pragma once

#include <map>

#include "daemon/auth/resolve.hpp"
#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {

class FakeAccounts final : public AccountDirectory {
  public:
    std::optional<std::uint32_t> uid_of(const std::string& account) override {
        const auto found = uids.find(account);
        return found == uids.end() ? std::nullopt : std::optional(found->second);
    }
    std::vector<std::string> groups_of(const std::string& account) override { return groups[account]; }
    std::map<std::string, std::vector<std::string>> groups;
    std::map<std::string, std::uint32_t> uids{{"tanaka", 1000}, {"tanaka-adm", 1001}, {"sato", 1002}};
};

inline constexpr CardVisit kVisit{1, 7};

class ResolveTest : public StoreTest {
  protected:
    void SetUp() override {
        open();
        tanaka = add("tanaka", {{"tanaka", "local", 1000}});
        fingers(tanaka, 2);
        card = add_card(tanaka, 1);
    }
    PersonId add(const std::string& login, std::vector<AccountRecord> bound, Role role = Role::none,
                 std::uint32_t min_fingers = 2) {
        NewPerson person;
        person.login = login;
        person.name = login;
        person.accounts = std::move(bound);
        person.role = role;
        person.min_fingers = min_fingers;
        if (min_fingers < 2) person.min_fingers_reason = "one hand in plaster";
        auto made = store->add_person(std::move(person), by);
        EXPECT_TRUE(made) << made.error();
        return made.value_or(PersonId{});
    }
    void fingers(const PersonId& person, int count) {
        const char* names[] = {"right-index-finger", "left-index-finger"};
        for (int i = 0; i < count; ++i) (void)add_finger(person, names[i], "template");
    }
    CardId add_with_pin(const PersonId& person, std::uint8_t n) {
        NewCard made = new_card(person, n);
        made.slot = CardSlot::piv_9a;
        auto id = store->add_card(std::move(made), by);
        EXPECT_TRUE(id) << id.error();
        return id.value_or(CardId{});
    }
    static wire::CardReference says(std::uint8_t n, CardSlot slot = CardSlot::piv_9e,
                                    wire::PinState pin = wire::PinState::not_needed, std::uint8_t tries = 0) {
        wire::CardReference reference;
        reference.type = CardType::piv;
        reference.slot = slot;
        reference.key = key(n);
        reference.pin = pin;
        reference.tries = tries;
        return reference;
    }
    std::variant<Resolved, Denied> ask(const std::vector<wire::CardReference>& references) {
        return resolve(*store, accounts, policy, kVisit, references,
                       {scope, user, {"login", {}, "t"}, clock.at, right, other_than});
    }
    Reason reason(const std::vector<wire::CardReference>& references) {
        const auto answer = ask(references);
        return std::holds_alternative<Denied>(answer) ? std::get<Denied>(answer).reason : Reason::granted;
    }
    void allow(std::vector<const char*> sets) {
        policy.rules[0].allow.clear();
        for (const char* set : sets) policy.rules[0].allow.push_back(*FactorSet::parse(set));
    }

    FakeAccounts accounts;
    Policy policy{default_policy()};
    Scope scope{Scope::user};
    Right right{Right::administer};
    std::optional<PersonId> other_than;
    std::string user{"tanaka"};
    PersonId tanaka;
    CardId card;
};

}  // namespace sekimori::daemon
