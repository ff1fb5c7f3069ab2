// SPDX-License-Identifier: Apache-2.0
// The trail over years: its index, its pages, its checkpoints, and what is cut off in front of them.
#include "daemon/store/forward.hpp"
#include "daemon/store/trail_index.hpp"
#include "tests/unit/daemon/store_behind.hpp"
#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

using std::chrono::days;
constexpr Millis kYear = days{366};

class StoreTrail : public StoreTest {
  protected:
    void SetUp() override { open(); }
    void append(const std::string& what, bool success = true, std::optional<PersonId> who = {},
                const std::string& where = "tty1") {
        AuditEvent one = event(what);
        one.success = success;
        one.who = who;
        one.where = where;
        one.reason = success ? "granted" : "no_match";
        ASSERT_TRUE(store->append(one));
    }
    // A row a day.
    void pass(int count, const std::string& what = "login") {
        for (int i = 0; i < count; ++i) {
            clock.at.wall += days{1};
            append(what);
        }
    }
    std::vector<std::uint64_t> seqs(const AuditFilter& filter) const {
        const auto rows = store->audit(filter);
        EXPECT_TRUE(rows) << rows.error();
        std::vector<std::uint64_t> found;
        for (const AuditRow& row : rows.value_or(std::vector<AuditRow>{})) found.push_back(row.seq);
        return found;
    }
    AuditFilter what(const std::string& name) const {
        AuditFilter filter;
        filter.what = name;
        return filter;
    }
    // Rounds of care until there is nothing left to do.
    void care(Millis keep) {
        for (int i = 0; i < 1000; ++i) {
            const auto done = store->care_for_audit(keep);
            ASSERT_TRUE(done) << done.error();
            if (*done == Care::done) return;
        }
        FAIL() << "care does not end";
    }
    std::uint64_t first() const { return seqs({}).empty() ? 0 : seqs({}).front(); }
    using Seqs = std::vector<std::uint64_t>;
};

TEST_F(StoreTrail, EveryFilterAndTheirCombinations) {
    const PersonId tanaka{{1}};
    append("login", true, tanaka, "tty1");                 // 1
    append("login", false, tanaka, "tty2");                // 2
    append("card.revoke", true, PersonId{{2}}, "uid 0");   // 3
    append("card.suspend", true, PersonId{{2}}, "uid 0");  // 4
    append("unlock", false, tanaka, "tty1");               // 5
    EXPECT_EQ(seqs(what("login")), (Seqs{1, 2}));
    EXPECT_EQ(seqs(what("card")), (Seqs{3, 4}));
    EXPECT_EQ(seqs(what("card.revoke")), Seqs{3});
    EXPECT_TRUE(seqs(what("car")).empty());
    AuditFilter filter;
    filter.where = "tty1";
    EXPECT_EQ(seqs(filter), (Seqs{1, 5}));
    filter.person = tanaka;
    filter.success = false;
    EXPECT_EQ(seqs(filter), Seqs{5});
    filter.where = {};
    filter.reason = "no_match";
    EXPECT_EQ(seqs(filter), (Seqs{2, 5}));
    filter.order = AuditOrder::newest_first;
    filter.limit = 1;
    EXPECT_EQ(seqs(filter), Seqs{5});
    filter.before_seq = 5;
    EXPECT_EQ(seqs(filter), Seqs{2});
}

TEST_F(StoreTrail, TimeIsFoundByTheOrderOfTheRows) {
    pass(20);
    AuditFilter filter;
    filter.since = clock.at.wall - days{3};
    EXPECT_EQ(seqs(filter).size(), 4U);
    filter.until = clock.at.wall - days{1};
    EXPECT_EQ(seqs(filter).size(), 2U);
    filter.since = clock.at.wall + days{1};
    filter.until = {};
    EXPECT_TRUE(seqs(filter).empty());
}

