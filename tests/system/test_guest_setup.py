#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A workstation is set up: the real CCID reader is plugged in, two administrators are made, the machine is switched over.

What this leaves on the disk is what the other guests begin with.
"""

import unittest

import workplace

ENFORCE = "/usr/libexec/sekimori/sekimori-enforce"
READER_NODE = "$(grep -l ^08e6 /sys/bus/usb/devices/*/idVendor | xargs dirname | xargs -I{} udevadm info -q name -p {} | sed 's|^|/dev/|')"


class Setup(workplace.Day):
    NAME = "setup"
    HOW = {"keep": True}

    def test_1_the_reader_is_driven_and_belongs_to_pcscd_alone(self):
        self.place.card_state("absent")
        (found,) = self.place.status()["readers"]
        self.assertIn("CCID Interface", found["name"])
        with self.reader.card("hanako"):
            self.place.card_state("present")
        self.place.card_state("absent")
        # systemd would let whoever sits there write to it, past pcscd.
        self.system.until("loginctl --no-legend | grep lightdm")
        access = self.system.output(f"stat -c '%a %U %G' {READER_NODE}; getfacl -p {READER_NODE}")
        self.assertIn("600 root root", access)
        self.assertNotIn("user:lightdm", access)
        self.assertEqual("660 sekimori-pcsc", self.system.output("stat -c '%a %G' /run/pcscd/pcscd.comm"))

    def test_2_the_reader_is_pulled_out_and_comes_back(self):
        self.reader.unplug()
        self.system.until("sekimori status --json | grep -F '\"readers\":[]'")
        self.reader.plug_in()
        self.place.card_state("absent")

    def test_3_a_scanner_would_belong_to_our_worker_alone(self):
        # Of what libfprint drives nothing is here; the mouse is declared to be one, as its hardware table would do it.
        entry = "usb:v0627p0001*\\n ID_AUTOSUSPEND=1\\n ID_PERSIST=0\\n"
        self.system.run(f"printf '{entry}' > /etc/udev/hwdb.d/99-test.hwdb && systemd-hwdb update")
        node = "/dev/$(udevadm info -q name -p $(grep -l ^0627 /sys/bus/usb/devices/*/idVendor | head -1 | xargs dirname))"
        self.system.run(f"udevadm trigger --settle {node} || udevadm trigger --settle --subsystem-match=usb")
        self.assertEqual("660 root sekimori-finger", self.system.output(f"stat -c '%a %U %G' {node}"))
        self.assertNotEqual(0, self.system.run(f"exec 3<>{node}", user="hanako", check=False).returncode)
        self.system.run(f"exec 3<>{node}", user="sekimori-finger")
        # The table itself, for a scanner that it knows.
        known = self.system.output("systemd-hwdb query usb:v05BAp000A")
        self.assertIn("ID_AUTOSUSPEND=1", known)
        self.assertIn("ID_PERSIST=0", known)
        self.system.run("rm /etc/udev/hwdb.d/99-test.hwdb && systemd-hwdb update")

    def test_4_two_administrators_are_made(self):
        answer = self.place.set_up("hanako", "jiro")
        self.assertRegex(answer["rescue_code"], "^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}$")
        self.assertEqual("ready", self.place.status()["rescue"]["state"])
        self.assertEqual("", self.system.output("grep -l pam_sekimori /etc/pam.d/* | grep -vE 'sekimori-(gate|trial)'; true"))

    def test_5_switched_over_and_in_japanese(self):
        self.system.run(f"{ENFORCE} trial && {ENFORCE} confirm")
        # As INSTALL.md has it; the console keeps its English, and so does the gate.
        self.system.run("sed -i 's/pam_sekimori.so/& lang=ja/' /etc/pam.d/common-auth /etc/pam.d/common-account")
        self.system.run("pam-auth-update --package && grep -F lang=ja /etc/pam.d/common-auth")  # another package's
        stacks = self.system.run("sekimori doctor --root /", check=False)
        self.assertEqual(0, stacks.returncode, "\n".join(line for line in stacks.stdout.splitlines() if "ok" not in line[:12]))
        self.reader.close()
        self.system.power_off()


if __name__ == "__main__":
    unittest.main(failfast=True)
