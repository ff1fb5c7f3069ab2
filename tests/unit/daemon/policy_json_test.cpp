// SPDX-License-Identifier: Apache-2.0
// The JSON of a policy: there and back, and no way around the two kinds.
#include "daemon/policy/policy_json.hpp"

#include <gtest/gtest.h>

namespace sekimori::daemon {
namespace {

std::string rules(const std::string& list, const std::string& more = "") {
    return R"({"rules":[)" + list + "]" + more + "}";
}
std::string allowing(const std::string& set, const std::string& more = "") {
    return rules(R"({"allow":[")" + set + R"("]})", more);
}
// The code of the refusal; its text has to hold `names`.
ErrorCode refused(const std::string& text, std::string_view names = "") {
    const auto policy = parse_policy(text);
    EXPECT_FALSE(policy) << text;
    if (policy) return ErrorCode::internal;
    EXPECT_NE(policy.error().message.find(names), std::string::npos) << policy.error().message;
    return policy.error().code;
}

TEST(PolicyJson, TheLeastThatLoads) {
    const auto policy = parse_policy(allowing("card+finger"));
    ASSERT_TRUE(policy) << policy.error().message;
    EXPECT_EQ(policy->profile, Profile::standard);
    EXPECT_EQ(policy->least, CardStrength::symmetric);
    EXPECT_EQ(policy->contact, Presence::hold);
    ASSERT_EQ(policy->rules.size(), 1U);
    EXPECT_EQ(policy->rules[0].service, "*");
    EXPECT_EQ(policy->rules[0].group, "*");
    EXPECT_EQ(policy->rules[0].terminal, "*");
    EXPECT_EQ(policy->unattended, Policy{}.unattended);
}

TEST(PolicyJson, EveryKeyIsRead) {
    const auto policy = parse_policy(
        R"({"schema":1,"profile":"standard","least_strength":"certificate","presence":"tap","unattended":["atd"],
            "rules":[{"service":"sudo","group":"wheel","terminal":"aa","allow":["card+pin","card+finger"]},
                     {"allow":["card+finger+pin"]}]})");
    ASSERT_TRUE(policy) << policy.error().message;
    EXPECT_EQ(policy->least, CardStrength::certificate);
    EXPECT_EQ(policy->contact, Presence::tap);
    EXPECT_EQ(policy->unattended, std::vector<std::string>{"atd"});
    ASSERT_EQ(policy->rules.size(), 2U);
    EXPECT_EQ(policy->rules[0].service, "sudo");
    EXPECT_EQ(policy->rules[0].group, "wheel");
    EXPECT_EQ(policy->rules[0].terminal, "aa");
    ASSERT_EQ(policy->rules[0].allow.size(), 2U);
    EXPECT_EQ(policy->rules[0].allow[0].text(), "card+pin");
}

TEST(PolicyJson, WhatIsWrittenIsReadAsTheSame) {
    const auto first = parse_policy(
        R"({"profile":"mynumber","least_strength":"symmetric","presence":"tap","unattended":[],
            "rules":[{"service":"login","group":"職員","allow":["finger+card","card+finger+pin"]}]})");
    ASSERT_TRUE(first) << first.error().message;
    const auto second = parse_policy(write_policy(*first));
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(write_policy(*second), write_policy(*first));
    EXPECT_EQ(second->profile, Profile::mynumber);
    EXPECT_EQ(second->least, CardStrength::symmetric);
    EXPECT_EQ(second->contact, Presence::tap);
    EXPECT_TRUE(second->unattended.empty());
    EXPECT_EQ(second->rules[0].group, "職員");
    EXPECT_EQ(second->rules[0].allow, first->rules[0].allow);
}

