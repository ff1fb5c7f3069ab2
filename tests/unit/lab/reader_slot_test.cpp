// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/reader/slot.hpp"

#include <sys/stat.h>

#include <future>

#include "tests/lab/reader/listener.hpp"
#include "tests/unit/lab/card_helpers.hpp"
#include "tests/unit/lab/reader_helpers.hpp"

namespace sekimori::lab {
namespace {

constexpr std::chrono::milliseconds kLong{5000};

class SlotTest : public testing::Test {
  protected:
    std::unique_ptr<Slot> open(const std::string& options = {}) {
        return std::move(Slot::open(parse_device_name("/dev/null:" + path_ + options).value()).value());
    }
    TemporaryFolder folder_;
    std::string path_ = folder_.path() + "/card0.sock";
};

TEST_F(SlotTest, CardGoesInAndOut) {
    const auto slot = open();
    EXPECT_EQ(slot->presence(), Presence::Absent);
    UniqueFd card = connect_raw(path_);
    slot->wait_for_change(kLong);
    EXPECT_EQ(slot->presence(), Presence::Present);
    card.reset();
    slot->wait_for_change(kLong);
    EXPECT_EQ(slot->presence(), Presence::Absent);
}

TEST_F(SlotTest, SecondCardWaitsItsTurnAndTheRemovalIsSeen) {
    const auto slot = open();
    UniqueFd first = connect_raw(path_);
    EXPECT_EQ(slot->presence(), Presence::Present);
    const UniqueFd second = connect_raw(path_);
    first.reset();
    slot->wait_for_change(kLong);
    // pcscd asks twice: once while it powers the card down, and only then for itself.
    EXPECT_EQ(slot->presence(), Presence::Absent);
    EXPECT_EQ(slot->presence(), Presence::Absent);
    slot->wait_for_change(kLong);
    EXPECT_EQ(slot->presence(), Presence::Absent);
    slot->wait_for_change(kLong);
    EXPECT_EQ(slot->presence(), Presence::Present);
}

TEST_F(SlotTest, ARemovalThatOnlyAPowerCallSawIsLookedAtAgain) {
    const auto slot = open();
    UniqueFd card = connect_raw(path_);
    slot->wait_for_change(kLong);
    EXPECT_EQ(slot->presence(), Presence::Present);  // for pcscd's event thread
    card.reset();
    EXPECT_EQ(slot->presence(), Presence::Absent);  // within its power call: forgotten
    const UniqueFd next = connect_raw(path_);
    slot->wait_for_change(std::chrono::hours{1});   // returns although nothing moves any more
    EXPECT_EQ(slot->presence(), Presence::Absent);  // now it is heard
    slot->wait_for_change(std::chrono::hours{1});
    EXPECT_EQ(slot->presence(), Presence::Present);
}

TEST_F(SlotTest, CardThatLeftTheQueueIsSkipped) {
    const auto slot = open();
    { const UniqueFd passing = connect_raw(path_); }
    EXPECT_EQ(slot->presence(), Presence::Absent);
}

TEST_F(SlotTest, OnlyTheEventThreadMovesCards) {
    const auto slot = open();
    slot->wait_for_change(std::chrono::milliseconds{0});  // this thread is the event thread now
    UniqueFd card = connect_raw(path_);
    const auto elsewhere = [&] { return std::async(std::launch::async, [&] { return slot->presence(); }).get(); };
    EXPECT_EQ(elsewhere(), Presence::Absent);
    EXPECT_EQ(slot->presence(), Presence::Present);
    EXPECT_EQ(elsewhere(), Presence::Present);
    card.reset();
    const UniqueFd next = connect_raw(path_);
    EXPECT_EQ(elsewhere(), Presence::Absent);
    EXPECT_EQ(slot->presence(), Presence::Absent);  // the removal was not swallowed
    slot->wait_for_change(kLong);
    slot->wait_for_change(kLong);
    EXPECT_EQ(slot->presence(), Presence::Present);
}

TEST_F(SlotTest, StopEndsOneWait) {
    const auto slot = open();
    auto waiting = std::async(std::launch::async, [&] { slot->wait_for_change(std::chrono::hours{1}); });
    slot->stop();
    EXPECT_EQ(waiting.wait_for(kLong), std::future_status::ready);
    waiting.get();

    slot->stop();  // before the wait: not lost
    slot->wait_for_change(std::chrono::hours{1});

    // Spent: this wait lasts until a card comes.
    auto again = std::async(std::launch::async, [&] { slot->wait_for_change(std::chrono::hours{1}); });
    EXPECT_EQ(again.wait_for(std::chrono::milliseconds{20}), std::future_status::timeout);
    const UniqueFd card = connect_raw(path_);
    EXPECT_EQ(again.wait_for(kLong), std::future_status::ready);
}

TEST_F(SlotTest, PowerAndTransmit) {
    const auto slot = open();
    EXPECT_EQ(slot->power_on().error(), LinkError::Gone);
    const UniqueFd card = connect_raw(path_);
    ASSERT_EQ(slot->presence(), Presence::Present);
    auto served = std::async(std::launch::async, [&] {
        EXPECT_EQ(to_hex(receive_raw(card, 6)),
                  "000101"
                  "000104");
        send_raw(card, encode_frame(Bytes{0x3B, 0x00}).value());
        EXPECT_EQ(to_hex(receive_raw(card, 6)), "000400A40400");
        send_raw(card, encode_frame(Bytes{0x90, 0x00}).value());
        EXPECT_EQ(to_hex(receive_raw(card, 3)), "000100");
    });
    EXPECT_EQ(slot->power_on(), (Bytes{0x3B, 0x00}));
    EXPECT_EQ(slot->transmit(hex("00A40400")), (Bytes{0x90, 0x00}));
    EXPECT_FALSE(slot->transmit(hex("00")));  // would be a control code
    slot->power_off();
    served.get();
}

TEST_F(SlotTest, AnswerTimeIsConfigured) {
    const auto slot = open(":timeout=10");
    const UniqueFd mute = connect_raw(path_);
    ASSERT_EQ(slot->presence(), Presence::Present);
    EXPECT_EQ(slot->power_on().error(), LinkError::Silent);
    EXPECT_EQ(slot->presence(), Presence::Present);
}

TEST_F(SlotTest, InheritedListener) {
    const UniqueFd listener = listen_at(path_, 4).value();
    const auto name = "/dev/null:fd=" + std::to_string(listener.get());
    const auto slot = Slot::open(parse_device_name(name).value());
    ASSERT_TRUE(slot) << slot.error();
    const UniqueFd card = connect_raw(path_);
    EXPECT_EQ((*slot)->presence(), Presence::Present);
    EXPECT_FALSE(Slot::open(parse_device_name("/dev/null:fd=9999").value()));
    EXPECT_FALSE(Slot::open(parse_device_name("/dev/null:fd=" + std::to_string(card.get())).value()));
}

TEST_F(SlotTest, DeadSocketFileIsReplacedAndALiveOneIsNot) {
    { const UniqueFd dead = listen_at(path_, 1).value(); }
    const auto slot = open();
    EXPECT_FALSE(Slot::open(parse_device_name("/dev/null:" + path_).value()));
    const std::string other = folder_.path() + "/file";
    { const UniqueFd file(::open(other.c_str(), O_CREAT | O_WRONLY, 0600)); }
    EXPECT_FALSE(listen_at(other, 1));
}

TEST_F(SlotTest, SocketFileGoesWithTheSlot) {
    { const auto slot = open(); }
    struct stat info {};
    EXPECT_NE(::stat(path_.c_str(), &info), 0);
}

}  // namespace
}  // namespace sekimori::lab
