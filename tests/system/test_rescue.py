#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/RESCUE.md, rehearsed: a switched-over machine whose reader is dead, and how its people get in again."""

import shutil
import subprocess
import unittest

import machine
import root

TREE = root.TREES / "rescue"
GATE = "Nobody logs in before a card"
LOCKED = "root account is locked"
ROOT_PASSWORD = "from-the-envelope"


class Rescue(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(TREE, ignore_errors=True)
        root.run("cp", "-ax", "--reflink=auto", root.TREES / "held", TREE)
        cls.addClassCleanup(shutil.rmtree, TREE, True)

    def boot(self, until: str, *kernel: str) -> machine.Machine:
        """This time what happens on the machine stays."""
        return machine.Machine(TREE, "rescue", until=until, options=(), kernel=kernel)

    def from_outside(self, *command: str, text="") -> None:
        subprocess.run(["chroot", str(TREE), *command], input=text, text=True, check=True)

    def test_1_without_a_root_password_rescue_mode_is_shut(self):
        with self.boot(LOCKED, "systemd.unit=rescue.target") as system:
            self.assertNotIn("# ", system.console.before)

    def test_2_with_one_it_opens_and_takes_everything_back(self):
        self.from_outside("chpasswd", text=f"root:{ROOT_PASSWORD}\n")
        with self.boot("maintenance", "systemd.unit=rescue.target") as system:
            system.type_unseen(ROOT_PASSWORD)
            system.console.expect_exact("# ")
            self.assertNotIn("stays", system.enter("sekimori setup --disable"))
        self.password_opens()
        # Over again, for the next way in.
        self.from_outside("passwd", "--lock", "root")
        self.from_outside("/usr/libexec/sekimori/sekimori-enforce", "confirm")
        with self.boot(GATE):
            pass

    def test_3_from_a_rescue_medium(self):
        self.from_outside("/usr/libexec/sekimori/sekimori-enforce", "off")
        self.password_opens()

    def password_opens(self) -> None:
        with self.boot("login: ") as system:
            system.console.sendline(root.USER)
            system.console.expect("Password: ")
            system.console.sendline(root.PASSWORD)
            system.shell()
            self.assertEqual(root.USER, system.enter("id -un"))
            self.assertNotIn(GATE, system.transcript())


if __name__ == "__main__":
    unittest.main(failfast=True)
