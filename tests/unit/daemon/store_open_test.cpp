// SPDX-License-Identifier: Apache-2.0
// Opening and coming back: what was acknowledged is there again, and only one process has it.
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

class StoreOpen : public StoreTest {};

TEST_F(StoreOpen, APersonWithCardAndFingerComesBack) {
    open();
    EXPECT_EQ(store->head().seq, 1U);
    const PersonId person = add_person();
    const CardId card = add_card(person, 1, "0123456789abcdef");
    const FingerId finger = add_finger(person, "right-index-finger", "template");
    ASSERT_TRUE(store->append(event("person.add", person)));
    const LedgerHead head = store->head();
    const std::string ledger = store->ledger_id();
    open();
    EXPECT_EQ(store->head().seq, head.seq);
    EXPECT_EQ(store->head().hash, head.hash);
    EXPECT_EQ(store->ledger_id(), ledger);
    const auto record = store->person_by_login("tanaka");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->id, person);
    EXPECT_EQ(record->name, "田中 太郎");
    ASSERT_EQ(record->accounts.size(), 1U);
    EXPECT_EQ(record->accounts[0].name, "tanaka");
    EXPECT_EQ(record->accounts[0].uid, 1000U);
    EXPECT_EQ(store->persons_of_account("tanaka").size(), 1U);
    EXPECT_TRUE(store->persons_of_account("suzuki").empty());
    const auto by_key = store->card_by_key(key(1));
    ASSERT_TRUE(by_key);
    EXPECT_EQ(by_key->id, card);
    EXPECT_EQ(by_key->state, CardState::active);
    const auto secret = store->card_secret(card);
    ASSERT_TRUE(secret) << secret.error();
    EXPECT_EQ(secret->view(), "0123456789abcdef");
    ASSERT_EQ(store->fingers_of(person).size(), 1U);
    const auto data = store->finger_data(finger);
    ASSERT_TRUE(data) << data.error();
    EXPECT_EQ(data->view(), "template");
    const auto rows = store->audit({});
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ((*rows)[0].event.subject, person);
}

TEST_F(StoreOpen, ASecondOneIsBusy) {
    open();
    const auto second = try_open();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::busy);
    close();
    EXPECT_TRUE(try_open());
}

TEST_F(StoreOpen, ADirectoryThatOthersCanReadIsRefused) {
    ASSERT_EQ(chmod(directory.path().c_str(), 0755), 0);
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::refused);
}

TEST_F(StoreOpen, NoDirectory) {
    StoreOptions options;
    options.directory = directory.path() + "/none";
    const auto opened = Store::open(std::move(options), clock, rng);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::not_found);
}

TEST_F(StoreOpen, TheFilesAreClosedToOthers) {
    open();
    for (const auto& file : std::filesystem::directory_iterator(directory.path()))
        EXPECT_EQ(file.status().permissions() & std::filesystem::perms(077), std::filesystem::perms::none)
            << file.path();
}

TEST_F(StoreOpen, AnotherTopKeyOpensNothing) {
    open();
    close();
    StoreOptions other = options();
    other.top_key = SecureBytes(32);
    const auto opened = Store::open(std::move(other), clock, rng);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
}

TEST_F(StoreOpen, ATopKeyOfTheWrongSizeIsRefused) {
    StoreOptions other = options();
    other.top_key = SecureBytes(16);
    const auto opened = Store::open(std::move(other), clock, rng);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::invalid_argument);
}

TEST_F(StoreOpen, AGivenTopKeyLeavesNoKeyFile) {
    StoreOptions given = options();
    given.top_key = SecureBytes(32);
    given.protection = KeyProtection::tpm2;
    auto opened = Store::open(std::move(given), clock, rng);
    ASSERT_TRUE(opened) << opened.error();
    EXPECT_EQ((*opened)->protection(), KeyProtection::tpm2);
    EXPECT_FALSE(std::filesystem::exists(directory.path() + "/top.key"));
}

TEST_F(StoreOpen, ALostTopKeyIsNotReplaced) {
    open();
    close();
    std::filesystem::remove(directory.path() + "/top.key");
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
    EXPECT_FALSE(std::filesystem::exists(directory.path() + "/top.key"));
}

TEST_F(StoreOpen, ATopKeyThatOthersCanReadIsRefused) {
    open();
    close();
    ASSERT_EQ(chmod((directory.path() + "/top.key").c_str(), 0644), 0);
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::refused);
}

TEST_F(StoreOpen, AFileThatIsNoDatabaseIsCorrupt) {
    open();
    close();
    std::ofstream(directory.path() + "/store.db", std::ios::trunc) << std::string(8192, 'x');
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
}

// Names, logins, templates and card secrets are nowhere in clear.
TEST_F(StoreOpen, NothingPersonalLiesInClear) {
    open();
    const PersonId person = add_person("yamamoto-hanako");
    add_card(person, 1, "cardsecretsecret");
    add_finger(person, "left-thumb", "minutiae-in-a-template");
    ASSERT_TRUE(store->append(event("enrol", person)));
    close();
    for (const auto& file : std::filesystem::directory_iterator(directory.path())) {
        std::ifstream in(file.path(), std::ios::binary);
        const std::string content{std::istreambuf_iterator<char>(in), {}};
        for (const char* secret : {"yamamoto", "太郎", "cardsecret", "minutiae"})
            EXPECT_EQ(content.find(secret), std::string::npos) << file.path() << " holds " << secret;
    }
}

}  // namespace
}  // namespace sekimori::daemon
