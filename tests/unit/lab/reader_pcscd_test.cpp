// SPDX-License-Identifier: Apache-2.0
// The reader inside the real pcscd, seen through the real libpcsclite.
#include <signal.h>

#include <future>

#include "tests/lab/cards/card_connection.hpp"
#include "tests/lab/cards/new_card.hpp"
#include "tests/unit/lab/card_helpers.hpp"
#include "tests/unit/lab/reader_daemon.hpp"
#include "tests/unit/lab/reader_helpers.hpp"

namespace sekimori::lab {
namespace {

constexpr const char* kSelectPiv = "00A4040009A0000003080000100000";

class Pcscd : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_), SCARD_S_SUCCESS);
        // pcscd may not have noticed yet that the case before pulled its card.
        for (const char* reader : {kReader0, kReader1}) wait_for(reader, SCARD_STATE_EMPTY);
    }
    void TearDown() override { SCardReleaseContext(context_); }

    std::shared_ptr<PivCard> piv() {
        NewPiv wanted;
        wanted.slots = {piv::card_authentication};
        return std::make_shared<PivCard>(new_piv(Ca::create(KeyKind::P256).value(), wanted).value());
    }
    std::string socket(std::size_t reader) const { return daemon_.pcscd().card_socket(reader); }

    // Waits until the reader's state has (or lacks) `flag`, and returns the whole state.
    DWORD wait_for(const char* reader, DWORD flag, bool wanted = true) {
        SCARD_READERSTATE state{};
        state.szReader = reader;
        state.dwCurrentState = SCARD_STATE_UNAWARE;
        for (int i = 0; i < 20; ++i) {
            if (SCardGetStatusChange(context_, 2000, &state, 1) != SCARD_S_SUCCESS) continue;
            if (((state.dwEventState & flag) != 0) == wanted) return state.dwEventState;
            state.dwCurrentState = state.dwEventState;
        }
        ADD_FAILURE() << "state " << std::hex << state.dwEventState;
        return state.dwEventState;
    }
    // Connects exclusively, or says why not.
    LONG connect(const char* reader) {
        DWORD protocol = 0;
        return SCardConnect(context_, reader, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY, &card_, &protocol);
    }
    LONG transmit(std::string_view command, Bytes& response) {
        const Bytes apdu = hex(command);
        response.resize(MAX_BUFFER_SIZE_EXTENDED);
        DWORD size = response.size();
        const LONG code = SCardTransmit(card_, SCARD_PCI_T1, apdu.data(), apdu.size(), nullptr, response.data(), &size);
        response.resize(code == SCARD_S_SUCCESS ? size : 0);
        return code;
    }

    Daemon daemon_;
    SCARDCONTEXT context_ = 0;
    SCARDHANDLE card_ = 0;
    Bytes response_;
};

TEST_F(Pcscd, HasTwoReaders) {
    DWORD size = SCARD_AUTOALLOCATE;
    char* names = nullptr;
    ASSERT_EQ(SCardListReaders(context_, nullptr, reinterpret_cast<LPSTR>(&names), &size), SCARD_S_SUCCESS);
    const std::string list(names, size);
    SCardFreeMemory(context_, names);
    EXPECT_EQ(list, std::string(kReader0) + '\0' + kReader1 + '\0' + '\0');
}

TEST_F(Pcscd, DoesNotRunAsRoot) {
    const auto status = std::filesystem::path("/proc") / std::to_string(daemon_.pcscd().pid());
    struct stat info {};
    ASSERT_EQ(::stat(status.c_str(), &info), 0);
    EXPECT_NE(info.st_uid, 0U);
}

