#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The boot gate on a machine that was switched over: it holds every login back, opens with both factors, and fails shut."""

import unittest

import desk
import lab
import machine
import root
from desk import PLACE, TAP

CLOSED, OPEN, NOT_READY = "Nobody logs in before a card", "This machine is open.", "not ready yet; trying again."
HELD = ("console-getty", "systemd-user-sessions", "ssh", "cron")
GOES_ON = ("dbus", "systemd-logind", "sekimorid", "sekimori-card", "sekimori-finger")
CYCLE = "[Unit]\nRequires=systemd-user-sessions.service\nAfter=systemd-user-sessions.service\n"


class Gate(unittest.TestCase):
    def boot(self, name: str) -> machine.Machine:
        system = self.enterContext(machine.Machine(root.TREES / "held", name, until=CLOSED))
        self.console = system.console
        return system

    def gate(self, system: machine.Machine) -> str:
        return system.output("systemctl show -P ActiveState sekimori-gate")

    def nobody_gets_a_prompt(self, system: machine.Machine) -> None:
        for unit in HELD:
            self.assertNotEqual("active", system.output(f"systemctl show -P ActiveState {unit}"), unit)
        self.assertNotIn("login: ", system.transcript())

    def test_holds_back_logins_and_opens_with_both(self):
        system = self.boot("gate")
        self.console.expect_exact(NOT_READY)
        for unit in GOES_ON:
            system.until(f"systemctl is-active {unit}")
        self.nobody_gets_a_prompt(system)

        # No key ends it.
        pid = system.output("systemctl show -P MainPID sekimori-gate")
        for key in "\x03", "\x1c", "\x1a", "\x04", "\r":
            self.console.send(key)
        laboratory = lab.Lab(system)
        counter = desk.Desk(system, laboratory)
        counter.enrol("hanako")
        self.assertEqual(pid, system.output("systemctl show -P MainPID sekimori-gate"))
        self.assertEqual("activating", self.gate(system))

        system.run(f"mount --bind {lab.SOCKET} /run/sekimori/auth.sock")
        self.console.expect_exact(TAP)
        with laboratory.card("hanako"):
            self.console.expect_exact(PLACE)
            self.console.expect_exact("No finger came in time.")  # the card alone
            self.nobody_gets_a_prompt(system)
            self.console.expect_exact(PLACE)
            counter.press(desk.JIRO)  # somebody else's finger
            self.console.expect_exact(PLACE)
            self.nobody_gets_a_prompt(system)
        self.console.expect_exact(TAP)
        with laboratory.card("hanako"):
            self.console.expect_exact(PLACE)
            counter.press(desk.HANAKO)
            self.console.expect_exact(OPEN)
        self.console.expect("login: ")
        for unit in ("sekimori-gate",) + HELD:
            system.until(f"systemctl is-active {unit}")

        passed = laboratory.sekimori("audit", "list", "--result", "success", "--person", "hanako")["items"]
        self.assertEqual([("boot", "sekimori-gate")], [(event["what"], event["service"]) for event in passed if event["what"] == "boot"])
        counter.new_getty()
        counter.log_in()
        system.log_out()

    def test_fails_shut(self):
        system = self.boot("shut")
        self.console.expect_exact(NOT_READY)
        system.run("kill -KILL $(systemctl show -P MainPID sekimori-gate)")
        system.until("systemctl is-failed sekimori-gate")
        system.until("test -z \"$(systemctl list-jobs --no-legend)\"")
        self.nobody_gets_a_prompt(system)
        # Whoever starts a login prompt now meets the gate again.
        system.run("systemctl start --no-block console-getty")
        self.console.expect_exact(CLOSED)
        self.nobody_gets_a_prompt(system)
        system.run("systemctl start --no-block ssh")
        self.assertEqual("activating", self.gate(system))
        self.nobody_gets_a_prompt(system)

    def test_the_order_of_the_boot_has_no_cycle(self):
        system = self.boot("order")
        verify = "systemd-analyze verify --man=no default.target getty@tty1.service serial-getty@ttyS0.service user@1000.service 2>&1; true"
        self.assertNotIn("cycle", system.output(verify, timeout=120))
        self.assertEqual("", system.output("journalctl -q -b | grep '[F]ound ordering cycle'; true"))
        # The check finds one where there is one.
        system.run("mkdir -p /etc/systemd/system/sekimori-gate.service.d")
        system.put("/etc/systemd/system/sekimori-gate.service.d/cycle.conf", CYCLE)
        self.assertIn("cycle", system.output(verify, timeout=120))

    def test_the_ways_around_are_closed(self):
        system = self.boot("around")
        for unit in ("ctrl-alt-del.target", "debug-shell.service"):
            self.assertEqual("masked", system.run(f"systemctl is-enabled {unit}", check=False).stdout.strip())
        self.assertEqual("none", system.output("systemctl show -P CtrlAltDelBurstAction"))
        self.assertIn("kernel.sysrq = 0", system.output("cat /etc/sysctl.d/99-sekimori.conf"))


if __name__ == "__main__":
    unittest.main()
