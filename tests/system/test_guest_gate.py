#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The boot gate on a machine's own screen and keyboard: nothing gets past it, and nothing that fails opens it."""

import unittest

import hands
import workplace

CLOSED, OPEN = "Nobody logs in before a card", "This machine is open."
HELD = ("getty@tty1", "getty@tty2", "autovt@tty2", "display-manager", "systemd-user-sessions", "ssh", "cron")
GATE = "systemctl show -P {} sekimori-gate"
BOOT = "cat /proc/sys/kernel/random/boot_id"


class Gate(workplace.Day):
    NAME = "gate"

    def closed(self) -> None:
        for unit in HELD:
            self.assertNotEqual("active", self.system.output(f"systemctl show -P ActiveState {unit}"), unit)
        screens = self.system.output("cat /dev/vcs[1-7] | tr -cd '[:print:]'; loginctl --no-legend; pgrep -a Xorg; true")
        self.assertNotIn("login:", screens)
        self.assertNotIn("Xorg", screens)

    def test_1_it_stands_before_every_login(self):
        self.place.at_gate(CLOSED)
        self.place.at_gate(workplace.TAP)
        self.system.photograph("asks")
        self.closed()

    def test_2_no_key_gets_past_it(self):
        boot, gate = self.system.output(BOOT), self.system.output(GATE.format("MainPID"))
        for keys in (
            ("ctrl", "alt", "delete"), ("ctrl", "c"), ("ctrl", "backslash"), ("ctrl", "z"), ("ctrl", "d"), ("ret",),
            # The kernel's own: restart, kill what holds the console, end everything.
            ("alt", "sysrq", "b"), ("alt", "sysrq", "k"), ("alt", "sysrq", "i"),
        ):  # fmt: skip
            self.system.key(*keys)
        for _ in range(8):  # seven within two seconds would restart it whatever the target is
            self.system.key("ctrl", "alt", "delete")
        # Another console: where systemd would start a getty as soon as somebody looks at it.
        self.system.key("alt", "f2")
        self.system.until("test \"$(cat /sys/class/tty/tty0/active)\" = tty2")
        self.closed()
        self.system.key("alt", "f1")
        self.assertEqual(boot, self.system.output(BOOT))
        self.assertEqual(gate, self.system.output(GATE.format("MainPID")))
        self.assertEqual("0", self.system.output("cat /proc/sys/kernel/sysrq"))
        self.assertEqual("", self.system.output("systemctl list-jobs --no-legend | grep -e reboot -e shutdown; true"))

    def test_3_the_card_alone_does_not_open(self):
        with self.place.card_at_gate("hanako"):
            self.place.press(hands.JIRO)  # somebody else's finger
            self.place.at_gate("No match")
        self.closed()

    def test_4_killed_it_leaves_no_prompt(self):
        self.system.run(f"kill -KILL $({GATE.format('MainPID')})")
        self.system.until("systemctl is-failed sekimori-gate && test -z \"$(systemctl list-jobs --no-legend)\"")
        self.closed()
        self.system.photograph("shut")
        # Whoever starts a login now meets the gate again.
        self.system.run("systemctl start --no-block display-manager")
        self.system.until(f"test \"$({GATE.format('ActiveState')})\" = activating")
        self.closed()

    def test_5_both_open_it(self):
        self.place.pass_gate()
        self.system.until("systemctl is-active display-manager && pgrep Xorg")
        passed = self.place.trail(what="boot", result="success")
        self.assertEqual([self.place.id_of("hanako")], [event["who"] for event in passed])


if __name__ == "__main__":
    unittest.main(failfast=True)
