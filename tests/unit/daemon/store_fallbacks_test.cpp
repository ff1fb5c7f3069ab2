// SPDX-License-Identifier: Apache-2.0
// Codes, exemptions, tickets and roles on disk: given, replaced, taken back, and gone with their person.
#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

class StoreFallbacks : public StoreTest {
  protected:
    void SetUp() override {
        open();
        person = add_person();
    }
    PersonId add_administrator(const std::string& login) {
        const PersonId id = add_person(login);
        EXPECT_TRUE(store->set_roles(id, Roles::of(Role::administrator), by));
        return id;
    }
    NewSecret code(Millis until, std::string reason = "card at home") const {
        return {person, SecretUse::code, until, "ABCD", {1, 2, 3}, std::move(reason)};
    }
    Millis later(int hours = 8) const { return clock.at.wall + std::chrono::hours{hours}; }
    PersonId person;
};

TEST_F(StoreFallbacks, ACodeIsKeptOverAStart) {
    const auto id = store->give_secret(code(later()), by);
    ASSERT_TRUE(id) << id.error();
    close();
    open();
    const auto kept = store->secret_of(person, SecretUse::code);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->id, *id);
    EXPECT_EQ(kept->until, later());
    const auto data = store->secret_data(*id);
    ASSERT_TRUE(data) << data.error();
    EXPECT_EQ(data->handle, "ABCD");
    EXPECT_EQ(data->reason, "card at home");
    EXPECT_FALSE(store->secret_of(person, SecretUse::password));
}

TEST_F(StoreFallbacks, ANewOneTakesThePlaceOfTheOldOne) {
    const auto old = store->give_secret(code(later()), by);
    const auto next = store->give_secret(code(later(9)), by);
    ASSERT_TRUE(old && next);
    ASSERT_TRUE(store->give_secret({person, SecretUse::password, {}, {}, {4}, {}}, by)) << "of another use";
    EXPECT_EQ(store->secrets().size(), 2U);
    EXPECT_EQ(store->secret_of(person, SecretUse::code)->id, *next);
    EXPECT_FALSE(store->secret_data(*old)) << "its hash is destroyed";
}

TEST_F(StoreFallbacks, WithdrawnIsWithdrawnForGood) {
    const auto id = store->give_secret(code(later()), by);
    ASSERT_TRUE(id);
    const auto done = store->withdraw(*id, Store::Withdrawal::withdrawn, by);
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->changed && done->durable);
    EXPECT_FALSE(store->withdraw(*id, Store::Withdrawal::withdrawn, by)->changed);
    for (int start = 0; start < 2; ++start) {
        EXPECT_FALSE(store->secret_of(person, SecretUse::code));
        EXPECT_EQ(store->secret_data(*id).error().code, ErrorCode::not_found);
        close();
        open();
    }
}

TEST_F(StoreFallbacks, ABackupBringsNothingBack) {
    const auto id = store->give_secret(code(later()), by);
    ASSERT_TRUE(store->set_roles(person, Roles::of(Role::administrator), by));
    const SecureBytes words(std::span(reinterpret_cast<const std::uint8_t*>("correct horse"), 13));
    const auto backup = store->backup(words.span());
    ASSERT_TRUE(backup);
    ASSERT_TRUE(store->withdraw(*id, Store::Withdrawal::withdrawn, by));
    ASSERT_TRUE(store->set_roles(person, Roles{}, by));
    ASSERT_TRUE(store->restore(backup->span(), words.span(), by));
    EXPECT_FALSE(store->secret_of(person, SecretUse::code));
    EXPECT_FALSE(store->person(person)->roles.any());
}

TEST_F(StoreFallbacks, TheHashOfACodeThatIsOverIsDestroyed) {
    const auto id = store->give_secret(code(later(1)), by);
    clock.at.wall += std::chrono::hours{2};
    close();
    open();
    EXPECT_TRUE(store->secret_of(person, SecretUse::code)) << "that there was one is told";
    EXPECT_FALSE(store->secret_data(*id));
}

TEST_F(StoreFallbacks, NonsenseIsNotGiven) {
    EXPECT_FALSE(store->give_secret(code(Millis{0}), by)) << "a code without an end";
    EXPECT_FALSE(store->give_secret({person, SecretUse::code, later(), "", {1}, "r"}, by));
    EXPECT_FALSE(store->give_secret({person, SecretUse::code, later(), "ABCD", {}, "r"}, by));
    EXPECT_FALSE(store->give_secret({PersonId{{7}}, SecretUse::code, later(), "ABCD", {1}, "r"}, by)) << "of nobody";
    EXPECT_FALSE(store->exempt(person, clock.at.wall, "r", by)) << "over before it begins";
    EXPECT_FALSE(store->exempt(person, later(), "", by)) << "without a reason";
    EXPECT_TRUE(store->secrets().empty() && store->exemptions().empty());
}