TEST_F(StoreTrail, APageIsBoundedAndSaysWhereToGoOn) {
    pass(10);
    AuditFilter filter;
    filter.limit = 4;
    auto page = store->audit_page(filter);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->rows.size(), 4U);
    EXPECT_TRUE(page->more);
    filter.after_seq = page->last;
    filter.limit = 100;
    page = store->audit_page(filter);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->rows.front().seq, filter.after_seq + 1);
    EXPECT_FALSE(page->more);
}

// The index is not signed: verification misses an entry that is gone, and one too many finds nothing.
TEST_F(StoreTrail, AnIndexThatHidesARowIsFound) {
    append("login");
    append("card.revoke");
    append("login");
    close();
    change_behind(directory.path(),
                  "INSERT INTO audit_find SELECT key, 3 FROM audit_find WHERE seq=2 AND key NOT IN"
                  " (SELECT key FROM audit_find WHERE seq=3)");
    open();
    EXPECT_EQ(seqs(what("card.revoke")), Seqs{2});
    EXPECT_FALSE(verify().first_bad);
    close();
    change_behind(directory.path(), "DELETE FROM audit_find WHERE seq=2");
    open();
    EXPECT_EQ(verify().first_bad, 2U);
}

TEST_F(StoreTrail, RowsFromBeforeTheIndexGetTheirs) {
    append("login");
    append("card.revoke");
    close();
    change_behind(directory.path(), "DROP TABLE audit_find; DROP TABLE last_use; PRAGMA user_version=2");
    open();
    EXPECT_EQ(seqs(what("card")), Seqs{2});
    EXPECT_FALSE(verify().first_bad);
}

TEST_F(StoreTrail, AMonthBeginsWithACheckpoint) {
    pass(70);
    const Seqs points = seqs(what("audit.checkpoint"));
    ASSERT_GE(points.size(), 2U);
    EXPECT_LE(points.size(), 3U);
    EXPECT_FALSE(verify().first_bad);
    open();
    append("login");
    EXPECT_EQ(seqs(what("audit.checkpoint")), points);
}

TEST_F(StoreTrail, WhatIsOldIsCutOffInFrontOfACheckpoint) {
    pass(100);
    const Seqs points = seqs(what("audit.checkpoint"));
    clock.at.wall += kYear;
    append("login");
    care(kYear);
    // The clock may be wrong: one month a day.
    EXPECT_EQ(first(), points[0]);
    AuditFilter all;
    EXPECT_EQ(store->audit(all)->back().event.reason, "before " + std::to_string(points[0]));
    EXPECT_FALSE(verify().first_bad) << verify().message;
    care(kYear);
    EXPECT_EQ(first(), points[0]);
    clock.at.wall += days{1};
    care(kYear);
    EXPECT_EQ(first(), points[1]);
    open();
    EXPECT_EQ(first(), points[1]);
    EXPECT_FALSE(verify().first_bad) << verify().message;
    append("login");
    EXPECT_FALSE(verify().first_bad);
    AuditFilter gone;
    gone.before_seq = points[0];
    EXPECT_TRUE(seqs(gone).empty());
}

TEST_F(StoreTrail, NothingYoungIsCutOff) {
    pass(100);
    care(kYear);
    EXPECT_EQ(first(), 1U);
    // Nor anything by a clock that is known to be wrong.
    clock.at.wall += 2 * kYear;
    append("login");
    clock.at.wall -= kYear;
    care(kYear);
    EXPECT_EQ(first(), 1U);
}

TEST_F(StoreTrail, RowsThatWentMissingInAnotherWayAreMissed) {
    pass(100);
    clock.at.wall += kYear;
    append("login");
    care(kYear);
    const std::uint64_t from = first();
    close();
    change_behind(directory.path(), "DELETE FROM audit WHERE seq<" + std::to_string(from + 3));
    open();
    EXPECT_EQ(verify().first_bad, from);
}

