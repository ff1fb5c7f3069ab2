// SPDX-License-Identifier: Apache-2.0
// A terminal that was out of touch with its fleet for too long: what its card opens then.
#include "daemon/auth/code_holder.hpp"
#include "tests/unit/daemon/store_fleet_fixture.hpp"

namespace sekimori::daemon {
namespace {

class NoAccounts final : public AccountDirectory {
  public:
    std::optional<std::uint32_t> uid_of(const std::string&) override { return 1000; }
    std::vector<std::string> groups_of(const std::string&) override { return {}; }
};

class StaleFleet : public StoreFleet {
  protected:
    void SetUp() override {
        become_member();
        admit();
        world.delegate(mine.sign, AdminRole::registrar);
        catch_up();
        const PersonId person = add_person();
        place_outbox();
        (void)add_finger(person, "right-thumb", "template");
        (void)add_finger(person, "left-thumb", "template");
        (void)add_card(person, 1);
        (void)add_card(person, 2, "0123456789abcdef");
        place_outbox();
        ASSERT_EQ(beat(world.links.size(), clock.at.wall).value(), Heard::taken);
    }
    Reason ask(std::uint8_t n, CardType type, CardSlot slot) {
        wire::CardReference reference;
        reference.type = type;
        reference.slot = slot;
        reference.key = key(n);
        const auto answer = resolve(*store, accounts, policy, {1, 7}, {reference},
                                    {Scope::user, "tanaka", {"login", {}, "t"}, clock.at});
        return std::holds_alternative<Denied>(answer) ? std::get<Denied>(answer).reason : Reason::granted;
    }
    Reason certificate() { return ask(1, CardType::piv, CardSlot::piv_9e); }
    Reason symmetric() { return ask(2, CardType::lite_s, CardSlot::none); }
    void choose(PastMax past) {
        load_policy(past == PastMax::certificate ? R"({"past":"certificate"})" : "{}");
        ASSERT_EQ(beat(world.links.size(), clock.at.wall).value(), Heard::taken);
    }
    void later(Millis time) {
        clock.at.boottime += time;
        clock.at.wall += time;
    }
    NoAccounts accounts;
    Policy policy{default_policy()};
};

TEST_F(StaleFleet, InTouchEverythingOpens) {
    policy.least = CardStrength::symmetric;
    EXPECT_EQ(certificate(), Reason::granted);
    EXPECT_EQ(symmetric(), Reason::granted);
    later(std::chrono::hours{23});
    EXPECT_EQ(certificate(), Reason::granted);
}

TEST_F(StaleFleet, PastTheMaximumNothingOpens) {
    later(std::chrono::hours{25});
    EXPECT_EQ(certificate(), Reason::fleet_stale);
    EXPECT_EQ(symmetric(), Reason::fleet_stale);
    ASSERT_EQ(beat(world.links.size(), clock.at.wall).value(), Heard::taken);
    EXPECT_EQ(certificate(), Reason::granted) << "and a heartbeat makes it fresh";
}

TEST_F(StaleFleet, OrCertificateCardsWithAFingerWhereThatIsChosen) {
    choose(PastMax::certificate);
    policy.least = CardStrength::symmetric;
    later(std::chrono::hours{25});
    EXPECT_EQ(certificate(), Reason::granted);
    EXPECT_EQ(symmetric(), Reason::fleet_stale);
    policy.rules[0].allow = {*FactorSet::parse("card+pin")};
    EXPECT_NE(certificate(), Reason::granted);
}

// What was taken back meanwhile is not known here: neither a code nor a ticket counts, whatever cards may do.
TEST_F(StaleFleet, CodesEndWithTheTouchAlsoWhereCardsOpen) {
    const PersonId person = store->person_by_login("tanaka")->id;
    ASSERT_TRUE(
        store->give_secret({person, SecretUse::code, clock.at.wall + std::chrono::hours{48}, "ABCD", {1}, "r"}, by));
    place_outbox();
    const StatementId code = store->secret_of(person, SecretUse::code).value().id;
    const auto question = [&] {
        return CodeQuestion{{Scope::user, "tanaka", {"login", {}, "t"}, clock.at}, mine.id, Emergency::yes};
    };
    for (const PastMax past : {PastMax::deny, PastMax::certificate}) {
        choose(past);
        EXPECT_EQ(code_holders(*store, accounts, policy, question()).size(), 1U);
        later(std::chrono::hours{25});
        EXPECT_TRUE(code_holders(*store, accounts, policy, question()).empty());
        const auto judged = entitle_code(*store, accounts, policy, person, code, question());
        ASSERT_TRUE(std::holds_alternative<Denied>(judged)) << "also one that was begun before";
        EXPECT_EQ(std::get<Denied>(judged).reason, Reason::fleet_stale);
        clock.at.wall -= std::chrono::hours{25};
        clock.at.boottime -= std::chrono::hours{25};
    }
}

TEST_F(StaleFleet, ARevokedTerminalOpensNothing) {
    ASSERT_TRUE(world.place(world.say(world.authority, StatementType::revoke_terminal, mine.id.bytes,
                                      RevokeTerminalBody{DenyReason::stolen, {}})));
    ASSERT_TRUE(fleet().hear(bytes_of(world.links.back().statement)));
    EXPECT_EQ(certificate(), Reason::fleet_stale) << "by notification, before its entry";
}

}  // namespace
}  // namespace sekimori::daemon