TEST_F(Pcscd, InsertionAndRemovalAreEventsOfTheRightReader) {
    CardConnection card(piv());
    const DWORD before = wait_for(kReader1, SCARD_STATE_EMPTY);
    ASSERT_TRUE(card.insert(socket(1)));
    const DWORD in = wait_for(kReader1, SCARD_STATE_PRESENT);
    EXPECT_TRUE(card.wait_until_taken());
    wait_for(kReader0, SCARD_STATE_EMPTY);
    card.pull();
    const DWORD out = wait_for(kReader1, SCARD_STATE_EMPTY);
    // The upper half counts the events.
    EXPECT_EQ((in >> 16U) - (before >> 16U), 1U);
    EXPECT_EQ((out >> 16U) - (before >> 16U), 2U);
}

TEST_F(Pcscd, QuickSwapIsTwoEvents) {
    CardConnection card(piv());
    ASSERT_TRUE(card.insert(socket(0)));
    const DWORD before = wait_for(kReader0, SCARD_STATE_PRESENT);
    ASSERT_TRUE(card.insert(socket(0)));
    ASSERT_TRUE(card.wait_until_taken());
    SCARD_READERSTATE state{};
    state.szReader = kReader0;
    state.dwCurrentState = before;
    DWORD now = before;
    for (int i = 0; i < 20 && ((now >> 16U) - (before >> 16U) < 2 || (now & SCARD_STATE_PRESENT) == 0); ++i) {
        state.dwCurrentState = now;
        SCardGetStatusChange(context_, 1000, &state, 1);
        now = state.dwEventState;
    }
    EXPECT_EQ((now >> 16U) - (before >> 16U), 2U);
}

TEST_F(Pcscd, ApdusReachTheCard) {
    CardConnection card(piv());
    ASSERT_TRUE(card.insert(socket(0)));
    wait_for(kReader0, SCARD_STATE_PRESENT);
    ASSERT_EQ(connect(kReader0), SCARD_S_SUCCESS);
    ASSERT_EQ(transmit(kSelectPiv, response_), SCARD_S_SUCCESS);
    EXPECT_EQ(status_of(response_), sw::ok);
    ASSERT_EQ(transmit("00A4040C0AD392F000260100000001", response_), SCARD_S_SUCCESS);
    EXPECT_EQ(status_of(response_), sw::not_found);
    EXPECT_EQ(SCardDisconnect(card_, SCARD_UNPOWER_CARD), SCARD_S_SUCCESS);
    EXPECT_EQ(card.counters().apdus, 2U);
}

TEST_F(Pcscd, PowerAndResetReachTheCard) {
    CardConnection card(piv());
    ASSERT_TRUE(card.insert(socket(0)));
    wait_for(kReader0, SCARD_STATE_PRESENT);
    ASSERT_EQ(connect(kReader0), SCARD_S_SUCCESS);
    DWORD protocol = 0;
    ASSERT_EQ(SCardReconnect(card_, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY, SCARD_RESET_CARD, &protocol),
              SCARD_S_SUCCESS);
    EXPECT_EQ(card.counters().resets, 1U);
    const std::size_t ons = card.counters().power_ons;
    ASSERT_EQ(SCardReconnect(card_, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY, SCARD_UNPOWER_CARD, &protocol),
              SCARD_S_SUCCESS);
    EXPECT_GT(card.counters().power_ons, ons);
    SCardDisconnect(card_, SCARD_UNPOWER_CARD);
}

TEST_F(Pcscd, PullInMidApduIsAnError) {
    for (const Ending how : {Ending::Pull, Ending::PullInMidFrame}) {
        CardConnection card(piv(), {faults::pull(2, how)});
        ASSERT_TRUE(card.insert(socket(0)));
        wait_for(kReader0, SCARD_STATE_PRESENT);
        ASSERT_EQ(connect(kReader0), SCARD_S_SUCCESS);
        EXPECT_EQ(transmit(kSelectPiv, response_), SCARD_S_SUCCESS);
        EXPECT_NE(transmit(kSelectPiv, response_), SCARD_S_SUCCESS);
        SCardDisconnect(card_, SCARD_LEAVE_CARD);
        wait_for(kReader0, SCARD_STATE_EMPTY);
    }
}

