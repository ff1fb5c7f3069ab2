// SPDX-License-Identifier: Apache-2.0
// Denials in the whole store: at once, for ever, before the card is known; and what they leave of a person.
#include <fstream>

#include "tests/unit/daemon/store_behind.hpp"
#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

class StoreDenials : public StoreTest {
  protected:
    void SetUp() override {
        open();
        person = add_person();
        card = add_card(person);
    }
    void expect(const Result<Store::Denied>& denied, bool changed) {
        ASSERT_TRUE(denied) << denied.error();
        EXPECT_EQ(denied->changed, changed);
        EXPECT_TRUE(denied->durable);
    }
    PersonId person;
    CardId card;
};

TEST_F(StoreDenials, RevokedForEver) {
    expect(store->revoke_card(card, DenyReason::lost, by), true);
    const LedgerHead head = store->head();
    expect(store->revoke_card(card, DenyReason::stolen, by), false);
    EXPECT_EQ(store->head().seq, head.seq);
    open();
    const auto record = store->card_by_key(key(1));
    ASSERT_TRUE(record);
    EXPECT_EQ(record->state, CardState::revoked);
    EXPECT_EQ(record->reason, DenyReason::lost);
    EXPECT_EQ(store->reinstate_card(card, by).error().code, ErrorCode::refused);
    EXPECT_EQ(store->add_card(new_card(person, 1), by).error().code, ErrorCode::refused);
}

TEST_F(StoreDenials, SuspendedAndReinstated) {
    expect(store->suspend_card(card, by), true);
    expect(store->suspend_card(card, by), false);
    open();
    EXPECT_EQ(state_of(card), CardState::suspended);
    EXPECT_EQ(store->add_card(new_card(person, 1), by).error().code, ErrorCode::exists);
    ASSERT_TRUE(store->reinstate_card(card, by));
    EXPECT_EQ(store->reinstate_card(card, by).error().code, ErrorCode::refused);
    open();
    EXPECT_EQ(state_of(card), CardState::active);
}

TEST_F(StoreDenials, ALostCardThatWasFoundIsReturnedNotEnabled) {
    expect(store->revoke_card(card, DenyReason::lost, by), true);
    ASSERT_TRUE(store->return_card(card, by));
    ASSERT_TRUE(store->return_card(card, by));
    open();
    EXPECT_EQ(state_of(card), CardState::returned);
    const CardId again = add_card(add_person("suzuki"), 1);
    EXPECT_EQ(store->card_by_key(key(1))->id, again);
    EXPECT_EQ(state_of(card), CardState::returned);
}

TEST_F(StoreDenials, AStolenCardIsNotEnrollableUnderWhatItWasBefore) {
    expect(store->revoke_card(card, DenyReason::damaged, by), true);
    ASSERT_TRUE(store->return_card(card, by));
    const PersonId next = add_person("suzuki");
    const CardId again = add_card(next, 1);
    expect(store->revoke_card(again, DenyReason::stolen, by), true);
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(store->card_by_key(key(1))->state, CardState::revoked);
        EXPECT_EQ(store->add_card(new_card(next, 1), by).error().code, ErrorCode::refused);
        open();
    }
    ASSERT_TRUE(store->return_card(again, by));
    EXPECT_TRUE(store->add_card(new_card(next, 1), by)) << "it was found, and came back";
}

TEST_F(StoreDenials, ACardThatIsRevokedUnderItsFirstIdIsRevoked) {
    ASSERT_TRUE(store->return_card(card, by));
    const CardId again = add_card(add_person("suzuki"), 1);
    expect(store->revoke_card(card, DenyReason::stolen, by), true);
    EXPECT_EQ(state_of(again), CardState::revoked);
}

TEST_F(StoreDenials, ACardIsDeniedBeforeItIsKnown) {
    expect(store->revoke_key(key(9), DenyReason::stolen, by), true);
    expect(store->revoke_key(key(9), DenyReason::stolen, by), false);
    open();
    const auto unknown = store->card_by_key(key(9));
    ASSERT_TRUE(unknown);
    EXPECT_EQ(unknown->state, CardState::revoked);
    EXPECT_EQ(unknown->reason, DenyReason::stolen);
    EXPECT_FALSE(unknown->id.valid());
    EXPECT_EQ(store->add_card(new_card(person, 9), by).error().code, ErrorCode::refused);
    EXPECT_FALSE(store->card_by_key(key(10)));
}

TEST_F(StoreDenials, AKeyThatIsEnrolledIsDeniedToo) {
    expect(store->revoke_key(key(1), DenyReason::lost, by), true);
    EXPECT_EQ(state_of(card), CardState::revoked);
    ASSERT_TRUE(store->return_card(card, by));
    add_card(person, 1);
}

TEST_F(StoreDenials, APersonIsSuspended) {
    expect(store->suspend_person(person, by), true);
    open();
    EXPECT_EQ(store->person(person)->state, PersonState::suspended);
    EXPECT_EQ(store->person_by_login("tanaka")->state, PersonState::suspended);
    ASSERT_TRUE(store->reinstate_person(person, by));
    EXPECT_EQ(store->person(person)->state, PersonState::active);
    EXPECT_EQ(store->reinstate_person(person, by).error().code, ErrorCode::refused);
}

