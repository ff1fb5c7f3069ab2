#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One real login: getty and sudo on a real system open with card and finger, and with nothing less."""

import unittest

import desk
import lab
import machine
import root
from desk import HANAKO, HANAKO_2, JIRO, PLACE, TAP

MODULE = "pam_sekimori.so socket=" + lab.SOCKET
LOGIN = f"""
auth     required {MODULE} intent=login
account  required {MODULE} intent=login
account  required pam_unix.so
session  required pam_unix.so
session  optional pam_systemd.so
session  required {MODULE} intent=login
"""
SUDO = f"""
auth     required {MODULE} intent=elevate
account  required {MODULE} intent=elevate
account  required pam_unix.so
session  required pam_unix.so
session  required {MODULE} intent=elevate
"""
CONNECT = "use Socket; socket(S, PF_UNIX, SOCK_SEQPACKET, 0); connect(S, sockaddr_un($ARGV[0])) or die $!"


class Login(unittest.TestCase):
    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            print("--- console\n" + self.system.transcript()[-3000:] + "\n--- lab\n" + self.lab.logs())

    @classmethod
    def setUpClass(cls):
        cls.system = cls.enterClassContext(machine.Machine(root.TREES / "product", "login"))
        cls.system.run("useradd --create-home --shell /bin/bash jiro")
        cls.lab = lab.Lab(cls.system)
        cls.desk = desk.Desk(cls.system, cls.lab)
        cls.desk.enrol("hanako", "jiro")
        cls.lab.new_card("stranger")
        # As an administrator writes them by hand.
        cls.system.put("/etc/pam.d/login", LOGIN)
        cls.system.put("/etc/pam.d/sudo", SUDO)
        cls.system.put("/etc/sudoers.d/hanako", "Defaults passwd_tries=1\nhanako ALL=(root) ALL\n", mode=0o440)

    def setUp(self):
        self.console = self.system.console
        self.desk.new_getty()

    def test_card_and_finger_open(self):
        self.desk.log_in()
        self.assertIn("hanako", self.system.output("loginctl list-sessions --no-legend"))
        granted = self.lab.sekimori("audit", "list", "--result", "success", "--person", "hanako")["items"]
        self.assertEqual("login", granted[-1]["service"])
        self.system.log_out()

    def test_any_enrolled_finger_opens(self):
        self.desk.ask("hanako")
        with self.lab.card("hanako", reader=1):
            self.console.expect_exact(PLACE)
            self.desk.press(HANAKO_2)
            self.assertEqual("hanako", self.system.enter("id -un"))
        self.system.log_out()

    def test_card_alone_is_refused(self):
        self.desk.ask("hanako")
        with self.lab.card("hanako"):
            self.console.expect_exact(PLACE)
            self.desk.refused()

    def test_finger_alone_is_refused(self):
        self.desk.ask("hanako")
        self.desk.refused()
        self.assertNotIn(PLACE, self.console.before)

    def test_somebody_elses_finger_is_refused(self):
        self.desk.ask("hanako")
        with self.lab.card("hanako"):
            self.console.expect_exact(PLACE)
            self.desk.press(JIRO)
            self.desk.refused()

    def test_somebody_elses_card_is_refused(self):
        for name in ("jiro", "stranger"):
            with self.subTest(card=name), self.lab.card(name):
                self.desk.new_getty()
                self.console.sendline("hanako")
                self.desk.refused()
                self.assertNotIn(PLACE, self.console.before)

    def test_card_that_is_pulled_is_refused(self):
        self.desk.ask("hanako")
        with self.lab.card("hanako"):
            self.console.expect_exact(PLACE)
        self.desk.refused()

    def test_an_account_without_a_person_is_refused(self):
        self.console.sendline("root")
        with self.lab.card("hanako"):
            self.console.expect(["Login incorrect", "User not known", "Authentication failure"])
        self.desk.no_session_came()

    def test_sudo(self):
        self.desk.log_in()
        with self.lab.card("hanako"):
            self.console.sendline("sudo -k; sudo id -u; echo was=$?.")
            self.console.expect_exact(PLACE)
            self.desk.press(HANAKO)
            self.console.expect(r"\n0\r?\nwas=0\.")

            self.console.sendline("sudo -k; sudo id -u; echo was=$?.")
            self.console.expect_exact(PLACE)
            self.desk.press(JIRO)
            self.no_sudo()

            self.console.sendline("sudo -k; sudo id -u; echo was=$?.")
            self.console.expect_exact(PLACE)
            self.no_sudo()
        self.console.sendline("sudo -k; sudo id -u; echo was=$?.")
        self.console.expect_exact(TAP)
        self.no_sudo()
        with self.lab.card("jiro"):
            self.console.sendline("sudo -k; sudo id -u; echo was=$?.")
            self.no_sudo()
        self.system.log_out()

    def no_sudo(self) -> None:
        self.console.expect(r"was=1\.", timeout=60)
        self.assertNotRegex(self.console.before, r"(?m)^0\r?$")

    def test_broker_gone_is_refused(self):
        pid = self.system.output("pgrep -x sekimorid")
        self.system.run(f"kill -STOP {pid}")
        try:
            self.console.sendline("hanako")
            self.desk.refused()
        finally:
            self.system.run(f"kill -CONT {pid}")

    def test_uids_are_apart(self):
        users = {}
        for line in self.system.output("ps -e -o user:32=,comm=").splitlines():
            user, name = line.split(None, 1)
            users.setdefault(name, set()).add(user)
        self.assertEqual({lab.BROKER}, users["sekimorid"])
        self.assertEqual({"sekimori-card"}, users["sekimori-card"])
        self.assertEqual({"sekimori-finger"}, users["sekimori-finger"])
        # Nobody reads what another one holds.
        for user in ("sekimori-card", "sekimori-finger", "hanako"):
            self.assertNotEqual(0, self.system.run(f"ls {lab.DIRECTORY}/state", user=user, check=False).returncode)
        for user, name in (("sekimori-card", "finger"), ("sekimori-finger", "card"), ("hanako", "card"), ("hanako", "finger")):
            path = f"{lab.DIRECTORY}/workers/{name}.sock"
            self.assertIn("Permission denied", self.system.run("perl", "-e", CONNECT, path, user=user, check=False).stdout)

    def test_zz_revoked_card_is_refused(self):
        revoked = self.lab.sekimori("card", "revoke", "--person", "hanako", "--reason", "lost")
        self.assertTrue(revoked["changed"])
        self.desk.ask("hanako")
        with self.lab.card("hanako"):
            self.desk.refused()
            self.assertNotIn(PLACE, self.console.before)
        self.assertTrue(self.lab.sekimori("audit", "verify")["ok"])


if __name__ == "__main__":
    unittest.main()
