// SPDX-License-Identifier: Apache-2.0
// Another program on the same pcscd resets the card, before, between and during the worker's requests.
#include <winscard.h>

#include "tests/integration/card_rig.hpp"

namespace sekimori::test {
namespace {

class CardReset : public testing::Test {
  protected:
    CardReset() {
        rig.start();
        rig.insert(card);
        setenv("PCSCLITE_CSOCK_NAME", (rig.folder() + "/pcscd.comm").c_str(), 1);
        EXPECT_EQ(SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_), SCARD_S_SUCCESS);
    }
    ~CardReset() override { SCardReleaseContext(context_); }
    LONG connect() {
        DWORD protocol = 0;
        return SCardConnect(context_, CardRig::reader_name(0).c_str(), SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, &handle_,
                            &protocol);
    }
    void let_go(DWORD how) { EXPECT_EQ(SCardDisconnect(handle_, how), SCARD_S_SUCCESS); }
    void the_next_one_works() {
        EXPECT_EQ(rig.ask<wire::Identified>(rig.identify()).references.size(), 2U);
        EXPECT_FALSE(rig.ask<wire::SignedChallenge>(rig.challenge()).signature.empty());
    }

    CardRig rig;
    lab::CardConnection card{std::make_shared<lab::PivCard>(*lab::new_piv(card_ca(), lab::NewPiv{}))};

  private:
    SCARDCONTEXT context_{};
    SCARDHANDLE handle_{};
};

TEST_F(CardReset, BetweenRequestsNobodyNotices) {
    for (const int how : {SCARD_LEAVE_CARD, SCARD_RESET_CARD, SCARD_UNPOWER_CARD}) {
        ASSERT_EQ(connect(), SCARD_S_SUCCESS);
        let_go(static_cast<DWORD>(how));
        the_next_one_works();
    }
}

// Whoever holds it makes the request fail with a fault of its own, and the next one works.
TEST_F(CardReset, WhoHoldsAndResetsItCostsOneRequest) {
    ASSERT_EQ(connect(), SCARD_S_SUCCESS);
    EXPECT_EQ(rig.fault(rig.challenge()), wire::CardFault::busy);
    let_go(SCARD_RESET_CARD);
    the_next_one_works();
}

// While the worker holds the card nobody gets at it: there is no reset in the middle.
TEST_F(CardReset, DuringARequestNobodyGetsAtIt) {
    lab::CardConnection slow(std::make_shared<lab::PivCard>(*lab::new_piv(card_ca(), lab::NewPiv{})),
                             {lab::faults::slow(Millis{500}, 2)});
    card.pull();
    rig.expect<wire::CardAbsent>();
    rig.insert(slow);
    rig.say(rig.identify());
    ASSERT_TRUE(slow.wait_for_apdus(2));
    EXPECT_EQ(connect(), static_cast<LONG>(SCARD_E_SHARING_VIOLATION));
    EXPECT_EQ(rig.expect<wire::Identified>().references.size(), 2U);
    the_next_one_works();
}

}  // namespace
}  // namespace sekimori::test
