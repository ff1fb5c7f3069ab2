// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/reader/card_link.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <thread>

namespace sekimori::lab {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kLong{5000};
constexpr milliseconds kShort{20};
const Bytes kApdu{0x00, 0xA4, 0x04, 0x00};

class Link : public testing::Test {
  protected:
    void SetUp() override {
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        link.emplace(UniqueFd(ends[0]));
        card = UniqueFd(ends[1]);
    }
    void card_says(const Bytes& bytes) {
        ASSERT_EQ(::send(card.get(), bytes.data(), bytes.size(), 0), std::ssize(bytes));
    }
    void card_answers(const Bytes& body) { card_says(encode_frame(body).value()); }
    // What the reader has sent so far.
    Bytes card_hears() {
        Bytes got(100'000);
        const ssize_t n = ::recv(card.get(), got.data(), got.size(), MSG_DONTWAIT);
        got.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
        return got;
    }
    std::optional<CardLink> link;
    UniqueFd card;
};

TEST_F(Link, QuestionAndAnswer) {
    std::thread other([&] {
        std::array<std::uint8_t, 6> heard{};
        EXPECT_EQ(::recv(card.get(), heard.data(), heard.size(), MSG_WAITALL), 6);
        EXPECT_EQ(to_hex(heard), "000400A40400");
        card_answers({0x90, 0x00});
    });
    EXPECT_EQ(link->request(kApdu, kLong), (Bytes{0x90, 0x00}));
    other.join();
}

TEST_F(Link, ControlCodesHaveNoAnswer) {
    EXPECT_TRUE(link->tell(Control::PowerOn, kLong));
    EXPECT_EQ(to_hex(card_hears()), "000101");
}

TEST_F(Link, MuteCardIsSilentNotGone) {
    EXPECT_EQ(link->request(kApdu, kShort).error(), LinkError::Silent);
    EXPECT_FALSE(link->gone());
}

TEST_F(Link, HalfAnAnswerIsSilence) {
    std::thread other([&] {
        std::array<std::uint8_t, 6> heard{};
        EXPECT_EQ(::recv(card.get(), heard.data(), heard.size(), MSG_WAITALL), 6);
        card_says({0x00, 0x05, 0x01});
    });
    EXPECT_EQ(link->request(kApdu, milliseconds{200}).error(), LinkError::Silent);
    other.join();
}

TEST_F(Link, LateAnswerIsNeverTakenForAnother) {
    EXPECT_EQ(link->request(kApdu, kShort).error(), LinkError::Silent);
    EXPECT_EQ(link->request(kApdu, kShort).error(), LinkError::Silent);
    card_answers({0x11, 0x11});
    card_answers({0x22, 0x22});
    std::thread other([&] {
        std::array<std::uint8_t, 18> heard{};
        EXPECT_EQ(::recv(card.get(), heard.data(), heard.size(), MSG_WAITALL), 18);
        card_answers({0x33, 0x33});
    });
    EXPECT_EQ(link->request(kApdu, kLong), (Bytes{0x33, 0x33}));
    other.join();
}

TEST_F(Link, LateAnswerInTheMiddleOfTheNextRequest) {
    EXPECT_EQ(link->request(kApdu, kShort).error(), LinkError::Silent);
    std::thread other([&] {
        std::array<std::uint8_t, 12> heard{};
        EXPECT_EQ(::recv(card.get(), heard.data(), heard.size(), MSG_WAITALL), 12);
        card_answers({0x11, 0x11});
        card_answers({0x22, 0x22});
    });
    EXPECT_EQ(link->request(kApdu, kLong), (Bytes{0x22, 0x22}));
    other.join();
}

TEST_F(Link, CardThatSpeaksUnaskedIsThrownOut) {
    card_answers({0x90, 0x00});
    EXPECT_EQ(link->request(kApdu, kLong).error(), LinkError::Unruly);
    EXPECT_TRUE(link->gone());
    EXPECT_TRUE(card_hears().empty());
}

TEST_F(Link, EvenOneByteUnaskedIsTooMuch) {
    card_says({0x00});
    EXPECT_EQ(link->request(kApdu, kLong).error(), LinkError::Unruly);
}

TEST_F(Link, PulledBeforeOrDuringARequest) {
    std::thread other([&] {
        std::array<std::uint8_t, 6> heard{};
        EXPECT_EQ(::recv(card.get(), heard.data(), heard.size(), MSG_WAITALL), 6);
        card_says({0x00, 0x05, 0x01});
        card.reset();
    });
    EXPECT_EQ(link->request(kApdu, kLong).error(), LinkError::Gone);
    other.join();
    EXPECT_TRUE(link->gone());
    EXPECT_EQ(link->request(kApdu, kLong).error(), LinkError::Gone);
    EXPECT_FALSE(link->tell(Control::PowerOff, kLong));
}

TEST_F(Link, CardThatReadsNothingDoesNotBlockTheReader) {
    const Bytes long_apdu(60'000, 0x01);
    for (int i = 0; i < 100; ++i) {
        const auto got = link->request(long_apdu, milliseconds{1});
        ASSERT_FALSE(got);
        if (link->gone()) return;
    }
    FAIL() << "the queue never filled";
}

TEST_F(Link, LongestAnswer) {
    std::thread other([&] {
        std::array<std::uint8_t, 6> heard{};
        EXPECT_EQ(::recv(card.get(), heard.data(), heard.size(), MSG_WAITALL), 6);
        const Bytes frame = encode_frame(Bytes(kMaxFrameBody, 0x42)).value();
        EXPECT_EQ(::send(card.get(), frame.data(), frame.size(), 0), std::ssize(frame));
    });
    EXPECT_EQ(link->request(kApdu, kLong)->size(), kMaxFrameBody);
    other.join();
}

}  // namespace
}  // namespace sekimori::lab
