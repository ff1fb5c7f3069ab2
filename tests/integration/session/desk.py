# SPDX-License-Identifier: Apache-2.0
"""A workstation on the lab: sessions of the stand-in for logind, lockers that show a lock, and people who come and go."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
from lab import Lab  # pylint: disable=wrong-import-position

LOGIND = "org.freedesktop.login1"
PATH = "/org/freedesktop/login1"
LOCKER = "lab-locker"


def until(condition, seconds=30.0):
    """Waits for something that other processes bring about; returns how long it took."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.005)
    return time.monotonic() - start


class Desk(Lab):
    def __init__(self, programs, more="", policy=""):
        super().__init__(programs, up=["--sessions", *(["--policy", policy] if policy else [])])
        (self.dir / "conf.d" / "session.conf").write_text(f"[session]\nlockers={LOCKER}\n{more}")
        shutil.copy("/bin/sleep", self.dir / LOCKER)
        self.logins = []
        self.screens = []

    def __exit__(self, *_):
        for screen in self.screens:
            screen.close()
        for login in self.logins:
            login.close()
        super().__exit__()

    # --- the bus

    def call(self, interface, member, *arguments, path=PATH):
        done = subprocess.run(
            ["dbus-send", "--system", "--print-reply=literal", f"--dest={LOGIND}", path, f"{interface}.{member}", *arguments],
            env=self.env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=10, check=True,
        )
        return done.stdout.strip()

    def control(self, member, *arguments):
        return self.call("org.sekimori.Lab1.Logind", member, *arguments)

    def set_hint(self, session, hint):
        self.call("org.freedesktop.login1.Session", "SetLockedHint", f"boolean:{str(hint).lower()}", path=f"{PATH}/session/_3{session}")

    # --- people

    def enrol(self, person, seed, *accounts):
        self.run("sekimori", "person", "add", person, "--name", person, "--min-fingers", "1", "--reason", "test",
                 *[word for account in accounts for word in ("--account", account)])
        self.mint(person, "piv")
        self.insert(person)
        self.enrol_card(person)
        self.enrol_finger(person, seed)
        self.pull()

    def log_in(self, account, seed, kind="x11", number=0, typed=""):
        login = Login(self, account, seed, kind, number, typed)
        self.logins.append(login)
        # Until lockd has said what can lock it, a pulled card ends it.
        if login.opened and kind == "x11":
            until(lambda: self.has_locker(login.id))
        return login

    def has_locker(self, session):
        try:
            stored = json.loads((self.dir / "state" / "sessions").read_text())
        except FileNotFoundError:  # there is none
            return False
        return any(one["id"] == session and one["locker"] for one in stored["sessions"])

    def elevate(self, account, seed, asker):
        """sudo for somebody else's account; ended by whoever reads it."""
        return subprocess.Popen([self.programs / "sekimori-lab-login", "--dir", self.dir, "--cache", self.dir / "fingers",
                                 "--finger-seed", str(seed), "--press", "30", "--ruser", asker, "--phases", "auth", "sudo", account],
                                env=self.env, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)

    def unlock(self, account, seed, number=0):
        done = self.run("sekimori-lab-login", "--json", "--dir", self.dir, "--cache", self.dir / "fingers", "--finger-seed", seed,
                        "--press", 20 + number % 20, "--phases", "auth,account", "unlock", account, check=False)
        return json.loads(done.stdout.splitlines()[-1])

    # --- what there is to see

    def sessions(self):
        done = []
        # A broker that was killed a moment ago is not there yet.
        until(lambda: done.append(self.run("sekimori", "session", "list", "--json", check=False)) or done[-1].returncode == 0)
        return json.loads(done[-1].stdout)["items"]

    def state(self, session):
        for one in self.sessions():
            if one["id"] == session:
                return one["state"]
        return "gone"

    def trail(self, what):
        items = json.loads(self.run("sekimori", "audit", "list", "--json").stdout)["items"]
        return [item for item in items if item["what"] == what]

    def report(self, what):
        """What there was to see when it went wrong."""
        print(f"--- the trail after {what}\n" + self.run("sekimori", "audit", "list", check=False).stdout[-4000:])
        for log in sorted((self.dir / "log").glob("*")):
            print(f"--- {log.name}\n" + log.read_text(errors="replace")[-2000:], flush=True)

    def kill(self, process):
        """The lab starts it again; returns when it has."""
        old = self.pid(process)
        os.kill(old, 9)
        until(lambda: self.pid(process) not in (None, old))


class Login:
    """A process that is its session's leader, with both factors shown before it."""

    def __init__(self, desk, account, seed, kind, number, typed):
        command = ["sekimori-lab-login", "--dir", desk.dir, "--cache", desk.dir / "fingers", "--finger-seed", seed,
                   "--press", 20 + number % 20, "--hold", "login", account]
        script = 'read -r go; exec "$@"'
        self.process = subprocess.Popen(["/bin/sh", "-c", script, "sh", *map(str, command)], env=desk.env, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.id = desk.control("CreateSession", f"uint32:{os.geteuid()}", f"uint32:{self.process.pid}", f"string:{kind}", "string:user")
        self.process.stdin.write(f"go\n{typed}")
        self.process.stdin.flush()
        self.said = []
        for line in self.process.stdout:
            self.said.append(line.strip())
            if line.strip() == "open" or " PAM_" in line and "PAM_SUCCESS" not in line:
                break
        self.opened = bool(self.said) and self.said[-1] == "open"

    def ended(self):
        return self.process.poll() is not None

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self.process.stdin.close()
        self.process.stdout.close()


class Screen:
    """A locker as desktops have one: shows a lock when logind says so, and says that it did."""

    def __init__(self, desk, session):
        self.desk, self.session, self.shown = desk, session, None
        path = f"{PATH}/session/_3{session}"
        self.monitor = subprocess.Popen(
            ["dbus-monitor", "--system", f"type='signal',interface='org.freedesktop.login1.Session',member='Lock',path='{path}'"],
            env=desk.env, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        ready = self.monitor.stdout.readline()  # it says at once that it is there
        if not ready:
            raise RuntimeError("dbus-monitor did not start")
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()
        desk.screens.append(self)

    def listen(self):
        for line in self.monitor.stdout:
            if "member=Lock" in line:
                self.show()

    def show(self):
        if self.shown is None or self.shown.poll() is not None:
            self.shown = subprocess.Popen([self.desk.dir / LOCKER, "1000"], env=self.desk.env)
        with contextlib.suppress(subprocess.CalledProcessError):
            self.desk.set_hint(self.session, True)

    def open(self):
        """After our own unlock."""
        self.desk.set_hint(self.session, False)
        self.crash()

    def crash(self):
        if self.shown is not None:
            self.shown.kill()
            self.shown.wait(10)

    def close(self):
        self.monitor.kill()
        self.monitor.wait(10)
        self.thread.join(10)
        self.monitor.stdout.close()
        self.crash()
