#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a policy says of sessions: the lock of who is idle, the logoff of who stays away, cards left behind, cards that are tapped."""
import json
import sys
import tempfile
import unittest

from desk import PATH, Desk, Screen, until

ALICE = 11
RULES = [{"allow": ["card+finger"]}]


class Office(unittest.TestCase):
    policy: dict = {}

    @classmethod
    def setUpClass(cls):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"schema": 1, "rules": RULES, **cls.policy}, file)
            file.flush()
            cls.desk = cls.enterClassContext(Desk(sys.argv[1], "[limits]\nlock_seconds=20\n", file.name))
        cls.desk.enrol("alice", ALICE)

    def setUp(self):
        self.desk.insert("alice")
        self.login = self.desk.log_in("alice", ALICE)
        self.assertTrue(self.login.opened, self.login.said)
        self.screen = Screen(self.desk, self.login.id)

    def tearDown(self):
        self.screen.close()
        self.login.close()
        self.desk.screens.clear()
        self.desk.logins.clear()
        self.desk.pull()
        until(lambda: not self.desk.sessions())

    def until_state(self, state, seconds=20.0):
        return until(lambda: self.desk.state(self.login.id) == state, seconds)

    def idle(self, hint):
        self.desk.call(
            "org.freedesktop.login1.Session", "SetIdleHint", f"boolean:{str(hint).lower()}", path=f"{PATH}/session/_3{self.login.id}"
        )


class Idle(Office):
    policy = {"session": {"idle_seconds": 2, "left_behind_seconds": 1, "logoff_after_seconds": 6}}

    def test_who_is_idle_is_locked_and_the_card_they_left_is_told_of(self):
        self.idle(True)
        self.assertGreater(self.until_state("locked"), 1.0)
        until(lambda: self.desk.trail("session.card-left"))
        self.assertEqual("failure", self.desk.trail("session.card-left")[-1]["result"])
        self.assertTrue(self.desk.unlock("alice", ALICE)["granted"])
        self.screen.open()
        self.until_state("active")

    def test_who_comes_back_in_time_is_not_locked(self):
        self.idle(True)
        self.idle(False)
        with self.assertRaises(AssertionError):
            self.until_state("locked", 4.0)

    def test_who_stays_away_is_logged_off(self):
        self.desk.pull()
        self.until_state("locked")
        until(self.login.ended)
        self.assertTrue(self.desk.trail("session.end.locked-long"))


class LogOff(Office):
    policy = {"session": {"on_removal": "logoff"}}

    def test_a_card_that_goes_ends_the_session_although_it_could_be_locked(self):
        self.desk.pull()
        until(self.login.ended)
        self.assertFalse(self.desk.trail("session.lock"))
        self.assertTrue(self.desk.trail("session.end.card"))


class Grace(Office):
    policy = {"session": {"grace_seconds": 3}}

    def test_a_card_that_is_back_in_time_goes_on(self):
        self.desk.pull()
        self.until_state("grace")
        self.desk.insert("alice")
        self.until_state("active")
        self.desk.pull()
        self.assertGreater(self.until_state("locked"), 2.0)


class Tap(Office):
    policy = {"presence": "tap"}

    def test_a_card_need_not_stay_and_locks_when_it_comes_back(self):
        self.desk.pull()
        with self.assertRaises(AssertionError):
            self.until_state("locked", 2.0)
        self.assertEqual("active", self.desk.state(self.login.id))
        self.desk.insert("alice")
        self.until_state("locked")
        self.desk.pull()
        self.desk.insert("alice")
        self.assertTrue(self.desk.unlock("alice", ALICE)["granted"])
        self.screen.open()
        self.until_state("active")


del Office  # has no tests of its own


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2, warnings="ignore")
