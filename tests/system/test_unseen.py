#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A card and fingers that share no code with the project's pass the gate, log in at a real getty, become root by sudo and
open a locker; others don't.
"""

import contextlib
import unittest

import desk
import lab
import machine
import root
import test_gate
import test_login
from elsewhere import Card, Finger, inserted, lay

UME, UME_2, STRANGER = Finger(20260411), Finger(20260412), Finger(20260413)
SUDOERS = "Defaults passwd_tries=1\nume ALL=(root) ALL\n"
LOCKER = "@include common-auth\n@include common-account\n"
UNLOCK = "sekimori-lab-login --dir / --stacks /etc/pam.d --phases auth,account xsecurelock ume"  # what a locker asks


class Elsewhere(lab.Lab):
    """The lab whose cards and fingers come from outside the machine, over its wires alone."""

    def __init__(self, system: machine.Machine):
        super().__init__(system)
        self.cards: dict[str, Card] = {}

    def new_card(self, name: str, kind="piv", *options: str) -> None:
        self.cards[name] = Card()

    @contextlib.contextmanager
    def card(self, name: str, reader=0):
        with inserted(self.cards[name], self._outside(f"card{reader}.sock")):
            yield

    def press(self, finger: Finger, number: int) -> None:
        lay(finger.press(number), self._outside("scanner/finger.sock"))

    def _outside(self, path: str) -> str:
        return f"/proc/{self.system.leader}/root{lab.DIRECTORY}/{path}"


def enrolled(system: machine.Machine) -> Elsewhere:
    """A lab on this machine that knows Ume, and cards of hers and of a stranger."""
    system.run("useradd --create-home --shell /bin/bash ume")
    elsewhere = Elsewhere(system)
    elsewhere.new_card("ume")
    elsewhere.new_card("stranger")
    elsewhere.sekimori("person", "add", "ume", "--name", "Ume")
    elsewhere.enrol_card("ume", "ume")
    for name, finger in (("right-index-finger", UME), ("left-thumb", UME_2)):
        elsewhere.enrol_finger("ume", name, finger)
    return elsewhere


class Unseen(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = cls.enterClassContext(machine.Machine(root.TREES / "product", "unseen"))
        cls.lab = enrolled(cls.system)
        cls.desk = desk.Desk(cls.system, cls.lab)
        cls.system.put("/etc/pam.d/login", test_login.LOGIN)
        cls.system.put("/etc/pam.d/sudo", test_login.SUDO)
        cls.system.put("/etc/sudoers.d/ume", SUDOERS, mode=0o440)

    def setUp(self):
        self.console = self.system.console
        self.desk.new_getty()

    def test_both_open_and_then_sudo(self):
        for reader, finger in enumerate((UME, UME_2)):
            self.desk.ask("ume")
            with self.lab.card("ume", reader):
                self.console.expect_exact(desk.PLACE)
                self.desk.press(finger)
                self.system.shell()
                self.assertEqual("ume", self.system.enter("id -un"))
                self.console.sendline("sudo -k; sudo id -u; echo was=$?.")
                self.console.expect_exact(desk.PLACE)
                self.desk.press(finger)
                self.console.expect(r"\n0\r?\nwas=0\.")
            self.system.log_out()

    def test_one_alone_does_not(self):
        self.desk.ask("ume")
        with self.lab.card("ume"):
            self.console.expect_exact(desk.PLACE)
            self.desk.refused()
        self.desk.new_getty()
        self.desk.ask("ume")
        self.desk.refused()
        self.assertNotIn(desk.PLACE, self.console.before)

    def test_another_finger_does_not(self):
        self.desk.ask("ume")
        with self.lab.card("ume"):
            self.console.expect_exact(desk.PLACE)
            self.desk.press(STRANGER)
            self.desk.refused()

    def test_another_card_does_not(self):
        with self.lab.card("stranger"):
            self.console.sendline("ume")
            self.desk.refused()
            self.assertNotIn(desk.PLACE, self.console.before)

    def test_zz_a_lost_card_does_not(self):
        self.lab.sekimori("card", "revoke", "--person", "ume", "--reason", "lost")
        self.desk.ask("ume")
        with self.lab.card("ume"):
            self.desk.refused()
            self.assertNotIn(desk.PLACE, self.console.before)


class FromPowerOn(unittest.TestCase):
    """On a machine that the package switched over: its own unit at the gate, its own stacks after that."""

    def test_gate_login_sudo_and_unlock(self):
        system = self.enterContext(machine.Machine(root.TREES / "held", "unseen-gate", until=test_gate.CLOSED))
        console = system.console
        console.expect_exact(test_gate.NOT_READY)
        elsewhere = enrolled(system)
        counter = desk.Desk(system, elsewhere)
        system.put("/etc/sudoers.d/ume", SUDOERS, mode=0o440)
        system.put("/etc/pam.d/xsecurelock", LOCKER)
        system.run(f"mount --bind {lab.SOCKET} /run/sekimori/auth.sock")

        console.expect_exact(desk.TAP)
        with elsewhere.card("ume"):
            console.expect_exact(desk.PLACE)
            counter.press(STRANGER)
            console.expect_exact(desk.PLACE)
            self.assertNotIn("login: ", system.transcript())
            counter.press(UME)
            console.expect_exact(test_gate.OPEN)
        counter.new_getty()
        counter.ask("ume")
        with elsewhere.card("ume"):
            console.expect_exact(desk.PLACE)
            counter.press(UME_2)
            system.shell()
            self.assertEqual("ume", system.enter("id -un"))
            for command, answer in (("sudo -k; sudo id -u", "0"), (UNLOCK, "account PAM_SUCCESS")):
                console.sendline(f"{command}; echo was=$?.")
                console.expect_exact(desk.PLACE)
                counter.press(UME)
                console.expect(rf"\n{answer}\r?\n")
                console.expect_exact("was=0.")
        system.log_out()


if __name__ == "__main__":
    unittest.main()