TEST(PolicyJson, WhatBecomesOfSessionsIsReadAndWritten) {
    const auto policy = parse_policy(
        R"({"session":{"on_removal":"logoff","grace_seconds":3,"idle_seconds":600,"logoff_after_seconds":900,
            "left_behind_seconds":30},"rules":[{"allow":["card+finger"]}]})");
    ASSERT_TRUE(policy) << policy.error().message;
    const auto again = parse_policy(write_policy(*policy));
    ASSERT_TRUE(again) << again.error().message;
    for (const Policy& one : {*policy, *again}) {
        EXPECT_EQ(one.session.on_removal, OnRemoval::logoff);
        EXPECT_EQ(one.session.grace, std::chrono::seconds{3});
        EXPECT_EQ(one.session.idle, std::chrono::seconds{600});
        EXPECT_EQ(one.session.logoff_after, std::chrono::seconds{900});
        EXPECT_EQ(one.session.left_behind, std::chrono::seconds{30});
    }
    EXPECT_EQ(default_policy().session.on_removal, OnRemoval::lock) << "who says nothing wants the lock";
    EXPECT_EQ(default_policy().session.grace, Millis{0});
}

std::string offline(const std::string& object) { return allowing("card+finger", R"(,"offline":)" + object); }

TEST(PolicyJson, HowLongATerminalMayBeOutOfTouchIsReadAndWritten) {
    const std::string one(32, 'a'), other(32, 'b');
    const auto policy =
        parse_policy(offline(R"({"max_hours":12,"past":"certificate","certificate_hours":48,"groups":{")" + one +
                             R"(":{"max_hours":72},")" + other + R"(":{"past":"deny"}}})"));
    ASSERT_TRUE(policy) << policy.error().message;
    const auto again = parse_policy(write_policy(*policy));
    ASSERT_TRUE(again) << again.error().message;
    using std::chrono::hours;
    for (const Policy& read : {*policy, *again}) {
        EXPECT_EQ(read.offline.all, (FreshnessPolicy{hours{12}, PastMax::certificate, hours{48}}));
        EXPECT_EQ(read.offline.of(*GroupId::parse(one)), (FreshnessPolicy{hours{72}, PastMax::certificate, hours{48}}))
            << "what a group does not say is said for all";
        EXPECT_EQ(read.offline.of(*GroupId::parse(other)), (FreshnessPolicy{hours{12}, PastMax::deny, hours{48}}));
    }
    EXPECT_EQ(write_policy(*again), write_policy(*policy));
}

TEST(PolicyJson, APolicyThatSaysNothingOfItMeansADayAndIsWrittenAsItWas) {
    const auto silent = parse_policy(allowing("card+finger"));
    EXPECT_EQ(silent->offline.all, (FreshnessPolicy{std::chrono::hours{24}, PastMax::deny, Millis{0}}));
    EXPECT_EQ(write_policy(*silent).find("offline"), std::string::npos)
        << "its id, and terminals that don't know the key";
    for (const char* same : {"{}", R"({"groups":{}})", R"({"max_hours":24,"past":"deny","certificate_hours":0})"})
        EXPECT_EQ(write_policy(parse_policy(offline(same)).value()), write_policy(*silent)) << same;
}

TEST(PolicyJson, WhatIsNoOfflineAgeDoesNotLoad) {
    for (const char* object :
         {"[]", "24", R"({"hours":24})", R"({"max_hours":0})", R"({"max_hours":745})", R"({"max_hours":-1})",
          R"({"max_hours":1.5})", R"({"max_hours":"24"})", R"({"past":"allow"})", R"({"past":1})",
          R"({"certificate_hours":745})", R"({"certificate_hours":-1})", R"({"groups":[]})"})
        EXPECT_EQ(refused(offline(object), "offline"), ErrorCode::malformed) << object;
    const std::string id(32, 'a'), capital(32, 'A');
    for (const std::string& groups : std::vector<std::string>{
             R"("window":{})", R"("":{})", '"' + std::string(32, '0') + R"(":{})", '"' + id + R"(":24)",
             '"' + id + R"(":{"groups":{}})", '"' + id + R"(":{"max_hours":0})",
             '"' + id + R"(":{},")" + capital + R"(":{"max_hours":72})"})
        EXPECT_EQ(refused(offline(R"({"groups":{)" + groups + "}}"), "group '"), ErrorCode::malformed) << groups;
    std::string many;
    for (int i = 100; i < 201; ++i)
        many += (i == 100 ? "\"" : ",\"") + std::string(29, 'a') + std::to_string(i) + R"(":{})";
    EXPECT_EQ(refused(offline(R"({"groups":{)" + many + "}}")), ErrorCode::malformed);
    EXPECT_TRUE(parse_policy(offline(R"({"groups":{)" + many.substr(0, many.rfind(',')) + "}}")));
}

