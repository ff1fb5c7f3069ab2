// SPDX-License-Identifier: Apache-2.0
// sekimori media: what the broker is asked, and what people get to see of its answers.
#include <gtest/gtest.h>

#include "tests/unit/admin/fake_broker.hpp"

namespace sekimori::admin {
namespace {

using test::FakeBroker;
using test::run;

Json asked(const std::vector<std::string>& more) {
    FakeBroker broker;
    broker.dialogue = [](Channel& end) { ASSERT_TRUE(end.send(test::done(R"({"schema":1})"))); };
    std::vector<std::string> line{"media", "allow", "--approver", "kacho", "--reason", "April"};
    line.insert(line.end(), more.begin(), more.end());
    EXPECT_EQ(run(broker, line).exit, Exit::done);
    EXPECT_EQ(broker.calls.at(0).verb, "media.allow");
    return broker.calls.at(0).arguments;
}

TEST(Media, AskingForADevice) {
    const Json common{{"approver", "kacho"}, {"reason", "April"}};
    Json wanted = common;
    wanted["inserted"] = true;
    EXPECT_EQ(asked({"--inserted"}), wanted);
    wanted = common;
    wanted["serial"] = "A";
    wanted["usb"] = "0781:5581";
    wanted["everywhere"] = true;
    EXPECT_EQ(asked({"--serial", "A", "--usb", "0781:5581", "--everywhere"}), wanted);
    wanted = common;
    wanted["serial"] = "A";
    wanted["terminals"] = std::vector<std::string>{"a", "b"};
    EXPECT_EQ(asked({"--serial", "A", "--terminal", "a", "--terminal", "b"}), wanted);
    // The last day is whole.
    EXPECT_EQ(asked({"--inserted", "--until", "2026-04-30"})["until"].get<std::string>().substr(0, 10), "2026-04-30");
}

TEST(Media, WhatIsMissingIsMisuse) {
    for (const std::vector<std::string>& line :
         {std::vector<std::string>{"media"},
          {"media", "allow", "--inserted", "--approver", "a"},
          {"media", "allow", "--inserted", "--reason", "r"},
          {"media", "allow", "--approver", "a", "--reason", "r"},
          {"media", "allow", "--inserted", "--serial", "s", "--approver", "a", "--reason", "r"},
          {"media", "allow", "--inserted", "--until", "soon", "--approver", "a", "--reason", "r"},
          {"media", "remove"}}) {
        FakeBroker broker;
        EXPECT_EQ(run(broker, line).exit, Exit::usage) << line.back();
        EXPECT_TRUE(broker.calls.empty());
    }
}

TEST(Media, ADevicesWordsDoNothingToATerminal) {
    FakeBroker broker;
    broker.answers = {std::string(R"({"schema":1,"items":[{"time":"2026-04-01T00:12:00Z","port":"1-2","usb":"0781:5581",
        "serial":"4C53","name":"Ultra\u001b[31m","classes":["08"],"allowed":false,"reason":"unlisted","inserted":true},
        {"time":"2026-04-01T00:13:00Z","port":"1-3","usb":"0781:5581","serial":"","name":"","classes":["08"],
        "allowed":true,"reason":"record:0123456789abcdef","inserted":false}]})")};
    const std::string out = run(broker, {"media", "seen"}).out;
    EXPECT_EQ(out.find('\x1b'), std::string::npos) << out;
    for (const char* part : {"4C53", "kept out", "unlisted", "let in", "record:01234567 "})
        EXPECT_NE(out.find(part), std::string::npos) << part << "\n" << out;
}

TEST(Media, RecordsAreListed) {
    FakeBroker broker;
    broker.answers = {std::string(R"({"schema":1,"items":[{"id":"0123456789abcdef0123456789abcdef","usb":"0781:5581",
        "serial":"4C53","state":"withdrawn","issued_at":"2026-04-01T00:00:00Z","until":null,"approver":"kacho",
        "reason":"April","terminals":[]}]})")};
    const std::string out = run(broker, {"media", "list"}).out;
    for (const char* part : {"01234567 ", "0781:5581", "withdrawn", "kacho", "April"})
        EXPECT_NE(out.find(part), std::string::npos) << part << "\n" << out;
}

}  // namespace
}  // namespace sekimori::admin
