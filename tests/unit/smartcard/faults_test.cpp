// SPDX-License-Identifier: Apache-2.0
#include "smartcard/pcsc/faults.hpp"

#include <gtest/gtest.h>

namespace sekimori::smartcard::pcsc {
namespace {

TEST(Faults, WhatTheBrokerHears) {
    EXPECT_EQ(fault_of(SCARD_W_REMOVED_CARD), CardFault::gone);
    EXPECT_EQ(fault_of(SCARD_E_NO_SMARTCARD), CardFault::gone);
    EXPECT_EQ(fault_of(SCARD_E_NO_SERVICE), CardFault::gone);
    EXPECT_EQ(fault_of(SCARD_E_SHARING_VIOLATION), CardFault::busy);
    EXPECT_EQ(fault_of(SCARD_W_UNRESPONSIVE_CARD), CardFault::unreadable);
    EXPECT_EQ(fault_of(SCARD_E_NOT_TRANSACTED), CardFault::unreadable);
    EXPECT_EQ(fault_of(SCARD_E_TIMEOUT), CardFault::timeout);
}

TEST(Faults, WhatIsNotInTheTableIsInternal) {
    for (LONG code = SCARD_F_INTERNAL_ERROR; code <= SCARD_W_CARD_NOT_AUTHENTICATED; ++code) {
        const CardFault fault = fault_of(code);
        // Nothing that PC/SC says is taken for a word about a PIN or a key.
        EXPECT_TRUE(fault == CardFault::gone || fault == CardFault::busy || fault == CardFault::unreadable ||
                    fault == CardFault::timeout || fault == CardFault::internal)
            << std::hex << code;
    }
    EXPECT_EQ(fault_of(SCARD_E_INVALID_PARAMETER), CardFault::internal);
    EXPECT_EQ(fault_of(12345), CardFault::internal);
}

TEST(Faults, ALostServiceNeedsANewContext) {
    EXPECT_TRUE(service_lost(SCARD_E_NO_SERVICE));
    EXPECT_TRUE(service_lost(SCARD_E_INVALID_HANDLE));
    EXPECT_FALSE(service_lost(SCARD_E_UNKNOWN_READER));
    EXPECT_FALSE(service_lost(SCARD_E_TIMEOUT));
}

}  // namespace
}  // namespace sekimori::smartcard::pcsc