TEST_F(Pcscd, SilentAndOversizeCardsAreErrorsAndPcscdLives) {
    for (const char* fault : {"mute", "malformed:oversize", "malformed:empty"}) {
        CardConnection card(piv(), {parse_fault(fault).value()});
        ASSERT_TRUE(card.insert(socket(0)));
        wait_for(kReader0, SCARD_STATE_PRESENT);
        ASSERT_EQ(connect(kReader0), SCARD_S_SUCCESS);
        DWORD size = 258;
        Bytes small(size);
        const Bytes apdu = hex(kSelectPiv);
        const LONG code = SCardTransmit(card_, SCARD_PCI_T1, apdu.data(), apdu.size(), nullptr, small.data(), &size);
        if (std::string(fault) == "malformed:empty") {
            EXPECT_TRUE(code != SCARD_S_SUCCESS || size == 0);  // what a card really said goes through
        } else {
            EXPECT_NE(code, SCARD_S_SUCCESS) << fault;
        }
        SCardDisconnect(card_, SCARD_LEAVE_CARD);
        card.pull();
        wait_for(kReader0, SCARD_STATE_EMPTY);
    }
}

TEST_F(Pcscd, ConnectionThatNeverAnswersIsAMuteCard) {
    {
        const UniqueFd nobody = connect_raw(socket(0));
        const DWORD state = wait_for(kReader0, SCARD_STATE_PRESENT);
        EXPECT_NE(state & SCARD_STATE_MUTE, 0U);
        EXPECT_NE(connect(kReader0), SCARD_S_SUCCESS);
    }
    wait_for(kReader0, SCARD_STATE_EMPTY);
}

TEST_F(Pcscd, NoiseOnTheWireIsHarmless) {
    for (int i = 0; i < 5; ++i) {
        const UniqueFd noise = connect_raw(socket(0));
        ::send(noise.get(), "\xFF\xFF\x01\x02\x03", 5, MSG_NOSIGNAL);
        EXPECT_EQ(to_hex(receive_raw(noise, 3)), "000101");  // taken; thrown out or mute, as the bytes arrive
    }
    CardConnection card(piv());
    ASSERT_TRUE(card.insert(socket(0)));
    EXPECT_TRUE(card.wait_until_taken());
    EXPECT_EQ(SCardIsValidContext(context_), SCARD_S_SUCCESS);
}

TEST_F(Pcscd, ReadersAreIndependent) {
    CardConnection slow(piv(), {faults::slow(std::chrono::hours{1})});
    CardConnection quick(piv());
    ASSERT_TRUE(slow.insert(socket(0)));
    ASSERT_TRUE(quick.insert(socket(1)));
    wait_for(kReader0, SCARD_STATE_PRESENT);
    wait_for(kReader1, SCARD_STATE_PRESENT);
    ASSERT_EQ(connect(kReader0), SCARD_S_SUCCESS);
    const SCARDHANDLE first = card_;
    auto stuck = std::async(std::launch::async, [&] {
        Bytes ignored;
        const Bytes apdu = hex(kSelectPiv);
        ignored.resize(258);
        DWORD size = ignored.size();
        return SCardTransmit(first, SCARD_PCI_T1, apdu.data(), apdu.size(), nullptr, ignored.data(), &size);
    });
    ASSERT_TRUE(slow.wait_for_apdus(1));
    // libpcsclite serialises the calls of one context: the second reader needs its own.
    SCARDCONTEXT other = 0;
    ASSERT_EQ(SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &other), SCARD_S_SUCCESS);
    DWORD protocol = 0;
    ASSERT_EQ(SCardConnect(other, kReader1, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY, &card_, &protocol),
              SCARD_S_SUCCESS);
    EXPECT_EQ(transmit(kSelectPiv, response_), SCARD_S_SUCCESS);
    SCardDisconnect(card_, SCARD_UNPOWER_CARD);
    SCardReleaseContext(other);
    slow.pull();
    EXPECT_NE(stuck.get(), SCARD_S_SUCCESS);
    SCardDisconnect(first, SCARD_LEAVE_CARD);
}

}  // namespace
}  // namespace sekimori::lab
