// SPDX-License-Identifier: Apache-2.0
// The trail: whatever is done to the rows behind the store's back, verify names the first bad one.
#include <fstream>
#include <sstream>

#include "tests/unit/daemon/store_behind.hpp"
#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

class StoreAudit : public StoreTest {
  protected:
    void SetUp() override {
        open();
        for (int i = 0; i < 8; ++i) ASSERT_TRUE(store->append(event("event" + std::to_string(i))));
    }
    void behind(const std::string& sql) {
        close();
        change_behind(directory.path(), sql);
        open();
    }
    std::string kept_head() { return verify().head; }
};

TEST_F(StoreAudit, AnUntouchedTrailVerifies) {
    for (int round = 0; round < 3; ++round) {
        const AuditCheck check = verify();
        EXPECT_FALSE(check.first_bad) << check.message;
        EXPECT_EQ(check.seq, 8U + static_cast<unsigned>(round));
        EXPECT_EQ(check.head.size(), 64U);
        open();
        ASSERT_TRUE(store->append(event("later")));
    }
}

TEST_F(StoreAudit, WhatWasWrittenIsRead) {
    AuditEvent full;
    full.what = "login";
    full.service = "sudo";
    full.where = "tty1";
    full.who = PersonId{{1}};
    full.card = CardId{{2}};
    full.subject = PersonId{{3}};
    full.success = false;
    full.reason = "wrong_finger";
    const auto seq = store->append(full);
    ASSERT_TRUE(seq);
    EXPECT_EQ(*seq, 9U);
    AuditFilter filter;
    filter.after_seq = 8;
    const auto rows = store->audit(filter);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 1U);
    const AuditRow& row = (*rows)[0];
    EXPECT_EQ(row.time, clock.at);
    EXPECT_EQ(row.event.what, "login");
    EXPECT_EQ(row.event.service, "sudo");
    EXPECT_EQ(row.event.where, "tty1");
    EXPECT_EQ(row.event.who, full.who);
    EXPECT_EQ(row.event.card, full.card);
    EXPECT_EQ(row.event.subject, full.subject);
    EXPECT_FALSE(row.event.success);
    EXPECT_EQ(row.event.reason, "wrong_finger");
}

TEST_F(StoreAudit, AnEventThatIsNotMarkedIsAFailure) {
    ASSERT_TRUE(store->append(AuditEvent{}));
    AuditFilter filter;
    filter.success = false;
    const auto rows = store->audit(filter);
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->size(), 1U);
}

TEST_F(StoreAudit, Filters) {
    AuditEvent one = event("one");
    one.who = PersonId{{1}};
    one.card = CardId{{9}};
    clock.at.wall += Millis{1000};
    ASSERT_TRUE(store->append(one));
    clock.at.wall += Millis{1000};
    ASSERT_TRUE(store->append(event("two", PersonId{{1}})));
    const auto count = [&](const AuditFilter& filter) {
        return store->audit(filter).value_or(std::vector<AuditRow>{}).size();
    };
    AuditFilter filter;
    filter.person = PersonId{{1}};
    EXPECT_EQ(count(filter), 2U);  // whose act, or whom it concerns
    filter.card = CardId{{9}};
    EXPECT_EQ(count(filter), 1U);
    filter = {};
    filter.since = clock.at.wall;
    EXPECT_EQ(count(filter), 1U);
    filter.since = {};
    filter.until = clock.at.wall;
    EXPECT_EQ(count(filter), 9U);
    filter = {};
    filter.limit = 3;
    EXPECT_EQ(count(filter), 3U);
}

TEST_F(StoreAudit, TextsThatDoNotFitAreCutNotRefused) {
    AuditEvent odd = event(std::string(1000, 'x'));
    odd.where = std::string(126, 'a') + "端末";
    odd.reason = "bad \xff bytes";
    ASSERT_TRUE(store->append(odd));
    AuditFilter filter;
    filter.after_seq = 8;
    const auto rows = store->audit(filter);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ((*rows)[0].event.what.size(), 64U);
    EXPECT_EQ((*rows)[0].event.where, std::string(126, 'a'));
    EXPECT_EQ((*rows)[0].event.reason, "bad ? bytes");
}

