// SPDX-License-Identifier: Apache-2.0
// Whose card may do what: roles and their rights, and people whose fingers cannot be read.
#include <algorithm>

#include "tests/unit/daemon/resolve_rig.hpp"

namespace sekimori::daemon {
namespace {

TEST_F(ResolveTest, ARoleHasItsRightsAndNoOthers) {
    scope = Scope::administrator;
    user.clear();
    const PersonId clerk = add("clerk", {{"clerk", "local", 4000}});
    fingers(clerk, 2);
    (void)add_card(clerk, 7);
    struct Case {
        Role role;
        std::vector<Right> may;
    };
    const std::vector<Right> all{Right::read, Right::deny, Right::enrol, Right::policy, Right::administer};
    for (const Case& one :
         {Case{Role::none, {}}, Case{Role::auditor, {Right::read}}, Case{Role::helpdesk, {Right::read, Right::deny}},
          Case{Role::registrar, {Right::read, Right::deny, Right::enrol}},
          Case{Role::officer, {Right::read, Right::deny, Right::policy}}, Case{Role::administrator, all}}) {
        ASSERT_TRUE(store->set_roles(clerk, Roles::of(one.role), by));
        for (const Right asked : all) {
            right = asked;
            const bool may = std::find(one.may.begin(), one.may.end(), asked) != one.may.end();
            EXPECT_EQ(reason({says(7)}), may ? Reason::granted : Reason::not_permitted)
                << name_of(one.role) << ' ' << static_cast<int>(asked);
        }
    }
    other_than = clerk;
    EXPECT_EQ(reason({says(7)}), Reason::same_person);
}

TEST_F(ResolveTest, WhoAdministersShowsAFingerWhateverIsGoodForALogin) {
    const PersonId admin = add("admin", {{"admin", "local", 4000}}, Role::administrator, 1);
    (void)add_with_pin(admin, 7);
    accounts.uids["admin"] = 4000;
    allow({"card+pin", "card+finger"});
    const std::vector<wire::CardReference> shown{says(7, CardSlot::piv_9a, wire::PinState::ready, 3)};
    user = "admin";
    EXPECT_EQ(reason(shown), Reason::granted);
    ASSERT_TRUE(store->exempt(admin, clock.at.wall + Millis{1000}, "reason", by));
    scope = Scope::administrator;
    EXPECT_EQ(reason(shown), Reason::fingers_missing) << "neither by the policy nor by an exemption";
}

TEST_F(ResolveTest, ALentCardNeedsAClockThatIsRight) {
    NewCard lent = new_card(tanaka, 8);
    lent.temporary = {clock.at.wall + Millis{1000}, PersonId{{9}}};
    ASSERT_TRUE(store->add_card(std::move(lent), by));
    EXPECT_EQ(reason({says(8)}), Reason::granted);
    clock.at.wall_quality = WallQuality::suspect;
    EXPECT_EQ(reason({says(8)}), Reason::clock_suspect);
    EXPECT_EQ(reason({says(1)}), Reason::granted) << "card and finger still work";
    clock.at.wall_quality = WallQuality::good;
    clock.at.wall += Millis{1000};
    EXPECT_EQ(reason({says(8)}), Reason::card_expired);
}

class ResolveExempt : public ResolveTest {
  protected:
    void SetUp() override {
        ResolveTest::SetUp();
        user = "sato";
        sato = add("sato", {{"sato", "local", 1002}});
        (void)add_with_pin(sato, 5);
    }
    Reason now() { return reason({says(5, CardSlot::piv_9a, wire::PinState::ready, 3)}); }
    PersonId sato;
};

TEST_F(ResolveExempt, ItLetsThePinStandInForTheFingerUntilItsEnd) {
    EXPECT_EQ(now(), Reason::fingers_missing);
    ASSERT_TRUE(store->exempt(sato, clock.at.wall + Millis{1000}, "scarred", by));
    const auto answer = ask({says(5, CardSlot::piv_9a, wire::PinState::ready, 3)});
    ASSERT_TRUE(std::holds_alternative<Resolved>(answer));
    EXPECT_EQ(std::get<Resolved>(answer).candidate.set.text(), "card+pin");
    clock.at.wall_quality = WallQuality::suspect;
    EXPECT_EQ(now(), Reason::fingers_missing) << "nobody can tell on a clock that went back";
    clock.at.wall_quality = WallQuality::good;
    policy.fallbacks = Fallbacks::locked;
    EXPECT_EQ(now(), Reason::fingers_missing);
    policy.fallbacks = Fallbacks::allowed;
    EXPECT_EQ(now(), Reason::granted);
    clock.at.wall += Millis{1000};
    EXPECT_EQ(now(), Reason::fingers_missing);
}

TEST_F(ResolveExempt, ItEndsWhenItIsWithdrawn) {
    const auto id = store->exempt(sato, clock.at.wall + Millis{1000}, "scarred", by);
    ASSERT_TRUE(id);
    EXPECT_EQ(now(), Reason::granted);
    ASSERT_TRUE(store->withdraw(*id, Store::Withdrawal::withdrawn, by));
    EXPECT_EQ(now(), Reason::fingers_missing);
}

}  // namespace
}  // namespace sekimori::daemon
