#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The packaged units on a real system: what they may do, and that no concession of the lab is to be had from them."""

import json
import unittest

import machine
import root

CONFIG = "/etc/sekimori/sekimori.conf"
UNITS = ("sekimorid", "sekimori-card", "sekimori-finger")
OWNERS = {"sekimorid": "sekimori", "sekimori-card": "sekimori-card", "sekimori-finger": "sekimori-finger"}
STACK = "auth required pam_sekimori.so intent=login\naccount required pam_sekimori.so intent=login\n"
HANDLER = "/usr/libexec/sekimori/lab/libsekimori-lab-reader.so"


class Units(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = cls.enterClassContext(machine.Machine(root.TREES / "product", "units"))
        cls.system.put("/etc/pam.d/sekimori-test", STACK)
        cls.system.run("systemctl enable --now sekimorid sekimori-card sekimori-finger")
        cls.system.run("systemctl restart pcscd.socket")  # with our drop-in
        cls.settle()

    @classmethod
    def settle(cls):
        """Waits until all three are up and the workers have been welcomed."""
        cls.system.until("systemctl is-active sekimorid sekimori-card sekimori-finger && sekimori status --json")

    def tearDown(self):
        # Whatever a test wrote into the configuration is gone for the next one.
        self.system.run(
            "rm -rf /etc/sekimori/conf.d /etc/systemd/system/sekimori*.service.d /etc/reader.conf.d/* && systemctl daemon-reload"
        )
        self.restart()
        self.settle()

    def restart(self, check=True):
        self.system.run("systemctl restart sekimorid sekimori-card sekimori-finger", check=check)

    def status(self):
        return json.loads(self.system.output("sekimori status --json"))

    def configure(self, text: str):
        self.system.run("mkdir -p /etc/sekimori/conf.d")
        self.system.put("/etc/sekimori/conf.d/test.conf", text)

    def said(self, unit: str, text: str):
        """The process that runs now has said so."""
        of_now = f"_SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID {unit})"
        self.system.until(f"journalctl --no-pager -q {of_now} | grep -qF '{text}'")

    def log_in(self, login=root.USER) -> str:
        done = self.system.run("pamtester", "sekimori-test", login, "authenticate", check=False)
        self.assertNotEqual(0, done.returncode, done.stdout)
        return done.stdout

    def test_processes_are_apart_and_hold_nothing(self):
        for unit, owner in OWNERS.items():
            with self.subTest(unit=unit):
                pid = self.system.output(f"systemctl show -P MainPID {unit}")
                self.assertEqual(owner, self.system.output(f"stat -c %U /proc/{pid}"))
                status = self.system.output(f"cat /proc/{pid}/status")
                for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
                    self.assertIn(line, status)
                self.assertRegex(self.system.output(f"cat /proc/{pid}/limits"), r"Max core file size +0 +0 ")
        groups = self.system.output("id -nG sekimori-card")
        self.assertEqual({"sekimori-card", "sekimori-pcsc"}, set(groups.split()))

    def test_listeners_belong_to_root_and_to_their_class(self):
        listing = self.system.output("stat -c '%n %a %U' /run/sekimori /run/sekimori/*.sock /var/lib/sekimori /run/pcscd/pcscd.comm")
        self.assertEqual(
            [
                "/run/sekimori 755 root",
                "/run/sekimori/auth.sock 666 root",
                "/run/sekimori/card.sock 600 sekimori-card",
                "/run/sekimori/finger.sock 600 sekimori-finger",
                "/run/sekimori/fleet.sock 600 sekimori-fleet",
                "/run/sekimori/lock.sock 600 sekimori-lock",
                "/run/sekimori/media.sock 600 sekimori-media",
                "/var/lib/sekimori 700 sekimori",
                "/run/pcscd/pcscd.comm 660 root",
            ],
            listing.splitlines(),
        )

    def test_the_bus_name_is_the_brokers_alone(self):
        owner = self.system.output("busctl --system status org.sekimori.Broker | grep -i '^UID='")
        self.assertEqual("UID=" + self.system.output("id -u sekimori"), owner)
        taken = self.system.run(
            "dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.RequestName"
            " string:org.sekimori.Broker uint32:7", user=root.USER, check=False,
        )  # fmt: skip
        self.assertIn("not allowed to own", taken.stdout)

    def test_each_comes_back(self):
        for unit in UNITS:
            with self.subTest(unit=unit):
                pid = self.system.output(f"systemctl show -P MainPID {unit}")
                self.system.run(f"kill -KILL {pid}")
                self.system.until(f'now=$(systemctl show -P MainPID {unit}); test "$now" != 0 -a "$now" != {pid}')
                self.settle()

    def test_lab_mode_is_refused(self):
        self.configure("[lab]\nenabled=true\n")
        self.restart(check=False)
        for unit in UNITS:
            self.system.until(f"journalctl --no-pager -b -u {unit} | grep -q 'lab mode refused'")
        self.assertNotEqual(0, self.system.run("sekimori status --json", check=False).returncode)
        self.log_in()

    def test_lab_mode_is_refused_to_the_production_account_root_and_paths(self):
        broker = "/usr/libexec/sekimori/sekimorid"
        self.system.run("id -u labbroker >/dev/null 2>&1 || useradd --system --no-create-home labbroker")
        for name, user, owner, state, why in (
            ("account", "sekimori", "sekimori", "/srv/account", "production account"),
            ("root", "root", "root", "/srv/root", "the system bus is in use"),
            ("owner", "labbroker", "root", "/srv/owner", "belongs to root"),
            ("paths", "labbroker", "labbroker", "/var/lib/elsewhere", "path of the production system"),
        ):
            with self.subTest(case=name):
                folder = f"/srv/{name}"
                self.system.run(f"mkdir -p -m 0755 {folder} && chown {owner} {folder}")
                text = f"[paths]\nstate={state}\nrun={folder}\nworkers={folder}\n[lab]\nenabled=true\n"
                self.system.put(f"{folder}/sekimori.conf", text, owner=f"{owner}:root")
                bus = [] if name == "root" else ["env", f"DBUS_SYSTEM_BUS_ADDRESS=unix:path={folder}/bus"]
                command = (*bus, broker, "--config", f"{folder}/sekimori.conf")
                done = self.system.run(*command, user=user, check=False, timeout=20)
                self.assertNotEqual(0, done.returncode)
                self.assertIn("lab mode refused", done.stdout)
                self.assertIn(why, done.stdout)

    def test_software_readers_are_not_opened(self):
        # The system's own pcscd with the lab's reader; even named in the configuration it is not admitted.
        self.system.run("mkdir -p /srv/reader /etc/reader.conf.d && chmod 755 /srv/reader")
        for name in ("Sekimori Lab Reader", "Virtual PCD"):
            with self.subTest(reader=name):
                self.system.put(
                    "/etc/reader.conf.d/lab",
                    f'FRIENDLYNAME "{name}"\nDEVICENAME /dev/null:/srv/reader/card.sock\nLIBPATH {HANDLER}\nCHANNELID 0\n',
                )
                self.configure(f"[devices]\nreaders={name} 00 00\n")
                self.system.run("systemctl restart pcscd.service")
                self.restart()
                self.settle()
                # The reader is there and the worker is told of readers: of none that it may take.
                self.system.until("test -S /srv/reader/card.sock")
                self.said("sekimori-card", "readers count=0")
                self.assertEqual([], self.status()["readers"])
                self.log_in()

    def test_software_scanners_are_not_opened(self):
        drop_in = "[Service]\nUnsetEnvironment=\nEnvironment=FP_VIRTUAL_IMAGE=/tmp/scanner FP_VIRTUAL_DEVICE=/tmp/device\n"
        self.system.run("mkdir -p /etc/systemd/system/sekimori-finger.service.d")
        self.system.put("/etc/systemd/system/sekimori-finger.service.d/lab.conf", drop_in)
        self.system.run("systemctl daemon-reload")
        self.restart()
        self.settle()
        pid = self.system.output("systemctl show -P MainPID sekimori-finger")
        self.assertIn("FP_VIRTUAL_IMAGE", self.system.output(f"tr '\\0' '\\n' < /proc/{pid}/environ"))
        self.said("sekimori-finger", "not taken from the environment: FP_VIRTUAL_IMAGE")
        self.assertEqual([], self.status()["scanners"])

    def test_nothing_is_administered_without_an_administrator(self):
        self.assertFalse(self.status()["lab"])
        # Root is let in at the front door (polkit) and then asked for an administrator's card; others don't get so far.
        for user, code in (("", "no_reader"), (root.USER, "refused")):
            for verb in (["person", "add", "taro", "--name", "Taro"], ["card", "revoke", "--person", "taro", "--reason", "lost"]):
                done = self.system.run("sekimori", *verb, "--json", user=user, check=False)
                self.assertEqual(1, done.returncode, done.stdout)
                self.assertEqual(code, json.loads(done.stdout.strip().splitlines()[-1])["error"]["code"])
        self.assertEqual([], json.loads(self.system.output("sekimori person list --json"))["items"])

    def test_a_broker_that_cannot_start_lets_nobody_in(self):
        self.configure("[limits]\nno_such_key=1\n")
        self.restart(check=False)
        self.assertIn("Authentication service cannot retrieve authentication info", self.log_in())


if __name__ == "__main__":
    unittest.main()
