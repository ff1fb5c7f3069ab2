// SPDX-License-Identifier: Apache-2.0
// Which change of a policy takes a second administrator; and what a person's enrolment chooses of it.
#include <gtest/gtest.h>

#include "core/policy.hpp"

namespace sekimori {
namespace {

Policy with(std::vector<PolicyRule> rules) {
    Policy policy = default_policy();
    policy.rules = std::move(rules);
    return policy;
}
PolicyRule rule(std::vector<const char*> sets, const std::string& service = "*") {
    PolicyRule made;
    made.service = service;
    for (const char* set : sets) made.allow.push_back(*FactorSet::parse(set));
    return made;
}
Weaker order(const Policy& now, const Policy& next) { return weaker(now, next); }

TEST(PolicyOrder, MoreFactorsAreNoWeaker) {
    const Policy now = with({rule({"card+finger"})});
    EXPECT_EQ(order(now, now), Weaker::no);
    EXPECT_EQ(order(now, with({rule({"card+finger+pin"})})), Weaker::no);
    EXPECT_EQ(order(now, with({rule({"card+finger+pin"}, "sudo"), rule({"card+finger"})})), Weaker::no);
}

TEST(PolicyOrder, FewerOtherOrUnknownOnesMayBe) {
    const Policy now = with({rule({"card+finger+pin"}, "sudo"), rule({"card+finger"})});
    EXPECT_EQ(order(now, with({rule({"card+finger"})})), Weaker::maybe);
    EXPECT_EQ(order(now, with({rule({"card+finger+pin"}, "sudo"), rule({"card+finger", "card+pin"})})), Weaker::maybe);
    EXPECT_EQ(order(with({rule({"card+finger"})}), default_policy()), Weaker::maybe);
    EXPECT_EQ(order(with({rule({"card+finger"}, "login")}), with({rule({"card+finger"})})), Weaker::maybe)
        << "elsewhere nothing was allowed";
}

TEST(PolicyOrder, EveryOtherKeyCounts) {
    Policy now = default_policy();
    now.profile = Profile::mynumber;
    now.fallbacks = Fallbacks::allowed;
    now.session.idle = std::chrono::seconds{60};
    const std::vector<void (*)(Policy&)> weakenings{
        [](Policy& p) { p.profile = Profile::standard; }, [](Policy& p) { p.least = CardStrength::identifier; },
        [](Policy& p) { p.contact = Presence::tap; },     [](Policy& p) { p.unattended.emplace_back("ftpd"); },
        [](Policy& p) { p.session.idle = Millis{0}; },    [](Policy& p) { p.session.idle *= 2; },
        [](Policy& p) { p.session.grace = Millis{1}; },   [](Policy& p) { p.session.fallback_idle *= 2; },
        [](Policy& p) { p.offline.all.most *= 2; },
    };
    for (std::size_t i = 0; i < weakenings.size(); ++i) {
        Policy next = now;
        weakenings[i](next);
        EXPECT_EQ(order(now, next), Weaker::maybe) << i;
        EXPECT_EQ(order(next, now), Weaker::no) << i;
    }
    Policy locked = with({rule({"card+finger"})});
    locked.fallbacks = Fallbacks::locked;
    EXPECT_EQ(order(locked, with({rule({"card+finger"})})), Weaker::maybe);
}

TEST(PolicyOrder, ATerminalThatMayBeOutOfTouchLongerIsWeaker) {
    using std::chrono::hours;
    const GroupId one{{1}};
    const GroupId other{{2}};
    const auto with = [](const FreshnessPolicy& all, std::map<GroupId, FreshnessPolicy> groups) {
        Policy policy = default_policy();
        policy.offline = {all, std::move(groups)};
        return policy;
    };
    const Policy now = with({hours{24}}, {{one, {hours{4}}}});
    EXPECT_EQ(order(now, with({hours{12}}, {{one, {hours{4}}}})), Weaker::no);
    EXPECT_EQ(order(now, with({hours{24}}, {{one, {hours{5}}}})), Weaker::maybe);
    EXPECT_EQ(order(now, with({hours{24}}, {})), Weaker::maybe) << "the group was held shorter than the others";
    EXPECT_EQ(order(now, with({hours{24}}, {{one, {hours{4}}}, {other, {hours{25}}}})), Weaker::maybe);
    EXPECT_EQ(order(now, with({hours{24}}, {{one, {hours{4}}}, {other, {hours{23}}}})), Weaker::no);
    EXPECT_EQ(order(now, with({hours{4}, PastMax::certificate, hours{1}}, {{one, {hours{4}}}})), Weaker::maybe);
    const Policy certificate = with({hours{24}, PastMax::certificate, hours{10}}, {});
    EXPECT_EQ(order(certificate, certificate), Weaker::no);
    EXPECT_EQ(order(certificate, with({hours{24}, PastMax::certificate, hours{9}}, {})), Weaker::no);
    EXPECT_EQ(order(certificate, with({hours{24}, PastMax::certificate, hours{11}}, {})), Weaker::maybe);
    EXPECT_EQ(order(certificate, with({hours{24}, PastMax::certificate, Millis{0}}, {})), Weaker::maybe) << "no end";
    EXPECT_EQ(order(with({hours{24}, PastMax::certificate, Millis{0}}, {}), certificate), Weaker::no);
}

TEST(PolicyChoice, AnExemptionPutsThePinInTheFingersPlace) {
    const std::vector<FactorSet> sets{*FactorSet::parse("card+finger")};
    Means means{CardSlot::piv_9a, 0, 2, Password::none, Exempt::yes};
    EXPECT_EQ(choose(sets, means)->text(), "card+pin");
    means.exempt = Exempt::no;
    EXPECT_FALSE(choose(sets, means));
    means = {CardSlot::piv_9e, 2, 2, Password::none, Exempt::yes};
    EXPECT_EQ(choose(sets, means)->text(), "card+finger") << "a key without a PIN has nothing instead";
    means = {CardSlot::piv_9a, 2, 2, Password::none, Exempt::yes};
    EXPECT_FALSE(choose({}, means)) << "where nothing is allowed nothing is excepted";
}

TEST(PolicyChoice, ACodeIsNoCardAndACardNoCode) {
    const std::vector<FactorSet> sets{*FactorSet::parse("code+finger"), *FactorSet::parse("card+password")};
    EXPECT_FALSE(choose(sets, {CardSlot::piv_9e, 2, 2}));
    EXPECT_EQ(choose(sets, {CardSlot::piv_9e, 2, 2, Password::set})->text(), "card+password");
    EXPECT_FALSE(choose(sets, {CardSlot::piv_9a, 2, 2, Password::set})) << "not PIN and password both";
    EXPECT_EQ(choose_code(sets, {CardSlot::none, 2, 2})->text(), "code+finger");
    EXPECT_FALSE(choose_code(sets, {CardSlot::none, 1, 2}));
    EXPECT_FALSE(choose_code({*FactorSet::parse("card+finger")}, {CardSlot::none, 2, 2}));
}

TEST(PolicyCheck, WhatDoesNotLoad) {
    for (const char* set : {"card+code", "code+finger+pin", "finger+password", "card+pin+password"})
        EXPECT_FALSE(check(with({rule({set})}))) << set;
    for (const char* set : {"code+finger", "card+password", "card+finger+password"})
        EXPECT_TRUE(check(with({rule({set})}))) << set;
    Policy policy = with({rule({"card+finger", "code+finger"})});
    policy.profile = Profile::mynumber;
    EXPECT_TRUE(check(policy)) << "a code and the finger are two kinds as well";
    policy.fallbacks = Fallbacks::locked;
    EXPECT_FALSE(check(policy));
    policy = with({rule({"card+password"})});
    policy.profile = Profile::mynumber;
    EXPECT_FALSE(check(policy));
}

}  // namespace
}  // namespace sekimori
