// SPDX-License-Identifier: Apache-2.0
// The audit trail: page by page, and its verification.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>

#include "tests/unit/admin/fake_broker.hpp"

namespace sekimori::admin {
namespace {

using test::FakeBroker;
using test::run;

const std::string kFirst = R"({"schema":1,"items":[{"seq":1,"what":"login"},{"seq":2,"what":"sudo"}],"more":true})";
const std::string kLast = R"({"schema":1,"items":[{"seq":3,"what":"unlock","time":"2026-03-31T15:00:00Z",
    "who":"0a","subject":"0b","where":"tty1","result":"failure","reason":"no_match"}],"more":false})";

TEST(Audit, PagesBecomeOneList) {
    FakeBroker broker;
    broker.answers = {kFirst, kLast};
    const auto result = run(broker, {"audit", "list", "--json"});
    EXPECT_EQ(result.exit, Exit::done);
    const Json list = parse_json(result.out);
    EXPECT_EQ(list["schema"], 1);
    ASSERT_EQ(list["items"].size(), 3U);
    EXPECT_EQ(list["items"][2]["seq"], 3);
    ASSERT_EQ(broker.calls.size(), 2U);
    EXPECT_EQ(broker.calls[1].arguments, Json::parse(R"({"after":2})"));
}

TEST(Audit, AnExportIsALineARecord) {
    FakeBroker broker;
    broker.answers = {kFirst, kLast};
    const auto result = run(broker, {"audit", "export", "--person", "yamada"});
    EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 3);
    EXPECT_EQ(broker.calls[1].arguments, Json::parse(R"({"after":2,"person":"yamada"})"));
}

// A full disk under the shell's redirection: half an export must not look like one.
TEST(Audit, AnExportThatIsNotTakenFails) {
    FakeBroker broker;
    broker.answers = {kLast};
    const test::Pipe never;
    const Interrupt interrupt(UniqueFd(dup(never.read_end.get())));
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> full(std::fopen("/dev/full", "w"), std::fclose);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> null(std::fopen("/dev/null", "w"), std::fclose);
    ASSERT_TRUE(full && null);
    EXPECT_EQ(run_command({"audit", "export"}, broker, interrupt, {-1, full.get(), null.get()}), Exit::refused);
}

TEST(Audit, PeopleReadATableWithLoginsForIds) {
    FakeBroker broker;
    broker.answers = {kLast, std::string(R"({"schema":1,"items":[{"id":"0a","login":"yamada"}]})")};
    const std::string out = run(broker, {"audit", "list"}).out;
    EXPECT_NE(out.find("3    2026-04-01 00:00:00 JST  yamada  unlock  0b      tty1   failure  no_match"),
              std::string::npos)
        << out;
}

TEST(Audit, ABrokerThatTurnsInCirclesIsLeft) {
    FakeBroker broker;
    broker.answers = {kFirst, kFirst, kFirst};
    EXPECT_EQ(run(broker, {"audit", "list"}).exit, Exit::refused);
    EXPECT_EQ(broker.calls.size(), 2U);
}

TEST(Audit, AFailureInTheMiddleIsOne) {
    FakeBroker broker;
    broker.answers = {kFirst};
    EXPECT_EQ(run(broker, {"audit", "list"}).exit, Exit::unreachable);
}

TEST(Audit, VerifyNamesTheFirstBadRecord) {
    FakeBroker broker;
    const std::string bad = R"({"schema":1,"ok":false,"seq":17,"reason":"hash"})";
    broker.answers = {std::string(R"({"schema":1,"ok":true,"seq":42,"hash":"ab"})"), bad, bad};
    const auto good = run(broker, {"audit", "verify"});
    EXPECT_EQ(good.exit, Exit::done);
    EXPECT_NE(good.out.find("42"), std::string::npos);
    const auto human = run(broker, {"audit", "verify"});
    EXPECT_EQ(human.exit, Exit::refused);
    EXPECT_NE(human.out.find("17 is the first bad record"), std::string::npos);
    const auto json = run(broker, {"audit", "verify", "--json"});
    EXPECT_EQ(json.exit, Exit::refused);
    const Json object = parse_json(json.out);
    EXPECT_EQ(object["seq"], 17);
    EXPECT_EQ(object["error"]["code"], "corrupt");
}