TEST(PolicyJson, TheDefaultPolicyIsOneThatLoads) { EXPECT_TRUE(parse_policy(write_policy(default_policy()))); }

TEST(PolicyJson, ASetOfOneKindDoesNotLoadAndItsRuleIsNamed) {
    for (const char* set : {"card", "finger", "pin", "password", "pin+password", "code+pin"}) {
        const std::string good = R"({"allow":["card+finger"]},)";
        EXPECT_EQ(refused(rules(good + R"({"allow":["card+finger",")" + set + R"("]})"), "rule 2"), ErrorCode::refused)
            << set;
    }
}

TEST(PolicyJson, ASetThatIsNoneDoesNotLoad) {
    for (const char* set : {"", "+", "card+", "+card", "card+card", "card+finger+finger", "card+iris", "Card+finger",
                            "card + finger", "card,finger"})
        EXPECT_EQ(refused(allowing(set), "rule 1"), ErrorCode::malformed) << set;
}

TEST(PolicyJson, ASetThatNobodyCouldProveDoesNotLoad) {
    for (const char* set : {"finger+pin", "finger+password", "code+card", "code+finger+pin", "card+pin+password"})
        EXPECT_EQ(refused(allowing(set), "rule 1"), ErrorCode::refused) << set;
    for (const char* set : {"password+card", "code+finger", "finger+code", "card+finger+password"})
        EXPECT_TRUE(parse_policy(allowing(set))) << set;
}

TEST(PolicyJson, FallbacksCanBeLocked) {
    const std::string locked = R"(,"fallbacks":"locked")";
    const auto policy = parse_policy(allowing("card+finger", locked));
    ASSERT_TRUE(policy);
    EXPECT_EQ(policy->fallbacks, Fallbacks::locked);
    EXPECT_EQ(parse_policy(write_policy(*policy))->fallbacks, Fallbacks::locked);
    EXPECT_EQ(refused(allowing("code+finger", locked), "rule 1"), ErrorCode::refused);
    EXPECT_EQ(refused(allowing("card+finger", R"(,"fallbacks":"some")")), ErrorCode::malformed);
    for (const char* seconds : {"0", "3601", "-1", "\"60\""})
        EXPECT_EQ(
            refused(allowing("card+finger", std::string(R"(,"session":{"fallback_idle_seconds":)") + seconds + "}")),
            ErrorCode::malformed)
            << seconds;
}

TEST(PolicyJson, ARuleThatAllowsNothingDoesNotLoad) {
    EXPECT_EQ(refused(rules(R"({"allow":[]})"), "rule 1"), ErrorCode::refused);
    EXPECT_EQ(refused(rules("")), ErrorCode::refused);
    EXPECT_EQ(refused("{}"), ErrorCode::malformed);
}

TEST(PolicyJson, ProfileMynumberLocksTheFactors) {
    const std::string profile = R"(,"profile":"mynumber")";
    EXPECT_EQ(refused(allowing("card+pin", profile), "rule 1"), ErrorCode::refused);
    EXPECT_TRUE(parse_policy(allowing("card+finger", profile)));
    EXPECT_TRUE(parse_policy(allowing("card+finger+pin", profile)));
    EXPECT_TRUE(parse_policy(allowing("code+finger", profile))) << "two kinds, for hours, and by name";
    EXPECT_EQ(refused(rules(R"({"allow":["card+finger"]},{"allow":["card+finger","card+pin"]})", profile), "rule 2"),
              ErrorCode::refused);
}

TEST(PolicyJson, ProfileMynumberWantsCertificatesUnlessItNamesMore) {
    EXPECT_EQ(parse_policy(allowing("card+finger", R"(,"profile":"mynumber")"))->least, CardStrength::certificate);
    EXPECT_EQ(parse_policy(allowing("card+finger", R"(,"profile":"mynumber","least_strength":"symmetric")"))->least,
              CardStrength::symmetric);
}