TEST_F(StoreDenials, ARemovedPersonIsGoneAndTheDataWithThem) {
    add_finger(person, "left-thumb", "template");
    const PersonId other = add_person("suzuki");
    const FingerId kept = add_finger(other, "left-thumb", "another");
    ASSERT_TRUE(store->remove_person(person, by));
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(store->person(person)->state, PersonState::gone);
        EXPECT_TRUE(store->person(person)->name.empty());
        EXPECT_FALSE(store->person_by_login("tanaka"));
        EXPECT_EQ(store->persons().size(), 1U);
        EXPECT_TRUE(store->persons_of_account("tanaka").empty());
        EXPECT_TRUE(store->fingers_of(person).empty());
        EXPECT_EQ(state_of(card), CardState::revoked);
        EXPECT_EQ(store->card(card)->reason, DenyReason::left);
        EXPECT_TRUE(store->finger_data(kept));
        open();  // the chain is intact without the blobs
    }
    EXPECT_EQ(store->add_card(new_card(person, 5), by).error().code, ErrorCode::not_found);
    ASSERT_TRUE(store->remove_person(person, by));
    EXPECT_EQ(store->remove_person(PersonId{{7}}, by).error().code, ErrorCode::not_found);
    add_person("tanaka");  // the login is free again
}

// Neither the person's key nor any sealed byte is left in the files.
TEST_F(StoreDenials, WhatWasDestroyedIsNotInTheFiles) {
    add_finger(person, "left-thumb", std::string(3000, 't'));
    close();
    std::vector<std::string> traces;
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((directory.path() + "/store.db").c_str(), &db), SQLITE_OK);
    const auto collect = [](void* into, int, char** values, char**) {
        static_cast<std::vector<std::string>*>(into)->emplace_back(values[0]);
        return 0;
    };
    ASSERT_EQ(
        sqlite3_exec(
            db, "SELECT hex(substr(sealed, 1, 24)) FROM blobs UNION SELECT hex(substr(sealed, 1, 24)) FROM person_keys",
            collect, &traces, nullptr),
        SQLITE_OK);
    sqlite3_close(db);
    ASSERT_EQ(traces.size(), 4U);  // names, account, template, key
    open();
    ASSERT_TRUE(store->remove_person(person, by));
    // Looked at while the store is open: not even the log holds them.
    for (const auto& file : std::filesystem::directory_iterator(directory.path())) {
        std::ifstream in(file.path(), std::ios::binary);
        const std::string content{std::istreambuf_iterator<char>(in), {}};
        for (const std::string& trace : traces) {
            std::string raw;
            for (std::size_t i = 0; i < trace.size(); i += 2)
                raw.push_back(static_cast<char>(std::stoi(trace.substr(i, 2), nullptr, 16)));
            EXPECT_EQ(content.find(raw), std::string::npos) << file.path();
        }
    }
}

TEST_F(StoreDenials, ARevokedCardsSecretIsDestroyed) {
    const CardId lite = add_card(person, 2, "0123456789abcdef");
    expect(store->suspend_card(lite, by), true);
    EXPECT_TRUE(store->card_secret(lite));
    expect(store->revoke_card(lite, DenyReason::lost, by), true);
    EXPECT_EQ(store->card_secret(lite).error().code, ErrorCode::not_found);
}

TEST_F(StoreDenials, UnknownOnesAreToldAsSuch) {
    EXPECT_EQ(store->reinstate_card(CardId{{9}}, by).error().code, ErrorCode::not_found);
    EXPECT_EQ(store->return_card(CardId{{9}}, by).error().code, ErrorCode::not_found);
    EXPECT_EQ(store->reinstate_person(PersonId{{9}}, by).error().code, ErrorCode::not_found);
    EXPECT_FALSE(store->card(CardId{{9}}));
    // A denial of an id that nobody knows yet is taken: the card may come later.
    expect(store->revoke_card(CardId{{9}}, DenyReason::lost, by), true);
}

// A text that no statement can hold must not keep a denial from happening.
TEST_F(StoreDenials, AnActorWithAnImpossiblePlace) {
    const Actor odd{std::nullopt, std::string(4000, '\xff')};
    const auto denied = store->revoke_card(card, DenyReason::lost, odd);
    ASSERT_TRUE(denied);
    EXPECT_TRUE(denied->durable);
    open();
    EXPECT_EQ(state_of(card), CardState::revoked);
    EXPECT_EQ(store->return_card(card, odd).error().code, ErrorCode::too_large);
}

// Without random bytes there is no signature: the card is refused all the same, and it is told that this will not last.
TEST_F(StoreDenials, WithoutRandomBytesItHoldsInMemory) {
    class NoRng final : public Rng {
      public:
        Status fill(std::span<std::uint8_t> out) override {
            return broken ? Status(fail(ErrorCode::io, "no entropy")) : real.fill(out);
        }
        crypto::SystemRng real;
        bool broken{false};
    } failing;
    close();
    auto opened = Store::open(options(), clock, failing);
    ASSERT_TRUE(opened);
    store = std::move(*opened);
    failing.broken = true;
    const auto denied = store->revoke_card(card, DenyReason::lost, by);
    ASSERT_TRUE(denied);
    EXPECT_TRUE(denied->changed);
    EXPECT_FALSE(denied->durable);
    EXPECT_EQ(state_of(card), CardState::revoked);
    store.reset();
}

}  // namespace
}  // namespace sekimori::daemon