TEST_F(StoreFallbacks, ATicketThatWasUsedStaysUsed) {
    const Actor two{add_administrator("chief"), "tty1", add_administrator("deputy")};
    const auto id = store->allow_break_glass({person, TerminalId{{1}}, later(), "ABCD", {1}, "fire"}, two);
    ASSERT_TRUE(id) << id.error();
    EXPECT_FALSE(store->break_glass().front().used);
    EXPECT_EQ(store->break_glass().front().second, two.second);
    ASSERT_TRUE(store->secret_data(*id));
    ASSERT_TRUE(store->withdraw(*id, Store::Withdrawal::used, by));
    for (int start = 0; start < 2; ++start) {
        ASSERT_EQ(store->break_glass().size(), 1U) << "that there was one is told";
        EXPECT_TRUE(store->break_glass().front().used);
        EXPECT_FALSE(store->secret_data(*id));
        close();
        open();
    }
}

TEST_F(StoreFallbacks, RolesReplaceOneAnother) {
    ASSERT_TRUE(store->set_roles(person, Roles::of(Role::registrar).with(Role::helpdesk), by));
    close();
    open();
    EXPECT_EQ(store->person(person)->roles, Roles::of(Role::registrar).with(Role::helpdesk));
    ASSERT_TRUE(store->set_roles(person, Roles{}, by));
    EXPECT_FALSE(store->person(person)->roles.any());
}

TEST_F(StoreFallbacks, WhoLeavesTakesEverythingAlong) {
    (void)add_card(person, 1, "0123456789abcdef");
    (void)add_finger(person, "left-thumb", "template");
    ASSERT_TRUE(store->give_secret(code(later()), by));
    const auto exemption = store->exempt(person, later(), "scarred", by);
    ASSERT_TRUE(exemption);
    EXPECT_EQ(store->exemption_reason(*exemption).value_or(""), "scarred");
    ASSERT_TRUE(store->append(AuditEvent{"login", "login", "tty1", person, {}, {}, true, "granted"}));
    EXPECT_EQ(store->last_use(person)->where, "tty1");
    const auto proof = store->remove_person(person, by);
    ASSERT_TRUE(proof) << proof.error();
    EXPECT_EQ(proof->cards, 1U);
    EXPECT_EQ(proof->fingers, 1U);
    EXPECT_EQ(proof->secrets, 1U);
    EXPECT_EQ(proof->exemptions, 1U);
    EXPECT_EQ(proof->blobs, 6U) << "name, account, card key, template, code, reason";
    EXPECT_EQ(proof->left, 0U);
    EXPECT_EQ(proof->hash, store->head().hash);
    EXPECT_TRUE(store->secrets().empty() && store->exemptions().empty());
    EXPECT_FALSE(store->last_use(person));
}

TEST_F(StoreFallbacks, OnlyASuccessIsAUse) {
    EXPECT_FALSE(store->last_use(person));
    ASSERT_TRUE(store->append(AuditEvent{"login", "login", "tty1", person, {}, {}, false, "no_match"}));
    ASSERT_TRUE(store->append(AuditEvent{"person.add", "", "tty1", person, {}, {}, true, "done"}));
    EXPECT_FALSE(store->last_use(person));
    ASSERT_TRUE(store->append(AuditEvent{"unlock", "xlock", "seat0", person, {}, {}, true, "granted"}));
    EXPECT_EQ(store->last_use(person)->wall, clock.at.wall);
}

TEST_F(StoreFallbacks, ATemporaryCardEndsWithItsTerms) {
    NewCard card = new_card(person, 4);
    const PersonId approver = add_person("kanri");
    card.temporary = {later(), approver};
    const auto id = store->add_card(std::move(card), by);
    ASSERT_TRUE(id) << id.error();
    close();
    open();
    auto kept = store->card(*id);
    ASSERT_TRUE(kept && kept->temporary);
    EXPECT_EQ(kept->temporary->approver, approver);
    EXPECT_EQ(kept->expires_at, later());
    clock.at.wall = later();
    EXPECT_EQ(store->card(*id)->state, CardState::expired);
}

}  // namespace
}  // namespace sekimori::daemon
