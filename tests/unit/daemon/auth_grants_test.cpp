// SPDX-License-Identifier: Apache-2.0
// Tokens are good once, for what they were made for, for a minute; sessions end with their leader's process.
#include "daemon/auth/grants.hpp"

#include <glib.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "tests/unit/core/proofs.hpp"

namespace sekimori::daemon {
namespace {

using sekimori::test::id_of;

class CountingRng final : public Rng {
  public:
    Status fill(std::span<std::uint8_t> out) override {
        if (!good) return sekimori::fail(ErrorCode::crypto, "no random bytes");
        std::fill(out.begin(), out.end(), ++last);
        return {};
    }
    bool good{true};
    std::uint8_t last{0};
};

constexpr Millis kNow{1'000'000};

GrantRecord record(const std::string& account = "tanaka", const std::string& service = "login") {
    GrantRecord made;
    made.person = id_of<PersonId>(1);
    made.card = id_of<CardId>(2);
    made.account = account;
    made.service = service;
    made.ledger_head = "aa";
    made.expires = kNow + kGrantLife;
    return made;
}

// A process that ends when it is told to, and with the test.
class Leader {
  public:
    Leader() : pid_(fork()) {
        if (pid_ != 0) return;
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (true) (void)pause();
    }
    Leader(const Leader&) = delete;
    Leader& operator=(const Leader&) = delete;
    ~Leader() { end(); }
    [[nodiscard]] pid_t pid() const { return pid_; }
    void end() {
        if (pid_ <= 0) return;
        (void)kill(pid_, SIGKILL);
        (void)waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

  private:
    pid_t pid_;
};

class GrantsTest : public testing::Test {
  protected:
    SecureBytes issue(const GrantRecord& of = record()) {
        auto token = grants.issue(of, rng);
        EXPECT_TRUE(token);
        return token ? std::move(*token) : SecureBytes();
    }
    bool good(const SecureBytes& token, Millis at = kNow) {
        return grants.find(token.span(), "tanaka", "login", at).has_value();
    }
    bool bind(const std::string& id, pid_t leader) {
        BoundSession session;
        session.id = id;
        session.person = id_of<PersonId>(1);
        session.account = "tanaka";
        session.leader = leader;
        return grants.bind(std::move(session)).has_value();
    }
    // Turns the loop until there are `count` sessions; ctest's limit ends it if that never comes.
    void wait_for_sessions(std::size_t count) {
        while (grants.sessions().size() != count) g_main_context_iteration(nullptr, TRUE);
    }
    CountingRng rng;
    Grants grants;
};

TEST_F(GrantsTest, ATokenHasTheFullSizeAndNoTwoAreAlike) {
    const SecureBytes a = issue(), b = issue();
    EXPECT_EQ(a.size(), kGrantSize);
    EXPECT_FALSE(SecureBytes::equal(a.span(), b.span()));
}

TEST_F(GrantsTest, WithoutRandomBytesThereIsNoToken) {
    rng.good = false;
    EXPECT_EQ(grants.issue(record(), rng).error().code, ErrorCode::crypto);
    EXPECT_FALSE(grants.holds("tanaka", kNow));
}

TEST_F(GrantsTest, ATokenIsGoodOnce) {
    const SecureBytes token = issue();
    const auto taken = grants.take(token.span(), "tanaka", "login", kNow);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->person, id_of<PersonId>(1));
    EXPECT_EQ(taken->card, id_of<CardId>(2));
    EXPECT_EQ(taken->ledger_head, "aa");
    EXPECT_FALSE(grants.take(token.span(), "tanaka", "login", kNow));
    EXPECT_FALSE(good(token));
}

TEST_F(GrantsTest, LookingDoesNotSpendIt) {
    const SecureBytes token = issue();
    EXPECT_TRUE(good(token));
    EXPECT_TRUE(good(token));
}

TEST_F(GrantsTest, OfTwoTokensOnlyTheTakenOneIsSpent) {
    const SecureBytes first = issue(), second = issue();
    EXPECT_TRUE(grants.take(first.span(), "tanaka", "login", kNow));
    EXPECT_TRUE(good(second));
}

TEST_F(GrantsTest, AnotherAccountOrServiceSpendsIt) {
    for (const auto& [account, service] : {std::pair{"root", "login"}, {"tanaka", "sudo"}, {"", ""}}) {
        const SecureBytes token = issue();
        EXPECT_FALSE(grants.find(token.span(), account, service, kNow));
        EXPECT_TRUE(good(token)) << "looking spent it";
        EXPECT_FALSE(grants.take(token.span(), account, service, kNow));
        EXPECT_FALSE(good(token)) << "a token that was tried elsewhere is still good";
    }
}

TEST_F(GrantsTest, WhatIsNoTokenFindsNothing) {
    const SecureBytes token = issue();
    EXPECT_FALSE(grants.take({}, "tanaka", "login", kNow));
    EXPECT_FALSE(grants.take(token.span().first(31), "tanaka", "login", kNow));
    SecureBytes other = token.clone();
    other.data()[31] ^= 1;
    EXPECT_FALSE(grants.take(other.span(), "tanaka", "login", kNow));
    EXPECT_TRUE(good(token));
}

TEST_F(GrantsTest, ATokenEndsAfterItsLife) {
    const SecureBytes token = issue();
    EXPECT_TRUE(good(token, kNow + kGrantLife - Millis{1}));
    EXPECT_FALSE(good(token, kNow + kGrantLife));
    EXPECT_FALSE(good(token, kNow)) << "what has ended stays ended";
}

TEST_F(GrantsTest, ADenialOfThePersonOrTheCardVoidsIt) {
    SecureBytes token = issue();
    grants.revoke(id_of<PersonId>(9), id_of<CardId>(9));
    grants.revoke(std::nullopt, std::nullopt);
    EXPECT_TRUE(good(token));
    grants.revoke(id_of<PersonId>(1), std::nullopt);
    EXPECT_FALSE(good(token));
    token = issue();
    grants.revoke(std::nullopt, id_of<CardId>(2));
    EXPECT_FALSE(good(token));
}

TEST_F(GrantsTest, PendingTokensAreBoundedAndTheOldestGoes) {
    const SecureBytes oldest = issue();
    for (int i = 0; i < 63; ++i) (void)issue();
    EXPECT_TRUE(good(oldest));
    (void)issue();
    EXPECT_FALSE(good(oldest));
}

TEST_F(GrantsTest, APendingTokenHoldsItsAccount) {
    const SecureBytes token = issue();
    EXPECT_TRUE(grants.holds("tanaka", kNow));
    EXPECT_FALSE(grants.holds("sato", kNow));
    EXPECT_FALSE(grants.holds("tanaka", kNow + kGrantLife));
}

TEST_F(GrantsTest, AnUnprivilegedGrantIsOfItsUidAndAccountForItsLife) {
    grants.note_unprivileged(1000, "tanaka", kNow);
    EXPECT_TRUE(grants.unprivileged(1000, "tanaka", kNow));
    EXPECT_FALSE(grants.unprivileged(1001, "tanaka", kNow));
    EXPECT_FALSE(grants.unprivileged(1000, "sato", kNow));
    EXPECT_FALSE(grants.holds("tanaka", kNow)) << "it brings no user manager";
    EXPECT_FALSE(grants.unprivileged(1000, "tanaka", kNow + kGrantLife));
}

TEST_F(GrantsTest, ASessionHoldsItsAccountUntilItsLeaderEnds) {
    Leader leader;
    ASSERT_TRUE(bind("1", leader.pid()));
    EXPECT_TRUE(grants.holds("tanaka", kNow + kGrantLife));
    leader.end();
    wait_for_sessions(0);
    EXPECT_FALSE(grants.holds("tanaka", kNow));
}

TEST_F(GrantsTest, OnlyTheSessionOfThatLeaderEnds) {
    Leader first, second;
    ASSERT_TRUE(bind("1", first.pid()));
    ASSERT_TRUE(bind("2", second.pid()));
    first.end();
    wait_for_sessions(1);
    EXPECT_EQ(grants.sessions().front().id, "2");
}

TEST_F(GrantsTest, ALeaderThatIsGoneBindsNothing) {
    Leader leader;
    const pid_t pid = leader.pid();
    leader.end();
    EXPECT_FALSE(bind("1", pid));
    EXPECT_TRUE(grants.sessions().empty());
}

TEST_F(GrantsTest, TheSameSessionIsBoundOnceAndTheNewLeaderCounts) {
    Leader first, second;
    ASSERT_TRUE(bind("1", first.pid()));
    ASSERT_TRUE(bind("1", second.pid()));
    ASSERT_EQ(grants.sessions().size(), 1U);
    first.end();
    while (g_main_context_iteration(nullptr, FALSE) != FALSE) {
    }
    ASSERT_EQ(grants.sessions().size(), 1U);
    second.end();
    wait_for_sessions(0);
}

TEST_F(GrantsTest, AClosedSessionIsUnboundByAccountAndLeader) {
    Leader first, second;
    ASSERT_TRUE(bind("1", first.pid()));
    ASSERT_TRUE(bind("2", second.pid()));
    grants.unbind("sato", first.pid());
    grants.unbind("tanaka", 1);
    EXPECT_EQ(grants.sessions().size(), 2U);
    grants.unbind("tanaka", first.pid());
    ASSERT_EQ(grants.sessions().size(), 1U);
    EXPECT_EQ(grants.sessions().front().id, "2");
}

TEST_F(GrantsTest, AKnownSessionFindsItsPlaceWhenAllAreTaken) {
    Leader leader;
    for (int i = 0; i < 256; ++i) ASSERT_TRUE(bind(std::to_string(i), leader.pid()));
    EXPECT_FALSE(bind("one more", leader.pid()));
    EXPECT_TRUE(bind("17", leader.pid()));
    EXPECT_EQ(grants.sessions().size(), 256U);
}

TEST_F(GrantsTest, ADenialLeavesTheSessionListed) {
    Leader leader;
    ASSERT_TRUE(bind("1", leader.pid()));
    grants.revoke(id_of<PersonId>(1), std::nullopt);
    EXPECT_EQ(grants.sessions().size(), 1U);
}

}  // namespace
}  // namespace sekimori::daemon
