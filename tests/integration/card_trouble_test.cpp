// SPDX-License-Identifier: Apache-2.0
// The card worker when things go wrong: cards pulled, swapped, mute and malformed, pcscd gone, a card in other hands.
#include <signal.h>
#include <winscard.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "smartcard/worker/exit_codes.hpp"
#include "tests/integration/card_rig.hpp"

namespace sekimori::test {
namespace {

using wire::CardFault;

std::shared_ptr<lab::PivCard> piv_card() {
    return std::make_shared<lab::PivCard>(*lab::new_piv(card_ca(), lab::NewPiv{}));
}

TEST(CardTrouble, PulledAtEveryStep) {
    CardRig rig;
    rig.start();
    for (std::size_t nth = 1; nth <= 7; ++nth) {
        lab::CardConnection card(piv_card(), {lab::faults::pull(nth)});
        rig.insert(card);
        EXPECT_EQ(rig.fault(rig.identify()), CardFault::gone) << nth;
        rig.expect<wire::CardAbsent>();
    }
    for (std::size_t nth = 1; nth <= 2; ++nth) {
        lab::CardConnection card(piv_card(), {lab::faults::pull(nth, lab::Ending::PullInMidFrame)});
        rig.insert(card);
        EXPECT_EQ(rig.fault(rig.challenge()), CardFault::gone) << nth;
        rig.expect<wire::CardAbsent>();
    }
}

TEST(CardTrouble, ARemovalIsToldWhileARequestRuns) {
    CardRig rig;
    rig.start();
    lab::CardConnection slow(piv_card(), {lab::faults::slow(Millis{500}, 1)});
    lab::CardConnection other(piv_card());
    rig.insert(other, 1);
    rig.insert(slow, 0);
    rig.say(rig.identify(0));
    ASSERT_TRUE(slow.wait_for_apdus(1));
    other.pull();
    rig.expect<wire::CardAbsent>();
    EXPECT_FALSE(rig.take<wire::Identified>(Millis{0}).has_value());  // still at work
    EXPECT_EQ(rig.expect<wire::Identified>().references.size(), 2U);
}

TEST(CardTrouble, ASwapBetweenIdentifyAndSignIsNoticed) {
    CardRig rig;
    rig.start();
    lab::CardConnection card(piv_card(), {lab::faults::swap_before_signature(piv_card())});
    rig.insert(card);
    (void)rig.ask<wire::Identified>(rig.identify());
    // The signature is asked for the visit that was identified.
    EXPECT_EQ(rig.fault(rig.challenge()), CardFault::gone);
}

TEST(CardTrouble, TheSameCardPutInAgainIsAnotherVisit) {
    CardRig rig;
    rig.start();
    lab::CardConnection card(piv_card());
    rig.insert(card);
    const auto before = rig.challenge();
    card.pull();
    rig.expect<wire::CardAbsent>();
    rig.insert(card);
    EXPECT_EQ(rig.fault(before), CardFault::gone);
    EXPECT_FALSE(rig.ask<wire::SignedChallenge>(rig.challenge()).signature.empty());
}

// Also for the first visit of all, which libpcsclite counts as 0.
TEST(CardTrouble, AQuickSwapIsTold) {
    CardRig rig;
    rig.start_pcscd();
    lab::CardConnection card(piv_card(), {lab::faults::swap_at(piv_card(), 2)});
    ASSERT_TRUE(card.insert(rig.card_socket(0)).has_value());
    ASSERT_TRUE(card.wait_until_taken());
    rig.launch();
    rig.welcome();
    rig.counter = rig.expect<wire::CardPresent>().counter;
    EXPECT_EQ(rig.fault(rig.identify()), CardFault::gone);
    rig.expect<wire::CardAbsent>();
    EXPECT_NE(rig.expect<wire::CardPresent>().counter, rig.counter);
}

TEST(CardTrouble, MalformedAnswersAreUnreadable) {
    CardRig rig;
    rig.start();
    using lab::Malformation;
    // 3 is the first part of a certificate, 4 and 5 are what waited.
    const std::pair<Malformation, std::size_t> cases[] = {
        {Malformation::Empty, 1},    {Malformation::Empty, 3},    {Malformation::Empty, 5},
        {Malformation::Oversize, 1}, {Malformation::Oversize, 3}, {Malformation::Oversize, 4},
        {Malformation::Truncate, 3}, {Malformation::Truncate, 4}, {Malformation::TlvLength, 3},
    };
    for (const auto& [kind, nth] : cases) {
        lab::CardConnection card(piv_card(), {lab::faults::malformed(kind, nth)});
        rig.insert(card);
        EXPECT_EQ(rig.fault(rig.identify()), CardFault::unreadable) << static_cast<int>(kind) << " at " << nth;
        card.pull();
        rig.expect<wire::CardAbsent>();
    }
}

TEST(CardTrouble, AMuteCardThatTheReaderGivesUp) {
    CardRig rig;
    rig.start_pcscd(Millis{300});
    rig.launch();
    rig.welcome();
    lab::CardConnection card(piv_card(), {lab::faults::mute(2)});
    rig.insert(card);
    EXPECT_EQ(rig.fault(rig.identify()), CardFault::unreadable);
    EXPECT_EQ(rig.fault(rig.challenge()), CardFault::unreadable);
}

// A reader that waits for ever: the worker gives itself up, after a last word, and comes back.
TEST(CardTrouble, AMuteCardThatNobodyGivesUp) {
    CardRig rig;
    rig.start();
    lab::CardConnection card(piv_card(), {lab::faults::mute(2)});
    rig.insert(card);
    const auto order = rig.identify();
    EXPECT_EQ(rig.fault(order), CardFault::timeout);
    EXPECT_EQ(rig.exit_code(), smartcard::kExitDeadline);
    EXPECT_NE(rig.log().find("deadline"), std::string::npos);
}

TEST(CardTrouble, PcscdKilledAndBack) {
    CardRig rig;
    rig.start();
    rig.expect_readers(2);
    lab::CardConnection card(piv_card());
    rig.insert(card);
    const auto order = rig.identify();
    rig.stop_pcscd(SIGKILL);
    rig.expect<wire::CardAbsent>();
    rig.expect_readers(0);
    EXPECT_EQ(rig.fault(order), CardFault::gone);
    rig.start_pcscd();
    rig.expect_readers(2);
    lab::CardConnection again(piv_card());
    rig.insert(again);
    EXPECT_EQ(rig.ask<wire::Identified>(rig.identify()).references.size(), 2U);
}

TEST(CardTrouble, PcscdKilledInMidRequest) {
    CardRig rig;
    rig.start();
    lab::CardConnection card(piv_card(), {lab::faults::slow(Millis{2000}, 2)});
    rig.insert(card);
    rig.say(rig.identify());
    ASSERT_TRUE(card.wait_for_apdus(2));
    rig.stop_pcscd(SIGKILL);
    EXPECT_EQ(rig.expect<wire::CardFailed>().fault, CardFault::gone);
    rig.start_pcscd();
    lab::CardConnection again(piv_card());
    rig.insert(again);
    EXPECT_EQ(rig.ask<wire::Identified>(rig.identify()).references.size(), 2U);
}

TEST(CardTrouble, TheWorkerMayBeThereBeforePcscd) {
    CardRig rig;
    rig.launch();
    rig.welcome();
    EXPECT_TRUE(rig.expect<wire::Readers>().readers.empty());
    rig.start_pcscd();
    rig.expect_readers(2);
}

// Another program on the same pcscd, in this process.
class OtherProgram {
  public:
    explicit OtherProgram(const CardRig& rig) {
        setenv("PCSCLITE_CSOCK_NAME", (rig.folder() + "/pcscd.comm").c_str(), 1);
        EXPECT_EQ(SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_), SCARD_S_SUCCESS);
        DWORD protocol = 0;
        EXPECT_EQ(SCardConnect(context_, CardRig::reader_name(0).c_str(), SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY,
                               &card_, &protocol),
                  SCARD_S_SUCCESS);
    }
    ~OtherProgram() {
        let_go();
        SCardReleaseContext(context_);
    }
    OtherProgram(const OtherProgram&) = delete;
    OtherProgram& operator=(const OtherProgram&) = delete;
    void let_go() {
        if (card_ != 0) SCardDisconnect(card_, SCARD_LEAVE_CARD);
        card_ = 0;
    }

