// SPDX-License-Identifier: Apache-2.0
#include "smartcard/card/pin.hpp"

#include "smartcard/apdu/aid.hpp"
#include "tests/unit/smartcard/scripted_transport.hpp"

namespace sekimori::smartcard {
namespace {

using test::kSelectPiv;
using test::ScriptedTransport;
using wire::PinState;

SecureBytes pin(std::string_view text) {
    return SecureBytes(ByteSpan(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

TEST(Pin, IsPaddedForPivAndBareForJpki) {
    EXPECT_EQ(to_hex(pin_block(CardType::piv, pin("123456"))->span()), "313233343536ffff");
    EXPECT_EQ(to_hex(pin_block(CardType::piv, pin("12345678"))->span()), "3132333435363738");
    EXPECT_EQ(to_hex(pin_block(CardType::jpki, pin("0987"))->span()), "30393837");
}

TEST(Pin, WhatACardCouldOnlyRefuseStaysHere) {
    for (const char* text : {"", "1", "12345", "123456789", "12345a", "12345 ", "１２３４５６", "12345\xff"})
        EXPECT_EQ(pin_block(CardType::piv, pin(text)).error().fault, CardFault::pin_malformed) << text;
    for (const char* text : {"", "123", "12345", "12a4", "    "})
        EXPECT_EQ(pin_block(CardType::jpki, pin(text)).error().fault, CardFault::pin_malformed) << text;
    EXPECT_EQ(pin_block(CardType::lite_s, pin("1234")).error().fault, CardFault::pin_malformed);
    EXPECT_EQ(pin_block(CardType::idm, pin("")).error().fault, CardFault::pin_malformed);
}

TEST(Pin, StatusWords) {
    EXPECT_EQ(pin_status_of(0x63c3), (PinStatus{PinState::ready, 3}));
    EXPECT_EQ(pin_status_of(0x63c0), (PinStatus{PinState::blocked, 0}));
    EXPECT_EQ(pin_status_of(0x6983), (PinStatus{PinState::blocked, 0}));
    EXPECT_EQ(pin_status_of(0x6984), (PinStatus{PinState::blocked, 0}));
    EXPECT_EQ(pin_status_of(0x6a88), (PinStatus{PinState::missing, 0}));
    EXPECT_EQ(pin_status_of(0x6a82), (PinStatus{PinState::missing, 0}));
    EXPECT_EQ(pin_status_of(0x9000), (PinStatus{PinState::unknown, 0}));
    EXPECT_EQ(pin_status_of(0x6f00), (PinStatus{PinState::unknown, 0}));
}

class PinVerify : public testing::Test {
  protected:
    PinVerify() {
        card_.on(kSelectPiv, "9000");
        EXPECT_TRUE(select_application(card_, kPivAid, 0x00, 256)->ok());
    }
    Failure refused(PinStatus status) {
        const auto done = verify_pin(card_, status, *pin_block(CardType::piv, pin("123456")));
        return done ? Failure{} : done.error();
    }
    ScriptedTransport card_;
};

TEST_F(PinVerify, TheLastTryIsNotSpent) {
    EXPECT_EQ(refused({PinState::ready, 1}).fault, CardFault::pin_last_try);
    EXPECT_EQ(refused({PinState::ready, 0}).fault, CardFault::pin_last_try);
    EXPECT_EQ(refused({PinState::blocked, 0}).fault, CardFault::pin_blocked);
    EXPECT_EQ(refused({PinState::missing, 0}).fault, CardFault::pin_missing);
    EXPECT_EQ(refused({PinState::unknown, 0}).fault, CardFault::unreadable);
    EXPECT_EQ(refused({PinState::not_needed, 0}).fault, CardFault::unreadable);
    EXPECT_EQ(card_.count(), 1U);
}

TEST_F(PinVerify, TellsTheTriesLeft) {
    constexpr const char* kVerify = "0020008008313233343536FFFF";
    card_.on(kVerify, "63C2");
    EXPECT_EQ(refused({PinState::ready, 3}), (Failure{CardFault::pin_wrong, 2}));
    card_.on(kVerify, "63C0");
    EXPECT_EQ(refused({PinState::ready, 2}).fault, CardFault::pin_blocked);
    card_.on(kVerify, "6983");
    EXPECT_EQ(refused({PinState::ready, 2}).fault, CardFault::pin_blocked);
    card_.on(kVerify, "6F00");
    EXPECT_EQ(refused({PinState::ready, 2}).fault, CardFault::unreadable);
    card_.on(kVerify, "9000");
    EXPECT_TRUE(verify_pin(card_, {PinState::ready, 2}, *pin_block(CardType::piv, pin("123456"))).has_value());
}

}  // namespace
}  // namespace sekimori::smartcard
