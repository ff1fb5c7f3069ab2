// SPDX-License-Identifier: Apache-2.0
// What the personnel office says of people, and when it comes into force.
#include "tests/unit/daemon/store_behind.hpp"
#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

using std::chrono::days;

class StorePeople : public StoreTest {
  protected:
    void SetUp() override { open(); }
    static NewPerson somebody(const std::string& login) {
        NewPerson person;
        person.login = login;
        person.name = "山田 花子";
        person.accounts = {{login, "local", 1000}};
        return person;
    }
    static PersonDetails details(const std::string& section, Millis since = {}) {
        PersonDetails one;
        one.since = since;
        one.staff_number = "00123";
        one.name = "山田 花子";
        one.kana = "ヤマダ ハナコ";
        one.section = section;
        return one;
    }
    void change(PersonChange one) {
        const auto done = store->change_people({std::move(one)}, by);
        ASSERT_TRUE(done) << done.error();
    }
    PersonRecord yamada() const { return store->person_by_login("yamada").value_or(PersonRecord{}); }
    std::string section() const { return yamada().details ? yamada().details->section : "none"; }
};

TEST_F(StorePeople, DetailsAreInForceFromTheirDay) {
    change({somebody("yamada"), details("税務課")});
    EXPECT_EQ(section(), "税務課");
    EXPECT_EQ(yamada().details->staff_number, "00123");
    PersonDetails later = details("市民課", clock.at.wall + days{10});
    later.name = "佐藤 花子";
    later.accounts = {{"counter", "local", 1001}};
    change({yamada().id, later});
    EXPECT_EQ(section(), "税務課");
    ASSERT_TRUE(yamada().planned);
    EXPECT_EQ(yamada().planned->section, "市民課");
    for (int round = 0; round < 2; ++round) {  // also after a start
        clock.at.wall += days{round == 0 ? 9 : 1};
        open();
        EXPECT_EQ(section(), round == 0 ? "税務課" : "市民課");
        EXPECT_EQ(yamada().name, round == 0 ? "山田 花子" : "佐藤 花子");
        EXPECT_EQ(yamada().accounts[0].name, round == 0 ? "yamada" : "counter");
    }
    EXPECT_FALSE(yamada().planned);
}

TEST_F(StorePeople, TheLastWordAboutTheFutureCounts) {
    change({somebody("yamada"), details("税務課")});
    change({yamada().id, details("市民課", clock.at.wall + days{10})});
    clock.at.wall += days{1};
    change({yamada().id, details("福祉課", clock.at.wall + days{30})});
    clock.at.wall += days{15};
    EXPECT_EQ(section(), "税務課") << "the first plan was taken back";
    clock.at.wall += days{15};
    EXPECT_EQ(section(), "福祉課");
}

TEST_F(StorePeople, NobodyIsInBeforeTheFirstDayOrAfterTheLast) {
    NewPerson person = somebody("yamada");
    person.starts_at = clock.at.wall + days{5};
    PersonDetails one = details("税務課", person.starts_at);
    one.leaves_at = clock.at.wall + days{20};
    change({person, one});
    EXPECT_EQ(yamada().state, PersonState::waiting);
    EXPECT_EQ(yamada().planned->section, "税務課");
    open();
    EXPECT_EQ(yamada().state, PersonState::waiting);
    clock.at.wall += days{5};
    EXPECT_EQ(yamada().state, PersonState::active);
    clock.at.wall += days{15};
    EXPECT_EQ(yamada().state, PersonState::left);
    open();
    EXPECT_EQ(yamada().state, PersonState::left);
}

