// SPDX-License-Identifier: Apache-2.0
#include "admin/trial_login.hpp"

#include <gtest/gtest.h>
#include <security/pam_appl.h>
#include <unistd.h>

#include "tests/unit/admin/fake_broker.hpp"

namespace sekimori::admin::test {
namespace {

using Names = std::vector<std::string>;

pam::Codes passes(std::string user) { return {PAM_SUCCESS, PAM_SUCCESS, std::move(user)}; }
pam::Codes fails() { return {PAM_AUTH_ERR, PAM_ABORT, {}}; }

class TrialLogins : public testing::Test {
  protected:
    void types(std::string_view text) const {
        ASSERT_EQ(write(keys.write_end.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    Outcome<Names> run(Names logins, std::vector<pam::Codes> codes) {
        Session session(broker, interrupt, {keys.read_end.get(), out, out});
        std::size_t at = 0;
        auto end = try_logins(session, std::move(logins), [&](const pam::Conversation&) { return codes.at(at++); });
        EXPECT_EQ(at, codes.size());
        return end;
    }
    void TearDown() override { std::fclose(out); }

    FakeBroker broker;
    Pipe signals, keys;
    Interrupt interrupt{UniqueFd(dup(signals.read_end.get()))};
    std::FILE* out{std::tmpfile()};
};

TEST_F(TrialLogins, EachOfThoseThatWereNamedInAnyOrder) {
    const auto end = run({"hanako", "jiro"}, {passes("jiro"), passes("hanako")});
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, (Names{"jiro", "hanako"}));
}

TEST_F(TrialLogins, TheSamePersonTwiceIsNotBoth) {
    types("y\n");
    const auto end = run({"hanako", "jiro"}, {passes("hanako"), passes("hanako"), passes("jiro")});
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, (Names{"hanako", "jiro"}));
}

TEST_F(TrialLogins, AnybodyWhereNobodyWasNamed) {
    const auto end = run({}, {passes("saburo")});
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, Names{"saburo"});
}

TEST_F(TrialLogins, OnePhaseIsNotEnough) {
    types("n\n");
    const auto end = run({}, {{PAM_SUCCESS, PAM_PERM_DENIED, "hanako"}});
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, "refused");
}

TEST_F(TrialLogins, AgainAndAgainUntilTheyGiveUp) {
    types("y\ny\nno\n");
    const auto end = run({"hanako"}, {fails(), fails(), fails()});
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, "refused");
}

TEST_F(TrialLogins, EndOfFileIsNoYes) {
    keys.write_end.reset();
    const auto end = run({"hanako"}, {fails()});
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, "cancelled");
}

TEST_F(TrialLogins, TheConversationIsTheTerminals) {
    types("135790\n");
    Session session(broker, interrupt, {keys.read_end.get(), out, out});
    std::string typed;
    const auto end = try_logins(session, {}, [&](const pam::Conversation& with) {
        with.tell("Tap your \033[31mcard.");
        const auto pin = with.ask("PIN: ", pam::Echo::off);
        if (pin) typed = pin->view();
        return passes("hanako");
    });
    ASSERT_TRUE(end);
    EXPECT_EQ(typed, "135790");
    std::rewind(out);
    std::string shown(4096, '\0');
    shown.resize(std::fread(shown.data(), 1, shown.size(), out));
    EXPECT_NE(shown.find("PIN: "), std::string::npos);
    EXPECT_EQ(shown.find('\033'), std::string::npos) << "nothing that a terminal obeys";
    EXPECT_EQ(shown.find("135790"), std::string::npos);
}

}  // namespace
}  // namespace sekimori::admin::test
