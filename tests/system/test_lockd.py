#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lockd and the real logind: what it sees, what it may do, and what becomes of sessions when somebody dies."""

import json
import os
import subprocess
import tempfile
import time
import unittest

import lock_broker
import machine
import root
from lock_broker import LockBroker

DESK = "/srv/desk"
LOCKER = "#!/bin/sh\nbusctl call org.freedesktop.login1 $1 org.freedesktop.login1.Session SetLockedHint b true\nsleep 1000\n"
MANAGER = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
FOUND, NOTHING, HINT, PLAIN, CONSOLE = b"\1", b"\0", b"\1", b"\0", b"\1"
SESSION, USER = 0, 1


class Lockd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="sekimori-lockd-"))
        os.chmod(folder, 0o755)
        cls.broker = LockBroker(f"{folder}/lock.sock")
        os.chmod(f"{folder}/lock.sock", 0o777)
        cls.addClassCleanup(cls.broker.close)
        cls.system = cls.enterClassContext(
            machine.Machine(root.TREES / "product", "lockd", options=("--volatile=overlay", f"--bind={folder}:{DESK}"))
        )
        cls.system.put("/usr/local/bin/test-locker", LOCKER, mode=0o755)
        cls.system.run("mkdir -p /etc/sekimori/conf.d")
        cls.system.put("/etc/sekimori/conf.d/test.conf", f"[paths]\nworkers={DESK}\n[session]\nlockers=test-locker\n")

    def setUp(self):
        self.broker.forget()
        self.system.run("systemctl reset-failed 'sekimori*'; systemctl start --no-block sekimori-lockd", check=False)
        self.broker.welcome()
        self.started = []

    def tearDown(self):
        for process in self.started:
            process.stdin.close()
            process.kill()
            process.wait(timeout=20)
            process.stdout.close()
        self.system.run(f"systemctl stop sekimori-lockd; pkill -x test-locker; loginctl terminate-user {root.USER}", check=False)
        self.system.until("test -z \"$(loginctl list-sessions --no-legend)\"")
        if self.broker.lockd:
            self.broker.leave()

    def sessions(self) -> list[str]:
        return [line.split()[0] for line in self.system.output("loginctl list-sessions --no-legend").splitlines()]

    def desktop(self) -> str:
        """A session of hanako's as a display manager makes it, with nothing on the screen."""
        self.system.run(
            "systemd-run", "--quiet", "--property=PAMName=login", f"--property=User={root.USER}",
            "--setenv=XDG_SESSION_TYPE=x11", "sleep", "1000",
        )  # fmt: skip
        self.system.until("test -n \"$(loginctl list-sessions --no-legend)\"")
        return self.sessions()[0]

    def console(self) -> str:
        self.system.run("systemctl stop console-getty; systemctl reset-failed console-getty; systemctl start console-getty")
        self.system.console.expect("login: ")
        self.system.console.sendline(root.USER)
        self.system.console.expect("Password: ")
        self.system.console.sendline(root.PASSWORD)
        self.system.until("test -n \"$(loginctl list-sessions --no-legend)\"")
        return self.sessions()[0]

    def path(self, session: str) -> str:
        return json.loads(self.system.output("busctl", "--json=short", "call", *MANAGER, "GetSession", "s", session))["data"][0]

    def locker(self, session: str) -> subprocess.Popen:
        path = self.path(session)
        process = self.system.start("/usr/local/bin/test-locker", path, user=root.USER)
        self.started.append(process)
        return process

    def gone(self, session: str, seconds: float) -> float:
        start = time.monotonic()
        self.system.until(f"! loginctl session-status {session}", seconds=seconds)
        return time.monotonic() - start

    def test_a_console_is_found_and_ends_to_its_last_process(self):
        session = self.console()
        self.assertEqual([session.encode(), FOUND, CONSOLE, NOTHING], self.broker.watch(session))
        self.broker.end(session)
        self.assertEqual(session.encode(), self.broker.wait(lock_broker.REMOVED)[0])
        self.broker.end(session, USER)
        self.broker.wait(lock_broker.EMPTIED)
        self.assertEqual("", self.system.output(f"pgrep -u {root.USER}", check=False))

    def test_what_is_no_session_is_said(self):
        self.assertEqual(NOTHING, self.broker.watch("none")[1])

    def test_a_lock_counts_while_its_locker_lives(self):
        session = self.desktop()
        self.assertEqual([session.encode(), FOUND, PLAIN, NOTHING], self.broker.watch(session))
        self.broker.lock(session)
        self.locker(session)
        self.assertEqual([session.encode(), HINT], self.broker.wait(lock_broker.SEEN))
        self.system.run("pkill -x test-locker")
        self.broker.wait(lock_broker.LOCKER_GONE)

    def test_a_hint_without_a_locker_is_nothing(self):
        session = self.desktop()
        self.broker.watch(session)
        path = self.path(session)
        self.system.run(
            "busctl", "call", MANAGER[0], path, "org.freedesktop.login1.Session", "SetLockedHint", "b", "true", user=root.USER
        )
        with self.assertRaises(AssertionError):
            self.broker.wait(lock_broker.SEEN, seconds=2)

    def test_it_may_lock_and_end_but_not_unlock(self):
        session = self.desktop()
        for user, member, allowed in (
            ("sekimori-lock", "LockSession", True), ("sekimori-lock", "UnlockSession", False), ("sekimori-lock", "UnlockSessions", False),
            (root.USER, "UnlockSession", False), (root.USER, "UnlockSessions", False), ("sekimori-lock", "TerminateSession", True),
        ):  # fmt: skip
            arguments = [] if member == "UnlockSessions" else ["s", session]
            with self.subTest(user=user, member=member):
                done = self.system.run("busctl", "call", *MANAGER, member, *arguments, user=user, check=False)
                self.assertEqual(allowed, done.returncode == 0, done.stdout)
                if not allowed:
                    self.assertIn("Access denied", done.stdout)

    def test_a_broker_that_stays_away_ends_what_can_not_be_locked(self):
        session = self.desktop()
        self.broker.watch(session)
        self.broker.leave()
        self.assertLess(self.gone(session, 10), 5)

    def test_a_broker_that_stays_away_locks(self):
        session = self.desktop()
        self.broker.watch(session)
        self.locker(session)
        self.broker.wait(lock_broker.SEEN)
        self.broker.leave()
        time.sleep(4)  # longer than both of its limits
        self.assertIn(session, self.sessions())
        self.broker.welcome()
        self.assertEqual([session.encode(), FOUND, PLAIN, HINT], self.broker.watch(session))

    def kill_lockd_for_good(self):
        """Whenever it is there, as often as it takes. From inside: on a busy machine each command from here costs so much
        that the starts would not come within lockd's ten seconds."""
        self.system.run("systemctl reset-failed sekimori-lockd; systemctl start --no-block sekimori-lockd")
        self.system.run(
            "until systemctl --quiet is-failed sekimori-lockd; do systemctl kill --signal=KILL sekimori-lockd; done 2>/dev/null",
            timeout=120,
        )

    def test_lockd_that_can_not_be_kept_up_ends_everything(self):
        session = self.desktop()
        # Nobody came in through us: what is open stays open.
        self.kill_lockd_for_good()
        self.system.until("test $(systemctl show -P ConditionTimestampMonotonic sekimori-end-sessions) != 0")
        self.assertEqual("no", self.system.output("systemctl show --property=ConditionResult --value sekimori-end-sessions"))
        self.assertIn(session, self.sessions())
        self.system.run("install -d /var/lib/sekimori && touch /var/lib/sekimori/sessions")
        self.addCleanup(self.system.run, "rm -f /var/lib/sekimori/sessions")
        self.kill_lockd_for_good()
        self.gone(session, 20)
        self.assertEqual("success", self.system.output("systemctl show --property=Result --value sekimori-end-sessions"))

    def test_a_restarted_logind_changes_nothing(self):
        session = self.desktop()
        self.broker.watch(session)
        self.system.run("systemctl restart systemd-logind")
        self.locker(session)
        self.assertEqual([session.encode(), HINT], self.broker.wait(lock_broker.SEEN))


if __name__ == "__main__":
    unittest.main(verbosity=2)
