#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Switching over on trial: it goes back by itself, and stays only when somebody got in with both factors."""

import unittest

import desk
import lab
import machine
import root

ENFORCE = "/usr/libexec/sekimori/sekimori-enforce"
STACKS = "cd /etc/pam.d && sha256sum common-*"
# Five minutes are too long for a test, and the broker that knows who got in is the lab's.
SHORT = "[Timer]\nOnActiveSec=\nOnActiveSec={seconds}\n"
OF_THE_LAB = f"[Service]\nEnvironmentFile={lab.DIRECTORY}/env\n"


class Trial(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = cls.enterClassContext(machine.Machine(root.TREES / "bare", "trial"))
        cls.stock = cls.system.output(STACKS)
        cls.system.run("dpkg --install /srv/sekimori.deb", timeout=180)
        cls.desk = desk.Desk(cls.system, lab.Lab(cls.system))
        cls.desk.enrol("hanako")
        cls.system.run(f"mount --bind {lab.SOCKET} /run/sekimori/auth.sock")
        cls.system.run("mkdir -p /etc/systemd/system/sekimori-trial.timer.d /etc/systemd/system/sekimori-trial.service.d")
        cls.system.put("/etc/systemd/system/sekimori-trial.service.d/lab.conf", OF_THE_LAB)

    def tearDown(self):
        self.system.run(ENFORCE, "off")
        self.assertEqual(self.stock, self.system.output(STACKS))

    def begin(self, seconds: int) -> None:
        self.system.put("/etc/systemd/system/sekimori-trial.timer.d/short.conf", SHORT.format(seconds=seconds))
        self.system.run("systemctl daemon-reload")
        self.system.run(ENFORCE, "trial")
        self.assertEqual("trial", self.system.output(ENFORCE, "status"))
        self.assertNotEqual(self.stock, self.system.output(STACKS))

    def ends(self, state: str) -> None:
        self.system.until(f'test "$({ENFORCE} status)" = {state}', seconds=90)

    def test_goes_back_when_nobody_gets_in(self):
        self.begin(5)
        self.ends("off")
        self.assertEqual(self.stock, self.system.output(STACKS))
        self.system.run("test ! -e /etc/sudoers.d/zz-sekimori -a ! -e /etc/polkit-1/rules.d/90-sekimori.rules")

    def test_goes_back_when_a_login_was_refused(self):
        self.begin(20)
        self.desk.new_getty()
        self.desk.ask("hanako")
        self.desk.refused()
        self.ends("off")

    def test_stays_when_somebody_gets_in(self):
        self.begin(25)
        self.desk.new_getty()
        self.desk.log_in()
        self.system.log_out()
        self.ends("on")
        self.system.run("systemctl is-enabled sekimori-gate && test ! -e /etc/sekimori/trial")

    def test_a_machine_that_was_switched_off_meanwhile_goes_back_as_well(self):
        # What a start finds: the trial's mark on the disk and a timer that has not run.
        self.begin(300)
        self.system.run("systemctl stop sekimori-trial.timer && systemctl is-enabled sekimori-trial.timer")
        self.system.put("/etc/systemd/system/sekimori-trial.timer.d/short.conf", SHORT.format(seconds=3))
        self.system.run("systemctl daemon-reload && systemctl start timers.target sekimori-trial.timer")
        self.ends("off")

    def test_on_is_not_tried_again(self):
        self.system.run(ENFORCE, "confirm")
        self.assertNotEqual(0, self.system.run(ENFORCE, "trial", check=False).returncode)
        self.assertEqual("on", self.system.output(ENFORCE, "status"))
        self.system.run("sekimori setup --disable")
        self.assertEqual("off", self.system.output(ENFORCE, "status"))


if __name__ == "__main__":
    unittest.main()
