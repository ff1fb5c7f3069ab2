// SPDX-License-Identifier: Apache-2.0
// The monthly report: what counts against compliance, and that its three forms say the same.
#include <gtest/gtest.h>

#include <algorithm>

#include "admin/report/sections.hpp"
#include "tests/unit/admin/fake_broker.hpp"

namespace sekimori::admin {
namespace {

Facts quiet() {
    Facts facts;
    facts.month = "2026-04";
    facts.made_at = "2026-05-01T00:00:00Z";
    facts.terminal = "madoguchi1";
    facts.enforced = Enforcer::State::on;
    facts.status = Json::parse(R"({"key_protection":"tpm2","witness":"journal",
                                   "scanners":[{"driver":"virtual_image","usb":"1:2"}]})");
    facts.persons = Json::parse(R"([{"id":"0a","login":"yamada","name":"山田","section":"税務課","min_fingers":2,
                                     "fingers":["right-thumb","left-thumb"],"accounts":["yamada"]}])");
    facts.cards = Json::parse(R"([{"id":"c1","key":"00112233445566778899","person":"yamada","state":"active",
                                   "type":"piv","expires_at":"2030-01-01T00:00:00.000Z"}])");
    facts.last_granted = {{"0a", "2026-04-30T00:00:00.000Z"}};
    return facts;
}

Json event(const std::string& what, const std::string& result, const std::string& reason = {},
           const std::string& who = "0a") {
    return {{"time", "2026-04-10T00:00:00Z"},
            {"what", what},
            {"result", result},
            {"reason", reason},
            {"who", who},
            {"where", "tty1"}};
}

const Section& section(const Report& report, const std::string& id) {
    for (const Section& one : report.sections)
        if (one.id == id) return one;
    ADD_FAILURE() << "no section " << id;
    return report.sections.front();
}

TEST(Report, AQuietMonthIsGood) {
    const Report report = report_of(quiet(), {});
    EXPECT_EQ(report.finding(), Finding::good) << render_text(report);
    for (const Section& one : report.sections) EXPECT_FALSE(one.clause.empty()) << one.id;
}

TEST(Report, ATrialIsNeverCompliant) {
    Facts facts = quiet();
    facts.enforced = Enforcer::State::trial;
    count(facts, event("trial", "failure"));
    const Report report = report_of(facts, {});
    EXPECT_EQ(report.finding(), Finding::not_compliant);
    EXPECT_EQ(section(report, "terminals").rows[0][1], "not compliant (trial)");
    EXPECT_NE(section(report, "terminals").note.find("1"), std::string::npos);
    facts.enforced = Enforcer::State::off;
    EXPECT_EQ(report_of(facts, {}).finding(), Finding::not_compliant);
}

TEST(Report, WhoLacksAFactorIsListed) {
    Facts facts = quiet();
    facts.cards[0]["state"] = "revoked";
    facts.cards[0]["reason"] = "lost";
    facts.persons[0]["fingers"] = Json::array();
    const Report report = report_of(facts, {});
    EXPECT_EQ(section(report, "persons").rows[0][3], "card, 2 fingers");
    EXPECT_TRUE(section(report, "cards_not_returned").rows.empty()) << "a lost card is not waited for";
}

// The card ledger's own list: what is waited for is told in one place.
TEST(Report, CardsThatShouldBeBackAreTheLedgers) {
    Facts facts = quiet();
    facts.not_returned = Json::parse(R"([{"id":"c2","key":"ffee2233445566778899","person":"yamada","state":"expired",
                                          "reason":"","temporary":true,"enrolled_at":"2026-04-01T00:00:00.000Z"}])");
    const Report report = report_of(facts, {});
    const Section& out = section(report, "cards_not_returned");
    EXPECT_EQ(out.finding, Finding::attention);
    ASSERT_EQ(out.rows.size(), 1U);
    EXPECT_EQ(out.rows[0][0], "ffee223344556677");
    EXPECT_EQ(out.rows[0][3], "temporary");
}

TEST(Report, GathersThatListFromTheBroker) {
    test::FakeBroker broker;
    const std::string none = R"({"schema":1,"items":[]})";
    broker.answers = {std::string("{}"), none, none, std::string(R"({"items":[{"id":"c2"}]})"), none, none, none};
    const auto result = test::run(broker, {"report", "--month", "2026-04", "--json"});
    ASSERT_EQ(result.exit, Exit::done) << result.err;
    const auto asked = std::ranges::find(broker.calls, std::string("card.ledger"), &test::FakeBroker::Call::verb);
    ASSERT_NE(asked, broker.calls.end());
    EXPECT_EQ(asked->arguments, Json::parse(R"({"not_returned":true})"));
    EXPECT_NE(result.out.find("cards_not_returned"), std::string::npos);
}

