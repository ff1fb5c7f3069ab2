#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The harness itself: a Debian without the product boots soundly, and a password opens a session on its console."""

import unittest

import machine
import root


class Boot(unittest.TestCase):
    def test_boots_and_logs_in(self):
        with machine.Machine(root.base(), "boot") as system:
            self.assertEqual("running", system.until("systemctl is-system-running --wait"))
            self.assertEqual("", system.output("systemctl list-units --failed --plain --no-legend"))

            console = system.console
            console.sendline(root.USER)
            console.expect("Password: ")
            console.sendline("wrong")
            console.expect("Login incorrect")
            console.expect("login: ")
            console.sendline(root.USER)
            console.expect("Password: ")
            console.sendline(root.PASSWORD)
            system.shell()
            self.assertEqual(root.USER, system.enter("id -un"))
            self.assertIn(root.USER, system.output("loginctl list-sessions --no-legend"))
            system.log_out()

            self.assertEqual(7, system.run("exit 7", check=False).returncode)
            system.power_off()
            self.assertEqual(0, console.exitstatus, console.signalstatus)


if __name__ == "__main__":
    unittest.main()
