// SPDX-License-Identifier: Apache-2.0
// What is kept for the next start: it is there at once, it is what the whole chain comes to, and whoever edits anything
// is found as if there were none of it.
#include <chrono>
#include <fstream>

#include "daemon/store/build_id.hpp"
#include "tests/unit/daemon/store_behind.hpp"
#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

constexpr int kPeople = 300;  // of two entries each: more than are verified anew every time

class StoreKeptView : public StoreTest {
  protected:
    void SetUp() override {
        open();
        std::vector<PersonChange> many;
        for (int i = 0; i < kPeople; ++i) {
            NewPerson one;
            one.login = "p" + std::to_string(i);
            one.name = "山田 花子";
            one.accounts = {{one.login, "local", 1000}};
            many.push_back({std::move(one), std::nullopt});
        }
        ASSERT_TRUE(store->change_people(many, by));
        tanaka = add_person();
        card = add_card(tanaka, 1);
        finger = add_finger(tanaka, "right-index-finger", "template");
    }
    // All that there is to do.
    Status care(Keep when = Keep::in_time) {
        for (;;) {
            const auto cared = store->care_for_ledger(when);
            if (!cared) return tl::unexpected<Error>(cared.error());
            if (*cared == Care::done) return {};
        }
    }
    [[nodiscard]] std::string file() const { return directory.path() + "/view"; }
    [[nodiscard]] bool is_kept() const { return std::filesystem::exists(file()); }
    // A signature of an early entry: nothing but the whole verification looks at it.
    void spoil_signature(int row) const { flip_behind(directory.path(), "entries", "signed", row, 95); }
    std::string why_not() {
        const auto opened = try_open();
        return opened ? "" : opened.error().message;
    }

    PersonId tanaka;
    CardId card;
    FingerId finger;
};

TEST_F(StoreKeptView, ThisProgramHasAName) {
    EXPECT_EQ(build_id().size(), 40U) << "the linker's SHA-1";
    EXPECT_EQ(build_id(), build_id());
}

TEST_F(StoreKeptView, IsTheSameLedger) {
    ASSERT_FALSE(is_kept());
    ASSERT_TRUE(care());
    ASSERT_TRUE(is_kept());
    const LedgerHead head = store->head();
    const std::size_t persons = store->persons().size();
    open();
    EXPECT_EQ(store->head().hash, head.hash);
    EXPECT_EQ(store->persons().size(), persons);
    ASSERT_TRUE(store->person_by_login("tanaka"));
    EXPECT_EQ(store->person_by_login("tanaka")->name, "田中 太郎");
    EXPECT_EQ(store->persons_of_account("tanaka").size(), 1U);
    EXPECT_EQ(store->card_by_key(key(1))->id, card);
    EXPECT_EQ(store->finger_data(finger)->view(), "template");
    // And goes on.
    ASSERT_TRUE(store->revoke_card(card, DenyReason::lost, by));
    const PersonId later = add_person("later");
    open();
    EXPECT_EQ(state_of(card), CardState::revoked);
    EXPECT_EQ(store->person_by_login("later")->id, later);
    EXPECT_TRUE(care());
}

// Proves that the start does use it: the same edit stops a start without it.
TEST_F(StoreKeptView, AnEditedRowIsFoundAfterTheStart) {
    ASSERT_TRUE(care());
    close();
    spoil_signature(5);
    open();
    EXPECT_EQ(store->persons().size(), static_cast<std::size_t>(kPeople) + 1);
    const Status cared = care();
    ASSERT_FALSE(cared);
    EXPECT_EQ(cared.error().code, ErrorCode::corrupt);
    close();
    EXPECT_NE(why_not().find("entry 5"), std::string::npos) << why_not();
}

TEST_F(StoreKeptView, AnEditedEntryIsNamed) {
    ASSERT_TRUE(care());
    close();
    flip_behind(directory.path(), "entries", "signed", 7, 40);
    open();
    const Status cared = care();
    ASSERT_FALSE(cared);
    EXPECT_NE(cared.error().message.find("entry 7"), std::string::npos) << cared.error();
    close();
    EXPECT_NE(why_not().find("entry 7"), std::string::npos) << why_not();
}

TEST_F(StoreKeptView, AMissingRowIsFound) {
    ASSERT_TRUE(care());
    close();
    change_behind(directory.path(), "DELETE FROM entries WHERE seq=9");
    open();
    EXPECT_EQ(care().error().code, ErrorCode::corrupt);
    close();
    EXPECT_NE(why_not().find("entry 9"), std::string::npos) << why_not();
}

// What came after it is verified at the start, as ever.
TEST_F(StoreKeptView, TheRestIsVerifiedAtTheStart) {
    ASSERT_TRUE(care());
    const auto seq = static_cast<int>(store->head().seq);
    (void)add_person("later");
    close();
    spoil_signature(seq + 1);
    EXPECT_NE(why_not().find("entry " + std::to_string(seq + 1)), std::string::npos) << why_not();
}

TEST_F(StoreKeptView, AChainThatWasCutOffBehindItIsMissed) {
    ASSERT_TRUE(care());
    (void)add_person("later");
    const auto seq = store->head().seq;
    close();
    change_behind(directory.path(), "DELETE FROM entries WHERE seq=" + std::to_string(seq));
    EXPECT_NE(why_not().find("sealed head"), std::string::npos) << why_not();
}