  private:
    SCARDCONTEXT context_{};
    SCARDHANDLE card_{};
};

TEST(CardTrouble, ACardInOtherHandsIsBusy) {
    CardRig rig;
    rig.start();
    lab::CardConnection card(piv_card());
    rig.insert(card);
    OtherProgram other(rig);
    EXPECT_EQ(rig.fault(rig.identify()), CardFault::busy);
    rig.say(rig.identify());
    rig.expect_log("in other hands", 2);  // it tries again
    other.let_go();
    EXPECT_EQ(rig.expect<wire::Identified>().references.size(), 2U);
}

TEST(CardTrouble, ABrokerThatGoesEndsTheWorkerQuietly) {
    CardRig rig;
    rig.start();
    rig.expect_readers(2);
    rig.broker = Channel();
    EXPECT_EQ(rig.exit_code(), smartcard::kExitDone);
}

TEST(CardTrouble, RetireMakesRoomForAFreshProcess) {
    CardRig rig;
    rig.start();
    lab::CardConnection card(piv_card());
    rig.insert(card);
    rig.say(wire::Retire{});
    EXPECT_EQ(rig.exit_code(), smartcard::kExitDone);
    rig.launch();
    rig.welcome();
    EXPECT_EQ(rig.expect<wire::CardPresent>().counter, rig.counter);
    EXPECT_EQ(rig.ask<wire::Identified>(rig.identify()).references.size(), 2U);
}

TEST(CardTrouble, ABrokerThatSpeaksNonsenseEndsTheWorker) {
    CardRig rig;
    rig.start();
    rig.say(wire::Verify{});
    EXPECT_EQ(rig.exit_code(), smartcard::kExitViolation);
}

TEST(CardTrouble, TheProcessIsHardened) {
    CardRig rig;
    rig.start();
    rig.expect_readers(2);
    const auto proc = std::filesystem::path("/proc") / std::to_string(rig.pid());
    const auto text = [&](const char* name) {
        std::ifstream file(proc / name);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    EXPECT_NE(text("status").find("NoNewPrivs:\t1"), std::string::npos);
    const std::string limits = text("limits");
    const auto core = limits.find("Max core file size");
    ASSERT_NE(core, std::string::npos);
    EXPECT_EQ(limits.substr(core + 26, 2), "0 ");
}

TEST(CardTrouble, AnUnreadableConfigurationIsAnError) {
    CardRig rig;
    rig.launch(Lab::on, "[devices]\nreader=typo");
    EXPECT_EQ(rig.exit_code(), smartcard::kExitUsage);
    EXPECT_NE(rig.log().find("reader"), std::string::npos);
}

}  // namespace
}  // namespace sekimori::test
