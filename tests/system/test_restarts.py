#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who is killed while somebody is logged in, alone and in pairs: the session is proved again, locked or ended; never left open.

Each of them is started again by systemd, as on any workstation. The card is pulled while they are away.
"""

import itertools
import os
import unittest

import machine
import office
import root

UNITS = ("sekimorid", "sekimori-card", "sekimori-lockd", "pcscd", "dbus", "polkit", "systemd-logind")
SOAK = bool(os.environ.get("SEKIMORI_SOAK"))
# In full each pair once; in soak in both orders, and before a desktop as well.
PAIRS = list(itertools.permutations(UNITS, 2) if SOAK else itertools.combinations(UNITS, 2))
PATIENCE = 20.0  # 5 s for whoever is gone to come back, 2 s to lock or end; the rest is for a busy machine


class Restarts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = cls.enterClassContext(machine.Machine(root.TREES / "bare", "restarts"))
        cls.office = office.Office(cls.system, {"hanako": ["hanako"]})

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            print("--- journal\n" + self.system.output("journalctl --no-pager -b -n 150 | grep -v ' run-u'", check=False))

    def tearDown(self):
        self.office.clear()

    def kill(self, *units: str) -> None:
        """All at one moment; who is not there (polkit waits for its first question) is started for it."""
        self.system.run("systemctl", "start", *units)
        pids = [self.system.output(f"systemctl show -P MainPID {unit}") for unit in units]
        self.assertNotIn("0", pids)
        # Who asks over a bus that dies hears nothing of what became of it.
        self.system.run("kill", "-KILL", *pids, check=False)
        self.system.until(" && ".join(f"! kill -0 {pid} 2>/dev/null" for pid in pids))

    def secured(self, session: str, *allowed: str) -> None:
        self.assertIn(self.office.until_secured(session, PATIENCE), allowed)

    def killed_and_pulled(self, units: tuple[str, ...], console: bool) -> None:
        session = self.office.console_login() if console else self.office.desktop_login()
        try:
            self.kill(*units)
            self.office.pull()
            self.secured(session, *(("gone",) if console else ("gone", "locked")))
        finally:
            self.office.clear()

    def test_alone_at_a_console(self):
        for unit in UNITS:
            with self.subTest(unit=unit):
                self.killed_and_pulled((unit,), console=True)

    def test_alone_before_a_desktop(self):
        for unit in UNITS:
            with self.subTest(unit=unit):
                self.killed_and_pulled((unit,), console=False)

    def test_in_pairs_at_a_console(self):
        for pair in PAIRS:
            with self.subTest(pair=pair):
                self.killed_and_pulled(pair, console=True)

    @unittest.skipUnless(SOAK, "soak: the same pairs before a desktop")
    def test_in_pairs_before_a_desktop(self):
        for pair in PAIRS:
            with self.subTest(pair=pair):
                self.killed_and_pulled(pair, console=False)

    def test_the_card_that_stays_is_asked_for_again(self):
        # A card whose key wants a PIN can't answer by itself: where its presence is in doubt the session locks.
        for unit in UNITS:
            with self.subTest(unit=unit):
                session = self.office.desktop_login()
                try:
                    self.kill(unit)
                    if unit in ("sekimorid", "sekimori-card", "pcscd"):
                        self.secured(session, "locked")
                        self.office.until_state(session, "locked")
                        self.assertEqual("open", self.office.unlock())
                    elif unit == "dbus":  # takes the broker with it, and this desktop's locker
                        self.secured(session, "gone", "locked")
                        continue
                    else:
                        self.office.ready()
                        self.office.until_state(session, "active")
                    self.office.pull()
                    self.secured(session, "gone", "locked")
                finally:
                    self.office.clear()

    def test_what_was_locked_stays_locked_or_ends(self):
        # A logind that starts anew has forgotten what its lockers said: as if it had been unlocked without us.
        for unit in UNITS:
            forgets = unit in ("dbus", "systemd-logind")
            with self.subTest(unit=unit):
                session = self.office.desktop_login()
                try:
                    self.office.pull()
                    self.secured(session, "locked")
                    self.office.until_state(session, "locked")
                    self.kill(unit)
                    self.office.ready()
                    self.secured(session, *(("locked", "gone") if forgets else ("locked",)))
                    if not forgets:
                        self.office.until_state(session, "locked")
                        self.office.insert()
                        self.assertEqual("open", self.office.unlock())
                finally:
                    self.office.clear()


if __name__ == "__main__":
    unittest.main(verbosity=2)
