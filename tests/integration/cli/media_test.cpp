// SPDX-License-Identifier: Apache-2.0
// What sekimori-media asks a real broker, and what an administrator has to do with it.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "protocol/channel.hpp"
#include "protocol/schema.hpp"
#include "tests/integration/cli/lab.hpp"

namespace sekimori::cli_test {
namespace {

using nlohmann::json;
using wire::MediaVerdict;
using wire::Settled;

constexpr media::Interface kStick{0x08, 0x06, 0x50}, kKeyboard{0x03, 1, 1}, kPhone{0x06, 1, 1};
constexpr Millis kAnswer = std::chrono::seconds{20};

class MediaLab : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        lab = new Lab();
        ASSERT_EQ(lab->sekimori({"person", "add", "kacho", "--name", "課長"}).code, 0);
    }
    static void TearDownTestSuite() { delete std::exchange(lab, nullptr); }
    void SetUp() override { serial = ::testing::UnitTest::GetInstance()->current_test_info()->name(); }

    static std::string socket() { return lab->folder() + "/workers/media.sock"; }
    wire::MediaPlugged device(std::initializer_list<media::Interface> interfaces,
                              const std::string& port = "1-2") const {
        auto message = wire::plugged({0x0781, 0x5581, serial, interfaces});
        message.port = port;
        message.number = ++number;
        message.name = "Ultra Fit";
        return message;
    }
    static MediaVerdict ask(const wire::MediaPlugged& message) {
        auto channel = Channel::connect(socket(), kAnswer);
        EXPECT_TRUE(channel);
        EXPECT_TRUE(channel->send(message));
        const auto answer = channel->receive_as<wire::MediaAnswer>(kAnswer);
        EXPECT_TRUE(answer);
        return answer ? answer->verdict : MediaVerdict::refused;
    }
    // What is only told is known once it is seen.
    json seen(const std::string& wanted) const {
        for (int i = 0; i < 500; ++i) {
            const auto list = lab->sekimori({"media", "seen"});
            for (const json& plug : list.json["items"])
                if (plug["serial"] == wanted) return plug;
            std::this_thread::sleep_for(Millis{20});
        }
        return {};
    }
    Answer allow(std::vector<std::string> more) const {
        std::vector<std::string> line{"media", "allow", "--approver", "kacho", "--reason", "提出"};
        line.insert(line.end(), more.begin(), more.end());
        return lab->sekimori(line);
    }
    json plugs_in_trail() const {
        json found = json::array();
        const auto trail = lab->sekimori({"audit", "list"});
        for (const json& event : trail.json["items"])
            if (event["what"] == "media.plug" && event["where"].get<std::string>().find(serial) != std::string::npos)
                found.push_back(event);
        return found;
    }
    // When systemd would look at everything again.
    static timespec touched() {
        struct stat info {};
        EXPECT_EQ(stat((lab->folder() + "/state/media.changed").c_str(), &info), 0);
        return info.st_mtim;
    }
    inline static Lab* lab{nullptr};
    inline static std::uint32_t number{0x10000};
    std::string serial;
};

