#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/RESCUE.md, rehearsed: a switched-over machine whose reader is dead, and how its people get in again."""

import json
import shutil
import subprocess
import unittest

import machine
import root

TREE = root.TREES / "rescue"
GATE = "Nobody logs in before a card"
LOCKED = "root account is locked"
ROOT_PASSWORD = "from-the-envelope"
RESCUE = "/usr/libexec/sekimori/sekimori-rescue"


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

    # --- the code in the envelope

    def new_code(self) -> str:
        done = subprocess.run(["chroot", str(TREE), RESCUE, "new"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.strip()

    def type_code(self, system: machine.Machine, code: str, then: str) -> None:
        system.console.sendline("")
        system.console.expect_exact("Rescue code from the sealed envelope")
        system.type_unseen(code)
        system.console.expect_exact(then)

    def test_0_the_code_opens_roots_shell_once_and_nothing_else(self):
        code = self.new_code()
        other = self.new_code()  # the one before is void
        with self.boot(GATE) as system:
            system.console.sendline("")  # not yet: the devices may only be slow
            system.console.expect_exact("Press Enter to type the rescue code", timeout=120)
            self.assertNotIn("Rescue code from", system.transcript())
            self.type_code(system, code, "This is not the rescue code.")
            self.type_code(system, other[:-1] + ("0" if other[-1] != "0" else "1"), "a letter is wrong or missing")
            self.assertEqual("x.........", system.output("cat /var/lib/sekimori-rescue/tries"))
            self.type_code(system, other.lower().replace("-", " "), "Accepted, and used up.")
            self.assertEqual("tries used", " ".join(system.output("ls /var/lib/sekimori-rescue").split()))
            system.console.expect_exact("Press Enter for maintenance")
            system.type_unseen("")
            system.console.expect_exact("# ")
            self.assertEqual("0", system.enter("id -u"))
            # Loud, and the gate has let nobody in.
            self.assertEqual("activating", system.output("systemctl show -P ActiveState sekimori-gate"))
            self.assertIn("rescue code was used", system.output("journalctl -t sekimori-rescue -p alert --no-pager"))
            used = json.loads(system.output("sekimori status --json"))["rescue"]
            self.assertEqual("used", used["state"])
            system.until("sekimori audit list --json | grep -F '\"rescue.use\"'")
            self.assertIn("boot.rescue_code", system.run("sekimori doctor", check=False).stdout)
            system.console.sendline("exit")
            system.console.expect_exact("This machine is closed as before.")
            self.assertEqual("activating", system.output("systemctl show -P ActiveState sekimori-gate"))
            self.assertNotIn("login:", system.transcript())
            self.assertNotIn(other, system.transcript())
        self.assertFalse((TREE / "var/lib/sekimori-rescue/code").exists())

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
