// SPDX-License-Identifier: Apache-2.0
// A month of the whole fleet from a file: what it means for compliance, and that no file is believed that is cut off,
// of another month or of another fleet.
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "admin/report/sections.hpp"
#include "admin/report/trails.hpp"

namespace sekimori::admin {
namespace {

const std::string kOffice(32, 'a'), kWindow(32, 'b'), kPerson(32, '1'), kCard(32, 'c');

class Trails : public ::testing::Test {
  protected:
    void SetUp() override {
        facts.month = "2026-04";
        facts.since = "2026-03-31T15:00:00Z";
        facts.until = "2026-04-30T15:00:00Z";
        facts.made_at = "2026-05-02T00:00:00Z";
        facts.enforced = Enforcer::State::on;
        facts.status = {{"witness", "journal"}, {"fleet", {{"terminal", kOffice}, {"terminals", 2}}}};
        facts.persons = Json::parse(R"([{"id":"","login":"yamada","min_fingers":2,"fingers":["a","b"]}])");
        facts.persons[0]["id"] = kPerson;
        facts.cards = Json::parse(R"([{"id":"c1","person":"yamada","state":"active"}])");
        lines = {{{"type", "trails"},
                  {"schema", 1},
                  {"ledger", std::string(32, 'e')},
                  {"made_at", "2026-05-01T00:00:00.000Z"},
                  {"month", "2026-04"},
                  {"uses_since", "2026-01-21T00:00:00.000Z"}},
                 event("office", "login"),
                 terminal(kOffice, "office"),
                 event("window", "login"),
                 event("window", "card.revoke"),
                 terminal(kWindow, "window"),
                 {{"type", "denial"},
                  {"what", "revoke"},
                  {"subject", kCard},
                  {"time", "2026-04-10T00:00:00.100Z"},
                  {"confirmed", 2},
                  {"terminals", 2},
                  {"missing", Json::array()}},
                 {{"type", "use"}, {"person", kPerson}, {"last", "2026-04-10T00:00:00.000Z"}}};
    }
    static Json event(const std::string& terminal, const std::string& what) {
        return {{"type", "event"},
                {"terminal", terminal},
                {"time", "2026-04-10T00:00:00.000Z"},
                {"who", kPerson},
                {"what", what},
                {"where", "tty1"},
                {"result", "success"},
                {"reason", "granted"},
                {"subject", nullptr},
                {"card", what == "card.revoke" ? Json(kCard) : Json(nullptr)}};
    }
    static Json terminal(const std::string& id, const std::string& name) {
        return {{"type", "terminal"},
                {"id", id},
                {"name", name},
                {"standing", "in_force"},
                {"seen_at", "2026-05-01T00:00:00.000Z"},
                {"time", "2026-04-30T00:00:00.000Z"},
                {"verified", true},
                {"why", ""}};
    }
    // The failure's code, or "". Numbers what has to be numbered.
    std::string read() {
        TrailsReader reader(facts);
        std::int64_t events = 0;
        std::int64_t at = 0;
        for (Json& line : lines) {
            if (text_at(line, "type") == "event") ++events;
            if (text_at(line, "type") == "terminal") line["events"] = std::exchange(events, 0);
            if (const auto taken = reader.take(write_json(line)); !taken) return taken.error().code;
            ++at;
        }
        if (!cut)
            if (const auto taken = reader.take(write_json({{"type", "end"}, {"lines", at}})); !taken)
                return taken.error().code;
        const auto ended = reader.end();
        return ended ? "" : ended.error().code;
    }
    Section section(const std::string& id) {
        for (const Section& one : report_of(facts, {}).sections)
            if (one.id == id) return one;
        ADD_FAILURE() << id;
        return {};
    }
    Facts facts;
    std::vector<Json> lines;
    bool cut{false};
};

TEST_F(Trails, AQuietMonthOfAFleetIsGood) {
    ASSERT_EQ(read(), "");
    const Report report = report_of(facts, {});
    EXPECT_EQ(report.finding(), Finding::good) << render_text(report);
    EXPECT_EQ(report.terminals, 2U);
    EXPECT_EQ(parse_json(render_json(report))["terminals"], 2);
    EXPECT_NE(render_text(report).find("Fleet of 2 terminals"), std::string::npos);
    EXPECT_EQ(section("terminals").rows.size(), 2U);
    EXPECT_EQ(section("failures_by_place").rows[1][0], "window: tty1");
    EXPECT_EQ(section("revocations").rows[0][6], "2/2");
    EXPECT_TRUE(section("unused").rows.empty());
}

TEST_F(Trails, ATerminalThatIsNotVerifiedOrSilentIsNamed) {
    lines[5] = terminal(kWindow, "window");
    lines[5]["verified"] = false;
    lines[5]["why"] = "row 7: missing";
    lines[5]["time"] = nullptr;
    lines.erase(lines.begin() + 3, lines.begin() + 5);
    ASSERT_EQ(read(), "");
    EXPECT_EQ(section("terminals").finding, Finding::not_compliant);
    EXPECT_EQ(section("terminals").rows[1][1], "NOT VERIFIED: row 7: missing");
    EXPECT_EQ(section("revocations").rows[0][1], "revoke") << "the chain tells what the trail does not";
}

TEST_F(Trails, ASilentOneIsLookedAtATrialIsNotCompliant) {
    lines.erase(lines.begin() + 1);
    ASSERT_EQ(read(), "");
    EXPECT_EQ(section("terminals").finding, Finding::attention);
    EXPECT_EQ(section("terminals").rows[0][1], "nothing in this month");
    SetUp();
    lines[3] = event("window", "trial");
    ASSERT_EQ(read(), "");
    EXPECT_EQ(section("terminals").rows[1][1], "not compliant (trial)");
    EXPECT_EQ(section("terminals").rows[0][1], "verified");
    facts.enforced = Enforcer::State::off;
    EXPECT_EQ(section("terminals").rows[0][1], "not compliant (not switched on)") << "this one knows of itself";
}

TEST_F(Trails, BreakGlassElsewhereAndAStopThatDidNotComeEverywhere) {
    lines[3] = event("window", "break-glass.use");
    lines[6]["confirmed"] = 1;
    lines[6]["missing"] = Json::array({"annex"});
    ASSERT_EQ(read(), "");
    EXPECT_EQ(section("sessions").finding, Finding::not_compliant);
    EXPECT_EQ(section("sessions").rows[0][4], "window: tty1");
    EXPECT_EQ(section("revocations").finding, Finding::attention);
    EXPECT_EQ(section("revocations").rows[0][6], "1/2");
    EXPECT_NE(section("revocations").note.find("annex"), std::string::npos);
}

TEST_F(Trails, UnusedIsSaidAsFarAsTheFileKnows) {
    lines.pop_back();
    ASSERT_EQ(read(), "");
    ASSERT_EQ(section("unused").rows.size(), 1U);
    EXPECT_EQ(section("unused").rows[0][4], "not since 2026-01-21 09:00:00 JST");
    EXPECT_EQ(section("unused").finding, Finding::attention);
    EXPECT_EQ(section("unused").note, "");
    ReportOptions patient;
    patient.unused_days = 365;
    const Report report = report_of(facts, patient);
    EXPECT_NE(report.sections[8].note.find("--days"), std::string::npos) << report.sections[8].id;
}

TEST_F(Trails, NoOtherFileIsBelieved) {
    const std::vector<Json> good = lines;
    const auto with = [&](const std::function<void()>& change) {
        lines = good;
        cut = false;
        SetUp();
        change();
        return read();
    };
    EXPECT_EQ(with([] {}), "");
    EXPECT_EQ(with([&] { cut = true; }), "malformed");
    EXPECT_EQ(with([&] { lines[0]["month"] = "2026-03"; }), "mismatch");
    EXPECT_EQ(with([&] { facts.status["fleet"]["terminal"] = std::string(32, 'd'); }), "mismatch");
    EXPECT_EQ(with([&] { facts.status.erase("fleet"); }), "mismatch");
    EXPECT_EQ(with([&] { lines[2]["standing"] = "revoked"; }), "mismatch")
        << "a terminal that is revoked reports nothing";
    EXPECT_EQ(with([&] { lines[0]["schema"] = 2; }), "malformed");
    EXPECT_EQ(with([&] { lines.erase(lines.begin()); }), "malformed");
    EXPECT_EQ(with([&] { lines.push_back(lines[0]); }), "malformed");
    EXPECT_EQ(with([&] { lines[1]["who"] = "yamada"; }), "malformed");
    EXPECT_EQ(with([&] { lines[1]["time"] = "2026-03-10T00:00:00.000Z"; }), "malformed") << "not of this month";
    EXPECT_EQ(with([&] { lines[1]["time"] = "2026-04-10"; }), "malformed");
    EXPECT_EQ(with([&] { lines[1]["terminal"] = "annex"; }), "malformed") << "another's event";
    EXPECT_EQ(with([&] { lines[2]["verified"] = false; }), "malformed") << "events of one that is not verified";
    EXPECT_EQ(with([&] { lines.push_back(event("office", "login")); }), "malformed") << "events of no terminal";
    EXPECT_EQ(with([&] { lines[6]["confirmed"] = 3; }), "malformed");
    EXPECT_EQ(with([&] { lines.push_back(Json::array()); }), "malformed");
    EXPECT_EQ(with([&] { lines.push_back({{"type", "more"}}); }), "malformed");
}

// Whatever is told apart is held, and one rogue terminal could make it endless.
TEST_F(Trails, WhatIsHeldIsBounded) {
    for (const bool person : {true, false}) {
        TrailsReader reader(facts, 1000);
        ASSERT_TRUE(reader.take(write_json(lines[0])));
        std::string code;
        for (int i = 0; i < 1000 && code.empty(); ++i) {
            Json one = event("office", person ? "act." + std::to_string(i) : "login");
            one["reason"] = std::to_string(i);
            one["result"] = "failure";
            if (const auto taken = reader.take(write_json(one)); !taken) code = taken.error().code;
        }
        EXPECT_EQ(code, "too_large");
    }
}

}  // namespace
}  // namespace sekimori::admin