TEST_F(StoreAudit, AChangedRow) {
    behind("UPDATE audit SET row=replace(row, CAST('event3' AS BLOB), CAST('event9' AS BLOB)) WHERE seq=4");
    // SQLite's replace() makes a text of it: written back as a blob of the same bytes.
    EXPECT_EQ(verify().first_bad, 4U);
}

TEST_F(StoreAudit, EveryRowAndEveryByteCounts) {
    for (const int seq : {1, 5, 8}) {
        close();
        flip_behind(directory.path(), "audit", "row", seq, 40);
        open();
        EXPECT_EQ(verify().first_bad, static_cast<unsigned>(seq));
        close();
        flip_behind(directory.path(), "audit", "row", seq, 40);
        open();
    }
}

TEST_F(StoreAudit, ADeletedRow) {
    behind("DELETE FROM audit WHERE seq=5");
    EXPECT_EQ(verify().first_bad, 5U);
}

TEST_F(StoreAudit, ADeletedRowWithTheGapClosed) {
    behind("DELETE FROM audit WHERE seq=5; UPDATE audit SET seq=seq-1 WHERE seq>5");
    EXPECT_EQ(verify().first_bad, 5U);
}

TEST_F(StoreAudit, AnInsertedRow) {
    behind(
        "UPDATE audit SET seq=-seq WHERE seq>3; UPDATE audit SET seq=1-seq WHERE seq<0;"
        "INSERT INTO audit SELECT 4, row, signature FROM audit WHERE seq=2");
    EXPECT_EQ(verify().first_bad, 4U);
}

TEST_F(StoreAudit, ARowAddedAtTheEnd) {
    behind("INSERT INTO audit SELECT 9, row, signature FROM audit WHERE seq=8");
    EXPECT_EQ(verify().first_bad, 9U);
    // The next event shows the break, and later ones do not heal it.
    ASSERT_TRUE(store->append(event("after")));
    EXPECT_EQ(verify().first_bad, 9U);
}

TEST_F(StoreAudit, RowsInAnotherOrder) {
    behind(
        "UPDATE audit SET seq=100 WHERE seq=3; UPDATE audit SET seq=3 WHERE seq=4; UPDATE audit SET seq=4 WHERE "
        "seq=100");
    EXPECT_EQ(verify().first_bad, 3U);
}

TEST_F(StoreAudit, ATailThatWasCutOff) {
    behind("DELETE FROM audit WHERE seq>6");
    EXPECT_EQ(verify().first_bad, 7U);
    // For ever: the key that could go on from row 6 is gone.
    ASSERT_TRUE(store->append(event("after")));
    open();
    ASSERT_TRUE(store->append(event("after")));
    EXPECT_EQ(verify().first_bad, 7U);
    AuditFilter filter;
    filter.after_seq = 6;
    const auto rows = store->audit(filter);
    ASSERT_TRUE(rows);
    ASSERT_GE(rows->size(), 2U);
    EXPECT_EQ((*rows)[0].event.what, "audit.broken");
    EXPECT_FALSE((*rows)[0].event.success);
}

TEST_F(StoreAudit, AllRowsGone) {
    behind("DELETE FROM audit");
    EXPECT_EQ(verify().first_bad, 1U);
    ASSERT_TRUE(store->append(event("after")));
    EXPECT_EQ(verify().first_bad, 1U);
}

TEST_F(StoreAudit, TheKeysOfTheTrailGone) {
    close();
    std::filesystem::remove(directory.path() + "/audit.key");
    open();
    EXPECT_EQ(verify().first_bad, 9U);
}

// An old key does not exist any more: with all the files of now, no earlier row can be signed again.
TEST_F(StoreAudit, OldKeysAreOverwritten) {
    close();
    std::ifstream before(directory.path() + "/audit.key", std::ios::binary);
    const std::string old{std::istreambuf_iterator<char>(before), {}};
    open();
    ASSERT_TRUE(store->append(event("one")));
    ASSERT_TRUE(store->append(event("two")));
    close();
    std::ifstream after(directory.path() + "/audit.key", std::ios::binary);
    const std::string now{std::istreambuf_iterator<char>(after), {}};
    ASSERT_EQ(old.size(), now.size());
    int slots = 0;
    for (const std::size_t slot : {std::size_t{0}, old.size() / 2}) {
        if (old.substr(slot, 60) == std::string(60, '\0')) continue;
        ++slots;
        EXPECT_EQ(now.find(old.substr(slot, 60)), std::string::npos);
    }
    EXPECT_EQ(slots, 1);  // only the key that is still to sign was there
}

