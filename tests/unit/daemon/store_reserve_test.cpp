// SPDX-License-Identifier: Apache-2.0
// The reserve file by itself, and denials that only it remembers.
#include "daemon/store/reserve.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

class ReserveTest : public StoreTest {
  protected:
    Reserve reserve() {
        auto opened = Reserve::open(directory.path());
        EXPECT_TRUE(opened) << opened.error();
        return std::move(*opened);
    }
    static SignedStatement denial(std::uint8_t n) {
        SignedStatement made;
        made.type = StatementType::revoke;
        made.bytes = Bytes(300, n);
        made.signatures.push_back({});
        return made;
    }
    std::string path() const { return directory.path() + "/denials.log"; }
    void damage(std::size_t slot, std::size_t at = 40) {
        const int fd = ::open(path().c_str(), O_RDWR);
        char byte = 0;
        const auto offset = static_cast<off_t>(slot * Reserve::kSlot + at);
        ASSERT_EQ(pread(fd, &byte, 1, offset), 1);
        byte ^= 1;
        ASSERT_EQ(pwrite(fd, &byte, 1, offset), 1);
        ::close(fd);
    }
    static std::vector<std::uint8_t> found(const Reserve& reserve) {
        std::vector<std::uint8_t> all;
        for (const auto& one : reserve.found()) all.push_back(one.statement.bytes.at(0));
        return all;
    }
};

TEST_F(ReserveTest, TakesItsSpaceAtOnce) {
    reserve();
    EXPECT_EQ(std::filesystem::file_size(path()), Reserve::kSlot * Reserve::kSlots);
    EXPECT_TRUE(reserve().found().empty());
}

TEST_F(ReserveTest, WhatWasAppendedIsFound) {
    {
        Reserve one = reserve();
        ASSERT_TRUE(one.append(denial(1)));
        ASSERT_TRUE(one.append(denial(2)));
    }
    EXPECT_EQ(found(reserve()), (std::vector<std::uint8_t>{1, 2}));
}

TEST_F(ReserveTest, AReleasedSlotIsUsedAgain) {
    Reserve one = reserve();
    const auto slot = one.append(denial(1));
    ASSERT_TRUE(slot);
    one.release(*slot);
    for (int i = 0; i < 5; ++i) {
        const auto next = one.append(denial(2));
        ASSERT_TRUE(next);
        EXPECT_NE(*next, *slot);  // in turn, so that no block wears out
        one.release(*next);
    }
}

TEST_F(ReserveTest, ADenialThatDoesNotFitIsTold) {
    Reserve one = reserve();
    SignedStatement large = denial(1);
    large.bytes.resize(2000);
    EXPECT_EQ(one.append(large).error().code, ErrorCode::too_large);
}

// A crash in the middle of a write leaves one slot that is not whole; it was not acknowledged, and it is used next.
TEST_F(ReserveTest, OneDamagedSlotIsTheCrashThatCutItShort) {
    {
        Reserve one = reserve();
        for (std::uint8_t n = 1; n <= 3; ++n) ASSERT_TRUE(one.append(denial(n)));
    }
    damage(1);
    Reserve again = reserve();
    EXPECT_EQ(found(again), (std::vector<std::uint8_t>{1, 3}));
    EXPECT_EQ(again.append(denial(4)), 1U);
    EXPECT_EQ(found(reserve()), (std::vector<std::uint8_t>{1, 4, 3}));
}

TEST_F(ReserveTest, TwoDamagedSlotsAreDamage) {
    {
        Reserve one = reserve();
        for (std::uint8_t n = 1; n <= 3; ++n) ASSERT_TRUE(one.append(denial(n)));
    }
    damage(0);
    damage(2, 1);
    const auto opened = Reserve::open(directory.path());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
}

TEST_F(ReserveTest, AFileOfAnotherSizeIsCorrupt) {
    reserve();
    ASSERT_EQ(truncate(path().c_str(), 1000), 0);
    const auto opened = Reserve::open(directory.path());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
}

// The power went between the reserve and the database: the next start applies and places the denial.
TEST_F(ReserveTest, ADenialThatOnlyTheReserveHoldsIsApplied) {
    open();
    const CardId card = add_card(add_person());
    close();
    const TemporaryDirectory elsewhere;
    const std::string before = elsewhere.path() + "/store.db";
    std::filesystem::copy_file(directory.path() + "/store.db", before);
    open();
    ASSERT_TRUE(store->revoke_card(card, DenyReason::lost, by));
    const std::uint64_t seq = store->head().seq;
    close();
    std::filesystem::copy_file(before, directory.path() + "/store.db",
                               std::filesystem::copy_options::overwrite_existing);
    for (int round = 0; round < 2; ++round) {
        open();
        EXPECT_EQ(state_of(card), CardState::revoked);
        EXPECT_EQ(store->head().seq, seq);
    }
}

// What an earlier ledger left in the file is no business of this one.
TEST_F(ReserveTest, AnotherLedgersDenialsAreIgnored) {
    open();
    ASSERT_TRUE(store->revoke_key(key(1), DenyReason::lost, by));
    close();
    for (const char* name : {"/store.db", "/top.key", "/audit.key"}) std::filesystem::remove(directory.path() + name);
    open();
    EXPECT_FALSE(store->card_by_key(key(1)));
    EXPECT_EQ(store->head().seq, 1U);
}

TEST_F(ReserveTest, AForgedDenialOfThisLedgerIsCorrupt) {
    open();
    ASSERT_TRUE(store->revoke_key(key(1), DenyReason::lost, by));
    close();
    SignedStatement forged;
    {
        Reserve one = reserve();
        ASSERT_EQ(one.found().size(), 1U);
        forged = one.found()[0].statement;
        forged.bytes.back() ^= 1;
        ASSERT_TRUE(one.append(forged));
    }
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace sekimori::daemon
