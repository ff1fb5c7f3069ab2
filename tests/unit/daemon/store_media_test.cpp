// SPDX-License-Identifier: Apache-2.0
// Records of storage devices: signed, for a time, withdrawn for good.
#include <gmock/gmock.h>

#include "tests/unit/daemon/store_fixture.hpp"
#include "tests/unit/daemon/store_statements.hpp"

namespace sekimori::daemon {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class StoreMedia : public StoreTest {
  protected:
    void SetUp() override {
        open();
        approver = add_person("kacho");
    }
    NewMedia stick(const std::string& serial = "4C530001") const {
        NewMedia media;
        media.vendor = 0x0781;
        media.product = 0x5581;
        media.serial = serial;
        media.until = clock.at.wall + Millis{1000};
        media.terminals = {TerminalId{{3}}};
        media.approver = approver;
        media.reason = "税務署への提出";
        return media;
    }
    StatementId allow(const std::string& serial = "4C530001") {
        const auto id = store->allow_media(stick(serial), by);
        EXPECT_TRUE(id) << id.error();
        return id.value_or(StatementId{});
    }
    PersonId approver;
};

TEST_F(StoreMedia, ARecordIsWhatWasAskedForAndStaysSo) {
    const StatementId id = allow();
    for (int start = 0; start < 2; ++start, open()) {
        ASSERT_THAT(store->media(), SizeIs(1));
        const MediaRecord one = store->media().front();
        EXPECT_EQ(one.record.id, id);
        EXPECT_EQ(one.record.vendor, 0x0781);
        EXPECT_EQ(one.record.product, 0x5581);
        EXPECT_EQ(one.record.serial, "4C530001");
        EXPECT_EQ(one.record.from, clock.at.wall);
        EXPECT_EQ(one.record.until, clock.at.wall + Millis{1000});
        EXPECT_EQ(one.record.terminals, (std::vector{TerminalId{{3}}}));
        EXPECT_FALSE(one.record.withdrawn);
        EXPECT_EQ(one.approver, approver);
        EXPECT_EQ(store->media_reason(id), "税務署への提出");
    }
}

TEST_F(StoreMedia, WithdrawnIsForGood) {
    const StatementId id = allow();
    const auto denied = store->withdraw(id, Store::Withdrawal::withdrawn, by);
    ASSERT_TRUE(denied);
    EXPECT_TRUE(denied->changed);
    EXPECT_TRUE(denied->durable);
    EXPECT_FALSE(store->withdraw(id, Store::Withdrawal::withdrawn, by)->changed);
    const StatementId another = allow();
    open();
    ASSERT_THAT(store->media(), SizeIs(2));
    for (const MediaRecord& one : store->media()) EXPECT_EQ(one.record.withdrawn, one.record.id == id);
    EXPECT_NE(id, another);
}

TEST_F(StoreMedia, WhatCanNotBeNamedOrApprovedIsNoRecord) {
    for (const char* serial : {"", "関守", " A", "A\n"})
        EXPECT_EQ(store->allow_media(stick(serial), by).error().code, ErrorCode::invalid_argument) << serial;
    NewMedia media = stick();
    media.reason.clear();
    EXPECT_EQ(store->allow_media(media, by).error().code, ErrorCode::invalid_argument);
    media = stick();
    media.until = clock.at.wall;
    EXPECT_EQ(store->allow_media(media, by).error().code, ErrorCode::invalid_argument);
    media = stick();
    media.approver = PersonId{{9}};
    EXPECT_EQ(store->allow_media(media, by).error().code, ErrorCode::not_found);
    ASSERT_TRUE(store->remove_person(approver, by));
    EXPECT_EQ(store->allow_media(stick(), by).error().code, ErrorCode::not_found);
    EXPECT_THAT(store->media(), IsEmpty());
}

TEST_F(StoreMedia, TheReasonGoesWithItsApprover) {
    const StatementId id = allow();
    ASSERT_TRUE(store->remove_person(approver, by));
    open();
    EXPECT_THAT(store->media(), SizeIs(1));
    EXPECT_EQ(store->media_reason(id), "");
    EXPECT_EQ(store->media_reason(StatementId{{1}}), "");
}

TEST_F(StoreMedia, ARestoreBringsNothingBack) {
    const StatementId id = allow();
    const auto passphrase = SecureBytes(crypto::bytes_of("correct horse battery"));
    const auto backup = store->backup(passphrase.span());
    ASSERT_TRUE(backup) << backup.error();
    ASSERT_TRUE(store->withdraw(id, Store::Withdrawal::withdrawn, by));
    ASSERT_TRUE(store->restore(backup->span(), passphrase.span(), by));
    ASSERT_THAT(store->media(), SizeIs(1));
    EXPECT_TRUE(store->media().front().record.withdrawn);
}

// ---- as a value

Statement media_statement(std::uint8_t n, std::uint8_t approver) {
    Statement made;
    made.type = StatementType::media;
    made.id = id<StatementId>(n);
    made.subject.fill(approver);
    made.body = encode_tlv_plain(MediaBody{1, 2, "S", {}, {}}).value_or(Bytes{});
    return made;
}

Statement withdrawal(std::uint8_t n) {
    Statement made;
    made.type = StatementType::withdraw;
    made.subject.fill(n);
    made.body = encode_tlv_plain(WithdrawBody{}).value_or(Bytes{});
    return made;
}

TEST(MediaView, AWithdrawalMayComeFirst) {
    View view;
    Maker make;
    ASSERT_TRUE(apply(view, withdrawal(5)));
    ASSERT_TRUE(apply(view, make.person(1)));
    ASSERT_TRUE(apply(view, media_statement(5, 1)));
    EXPECT_TRUE(view.withdrawn.contains(id<StatementId>(5)));
    EXPECT_EQ(view.media.size(), 1U);
    EXPECT_EQ(apply(view, media_statement(6, 2)).error().code, ErrorCode::not_found);
    Statement odd = media_statement(7, 1);
    odd.body = encode_tlv_plain(MediaBody{1, 2, "", {}, {}}).value_or(Bytes{});
    EXPECT_EQ(apply(view, odd).error().code, ErrorCode::malformed);
}

TEST(MediaView, ForgettingAWithdrawalWouldLowerIt) {
    View before;
    ASSERT_TRUE(apply(before, withdrawal(5)));
    EXPECT_TRUE(lowers(before, View{}));
    View after = before;
    ASSERT_TRUE(apply(after, withdrawal(6)));
    EXPECT_FALSE(lowers(before, after));
}

}  // namespace
}  // namespace sekimori::daemon