TEST_F(StoreKeptView, WithoutItOrWithAnotherTheWholeChainIsVerified) {
    ASSERT_TRUE(care());
    const LedgerHead head = store->head();
    close();
    const std::string first = file() + ".first";
    std::filesystem::copy_file(file(), first);
    for (const char* way : {"gone", "cut", "flipped", "empty"}) {
        SCOPED_TRACE(way);
        std::filesystem::remove(file());
        if (std::string(way) != "gone") std::filesystem::copy_file(first, file());
        if (std::string(way) == "cut") std::filesystem::resize_file(file(), std::filesystem::file_size(file()) - 1);
        if (std::string(way) == "empty") std::filesystem::resize_file(file(), 0);
        if (std::string(way) == "flipped") {
            std::fstream edit(file(), std::ios::in | std::ios::out | std::ios::binary);
            edit.seekp(1000);
            edit.put('x');
        }
        open();
        EXPECT_EQ(store->head().hash, head.hash);
        EXPECT_TRUE(store->person_by_login("tanaka"));
        close();
    }
    // An earlier one, put back beside a later key.
    open();
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(store->load_policy("{}", {}, by));
    ASSERT_TRUE(care());
    close();
    std::filesystem::remove(file());
    std::filesystem::copy_file(first, file());
    open();
    EXPECT_NE(store->head().seq, head.seq);
    EXPECT_TRUE(store->person_by_login("tanaka"));
}

TEST_F(StoreKeptView, IsRenewedWhenEnoughIsNewAndAtTheEnd) {
    ASSERT_TRUE(care());
    const auto written = [&] { return std::filesystem::last_write_time(file()); };
    const auto first = written();
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(store->load_policy("{}", {}, by));
    ASSERT_TRUE(care());
    EXPECT_EQ(written(), first);
    ASSERT_TRUE(care(Keep::now));
    EXPECT_NE(written(), first);
}

// A denial that has no entry yet is not the chain's: nothing is kept while one waits, and none gets lost.
TEST_F(StoreKeptView, IsNotTheLastWordOnDenials) {
    ASSERT_TRUE(care());
    ASSERT_TRUE(store->suspend_person(tanaka, by));
    ASSERT_TRUE(store->revoke_key(key(9), DenyReason::stolen, by));
    open();
    EXPECT_EQ(store->person(tanaka)->state, PersonState::suspended);
    EXPECT_TRUE(store->card_by_key(key(9)));
}

// It has names in it: with somebody's data its key goes too.
TEST_F(StoreKeptView, ForgetsWhoeverLeaves) {
    ASSERT_TRUE(care());
    const auto removed = store->remove_person(tanaka, by);
    ASSERT_TRUE(removed) << removed.error();
    EXPECT_EQ(removed->left, 0U);
    EXPECT_EQ(removed->fingers, 1U);
    EXPECT_EQ(removed->blobs, 3U) << "names, account, template";
    close();
    int keys = 0;
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((directory.path() + "/store.db").c_str(), &db), SQLITE_OK);
    sqlite3_exec(
        db, "SELECT 1 FROM keys WHERE name='view'",
        [](void* count, int, char**, char**) { return ++*static_cast<int*>(count), 0; }, &keys, nullptr);
    sqlite3_close(db);
    EXPECT_EQ(keys, 0);
    open();
    EXPECT_FALSE(store->person_by_login("tanaka"));
    ASSERT_TRUE(care());
    open();
    EXPECT_FALSE(store->person_by_login("tanaka"));
    EXPECT_EQ(store->person(tanaka)->state, PersonState::gone);
}

TEST_F(StoreKeptView, PagesGoThroughEverybodyOnce) {
    std::vector<std::string> logins;
    std::string after;
    for (;;) {
        const auto page = store->persons_after(after, 37);
        for (const PersonRecord& person : page) logins.push_back(person.login);
        if (page.size() < 37) break;
        after = page.back().login;
    }
    std::vector<std::string> all;
    for (const PersonRecord& person : store->persons()) all.push_back(person.login);
    EXPECT_EQ(logins, all);
    EXPECT_TRUE(store->persons_after("zzz", 1).empty());
    const CardId second = add_card(tanaka, 2);
    const auto first_page = store->cards_after(std::nullopt, 1);
    ASSERT_EQ(first_page.size(), 1U);
    const auto next_page = store->cards_after(first_page[0].id, 5);
    ASSERT_EQ(next_page.size(), 1U);
    EXPECT_NE(first_page[0].id, next_page[0].id);
    EXPECT_TRUE(first_page[0].id == second || next_page[0].id == second);
    EXPECT_TRUE(store->cards_after(next_page[0].id, 5).empty());
    EXPECT_TRUE(store->cards_after(CardId{{9}}, 5).empty());
}

TEST_F(StoreKeptView, ManyEventsAtOnceAreATrailLikeOneByOne) {
    ASSERT_TRUE(store->append(event("one", tanaka)));
    std::vector<AuditEvent> many;
    for (int i = 0; i < 10; ++i) many.push_back(event("many", tanaka));
    ASSERT_TRUE(store->append_all(many));
    ASSERT_TRUE(store->append_all({}));
    ASSERT_TRUE(store->append(event("last", tanaka)));
    EXPECT_FALSE(verify().first_bad);
    open();
    ASSERT_TRUE(store->append_all(many));
    clock.at.wall += std::chrono::hours{24 * 40};  // another month begins with a checkpoint
    ASSERT_TRUE(store->append_all(many));
    const auto check = verify();
    EXPECT_FALSE(check.first_bad);
    EXPECT_EQ(check.seq, 33U);
    AuditFilter filter;
    filter.what = "many";
    filter.person = tanaka;
    EXPECT_EQ(store->audit(filter)->size(), 30U);
}

}  // namespace
}  // namespace sekimori::daemon
