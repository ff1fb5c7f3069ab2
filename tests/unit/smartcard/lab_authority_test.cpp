// SPDX-License-Identifier: Apache-2.0
// Slot 9C against a software card that wants its PIN right before each signature.
#include "smartcard/card/authority.hpp"

#include <gtest/gtest.h>

#include "smartcard/card/piv.hpp"
#include "tests/lab/cards/new_card.hpp"
#include "tests/unit/smartcard/lab_visit.hpp"
#include "tests/unit/smartcard/signature.hpp"

namespace sekimori::smartcard {
namespace {

using test::LabVisit;
using wire::PinState;
using wire::SignatureScheme;

constexpr auto kScheme = SignatureScheme::ecdsa_p256_sha256;

SecureBytes pin(std::string_view text) {
    return SecureBytes(ByteSpan(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

class AuthorityCard : public testing::Test {
  protected:
    static const lab::Ca& ca() {
        static const lab::Ca made = *lab::Ca::create(lab::KeyKind::P256);
        return made;
    }
    CardResult<Bytes> sign(Visit& visit, std::string_view digits) {
        return sign_as_authority(visit, kScheme, digest_, pin(digits));
    }
    lab::PivCard card_{*lab::new_piv(ca(), {.slots = {0x9a, 0x9c, 0x9e}})};
    Bytes digest_ = test::digest_for(kScheme);
};

TEST_F(AuthorityCard, ItsKeyIsReadWithoutAPinAndSignsWithOne) {
    LabVisit visit(card_, Purpose::authority);
    const auto content = read_authority(visit);
    ASSERT_TRUE(content.has_value());
    const auto& slot = card_.contents().slots.at(0x9c);
    EXPECT_EQ(content->certificate, slot.certificate);
    EXPECT_EQ(content->reference.slot, CardSlot::none);
    EXPECT_EQ(content->reference.pin, PinState::ready);
    EXPECT_EQ(content->reference.tries, 3);
    for (int i = 0; i < 3; ++i) {
        const auto signature = sign(visit, "123456");
        ASSERT_TRUE(signature.has_value());
        EXPECT_TRUE(test::verifies(slot.key.key().spki(), kScheme, digest_, *signature));
    }
}

TEST_F(AuthorityCard, TheSoftwareCardWantsThePinRightBefore) {
    LabVisit visit(card_, Purpose::authority);
    ASSERT_TRUE(sign(visit, "123456").has_value());
    EXPECT_TRUE(card_.logged_in());
    EXPECT_EQ(piv::sign(visit, piv::Key::signature, kScheme, digest_).error().fault, CardFault::pin_missing);
}

TEST_F(AuthorityCard, AWrongPinIsSpentOnceAndTheLastOneNever) {
    LabVisit visit(card_, Purpose::authority);
    EXPECT_EQ(sign(visit, "999999").error(), (Failure{CardFault::pin_wrong, 2}));
    EXPECT_EQ(sign(visit, "999999").error(), (Failure{CardFault::pin_wrong, 1}));
    EXPECT_EQ(sign(visit, "123456").error().fault, CardFault::pin_last_try);
    EXPECT_EQ(card_.contents().pin.tries(), 1U);
    card_.contents().pin.block();
    EXPECT_EQ(sign(visit, "123456").error().fault, CardFault::pin_blocked);
}

TEST_F(AuthorityCard, WhatIsNoPinReachesNoCard) {
    LabVisit visit(card_, Purpose::authority);
    for (const char* text : {"", "12345", "123456789", "12345a"})
        EXPECT_EQ(sign(visit, text).error().fault, CardFault::pin_malformed) << text;
    EXPECT_EQ(visit.count(), 0U);
}

TEST_F(AuthorityCard, WithoutAKeyThereOrWithoutPivThereIsNone) {
    lab::PivCard other(*lab::new_piv(ca(), {}));
    LabVisit visit(other, Purpose::authority);
    EXPECT_EQ(read_authority(visit).error().fault, CardFault::no_key);
    EXPECT_EQ(sign(visit, "123456").error().fault, CardFault::no_key);
    lab::JpkiCard resident(*lab::new_jpki(ca(), lab::NewJpki{}));
    LabVisit elsewhere(resident, Purpose::authority);
    EXPECT_EQ(read_authority(elsewhere).error().fault, CardFault::no_application);
    EXPECT_FALSE(resident.forbidden_touched());
}

TEST_F(AuthorityCard, ALoginNeverComesNearIt) {
    LabVisit visit(card_);
    EXPECT_EQ(identify(visit)->size(), 2U);
    EXPECT_EQ(read_authority(visit).error().fault, CardFault::internal);
    EXPECT_EQ(sign(visit, "123456").error().fault, CardFault::internal);
    for (const Bytes& command : visit.commands()) EXPECT_FALSE(command[1] == 0x87 && command[3] == 0x9c);
}

TEST_F(AuthorityCard, TheAuthorityNeverComesNearALoginsKeys) {
    LabVisit visit(card_, Purpose::authority);
    ASSERT_TRUE(read_authority(visit).has_value());
    for (const auto key : {piv::Key::authentication, piv::Key::card}) {
        EXPECT_EQ(piv::certificate(visit, key).error().fault, CardFault::internal);
        EXPECT_EQ(piv::sign(visit, key, kScheme, digest_).error().fault, CardFault::internal);
    }
    EXPECT_EQ(identify(visit).error().fault, CardFault::internal);
}

}  // namespace
}  // namespace sekimori::smartcard
