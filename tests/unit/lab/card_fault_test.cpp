// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/fault.hpp"

#include "tests/lab/cards/new_card.hpp"
#include "tests/lab/cards/wire_session.hpp"
#include "tests/lab/reader/frame.hpp"
#include "tests/unit/lab/card_helpers.hpp"

namespace sekimori::lab {
namespace {

// Answers every APDU with its own number in 8 bytes, and counts what happens to its power.
class Counter final : public Card {
  public:
    Bytes atr() const override { return {0x3B, 0x80, 0x80, 0x01, 0x01}; }
    void power_on() override { ++ons; }
    void power_off() override { ++offs; }
    void reset() override { ++resets; }
    Bytes process(ByteView) override { return answer(Bytes(8, ++apdus)); }
    int ons = 0, offs = 0, resets = 0;
    std::uint8_t apdus = 0;
};

const Bytes kApdu = {0x00, 0xB0, 0x00, 0x00, 0x00};
const Bytes kSign = {0x80, 0x2A, 0x00, 0x80, 0x01, 0x30, 0x00};

Bytes body(const WireSession::Step& step) {
    FrameParser parser;
    EXPECT_EQ(parser.feed(step.out), step.out.size());
    return parser.take().value_or(Bytes{});
}

TEST(WireSession, ControlCodes) {
    const auto card = std::make_shared<Counter>();
    {
        WireSession session(card, {});
        EXPECT_FALSE(session.taken());
        EXPECT_TRUE(session.on_frame(Bytes{0x01}).out.empty());
        EXPECT_TRUE(session.taken());
        EXPECT_TRUE(session.on_frame(Bytes{0x02}).out.empty());
        EXPECT_TRUE(session.on_frame(Bytes{0x00}).out.empty());
        EXPECT_EQ(body(session.on_frame(Bytes{0x04})), card->atr());
        EXPECT_TRUE(session.on_frame(Bytes{0x77}).out.empty());
        EXPECT_TRUE(session.on_frame(Bytes{}).out.empty());
        EXPECT_EQ(session.apdus(), 0U);
    }
    EXPECT_EQ(card->ons, 1);
    EXPECT_EQ(card->resets, 1);
    EXPECT_EQ(card->offs, 2);  // once asked for, once pulled
}

WireSession::Step nth(Faults faults, int n, const Bytes& apdu = kApdu) {
    WireSession session(std::make_shared<Counter>(), std::move(faults));
    for (int i = 1; i < n; ++i) session.on_frame(apdu);
    return session.on_frame(apdu);
}

TEST(Fault, HitsTheNthApduOnly) {
    EXPECT_EQ(nth({faults::say(0x6F00, 2)}, 1).ending, Ending::Answer);
    EXPECT_EQ(body(nth({faults::say(0x6F00, 2)}, 2)), status(0x6F00));
    EXPECT_EQ(status_of(body(nth({faults::say(0x6F00, 2)}, 3))), sw::ok);
    EXPECT_EQ(nth({faults::slow(std::chrono::milliseconds{70}, 2)}, 2).delay.count(), 70);
    EXPECT_EQ(nth({faults::slow(std::chrono::milliseconds{70}, 2)}, 3).delay.count(), 0);
}

TEST(Fault, PullAndHalfAFrame) {
    EXPECT_EQ(nth({faults::pull(3)}, 2).ending, Ending::Answer);
    const auto pulled = nth({faults::pull(3)}, 3);
    EXPECT_TRUE(leaves(pulled.ending));
    EXPECT_TRUE(pulled.out.empty());
    const auto half = nth({faults::pull(1, Ending::PullInMidFrame)}, 1);
    EXPECT_TRUE(leaves(half.ending));
    EXPECT_EQ(half.out.size(), 6U);  // of 12
}

TEST(Fault, MuteStaysMute) {
    WireSession session(std::make_shared<Counter>(), {faults::mute(2)});
    EXPECT_FALSE(session.on_frame(kApdu).out.empty());
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(session.on_frame(kApdu).out.empty());
    EXPECT_TRUE(session.on_frame(Bytes{0x04}).out.empty());
}

TEST(Fault, MalformedAnswers) {
    const auto with = [](Malformation kind) { return body(nth({faults::malformed(kind)}, 1)); };
    EXPECT_EQ(with(Malformation::Truncate).size(), 6U);
    EXPECT_EQ(with(Malformation::Oversize).size(), 60'002U);
    EXPECT_TRUE(with(Malformation::Empty).empty());
    EXPECT_EQ(with(Malformation::TlvLength)[1], 0x84);
    EXPECT_EQ(with(Malformation::Flip)[0], 0x00);
    EXPECT_EQ(with(Malformation::Garbage).size(), 10U);
}

TEST(Fault, TheyCompose) {
    const auto step = nth({faults::slow(std::chrono::milliseconds{5}), faults::say(0x6982)}, 1);
    EXPECT_EQ(step.delay.count(), 5);
    EXPECT_EQ(body(step), status(0x6982));
}

TEST(Fault, SwapBetweenCertificateAndSignature) {
    const auto other = std::make_shared<Counter>();
    EXPECT_EQ(nth({faults::swap_before_signature(other)}, 1, kSign).next, other);

    WireSession session(std::make_shared<Counter>(), {faults::swap_before_signature(other)});
    EXPECT_EQ(session.on_frame(Bytes{0x00}).ending, Ending::Answer);  // nothing was read yet
    session.on_frame(kApdu);
    const auto step = session.on_frame(Bytes{0x00});
    EXPECT_EQ(step.ending, Ending::Swap);
    EXPECT_EQ(step.next, other);
}

TEST(Fault, ExactLeHoldsTheAnswerBack) {
    WireSession session(std::make_shared<Counter>(), {faults::exact_le()});
    EXPECT_EQ(body(session.on_frame(kApdu)), status(0x6C08));
    const Bytes again = body(session.on_frame(Bytes{0x00, 0xB0, 0x00, 0x00, 0x08}));
    EXPECT_EQ(again, answer(Bytes(8, 1)));  // the first answer, not a second one
}

TEST(Fault, CommandLineForms) {
    for (const char* good : {"slow:200", "slow:200@3", "mute", "mute@5", "pull@3", "pull-mid-frame@1", "say:6F00",
                             "say:6982@2", "malformed:tlv", "malformed:oversize@4", "exact-le"}) {
        EXPECT_TRUE(parse_fault(good)) << good;
    }
    for (const char* bad : {"", "slow", "slow:", "slow:x", "slow:1@0", "pull", "pull@", "pull@x", "say:6F0", "say:XXXX",
                            "malformed", "malformed:odd", "exact-le@1", "mute:1", "unknown"}) {
        EXPECT_FALSE(parse_fault(bad)) << bad;
    }
}

}  // namespace
}  // namespace sekimori::lab
