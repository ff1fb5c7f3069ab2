// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/qemu/bridge.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <array>
#include <filesystem>
#include <thread>

#include "tests/lab/reader/listener.hpp"
#include "tests/unit/lab/reader_helpers.hpp"

namespace sekimori::lab {
namespace {

const Bytes kAtr{0x3B, 0x80, 0x80, 0x01, 0x01};
const std::string kPowerOnAndAtr = "000101000104";

// QEMU's end of the one wire and a card's end of the other, and the bridge in between.
class BridgeTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "bridge-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder = pattern;
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        qemu = UniqueFd(ends[0]);
        auto listener = listen_at(cards(), 4);
        ASSERT_TRUE(listener) << listener.error();
        stopper = UniqueFd(::eventfd(0, EFD_CLOEXEC));
        thread = std::thread([this, far = UniqueFd(ends[1]), listening = std::move(*listener)]() mutable {
            ended = Bridge(std::move(far), std::move(listening), std::chrono::milliseconds{200}).run(stopper.get());
        });
        EXPECT_EQ(next(), (VscMessage{1, to_bytes(ByteView(encode_vsc_init()).subspan(kVscHeader))}));
        EXPECT_EQ(next(), (VscMessage{3, {}}));
        qemu_says(encode_vsc_error(kVscSuccess));
    }
    void TearDown() override {
        stop();
        std::filesystem::remove_all(folder);
    }
    std::string cards() const { return folder + "/cards"; }
    void stop() {
        ::eventfd_write(stopper.get(), 1);
        if (thread.joinable()) thread.join();
    }
    void qemu_says(const Bytes& bytes) const { send_raw(qemu, bytes); }
    VscMessage next() const {
        VscParser parser;
        while (parser.missing() > 0) {
            const Bytes more = receive_raw(qemu, parser.missing());
            if (more.empty()) return {};
            parser.feed(more);
        }
        return parser.take().value_or(VscMessage{});
    }
    UniqueFd card_in() const {
        UniqueFd card = connect_raw(cards());
        EXPECT_EQ(to_hex(receive_raw(card, 6)), kPowerOnAndAtr);
        send_raw(card, encode_frame(kAtr).value());
        EXPECT_EQ(next(), (VscMessage{5, kAtr}));
        return card;
    }

    std::string folder;
    UniqueFd qemu;
    UniqueFd stopper;
    std::thread thread;
    Outcome<void> ended;
};

TEST_F(BridgeTest, ACardGoesInAnswersAndIsPulled) {
    UniqueFd card = card_in();
    qemu_says(encode_vsc(Vsc::Apdu, Bytes{0x00, 0xA4, 0x04, 0x00}).value());
    EXPECT_EQ(to_hex(receive_raw(card, 6)), "000400A40400");
    send_raw(card, encode_frame(Bytes{0x90, 0x00}).value());
    EXPECT_EQ(next(), (VscMessage{7, {0x90, 0x00}}));
    card.reset();
    EXPECT_EQ(next(), (VscMessage{6, {}}));
}

TEST_F(BridgeTest, OneCardAfterTheOther) {
    UniqueFd first = card_in();
    UniqueFd second = connect_raw(cards());
    first.reset();
    EXPECT_EQ(next(), (VscMessage{6, {}}));
    EXPECT_EQ(to_hex(receive_raw(second, 6)), kPowerOnAndAtr);
    send_raw(second, encode_frame(kAtr).value());
    EXPECT_EQ(next(), (VscMessage{5, kAtr}));
}

TEST_F(BridgeTest, ACardPulledInsteadOfAnsweringIsGone) {
    UniqueFd card = card_in();
    qemu_says(encode_vsc(Vsc::Apdu, Bytes{0x00, 0xA4}).value());
    EXPECT_EQ(receive_raw(card, 4).size(), 4U);
    card.reset();
    EXPECT_EQ(next(), (VscMessage{6, {}}));
}

TEST_F(BridgeTest, ACardThatSaysNothingIsAnErrorAndStaysIn) {
    UniqueFd card = card_in();
    qemu_says(encode_vsc(Vsc::Apdu, Bytes{0x00, 0xA4}).value());
    EXPECT_EQ(vsc_error_code(next().body), kVscGeneralError);
    card.reset();
    EXPECT_EQ(next(), (VscMessage{6, {}}));
}

TEST_F(BridgeTest, WhatHasNoAnswerToResetIsNoCard) {
    {
        UniqueFd mute = connect_raw(cards());
        EXPECT_EQ(to_hex(receive_raw(mute, 6)), kPowerOnAndAtr);
        send_raw(mute, encode_frame(Bytes(41, 0x3B)).value());  // more than QEMU takes
        EXPECT_TRUE(receive_raw(mute, 1).empty());              // thrown out
    }
    card_in();  // the next one is the first that QEMU hears of
}

TEST_F(BridgeTest, ACommandAfterThePullIsNobodys) {
    card_in();
    EXPECT_EQ(next(), (VscMessage{6, {}}));
    qemu_says(encode_vsc(Vsc::Apdu, Bytes{0x00, 0xA4}).value());
    card_in();
}

TEST_F(BridgeTest, PullsAtItsEnd) {
    const UniqueFd card = card_in();
    stop();
    EXPECT_TRUE(ended);
    EXPECT_EQ(next(), (VscMessage{6, {}}));
}

TEST_F(BridgeTest, QemuThatRefusesEndsIt) {
    qemu_says(encode_vsc_error(2));
    thread.join();
    EXPECT_FALSE(ended);
    EXPECT_NE(ended.error().find("code 2"), std::string::npos);
}

TEST_F(BridgeTest, QemuThatTalksNonsenseEndsIt) {
    qemu_says(from_hex("0000000700000000 FFFFFFFF").value());
    thread.join();
    EXPECT_FALSE(ended);
}

TEST_F(BridgeTest, QemuThatGoesAwayEndsIt) {
    qemu.reset();
    thread.join();
    EXPECT_FALSE(ended);
}

}  // namespace
}  // namespace sekimori::lab
