#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sessions on the lab: a card that goes locks or ends its session, whoever dies meanwhile."""
import json
import os
import sys
import unittest

from desk import Desk, Screen, until

ALICE, BERT = 11, 12  # fingers
PULLS = 200 if os.environ.get("SEKIMORI_SOAK") else 20


class AtTheDesk(unittest.TestCase):
    more = ""

    @classmethod
    def setUpClass(cls):
        cls.desk = cls.enterClassContext(Desk(sys.argv[1], cls.more))
        cls.desk.enrol("alice", ALICE, "alice", "counter")
        cls.desk.enrol("bert", BERT, "counter")

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            self.desk.report(self.id())

    def tearDown(self):
        for screen in self.desk.screens:
            screen.close()
        self.desk.screens.clear()
        for login in self.desk.logins:
            login.close()
        self.desk.logins.clear()
        self.desk.pull()
        until(lambda: not self.desk.sessions())

    def log_in(self, account="alice", person="alice", seed=ALICE, kind="x11", screen=True):
        self.desk.insert(person)
        login = self.desk.log_in(account, seed, kind)
        self.assertTrue(login.opened, login.said)
        return login, Screen(self.desk, login.id) if screen else None

    def until_state(self, login, state):
        until(lambda: self.desk.state(login.id) == state)


class Sessions(AtTheDesk):
    # How soon is the benchmarks' question: here a locker on a busy machine may take its time.
    more = "[limits]\nlock_seconds=20\n"

    def test_pull_locks_and_both_factors_open(self):
        login, screen = self.log_in()
        self.assertEqual("active", self.desk.state(login.id))
        self.desk.pull()
        self.until_state(login, "locked")
        self.desk.insert("alice")
        self.assertEqual("locked", self.desk.state(login.id), "a card that is back opens nothing")
        self.assertTrue(self.desk.unlock("alice", ALICE)["granted"])
        screen.open()
        self.assertEqual("active", self.desk.state(login.id))
        self.assertTrue(self.desk.trail("session.lock") and self.desk.trail("session.unlock"))

    def test_revoked_ends_before_the_command_answers(self):
        self.desk.enrol("carol", 13)
        login, _ = self.log_in("carol", "carol", 13)
        self.desk.run("sekimori", "card", "revoke", "--person", "carol", "--reason", "lost")
        self.assertEqual("gone", self.desk.state(login.id))
        until(login.ended)

    def test_removed_ends_before_the_command_answers(self):
        self.desk.enrol("dora", 14)
        login, _ = self.log_in("dora", "dora", 14)
        removed = json.loads(self.desk.run("sekimori", "person", "remove", "dora", "--json").stdout)
        self.assertEqual("gone", self.desk.state(login.id))
        self.assertEqual((1, []), (removed["ended"], removed["sessions"]))
        until(login.ended)

    def test_a_refused_unlock_is_not_in_the_trail_as_granted(self):
        login, _ = self.log_in()
        self.desk.pull()
        self.until_state(login, "locked")
        self.desk.insert("bert")  # who has no business with this account
        before = len(self.desk.trail("unlock"))
        self.assertFalse(self.desk.unlock("alice", BERT)["granted"])
        self.assertNotIn("success", [event["result"] for event in self.desk.trail("unlock")[before:]])
        self.assertEqual("locked", self.desk.state(login.id))

    def test_operator_change(self):
        login, screen = self.log_in("counter")
        self.desk.pull()
        self.until_state(login, "locked")
        self.desk.insert("bert")
        self.assertTrue(self.desk.unlock("counter", BERT)["granted"])
        screen.open()
        session = next(one for one in self.desk.sessions() if one["id"] == login.id)
        self.assertEqual(("bert", "active"), (session["person"], session["state"]))
        self.assertFalse(login.ended())
        self.assertTrue(self.desk.trail("session.operator"))
        self.desk.pull()
        self.until_state(login, "locked")

    def test_one_session_on_a_shared_account(self):
        self.log_in("counter")
        second = self.desk.log_in("counter", ALICE, number=1)
        self.assertFalse(second.opened)

    def test_lockd_killed(self):
        login, _ = self.log_in()
        self.desk.kill("lock")
        until(lambda: self.desk.state(login.id) == "active")
        self.desk.pull()
        self.until_state(login, "locked")

    def test_broker_killed_asks_for_the_card_again(self):
        login, _ = self.log_in()
        self.desk.kill("broker")
        until(lambda: self.desk.state(login.id) == "active")
        self.desk.pull()
        self.until_state(login, "locked")
        self.desk.kill("broker")
        until(lambda: self.desk.state(login.id) == "locked")
        self.assertFalse(login.ended())

    def test_card_worker_killed(self):
        login, _ = self.log_in()
        self.desk.kill("card")
        until(lambda: self.desk.state(login.id) == "active")
        self.assertFalse(self.desk.trail("session.end.deadline"))

    def test_sleep_asks_for_the_card_again(self):
        login, _ = self.log_in()
        self.desk.control("Sleep")
        until(lambda: self.desk.state(login.id) == "active")

    def test_a_locker_that_crashes_ends_it(self):
        login, screen = self.log_in()
        self.desk.pull()
        self.until_state(login, "locked")
        screen.crash()
        until(login.ended)

    def test_unlocked_without_us_ends_it(self):
        login, _ = self.log_in()
        self.desk.pull()
        self.until_state(login, "locked")
        self.desk.set_hint(login.id, False)
        until(login.ended)
        self.assertTrue(self.desk.trail("session.end.unlocked"))

    def test_many_pulls(self):
        login, screen = self.log_in()
        took = []
        for number in range(PULLS):
            self.desk.pull()
            took.append(until(lambda: self.desk.state(login.id) == "locked"))
            self.desk.insert("alice")
            self.assertTrue(self.desk.unlock("alice", ALICE, number)["granted"], number)
            screen.open()
        took.sort()
        print(f"pull to locked, as the command sees it: median {took[len(took) // 2] * 1000:.0f} ms, most {took[-1] * 1000:.0f} ms")


class WithoutALock(AtTheDesk):
    """What can't be locked ends, after the two seconds that it has as shipped."""

    def test_without_a_locker_it_ends(self):
        login, _ = self.log_in(screen=False)
        self.desk.pull()
        until(login.ended)
        until(lambda: self.desk.state(login.id) == "gone")

    def test_a_console_ends_at_once(self):
        login, _ = self.log_in(kind="tty", screen=False)
        self.desk.pull()
        until(login.ended)


class OneReader(unittest.TestCase):
    """A reader with one slot: whoever elevates with another's card takes their own out first."""

    def test_elevation_with_another_card_does_not_lock(self):
        with Desk(sys.argv[1], "[devices]\nreaders=Sekimori Lab Reader 00 00\n") as desk:
            desk.enrol("alice", ALICE)
            desk.enrol("bert", BERT)
            desk.insert("alice")
            login = desk.log_in("alice", ALICE)
            self.assertTrue(login.opened, login.said)
            sudo = desk.elevate("bert", BERT, "alice")
            until(lambda: desk.state(login.id) == "swapping")
            desk.insert("bert")  # after the other was pulled
            said = sudo.communicate(timeout=30)[0]
            self.assertIn("auth PAM_SUCCESS", said)
            self.assertIn("Swap your card for the approver's; put yours back after it.", said)
            self.assertIn("Put your own card back within 20 seconds.", said)
            until(lambda: desk.state(login.id) == "grace")
            desk.insert("alice")
            until(lambda: desk.state(login.id) == "active")
            self.assertFalse(login.ended())
            self.assertFalse(desk.trail("session.end.deadline"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2, warnings="ignore")