TEST_F(StoreAudit, AKeptHeadLiesOnTheTrail) {
    const std::string head = kept_head();
    ASSERT_TRUE(store->append(event("later")));
    EXPECT_FALSE(verify({{8, head}}).first_bad);
    EXPECT_EQ(verify({{8, std::string(64, 'a')}}).first_bad, 8U);
    EXPECT_EQ(verify({{7, head}}).first_bad, 7U);
    EXPECT_EQ(verify({{8, head}, {10, head}}).first_bad, 10U);
    EXPECT_EQ(verify({{8, "nonsense"}}).first_bad, 8U);
}

// The whole directory put back to yesterday verifies by itself; a witness knows better.
TEST_F(StoreAudit, AWitnessKnowsOfARollback) {
    const TemporaryDirectory elsewhere;
    witness = elsewhere.path() + "/heads";
    open();
    ASSERT_TRUE(store->append(event("yesterday")));
    close();
    const std::string copy = elsewhere.path() + "/copy";
    std::filesystem::copy(directory.path(), copy, std::filesystem::copy_options::recursive);
    open();
    ASSERT_TRUE(store->append(event("today")));
    ASSERT_TRUE(store->append(event("today")));
    close();
    for (const auto& file : std::filesystem::directory_iterator(directory.path())) std::filesystem::remove(file.path());
    std::filesystem::copy(copy, directory.path(), std::filesystem::copy_options::recursive);
    witness.clear();
    open();
    EXPECT_FALSE(verify().first_bad);
    std::ifstream in(elsewhere.path() + "/heads");
    std::vector<KeptHead> heads;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        words >> heads.emplace_back().seq >> heads.back().hash;
    }
    ASSERT_EQ(heads.size(), 3U);
    EXPECT_EQ(verify(heads).first_bad, 10U);
}

TEST_F(StoreAudit, TheWitnessGetsEveryHead) {
    const TemporaryDirectory elsewhere;
    witness = elsewhere.path() + "/heads";
    open();
    ASSERT_TRUE(store->append(event("one")));
    ASSERT_TRUE(store->append(event("two")));
    std::ifstream in(witness);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[1], "10 " + kept_head() + " " + std::to_string(clock.at.wall.count()));
}

TEST_F(StoreAudit, AWitnessThatCannotBeReachedStopsNothing) {
    witness = "/nonexistent/heads";
    open();
    EXPECT_TRUE(store->append(event("one")));
    witness = "relative";
    close();
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::invalid_argument);
}

TEST_F(StoreAudit, TheHighWaterMarkIsTheLastEvent) {
    const Millis last = clock.at.wall;
    EXPECT_EQ(store->high_water(), last);
    clock.at.wall -= std::chrono::hours{24};
    open();
    EXPECT_EQ(store->high_water(), last);
    ASSERT_TRUE(store->append(event("with a clock set back")));
    AuditFilter filter;
    filter.after_seq = 8;
    const auto rows = store->audit(filter);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ((*rows)[0].time.wall, last);
    EXPECT_EQ((*rows)[0].time.wall_quality, WallQuality::suspect);
}

// A ledger that was put back to an earlier state alone is noticed, because the trail has seen it further on.
TEST_F(StoreAudit, ALedgerBehindTheTrailIsCorrupt) {
    add_person();
    close();
    const std::string before = directory.path() + "/before.db";
    copy_behind(directory.path(), before);
    open();
    const PersonId person = store->persons().at(0).id;
    const CardId card = add_card(person);
    ASSERT_TRUE(store->revoke_card(card, DenyReason::lost, by));
    ASSERT_TRUE(store->append(event("card.revoke")));
    close();
    change_behind(
        directory.path(),
        "ATTACH '" + before +
            "' AS old; DELETE FROM entries; DELETE FROM statements; DELETE FROM keys;"
            "INSERT INTO entries SELECT * FROM old.entries; INSERT INTO statements SELECT * FROM old.statements;"
            "INSERT INTO keys SELECT * FROM old.keys");
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace sekimori::daemon