// A row of somebody who can write the file: it goes with its month, and that it was not good stays.
TEST_F(StoreTrail, ACutHidesNothing) {
    pass(100);
    const Seqs points = seqs(what("audit.checkpoint"));
    close();
    change_behind(directory.path(), "UPDATE audit SET row=(SELECT row FROM audit WHERE seq=3) WHERE seq=4");
    open();
    clock.at.wall += kYear;
    append("login");
    care(kYear);
    EXPECT_EQ(first(), points[0]);
    const auto damaged = store->audit(what("audit.damaged"));
    ASSERT_TRUE(damaged);
    ASSERT_EQ(damaged->size(), 1U);
    EXPECT_FALSE(damaged->front().event.success);
    EXPECT_TRUE(damaged->front().event.reason.starts_with("row 4: ")) << damaged->front().event.reason;
    EXPECT_FALSE(verify().first_bad) << verify().message;
    // The next cut, of a month that is good, says nothing.
    clock.at.wall += days{1};
    care(kYear);
    EXPECT_EQ(first(), points[1]);
    EXPECT_EQ(seqs(what("audit.damaged")).size(), 1U);
}

// Heads from before the cut can't be compared any more; the last one before it still can.
TEST_F(StoreTrail, AKeptHeadOfTheRowBeforeTheCut) {
    pass(100);
    const std::uint64_t last_cut = seqs(what("audit.checkpoint"))[0] - 1;
    AuditSlice slice{last_cut - 1, 1, {}};
    const auto head = store->verify_audit(slice);
    ASSERT_TRUE(head);
    ASSERT_EQ(head->seq, last_cut);
    clock.at.wall += kYear;
    append("login");
    care(kYear);
    EXPECT_FALSE(verify({{1, std::string(64, 'a')}, {last_cut, head->head}}).first_bad);
    EXPECT_EQ(verify({{last_cut, std::string(64, 'a')}}).first_bad, last_cut);
}

// A crash between the row that says so and the cut: the rows stay, and the chain is whole.
TEST_F(StoreTrail, ACutThatWasOnlySaid) {
    pass(40);
    AuditEvent cut = event("audit.cut");
    cut.reason = "before " + std::to_string(seqs(what("audit.checkpoint"))[0]);
    ASSERT_TRUE(store->append(cut));
    open();
    EXPECT_EQ(first(), 1U);
    EXPECT_FALSE(verify().first_bad);
}

TEST_F(StoreTrail, ProofComesWithTheRows) {
    pass(5);
    AuditFilter filter;
    filter.after_seq = 2;
    filter.proof = AuditProof::wanted;
    const auto page = store->audit_page(filter);
    ASSERT_TRUE(page);
    ASSERT_EQ(page->signer.size(), 32U);
    TrailAnchor from;
    from.seq = 3;
    std::copy(page->signer.begin(), page->signer.end(), from.key.begin());
    from.previous = decode_tlv<TrailRecord>(page->rows[0].row)->previous;
    TrailWalk walk(from);
    for (const AuditRow& row : page->rows) {
        SignedRow one{row.row, {}};
        std::copy(row.signature.begin(), row.signature.end(), one.signature.begin());
        EXPECT_TRUE(walk.take(row.seq, one));
    }
    EXPECT_EQ(walk.next().seq, 6U);
}

TEST(Forward, NoFieldBecomesTwo) {
    AuditRow row;
    row.seq = 7;
    row.event.what = "login";
    row.event.where = "tty1\nPRIORITY=0";
    row.event.service = "a\"]b";
    const auto fields = journal_fields(row);
    EXPECT_NE(std::find(fields.begin(), fields.end(), "SEKIMORI_WHERE=tty1?PRIORITY=0"), fields.end());
    EXPECT_NE(std::find(fields.begin(), fields.end(), "SEKIMORI_RESULT=failure"), fields.end());
    const std::string line = syslog_line(row);
    EXPECT_TRUE(line.starts_with("[sekimori seq=\"7\"")) << line;
    EXPECT_NE(line.find("service=\"a\\\"\\]b\""), std::string::npos) << line;
    EXPECT_FALSE(make_forwarder("elsewhere"));
}

}  // namespace
}  // namespace sekimori::daemon
