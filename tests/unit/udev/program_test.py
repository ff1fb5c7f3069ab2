#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekimori-media as udev starts it, on a sysfs of umockdev's: the program, its privileges and its exit codes."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = ""
PARENT = "/devices/pci0000:00/0000:00:14.0/usb1"
KEYBOARD, STICK, SCANNER = "030101", "080650", "ff0000"


def descriptors(*interfaces: str, configurations=1, extra="") -> str:
    device = f"1201000200000040810781550001010203{configurations:02x}"
    return device + "0902ffff010100803200"[:18] + "".join(f"09040000010000000000"[:10] + i + "00" for i in interfaces) + extra


def description(port: str, words: str, authorized: str, serial: str) -> str:
    lines = [f"P: {PARENT}/{port}", "E: SUBSYSTEM=usb", "E: DEVTYPE=usb_device", f"A: authorized={authorized}\\n", "A: busnum=1\\n",
             "A: devnum=7\\n", f"H: descriptors={words}"]  # fmt: skip
    return "\n".join(lines + ([f"A: serial={serial}\\n"] if serial else []) + ["", ""])


@unittest.skipIf(shutil.which("umockdev-run") is None, "umockdev is not installed: tools/setup test")
class Program(unittest.TestCase):
    def run_on(self, words: str, *, action="add", authorized="0", serial="", port="1-2", path="", arguments="") -> tuple[int, str]:
        """The program's exit code, and the device's switch afterwards."""
        with tempfile.TemporaryDirectory() as folder:
            bus = "P: " + PARENT + "\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nA: authorized_default=1\\n\n\n"
            file = pathlib.Path(folder, "devices")
            file.write_text(bus + description(port, words, authorized, serial))
            script = f'"{PROGRAM}" {arguments}; code=$?; cat /sys{PARENT}/{port}/authorized /sys{PARENT}/authorized_default; exit $code'
            done = subprocess.run(
                ["umockdev-run", "--device", str(file), "--", "sh", "-c", script],
                env={**os.environ, "ACTION": action, "DEVPATH": path or f"{PARENT}/{port}"},
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
            )  # fmt: skip
            return done.returncode, done.stdout.replace("\n", "")

    def test_a_keyboard_is_let_in(self):
        self.assertEqual((0, "11"), self.run_on(descriptors(KEYBOARD)))
        self.assertEqual((0, "11"), self.run_on(descriptors(KEYBOARD), action="change"))

    def test_everything_else_waits_for_a_broker(self):
        for words in (descriptors(STICK), descriptors(KEYBOARD, STICK), descriptors(SCANNER), descriptors(), "00"):
            self.assertEqual((0, "01"), self.run_on(words, serial="4C530001"), words)

    def test_a_short_descriptor_hides_nothing(self):
        hidden = descriptors(KEYBOARD, extra="0224" + "09040100010806500000"[:18])
        self.assertEqual((0, "01"), self.run_on(hidden))

    def test_without_a_broker_nothing_that_was_let_in_stays(self):
        self.assertEqual((0, "01"), self.run_on(descriptors(STICK), authorized="1", serial="4C530001"))

    def test_a_look_at_everything_closes_the_bus(self):
        self.assertEqual((0, "00"), self.run_on(descriptors(STICK), authorized="1", arguments="--all"))
        self.assertEqual((0, "10"), self.run_on(descriptors(KEYBOARD), arguments="--all"))

    def test_an_interfaces_event_is_its_devices(self):
        self.assertEqual(
            (0, "11"), self.run_on(descriptors(KEYBOARD), action="bind", path=f"{PARENT}/1-2/1-2:1.0")
        )

    def test_buses_and_devices_that_are_gone_are_left_alone(self):
        self.assertEqual((0, "01"), self.run_on(descriptors(KEYBOARD), path=PARENT))
        self.assertEqual((0, "01"), self.run_on(descriptors(KEYBOARD), action="remove"))
        self.assertEqual((1, "01"), self.run_on(descriptors(KEYBOARD), path=f"{PARENT}/1-9"))

    def test_odd_calls_are_refused(self):
        for path in ("/etc", "/devices/../../etc", "devices/x", "/devicesx"):
            self.assertEqual((2, "01"), self.run_on(descriptors(KEYBOARD), path=path), path)
        self.assertEqual((2, "01"), self.run_on(descriptors(KEYBOARD), arguments="--some"))


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
