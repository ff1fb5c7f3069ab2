// SPDX-License-Identifier: Apache-2.0
// Files of other versions: an earlier one is taken through the steps it lacks, a later one is left alone.
#include "daemon/store/schema.hpp"

#include "tests/unit/daemon/store_behind.hpp"
#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

class StoreSchema : public StoreTest {
  protected:
    std::string path() const { return directory.path() + "/store.db"; }
    std::int64_t version() {
        const auto database = Database::open(path());
        EXPECT_TRUE(database);
        return version_of(*database).value_or(-1);
    }
    // The steps of today and one of tomorrow.
    std::vector<Migration> tomorrow(Migration step) {
        std::vector<Migration> steps(migrations().begin(), migrations().end());
        steps.push_back(step);
        return steps;
    }
};

TEST_F(StoreSchema, ANewFileHasTheVersionOfTheCode) {
    open();
    close();
    EXPECT_EQ(version(), static_cast<std::int64_t>(migrations().size()));
}

TEST_F(StoreSchema, AFileOfAnEarlierVersionIsTakenOver) {
    open();
    const PersonId person = add_person();
    close();
    {
        const auto database = Database::open(path());
        ASSERT_TRUE(database);
        const auto steps = tomorrow("CREATE TABLE later(x INTEGER); INSERT INTO later SELECT count(*) FROM entries;");
        ASSERT_TRUE(migrate(*database, steps));
        ASSERT_TRUE(migrate(*database, steps));  // a second time nothing is left to do
        EXPECT_EQ(version_of(*database), static_cast<std::int64_t>(steps.size()));
        Query query = database->query("SELECT x FROM later");
        ASSERT_TRUE(query.step());
        EXPECT_EQ(query.integer(0), 3);
        EXPECT_EQ(query.step(), Query::Step::done);
    }
    // What was there is there, and the code of today says that it cannot use the file of tomorrow.
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::unsupported);
    change_behind(directory.path(), "PRAGMA user_version=" + std::to_string(migrations().size()));
    open();
    EXPECT_TRUE(store->person(person));
}

TEST_F(StoreSchema, AStepThatFailsChangesNothing) {
    open();
    close();
    const auto database = Database::open(path());
    ASSERT_TRUE(database);
    EXPECT_FALSE(migrate(*database, tomorrow("CREATE TABLE later(x INTEGER); INSERT INTO nowhere VALUES(1);")));
    EXPECT_EQ(version_of(*database), static_cast<std::int64_t>(migrations().size()));
    EXPECT_FALSE(database->execute("SELECT * FROM later"));
}

TEST_F(StoreSchema, ALaterVersionIsRefusedUntouched) {
    open();
    close();
    change_behind(directory.path(), "PRAGMA user_version=99");
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::unsupported);
    EXPECT_EQ(version(), 99);
}

// A schema that somebody put into the file runs nothing of theirs.
TEST_F(StoreSchema, TriggersInTheFileDoNotRun) {
    open();
    close();
    change_behind(directory.path(), "CREATE TRIGGER t AFTER INSERT ON audit BEGIN DELETE FROM audit; END");
    open();
    ASSERT_TRUE(store->append(event("one")));
    EXPECT_EQ(store->audit({})->size(), 1U);
}

}  // namespace
}  // namespace sekimori::daemon
