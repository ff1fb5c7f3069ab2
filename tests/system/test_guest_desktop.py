#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A desktop's day with the real reader: LightDM asks in Japanese, the pulled card locks, both unlock, and a locker that
does not say that it locks costs the session. Photographs of what the person sees are in build/system/artefacts.

The steps are one day, in this order.
"""

import unittest

import hands
import workplace

AGAIN = "Authenticate result for user hanako: Authentication failure"


class Desktop(workplace.Day):
    NAME = "desktop"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.run(f"rm -f {workplace.LOG}")  # of an earlier boot
        cls.place.pass_gate()
        cls.place.greeter_says("Prompt greeter")

    def hint(self) -> str:
        return self.system.output(f"loginctl show-session -P LockedHint {self.place.session()}")

    def log_in(self):
        """The card stays in: take it out by closing what this returns."""
        self.place.ask("hanako")
        card = self.reader.card("hanako")
        card.__enter__()
        self.place.greeter_asks_for_the_finger()
        self.place.press(hands.HANAKO)
        self.place.go_in()
        return card

    def test_1_the_greeter_asks_for_the_card(self):
        self.place.ask("hanako")
        self.place.greeter_shows(workplace.TAP_JA)
        self.system.photograph("greeter-asks-for-the-card")
        self.place.greeter_says(AGAIN)  # nobody comes
        self.assertEqual([], self.place.trail(what="login", result="success"))

    def test_2_the_card_alone_is_refused(self):
        self.place.ask("hanako")
        with self.reader.card("hanako"):
            self.place.greeter_asks_for_the_finger()
            self.place.greeter_shows(workplace.PLACE_JA)
            self.system.photograph("greeter-asks-for-the-finger")
            self.place.greeter_says(AGAIN)
            self.system.photograph("greeter-refuses")
        self.place.nobody_in()

    def test_3_both_open_the_session(self):
        type(self).card = self.log_in()
        self.place.state("active")
        self.system.until("pgrep -u hanako -x xss-lock && pgrep -u hanako -x xterm")
        self.system.photograph("session")

    def test_3b_both_make_her_root(self):
        self.system.put("/etc/sudoers.d/hanako", "hanako ALL=(root) ALL\n", mode=0o440)
        self.system.click(100, 100)  # the keyboard goes where the mouse is
        self.system.type("sudo touch rooted\n")
        self.place.scanner_opens()
        self.system.photograph("sudo")
        self.place.press(hands.HANAKO_2)
        self.assertEqual("root", self.system.until("stat -c %U /home/hanako/rooted"))

    def test_4_the_pulled_card_locks(self):
        self.card.__exit__(None, None, None)
        self.place.state("locked")
        self.assertEqual("yes", self.hint())
        self.system.run("pgrep -u hanako -x xsecurelock")
        type(self).locked = self.system.photograph("locked")

    def test_5_one_factor_does_not_unlock(self):
        with self.reader.card("hanako"):
            self.place.card_state("present")
            self.place.press_at_locker(hands.JIRO, "sekimori audit list --json --result failure | grep -F '\"what\":\"unlock\"'")
            self.system.photograph("locker-refuses")
        self.place.locker_sleeps()
        self.place.state("locked")
        self.assertEqual("yes", self.hint())

    def test_6_both_unlock(self):
        card = self.reader.card("hanako")
        card.__enter__()
        type(self).card = card
        self.place.card_state("present")
        self.place.wake_locker()
        self.place.scanner_opens()
        self.system.photograph("locker-asks-for-the-finger", unlike=self.locked)
        self.place.press_at_locker(hands.HANAKO_2, "sekimori session list --json | grep -F '\"state\":\"active\"'")
        self.system.until(f"test \"$(loginctl show-session -P LockedHint {self.place.session()})\" = no && ! pgrep -u hanako xsecurelock")
        self.system.photograph("unlocked")

    def test_7_the_reader_that_is_pulled_out_locks(self):
        self.reader.unplug()
        self.card.__exit__(None, None, None)
        self.place.state("locked", "ending")
        self.reader.plug_in()
        self.place.card_state("absent")
        self.place.from_now_on()
        self.system.run("loginctl terminate-user hanako", check=False)
        self.place.nobody_in()
        self.place.greeter_says("Prompt greeter")

    def test_8_a_locker_that_says_nothing_ends_the_session(self):
        self.system.put("/etc/desk-locker", "xscreensaver\n")
        card = self.log_in()
        self.system.until("pgrep -u hanako -f xscreensaver")
        self.place.state("active")
        card.__exit__(None, None, None)
        self.place.nobody_in()


if __name__ == "__main__":
    unittest.main(failfast=True)