TEST(Report, FallbacksAndBreakGlass) {
    Facts facts = quiet();
    for (const char* what : {"code.issue", "exempt.add", "exempt.add.second", "break-glass.issue"})
        count(facts, event(what, "success"));
    EXPECT_EQ(section(report_of(facts, {}), "sessions").finding, Finding::attention);
    EXPECT_EQ(section(report_of(facts, {}), "sessions").rows.size(), 3U) << "two people's act is one";
    EXPECT_EQ(section(report_of(facts, {}), "administration").rows.size(), 4U) << "of each of them";
    count(facts, event("break-glass.use", "success", "break_glass"));
    EXPECT_EQ(section(report_of(facts, {}), "sessions").finding, Finding::not_compliant);
    ASSERT_EQ(section(report_of(facts, {}), "sessions").rows.size(), 4U);
    EXPECT_EQ(section(report_of(facts, {}), "sessions").rows[3][2], "yamada") << "who was let in, not who gave it";
    EXPECT_EQ(section(report_of(facts, {}), "administration").rows.size(), 4U) << "no administrator's act";
}

TEST(Report, TheRescueCodeIsOneFactor) {
    Facts facts = quiet();
    count(facts, event("rescue.use", "success", "root shell", ""));
    EXPECT_EQ(section(report_of(facts, {}), "sessions").finding, Finding::not_compliant);
}

TEST(Report, WhatBecomesOfASessionIsNoActOfAnAdministrator) {
    Facts facts = quiet();
    for (const char* what : {"session.lock", "session.open"}) count(facts, event(what, "success"));
    EXPECT_TRUE(section(report_of(facts, {}), "administration").rows.empty());
}

TEST(Report, RejectionsByPersonAndPlace) {
    Facts facts = quiet();
    for (int i = 0; i < 5; ++i) count(facts, event("login", "failure", "no_match"));
    for (int i = 0; i < 10; ++i) count(facts, event("login", "success", "granted"));
    const Report report = report_of(facts, {});
    const Section& people = section(report, "failures_by_person");
    ASSERT_EQ(people.rows.size(), 1U);
    EXPECT_EQ(people.rows[0], (Record{"yamada", "10", "5", "5", "33%", "no_match"}));
    EXPECT_EQ(people.finding, Finding::attention);
    EXPECT_NE(section(report, "failures_by_place").note.find("virtual_image"), std::string::npos);
}

TEST(Report, UnusedExpiringAndStopped) {
    Facts facts = quiet();
    facts.last_granted["0a"] = "2026-01-01T00:00:00.000Z";
    facts.cards[0]["expires_at"] = "2026-06-01T00:00:00.000Z";
    Json stopped = event("card.revoke", "success", "done");
    stopped["subject"] = "0a";
    count(facts, stopped);
    const Report report = report_of(facts, {});
    EXPECT_EQ(section(report, "unused").rows.size(), 1U);
    EXPECT_EQ(section(report, "cards_expiring").rows.size(), 1U);
    ASSERT_EQ(section(report, "revocations").rows.size(), 1U);
    EXPECT_EQ(section(report, "revocations").rows[0][2], "yamada");
    ASSERT_EQ(section(report, "administration").rows.size(), 1U);
    ReportOptions patient;
    patient.unused_days = 365;
    EXPECT_TRUE(section(report_of(facts, patient), "unused").rows.empty());
}

TEST(Report, ABrokenTrailIsNotCompliant) {
    for (const char* what : {"audit.broken", "audit.damaged"}) {
        Facts facts = quiet();
        count(facts, event(what, "failure", "", ""));
        EXPECT_EQ(report_of(facts, {}).finding(), Finding::not_compliant);
    }
}

// One terminal of many does not speak for the others.
TEST(Report, OfAFleetThisTerminalAlone) {
    Facts facts = quiet();
    count(facts, event("card.revoke", "success", "done"));
    EXPECT_EQ(section(report_of(facts, {}), "revocations").rows[0][6], "1/1");
    facts.status["fleet"] = {{"terminals", 17}};
    facts.last_granted.clear();
    const Report report = report_of(facts, {});
    EXPECT_EQ(section(report, "revocations").rows[0][6], "this terminal");
    EXPECT_NE(section(report, "terminals").note.find("17"), std::string::npos);
    EXPECT_NE(section(report, "terminals").note.find("trail export"), std::string::npos);
    EXPECT_EQ(section(report, "unused").finding, Finding::good) << "whoever works elsewhere is no finding here";
    ASSERT_EQ(section(report, "unused").rows.size(), 1U);
    EXPECT_NE(section(report, "unused").title.find("on this terminal"), std::string::npos);
}

TEST(Report, ThreeFormsOfOneModel) {
    Facts facts = quiet();
    facts.enforced = Enforcer::State::trial;
    facts.last_granted.clear();
    const Report report = report_of(facts, {});
    const Json json = parse_json(render_json(report));
    ASSERT_TRUE(json.is_object());
    EXPECT_EQ(json["schema"], 1);
    EXPECT_EQ(json["sections"].size(), report.sections.size());
    EXPECT_EQ(json["finding"], "not_compliant");
    const auto lines = parse_csv(render_csv(report));
    ASSERT_TRUE(lines) << lines.error().message;
    std::size_t expected = 1;
    for (const Section& one : report.sections) expected += 1 + one.rows.size();
    EXPECT_EQ(lines->size(), expected);
    const std::string text = render_text(report);
    for (const Section& one : report.sections) EXPECT_NE(text.find(one.title), std::string::npos) << one.id;
    EXPECT_NE(text.find("never"), std::string::npos);
}

}  // namespace
}  // namespace sekimori::admin