TEST_F(MediaLab, AStickIsRefusedAllowedAndRefusedAgain) {
    EXPECT_EQ(ask(device({kStick})), MediaVerdict::refused);
    const timespec before = touched();
    const auto record = allow({"--inserted"});
    ASSERT_EQ(record.code, 0) << record.out;
    EXPECT_EQ(record.json["serial"], serial);
    EXPECT_EQ(record.json["usb"], "0781:5581");
    EXPECT_EQ(record.json["approver"], "kacho");
    EXPECT_EQ(record.json["reason"], "提出");
    EXPECT_EQ(record.json["terminals"].size(), 1U);
    EXPECT_TRUE(record.json["until"].is_null());
    const timespec after = touched();
    EXPECT_NE(std::pair(before.tv_sec, before.tv_nsec), std::pair(after.tv_sec, after.tv_nsec));
    EXPECT_EQ(ask(device({kStick})), MediaVerdict::allowed);
    const std::string id = record.json["id"];
    const auto removed = lab->sekimori({"media", "remove", id.substr(0, 8)});
    ASSERT_EQ(removed.code, 0) << removed.out;
    EXPECT_EQ(removed.json["changed"], true);
    EXPECT_EQ(removed.json["state"], "withdrawn");
    EXPECT_EQ(ask(device({kStick})), MediaVerdict::refused);
    EXPECT_EQ(lab->sekimori({"media", "remove", id}).json["changed"], false);
    const json trail = plugs_in_trail();
    ASSERT_EQ(trail.size(), 3U);
    EXPECT_EQ(trail[0]["reason"], "unlisted");
    EXPECT_EQ(trail[0]["result"], "failure");
    EXPECT_EQ(trail[1]["reason"], "record:" + id);
    EXPECT_EQ(trail[1]["result"], "success");
    EXPECT_EQ(trail[2]["reason"], "withdrawn");
}

TEST_F(MediaLab, ARecordIsForOneDeviceWithItsNumberAndForStorageOnly) {
    ASSERT_EQ(allow({"--serial", serial, "--usb", "0781:5581"}).code, 0);
    EXPECT_EQ(ask(device({kStick})), MediaVerdict::allowed);
    auto other = device({kStick});
    other.product = 0x5582;
    EXPECT_EQ(ask(other), MediaVerdict::refused);
    EXPECT_EQ(ask(device({kStick, kKeyboard})), MediaVerdict::refused);
    EXPECT_EQ(ask(device({kPhone})), MediaVerdict::refused);
    EXPECT_EQ(ask(device({})), MediaVerdict::refused);
    serial += "x";
    EXPECT_EQ(ask(device({kStick})), MediaVerdict::refused);
}

TEST_F(MediaLab, ARecordEndsByItself) {
    const auto end = std::chrono::system_clock::now() + std::chrono::seconds{3};
    char text[32];
    const std::time_t seconds = std::chrono::system_clock::to_time_t(end);
    tm utc{};
    ASSERT_NE(gmtime_r(&seconds, &utc), nullptr);
    ASSERT_GT(std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc), 0U);
    const auto record = allow({"--serial", serial, "--usb", "0781:5581", "--until", text});
    ASSERT_EQ(record.code, 0) << record.out;
    const timespec before = touched();
    timespec now = before;
    for (int i = 0; i < 1000 && now.tv_sec == before.tv_sec && now.tv_nsec == before.tv_nsec; ++i) {
        std::this_thread::sleep_for(Millis{20});
        now = touched();
    }
    // A file's time is the kernel's last tick: up to 10 ms before the moment at which it was set.
    const Millis at =
        std::chrono::duration_cast<Millis>(std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec});
    EXPECT_GE(at + Millis{10}, Millis{std::chrono::seconds{seconds}}) << "looked at again when it has ended";
    EXPECT_EQ(ask(device({kStick})), MediaVerdict::refused);
    EXPECT_EQ(seen(serial)["reason"], "expired");
    EXPECT_EQ(allow({"--serial", serial, "--usb", "0781:5581", "--until", "2020-01-01"}).code, 1);
}

TEST_F(MediaLab, ForOtherTerminalsIsNotHere) {
    const std::string elsewhere(32, 'a');
    ASSERT_EQ(allow({"--serial", serial, "--usb", "0781:5581", "--terminal", elsewhere}).json["state"], "elsewhere");
    EXPECT_EQ(ask(device({kStick})), MediaVerdict::refused);
    EXPECT_EQ(seen(serial)["reason"], "elsewhere");
    ASSERT_EQ(allow({"--serial", serial, "--everywhere"}).code, 0) << "its numbers were seen here";
    EXPECT_EQ(ask(device({kStick})), MediaVerdict::allowed);
}

