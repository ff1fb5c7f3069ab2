// SPDX-License-Identifier: Apache-2.0
// What a card that was lent for a day holds open ends with the day, also while it lies there. The test plays lockd.
#include "daemon/session/sessions.hpp"
#include "tests/unit/daemon/auth_rig.hpp"
#include "tests/unit/daemon/full_disk.hpp"

namespace sekimori::daemon {
namespace {

class SessionCard : public AuthRig {
  protected:
    void SetUp() override {
        AuthRig::SetUp();
        broker->config.lockd = LockdRule::required;
        broker->config.state_dir = directory.path();
        start();
    }
    void TearDown() override {
        stop();
        AuthRig::TearDown();
    }
    void start() {
        const std::string path = directory.path() + "/lock.sock";
        (void)unlink(path.c_str());
        lockd = std::make_unique<LockClient>(
            WorkerLinkOptions{wire::WorkerClass::lock, path, std::move(*listen_at(path, 0600)), nullptr});
        sessions = std::make_unique<Sessions>(*broker, *lockd);
        broker->sessions = sessions.get();
        sessions->restore();
        lock_worker = *Channel::connect(path, std::chrono::seconds{5});
        ASSERT_TRUE(lock_worker.send(wire::WorkerHello{wire::WorkerClass::lock, kBuild}));
        (void)expect<wire::WorkerWelcome>(lock_worker);
        settle();
    }
    void stop() {
        broker->sessions = nullptr;
        sessions.reset();
        lockd.reset();
        lock_worker = Channel();
    }
    // A session of tanaka's, held by this card on the reader.
    void open_with(const CardId& held) {
        insert();
        settle();
        ASSERT_EQ(cards->present().size(), 1U);
        GrantRecord grant;
        grant.person = tanaka;
        grant.card = held;
        grant.account = "tanaka";
        grant.visit = cards->present().front();
        BoundSession bound;
        bound.id = "c1";
        bound.person = tanaka;
        bound.card = held;
        bound.account = "tanaka";
        ASSERT_EQ(sessions->open(std::move(bound), grant), Reason::granted);
        (void)expect<wire::WatchSession>(lock_worker);
    }
    CardId lend(Millis life) {
        NewCard lent = new_card(tanaka, 7);
        lent.temporary = TemporaryTerms{clock.at.wall + life, tanaka};
        const auto id = store->add_card(std::move(lent), by);
        EXPECT_TRUE(id) << id.error();
        return id.value_or(CardId{});
    }
    // The session that is asked to end; "" if none is.
    std::string ended() {
        std::optional<SecureBytes> raw;
        while (turn_until([&] {
            auto next = lock_worker.receive(std::nullopt);
            if (next) raw = std::move(*next);
            return raw.has_value();
        })) {
            if (const auto end = wire::decode<wire::EndSession>(raw->span())) return end->session;
            raw.reset();
        }
        return "";
    }
    std::unique_ptr<LockClient> lockd;
    std::unique_ptr<Sessions> sessions;
    Channel lock_worker;
};

// What can't be written down is done all the same.
TEST_F(SessionCard, OneThatIsPulledLocksOnAFullDisk) {
    open_with(card);
    ASSERT_TRUE(lock_worker.send(
        wire::SessionFacts{"c1", wire::Found::yes, session::Surface::locker, session::Shown::nothing}));
    settle();
    const FullDisk full;
    ASSERT_TRUE(card_worker.send(wire::CardAbsent{"one", 1}));
    EXPECT_EQ(expect<wire::LockSession>(lock_worker).session, "c1");
}

TEST_F(SessionCard, OneThatWasLentForADayEndsItsSessionWithTheDay) {
    open_with(lend(Millis{50}));
    EXPECT_EQ(ended(), "c1");
    EXPECT_EQ(trail().back().event.what, "session.end.denied");
}

TEST_F(SessionCard, OneOfOnesOwnDoesNot) {
    open_with(card);
    EXPECT_TRUE(silent(lock_worker));
}

TEST_F(SessionCard, ADayThatEndedWhileNobodyWatchedEndsItAtTheStart) {
    open_with(lend(std::chrono::hours{1}));
    EXPECT_TRUE(silent(lock_worker));
    stop();
    clock.at.wall += std::chrono::hours{2};
    start();
    EXPECT_EQ(ended(), "c1");
}

// Set back, the clock does not say that the day goes on.
TEST_F(SessionCard, NorDoesAClockThatWentBackKeepIt) {
    open_with(lend(std::chrono::hours{1}));
    stop();
    clock.at.wall_quality = WallQuality::suspect;
    start();
    EXPECT_EQ(ended(), "c1");
}

}  // namespace
}  // namespace sekimori::daemon
