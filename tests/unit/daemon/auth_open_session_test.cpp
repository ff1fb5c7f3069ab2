// SPDX-License-Identifier: Apache-2.0
// A session is written down before it counts, and one that nobody could lock is not opened.
#include "daemon/auth/account_phase.hpp"
#include "tests/unit/daemon/auth_rig.hpp"
#include "tests/unit/daemon/full_disk.hpp"

namespace sekimori::daemon {
namespace {

class AuthOpenSession : public AuthRig {
  protected:
    Reason opens(const OriginFacts& place) {
        auto token = broker->grants.issue(
            {tanaka, card, "tanaka", "login", wire::Intent::login, "", clock.now().boottime + kGrantLife, {}, {}}, rng);
        EXPECT_TRUE(token);
        Caller caller;
        caller.peer = {0, 0, getpid()};
        caller.rank = Rank::root;
        wire::OpenSession open;
        open.service = "login";
        open.user = "tanaka";
        open.tty = "tty1";
        open.grant = std::move(*token);
        return judge_open_session(*broker, caller, open, place);
    }
    static OriginFacts session(const std::string& id) {
        OriginFacts place;
        place.session = SessionFacts{};
        place.session->id = id;
        return place;
    }
    std::size_t recorded(bool success) const {
        std::size_t count = 0;
        for (const AuditRow& row : trail())
            if (row.event.what == "session.open" && row.event.success == success) ++count;
        return count;
    }
};

TEST_F(AuthOpenSession, IsRecordedAndBound) {
    EXPECT_EQ(opens(session("c1")), Reason::granted);
    ASSERT_EQ(broker->grants.sessions().size(), 1U);
    EXPECT_EQ(broker->grants.sessions().front().id, "c1");
    EXPECT_EQ(recorded(true), 1U);
}

TEST_F(AuthOpenSession, ATrailThatCanNotTakeItRefuses) {
    {
        const FullDisk full;
        EXPECT_EQ(opens(session("c1")), Reason::record_failed);
    }
    EXPECT_TRUE(broker->grants.sessions().empty());
    EXPECT_EQ(recorded(true), 0U);
}

TEST_F(AuthOpenSession, WithoutASessionOfLoginds) {
    broker->config.lockd = LockdRule::required;
    EXPECT_EQ(opens({}), Reason::no_lockd) << "pam_systemd is optional: nobody could lock this";
    EXPECT_TRUE(broker->grants.sessions().empty());
    EXPECT_EQ(recorded(true), 0U);
    EXPECT_EQ(recorded(false), 1U);
    broker->config.lockd = LockdRule::absent;
    EXPECT_EQ(opens({}), Reason::granted) << "a laboratory";
}

}  // namespace
}  // namespace sekimori::daemon