TEST_F(StorePeople, DetailsGoWithThePerson) {
    change({somebody("yamada"), details("税務課")});
    const PersonId id = yamada().id;
    change({id, details("市民課", clock.at.wall + days{10})});
    ASSERT_TRUE(store->remove_person(id, by));
    close();
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((directory.path() + "/store.db").c_str(), &db), SQLITE_OK);
    sqlite3_stmt* count = nullptr;
    ASSERT_EQ(sqlite3_prepare_v2(db, "SELECT COUNT(*) FROM blobs", -1, &count, nullptr), SQLITE_OK);
    ASSERT_EQ(sqlite3_step(count), SQLITE_ROW);
    EXPECT_EQ(sqlite3_column_int(count, 0), 0);
    sqlite3_finalize(count);
    sqlite3_close(db);
    open();
    EXPECT_EQ(store->person(id)->state, PersonState::gone);
    EXPECT_FALSE(store->person(id)->details);
}

TEST_F(StorePeople, AllOrNothing) {
    const auto done = store->change_people({{somebody("a"), details("x")}, {somebody("a"), {}}}, by);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::exists);
    EXPECT_TRUE(store->persons().empty());
    EXPECT_EQ(store->head().seq, 1U);
    EXPECT_FALSE(store->change_people({{PersonId{{9}}, details("x")}}, by));
}

TEST_F(StorePeople, ABackupHoldsThem) {
    change({somebody("yamada"), details("税務課")});
    change({yamada().id, details("市民課", clock.at.wall + days{10})});
    const std::string phrase = "correct horse battery";
    const ByteSpan passphrase(reinterpret_cast<const std::uint8_t*>(phrase.data()), phrase.size());
    const auto file = store->backup(passphrase);
    ASSERT_TRUE(file) << file.error();
    const TemporaryDirectory elsewhere;
    StoreOptions there;
    there.directory = elsewhere.path();
    there.backup_cost = 14;
    auto other = Store::open(std::move(there), clock, rng);
    ASSERT_TRUE(other);
    ASSERT_TRUE((*other)->restore(file->span(), passphrase, by));
    EXPECT_EQ((*other)->person_by_login("yamada")->details->section, "税務課");
    clock.at.wall += days{10};
    EXPECT_EQ((*other)->person_by_login("yamada")->details->section, "市民課");
}

// A ledger that lost somebody gets all that the office has said of them; one that heard more lately keeps that.
TEST_F(StorePeople, AMergeTakesEverybodysDetails) {
    const std::string phrase = "correct horse battery";
    const ByteSpan passphrase(reinterpret_cast<const std::uint8_t*>(phrase.data()), phrase.size());
    const auto early = store->backup(passphrase);
    ASSERT_TRUE(early);
    for (const char* login : {"yamada", "ito"}) {
        change({somebody(login), details("税務課")});
        change({store->person_by_login(login)->id, details("市民課", clock.at.wall + days{10})});
    }
    const auto late = store->backup(passphrase);
    ASSERT_TRUE(late);
    const TemporaryDirectory elsewhere;
    StoreOptions there;
    there.directory = elsewhere.path();
    there.backup_cost = 14;
    auto other = Store::open(std::move(there), clock, rng);
    ASSERT_TRUE(other);
    ASSERT_TRUE((*other)->restore(early->span(), passphrase, by));
    ASSERT_TRUE((*other)->restore(late->span(), passphrase, by));
    for (const char* login : {"yamada", "ito"}) {
        const auto person = (*other)->person_by_login(login);
        ASSERT_TRUE(person);
        ASSERT_TRUE(person->details) << login;
        EXPECT_EQ(person->details->section, "税務課");
        ASSERT_TRUE(person->planned) << login;
        EXPECT_EQ(person->planned->section, "市民課");
    }
    clock.at.wall += days{1};
    const PersonId yamada_there = (*other)->person_by_login("yamada")->id;
    ASSERT_TRUE((*other)->change_people({{yamada_there, details("福祉課")}}, by));
    ASSERT_TRUE((*other)->restore(late->span(), passphrase, by));
    EXPECT_EQ((*other)->person_by_login("yamada")->details->section, "福祉課");
}

}  // namespace
}  // namespace sekimori::daemon
