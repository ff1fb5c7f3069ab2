// SPDX-License-Identifier: Apache-2.0
// Sealed rows: swapped, replayed or damaged ones are refused, and a ledger that does not verify is not used at all.
#include "tests/unit/daemon/store_behind.hpp"
#include "tests/unit/daemon/store_fixture.hpp"

#include "daemon/store/blob.hpp"

namespace sekimori::daemon {
namespace {

class StoreBlobs : public StoreTest {
  protected:
    void SetUp() override {
        open();
        one = add_person("tanaka");
        two = add_person("suzuki");
        first = add_finger(one, "left-thumb", "template of one");
        second = add_finger(two, "left-thumb", "template of two");
    }
    void behind(const std::string& sql) {
        close();
        change_behind(directory.path(), sql);
    }
    void expect_corrupt(const std::string& named) {
        const auto opened = try_open();
        ASSERT_FALSE(opened) << named;
        EXPECT_EQ(opened.error().code, ErrorCode::corrupt) << opened.error();
        EXPECT_NE(opened.error().message.find(named), std::string::npos) << opened.error();
    }
    // In what follows the rows of the templates are told by their size, 15 bytes sealed: no other has it.
    PersonId one, two;
    FingerId first, second;
};

TEST_F(StoreBlobs, SwappedTemplatesAreRefused) {
    behind(
        "CREATE TEMP TABLE t AS SELECT hash, sealed FROM blobs WHERE length(sealed)=43;"
        "UPDATE blobs SET sealed=(SELECT sealed FROM t WHERE t.hash<>blobs.hash) WHERE length(sealed)=43");
    open();
    for (const FingerId& id : {first, second}) {
        const auto data = store->finger_data(id);
        ASSERT_FALSE(data);
        EXPECT_EQ(data.error().code, ErrorCode::corrupt);
    }
}

TEST_F(StoreBlobs, ADamagedOrMissingTemplateIsRefused) {
    // The last byte of the tag, changed for certain: a random tag ends in 00 once in 256.
    behind(
        "UPDATE blobs SET sealed=CAST(substr(sealed, 1, 42)||CASE substr(sealed, 43) WHEN x'00' THEN x'01' ELSE x'00'"
        " END AS BLOB) WHERE length(sealed)=43");
    open();
    EXPECT_EQ(store->finger_data(first).error().code, ErrorCode::corrupt);
    behind("DELETE FROM blobs WHERE length(sealed)=43");
    open();
    EXPECT_EQ(store->finger_data(first).error().code, ErrorCode::corrupt);
    EXPECT_EQ(store->finger_data(FingerId{{9}}).error().code, ErrorCode::not_found);
}

TEST_F(StoreBlobs, AnOldTemplateIsNotTakenAfterReEnrolment) {
    close();
    const std::string before = directory.path() + "/before.db";
    copy_behind(directory.path(), before);
    open();
    const FingerId renewed = add_finger(one, "left-thumb", "template of 1st");
    EXPECT_EQ(store->finger_data(first).error().code, ErrorCode::not_found);
    EXPECT_EQ(store->fingers_of(one).size(), 1U);
    // The old bytes under the new name.
    close();
    change_behind(directory.path(),
                  "ATTACH '" + before +
                      "' AS old; CREATE TEMP TABLE fresh AS SELECT hash FROM blobs WHERE length(sealed)=43"
                      " AND hash NOT IN (SELECT hash FROM old.blobs);"
                      "UPDATE blobs SET sealed=(SELECT sealed FROM old.blobs WHERE length(sealed)=43 AND hash NOT IN"
                      " (SELECT hash FROM main.blobs)) WHERE hash IN (SELECT hash FROM fresh)");
    open();
    EXPECT_EQ(store->finger_data(renewed).error().code, ErrorCode::corrupt);
    EXPECT_TRUE(store->finger_data(second));
    // And the old row put back beside it, under its own name, is nobody's: it is swept away.
    close();
    change_behind(directory.path(),
                  "ATTACH '" + before + "' AS old; INSERT OR IGNORE INTO blobs SELECT * FROM old.blobs");
    open();
    EXPECT_EQ(store->finger_data(first).error().code, ErrorCode::not_found);
    close();
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((directory.path() + "/store.db").c_str(), &db), SQLITE_OK);
    sqlite3_stmt* query = nullptr;
    sqlite3_prepare_v2(db, "SELECT count(*) FROM blobs", -1, &query, nullptr);
    sqlite3_step(query);
    EXPECT_EQ(sqlite3_column_int(query, 0), 6);
    sqlite3_finalize(query);
    sqlite3_close(db);
}

TEST_F(StoreBlobs, SwappedPersonKeysAreRefused) {
    behind(
        "CREATE TEMP TABLE t AS SELECT person, sealed FROM person_keys;"
        "UPDATE person_keys SET sealed=(SELECT sealed FROM t WHERE t.person<>person_keys.person)");
    expect_corrupt("person");
}

TEST_F(StoreBlobs, DamagedNamesAreCorrupt) {
    behind("UPDATE blobs SET sealed=zeroblob(length(sealed)) WHERE length(sealed)<>43");
    expect_corrupt("person");
}

// Entries: 1 authority, 2+3 tanaka, 4+5 suzuki, 6+7 fingers.
TEST_F(StoreBlobs, AChangedStatementOrEntryIsNamed) {
    close();
    for (const int seq : {1, 4, 7}) {
        for (const int where : {5, 30, 60, 95}) {
            flip_behind(directory.path(), "entries", "signed", seq, where);
            expect_corrupt("entry " + std::to_string(seq) + ":");
            flip_behind(directory.path(), "entries", "signed", seq, where);
        }
    }
    for (const int where : {5, 30, 60, 95}) {
        flip_behind(directory.path(), "statements", "signed", 4, where);
        expect_corrupt("entry 4:");
        flip_behind(directory.path(), "statements", "signed", 4, where);
    }
    open();
}

TEST_F(StoreBlobs, AMissingEntryIsNamed) {
    behind("DELETE FROM entries WHERE seq=3");
    expect_corrupt("entry 3:");
}

TEST_F(StoreBlobs, AMissingStatementIsNamed) {
    behind("DELETE FROM statements WHERE hash=(SELECT statement FROM entries WHERE seq=5)");
    expect_corrupt("entry 5:");
}

TEST_F(StoreBlobs, ACutOffTailIsNamed) {
    store->revoke_key(key(7), DenyReason::lost, by).value();
    behind("DELETE FROM entries WHERE seq=8");
    // The reserve still remembers the denial, but the sealed head tells first.
    expect_corrupt("entry 8:");
}

TEST_F(StoreBlobs, ReorderedEntriesAreNamed) {
    behind(
        "UPDATE entries SET seq=100 WHERE seq=2; UPDATE entries SET seq=2 WHERE seq=3; UPDATE entries SET seq=3 WHERE "
        "seq=100");
    expect_corrupt("entry 2:");
}

TEST_F(StoreBlobs, AnotherLedgersRowsAreRefused) {
    close();
    const TemporaryDirectory elsewhere;
    StoreOptions other;
    other.directory = elsewhere.path();
    ASSERT_TRUE(Store::open(std::move(other), clock, rng));
    change_behind(
        directory.path(),
        "ATTACH '" + elsewhere.path() +
            "/store.db' AS other; DELETE FROM entries; DELETE FROM statements;"
            "INSERT INTO entries SELECT * FROM other.entries; INSERT INTO statements SELECT * FROM other.statements");
    expect_corrupt("entry 1:");
}

TEST_F(StoreBlobs, KeysGoneFromAnOldLedger) {
    behind("DELETE FROM keys WHERE name='local'");
    expect_corrupt("keys are gone");
}

// ---- the sealing itself

class Blob : public testing::Test {
  protected:
    crypto::SystemRng rng;
    SecureBytes key{32};
    LedgerId ledger{{1}};
    BlobOf of{BlobKind::finger, PersonId{{2}}, {3}};
    const std::array<std::uint8_t, 4> plain{1, 2, 3, 4};
};

TEST_F(Blob, OpensForItsUseOnly) {
    const auto blob = seal_blob(key.span(), ledger, of, plain, rng);
    ASSERT_TRUE(blob);
    EXPECT_EQ(blob->hash, hash_of_blob(blob->sealed));
    ASSERT_TRUE(open_blob(key.span(), ledger, of, blob->hash, blob->sealed));
    const auto refused = [&](const LedgerId& in, const BlobOf& for_what) {
        const auto opened = open_blob(key.span(), in, for_what, blob->hash, blob->sealed);
        return !opened && opened.error().code == ErrorCode::corrupt;
    };
    EXPECT_TRUE(refused(LedgerId{{9}}, of));
    EXPECT_TRUE(refused(ledger, {BlobKind::card, of.person, of.subject}));
    EXPECT_TRUE(refused(ledger, {of.kind, PersonId{{9}}, of.subject}));
    EXPECT_TRUE(refused(ledger, {of.kind, of.person, {9}}));
    EXPECT_FALSE(open_blob(key.span(), ledger, of, Hash{}, blob->sealed));
    SecureBytes other(32);
    other.data()[0] = 1;
    EXPECT_FALSE(open_blob(other.span(), ledger, of, blob->hash, blob->sealed));
}

TEST_F(Blob, IsBounded) {
    EXPECT_EQ(seal_blob(key.span(), ledger, of, Bytes(kMaxBlob + 1), rng).error().code, ErrorCode::too_large);
}

}  // namespace
}  // namespace sekimori::daemon