TEST(PolicyJson, UnknownKeysAreNamed) {
    EXPECT_EQ(refused(allowing("card+finger", R"(,"presense":"tap")"), "'presense'"), ErrorCode::malformed);
    EXPECT_EQ(refused(rules(R"({"allow":["card+finger"]},{"services":"sudo","allow":["card+finger"]})"), "rule 2"),
              ErrorCode::malformed);
}

TEST(PolicyJson, WrongValuesAreRefused) {
    for (const char* more :
         {R"(,"profile":"strict")", R"(,"profile":1)", R"(,"profile":null)", R"(,"least_strength":"none")",
          R"(,"least_strength":[])", R"(,"presence":"")", R"(,"presence":true)", R"(,"unattended":"cron")",
          R"(,"unattended":[1])", R"(,"session":[])", R"(,"session":{"on_removal":"none"})",
          R"(,"session":{"grace_seconds":61})", R"(,"session":{"grace_seconds":-1})", R"(,"session":{"grace":1})"})
        EXPECT_EQ(refused(allowing("card+finger", more)), ErrorCode::malformed) << more;
    for (const char* rule : {"1", "null", "[]", "{}", R"({"allow":"card+finger"})", R"({"allow":[1]})",
                             R"({"allow":[["card+finger"]]})", R"({"service":"","allow":["card+finger"]})",
                             R"({"service":1,"allow":["card+finger"]})", R"({"group":null,"allow":["card+finger"]})"})
        EXPECT_EQ(refused(rules(rule), "rule 1"), ErrorCode::malformed) << rule;
}

TEST(PolicyJson, AnotherSchemaIsUnsupported) {
    EXPECT_EQ(refused(allowing("card+finger", R"(,"schema":2)")), ErrorCode::unsupported);
    EXPECT_EQ(refused(allowing("card+finger", R"(,"schema":"1")")), ErrorCode::unsupported);
}

// Of two keys with one name a reader sees the one and the program the other.
TEST(PolicyJson, ARepeatedKeyIsRefused) {
    EXPECT_EQ(refused(R"({"presence":"hold","presence":"tap","rules":[{"allow":["card+finger"]}]})"),
              ErrorCode::malformed);
    EXPECT_EQ(refused(rules(R"({"allow":["card+finger"],"allow":["card+pin"]})")), ErrorCode::malformed);
}

TEST(PolicyJson, WhatIsNoObjectIsMalformed) {
    for (const char* text : {"", "null", "[]", "1", "{", "{\"rules\":[]}}", "\xff", "{\"rules\":\"\xff\"}"})
        EXPECT_EQ(refused(text), ErrorCode::malformed) << text;
}

TEST(PolicyJson, SizesAreBounded) {
    EXPECT_EQ(refused(std::string(64 * 1024 + 1, ' ')), ErrorCode::too_large);
    EXPECT_EQ(refused(std::string(64 * 1024, '[')), ErrorCode::malformed);
    std::string many;
    for (int i = 0; i < 100; ++i) many += R"({"allow":["card+finger"]},)";
    EXPECT_TRUE(parse_policy(rules(many.substr(0, many.size() - 1))));
    EXPECT_EQ(refused(rules(many + R"({"allow":["card+finger"]})")), ErrorCode::malformed);
    EXPECT_EQ(refused(rules(R"({"service":")" + std::string(257, 'x') + R"(","allow":["card+finger"]})")),
              ErrorCode::malformed);
}

// What can be read may still be more than a record of the ledger carries.
TEST(PolicyJson, WhatNoRecordCarriesIsToldBeforeItIsSigned) {
    const auto with = [](int count) {
        Policy policy = *parse_policy(rules(R"({"allow":["card+finger"]})"));
        policy.rules.resize(static_cast<std::size_t>(count), policy.rules.front());
        for (PolicyRule& rule : policy.rules) rule.service = rule.group = std::string(256, 'x');
        return policy;
    };
    const auto text = write_policy_record(with(80));
    ASSERT_TRUE(text);
    EXPECT_EQ(*text, write_policy(with(80)));
    EXPECT_TRUE(parse_policy(write_policy(with(90))));
    EXPECT_EQ(write_policy_record(with(90)).error().code, ErrorCode::too_large);
}

}  // namespace
}  // namespace sekimori::daemon