TEST_F(MediaLab, WhatIsMeantHasToBeClear) {
    const auto code = [](const Answer& answer) { return answer.json["error"].value("code", ""); };
    EXPECT_EQ(code(allow({"--serial", "never-seen"})), "not_found");
    EXPECT_EQ(code(allow({"--serial", "関守", "--usb", "0781:5581"})), "invalid_argument");
    EXPECT_EQ(code(allow({"--serial", serial, "--usb", "781:5581"})), "invalid_argument");
    EXPECT_EQ(code(lab->sekimori({"media", "allow", "--serial", serial, "--approver", "nobody", "--reason", "x"})),
              "not_found");
    EXPECT_EQ(lab->sekimori({"media", "allow", "--serial", serial, "--reason", "x"}).code, 2);
    EXPECT_EQ(lab->sekimori({"media", "allow", "--inserted", "--serial", serial, "--approver", "kacho"}).code, 2);
    EXPECT_EQ(code(lab->sekimori({"media", "remove", std::string(32, '0')})), "not_found");
    EXPECT_EQ(ask(device({kStick}, "1-8")), MediaVerdict::refused);
    const std::string first = serial;
    serial = "another";
    EXPECT_EQ(ask(device({kStick}, "1-9")), MediaVerdict::refused);
    EXPECT_EQ(code(allow({"--inserted"})), "refused") << "two are there";
    for (const char* port : {"1-8", "1-9"}) {
        auto channel = Channel::connect(socket(), kAnswer);
        ASSERT_TRUE(channel && channel->send(wire::MediaGone{port}));
    }
    for (int i = 0; i < 500 && (seen(first)["inserted"] == true || seen("another")["inserted"] == true); ++i)
        std::this_thread::sleep_for(Millis{20});
    EXPECT_EQ(code(allow({"--inserted"})), "not_found");
}

TEST_F(MediaLab, EveryPlugIsInTheTrailOnce) {
    auto keyboard = device({kKeyboard});
    keyboard.settled = Settled::plain;
    for (int time = 0; time < 2; ++time) {  // as a look at everything says it again
        auto channel = Channel::connect(socket(), kAnswer);
        ASSERT_TRUE(channel && channel->send(wire::MediaSweep{}) && channel->send(keyboard));
        EXPECT_EQ(seen(serial)["inserted"], true);
    }
    auto liar = device({kKeyboard}, "1-3");
    liar.settled = Settled::driver;
    auto channel = Channel::connect(socket(), kAnswer);
    ASSERT_TRUE(channel && channel->send(liar));
    json trail;
    for (int i = 0; i < 500 && trail.size() < 2; ++i) trail = plugs_in_trail();
    ASSERT_EQ(trail.size(), 2U) << trail.dump();
    EXPECT_EQ(trail[0]["reason"], "plain");
    EXPECT_EQ(trail[0]["result"], "success");
    EXPECT_EQ(trail[1]["reason"], "driver");
    EXPECT_EQ(trail[1]["result"], "failure");
}

TEST_F(MediaLab, SerialsThatNobodyCanTypeAreShownAndNeverLetIn) {
    for (const std::string& odd : {std::string("\xff\xfe\x1b[2J"), std::string(), std::string(400, 'A')}) {
        serial = odd;
        EXPECT_EQ(ask(device({kStick})), MediaVerdict::refused);
    }
    EXPECT_EQ(seen("???[2J")["reason"], "unnamed");
    EXPECT_EQ(allow({"--inserted"}).code, 1);
}

TEST_F(MediaLab, WhoTalksNonsenseIsCutOff) {
    for (const int type : {0, 1, 257, 272}) {
        auto channel = Channel::connect(socket(), kAnswer);
        ASSERT_TRUE(channel);
        const std::array<std::uint8_t, 4> bytes{1, 0, static_cast<std::uint8_t>(type), 7};
        ASSERT_TRUE(channel->send_bytes(bytes));
        EXPECT_EQ(channel->receive(kAnswer).error().code, ErrorCode::gone) << type;
    }
    EXPECT_EQ(ask(device({kStick})), MediaVerdict::refused) << "and the broker is there";
}

}  // namespace
}  // namespace sekimori::cli_test