// A trail of years is verified slice by slice; a broker that stands still is left.
TEST(Audit, VerificationGoesOnWhileThereIsMore) {
    FakeBroker broker;
    broker.answers = {std::string(R"({"schema":1,"ok":true,"seq":128,"hash":"ab","more":true})"),
                      std::string(R"({"schema":1,"ok":true,"seq":200,"hash":"cd"})")};
    EXPECT_EQ(run(broker, {"audit", "verify"}).exit, Exit::done);
    ASSERT_EQ(broker.calls.size(), 2U);
    EXPECT_EQ(broker.calls[1].arguments, Json::parse(R"({"after":128})"));
    const std::string still = R"({"schema":1,"ok":true,"seq":128,"hash":"ab","more":true})";
    broker.answers = {still, still};
    EXPECT_EQ(run(broker, {"audit", "verify"}).exit, Exit::refused);
}

TEST(Audit, APageWithoutAnythingThatFitsIsNotTheEnd) {
    FakeBroker broker;
    broker.answers = {std::string(R"({"schema":1,"items":[],"more":true,"next":2000})"), kLast};
    const auto result = run(broker, {"audit", "list", "--json", "--what", "card", "--where", "tty1"});
    EXPECT_EQ(parse_json(result.out)["items"].size(), 1U);
    EXPECT_EQ(broker.calls[1].arguments, Json::parse(R"({"after":2000,"what":"card","where":"tty1"})"));
}

TEST(Audit, TheNewestAreReadFromTheEnd) {
    FakeBroker broker;
    broker.answers = {std::string(R"({"schema":1,"items":[{"seq":9},{"seq":7}],"more":true,"next":7})")};
    const auto result = run(broker, {"audit", "list", "--json", "--last", "2"});
    EXPECT_EQ(parse_json(result.out)["items"], Json::parse(R"([{"seq":7},{"seq":9}])"));
    EXPECT_EQ(broker.calls[0].arguments, Json::parse(R"({"newest":true,"limit":2})"));
}

TEST(Audit, AHeadThatWasKeptElsewhereIsPassedOn) {
    std::string name = "/tmp/sekimori-head-XXXXXX";
    const UniqueFd fd(mkstemp(name.data()));
    ASSERT_TRUE(fd);
    const auto verify = [&](const std::string& kept) {
        std::ofstream(name) << kept;
        FakeBroker broker;
        broker.answers = {std::string(R"({"schema":1,"ok":true,"seq":42,"hash":"ab"})")};
        const auto result = run(broker, {"audit", "verify", "--head", name});
        return broker.calls.empty() ? Json(static_cast<int>(result.exit)) : broker.calls[0].arguments;
    };
    const std::string hash(64, 'c');
    const Json passed{{"heads", Json::array({{{"seq", 9}, {"hash", hash}}})}};
    EXPECT_EQ(verify(R"({"schema":1,"ok":true,"seq":9,"hash":")" + hash + "\"}"), passed);
    EXPECT_EQ(verify(R"({"head":{"seq":9,"hash":")" + hash + "\"}}"), passed);
    EXPECT_EQ(verify("9 " + hash + " 1790000000000\n"), passed);
    for (const char* kept : {"", "{}", R"({"seq":9})", R"({"seq":-1,"hash":"cd"})", R"({"seq":"9","hash":"cd"})"})
        EXPECT_EQ(verify(kept), 1) << kept;
    unlink(name.c_str());
}

}  // namespace
}  // namespace sekimori::admin
