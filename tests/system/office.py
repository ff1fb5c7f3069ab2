# SPDX-License-Identifier: Apache-2.0
"""A workstation in production: the packaged units under their own accounts, with the system's bus, logind and pcscd.

No concession of the lab is in use. The reader is one that root has told pcscd of, as root may tell it of any; it is of
software and under a name that pcscd could not tell from another maker's, which is what a reader's name proves. A software
scanner is refused here, whatever it is called, so the second factor is the card's PIN: a policy that production allows.
The people were enrolled by a lab on the same machine and came over as a backup, which an empty ledger takes from root.
"""

import contextlib
import itertools
import json
import time

import pexpect

import lab
import machine
from desk import TAP

READER, SOCKET = "Madoguchi Reader", "/srv/reader/card.sock"
HANDLER = "/usr/libexec/sekimori/lab/libsekimori-lab-reader.so"
POLICY = '{"schema":1,"rules":[{"allow":["card+pin"]}]}'
PIN, PASSPHRASE = "135790", "a long one, for the test"
PIN_PROMPT = "PIN: "
MARK = itertools.count()
# Seconds that a test is willing to wait for a card that never comes.
LIMITS = "[limits]\ncard_seconds=4\nfailures=20\n"
# As a display manager's package has it.
GREETER = "@include common-auth\n@include common-account\n@include common-session\n"
LOCKER = "@include common-auth\n@include common-account\n"
# A desktop as far as locking goes: on logind's word a locker is there and says so, on ours it asks for both factors.
DESKTOP = """#!/bin/sh
logind=org.freedesktop.login1
path=$(busctl --json=short call $logind /org/freedesktop/login1 $logind.Manager GetSessionByPID u $$ | sed 's/.*\\["//;s/"\\].*//')
hint() { busctl call $logind "$path" $logind.Session SetLockedHint b "$1"; }
show() {
  [ ! -e /srv/desk/broken ] || return 0
  pgrep -u "$(id -u)" -x xsecurelock >/dev/null || xsecurelock 100000 &
  hint true
}
while read -r word pin </srv/desk/asked; do
  case $word in
    unlock)
      if printf '%s\\n' "$pin" | sekimori-lab-login --dir / --stacks /etc/pam.d --phases auth,account xsecurelock "$(id -un)" >/srv/desk/said 2>&1; then
        hint false
        pkill -u "$(id -u)" -x xsecurelock
        echo open >/srv/desk/answer
      else
        echo shut >/srv/desk/answer
      fi
      ;;
  esac
done &
dbus-monitor --system "type='signal',interface='$logind.Session',member='Lock',path='$path'" | while read -r line; do
  case $line in *member=Lock*) show ;; esac
done
"""


class Office:
    """`people`: the accounts that each of them may use; one of two people is a shared one."""

    def __init__(self, system: machine.Machine, people: dict[str, list[str]]):
        self.system, self.console, self.card, self.manager = system, system.console, None, None
        for account in sorted({account for accounts in people.values() for account in accounts}):
            system.run(f"id {account} >/dev/null 2>&1 || useradd --create-home --shell /bin/bash {account}")
        system.run("dpkg --install /srv/sekimori.deb", timeout=180)
        system.run("mkdir -p /srv/reader /srv/desk /etc/reader.conf.d && chmod 755 /srv/reader && chmod 777 /srv/desk")
        self.enrol(people)
        system.run("mkdir -p /etc/sekimori/conf.d")
        system.put("/etc/sekimori/conf.d/test.conf", LIMITS)
        system.put("/etc/reader.conf.d/office", f'FRIENDLYNAME "{READER}"\nDEVICENAME /dev/null:{SOCKET}\nLIBPATH {HANDLER}\nCHANNELID 0\n')
        system.put("/etc/pam.d/lightdm", GREETER)
        system.put("/etc/pam.d/xsecurelock", LOCKER)
        system.put("/srv/desk/desktop", DESKTOP, mode=0o755)
        system.run("cp /bin/sleep /usr/local/bin/xsecurelock && cp -r /srv/cards /srv/staff && systemctl stop lab")
        system.run("systemctl restart pcscd.socket && systemctl stop pcscd.service; systemctl restart sekimorid sekimori-card")
        system.run("sekimori", "restore", "/srv/ledger", text=f"{PASSPHRASE}\n")
        system.run("/usr/libexec/sekimori/sekimori-enforce confirm")
        system.until(f"sekimori status --json | grep -qF '{READER}'")

    def enrol(self, people: dict[str, list[str]]) -> None:
        laboratory = lab.Lab(self.system)
        self.system.put("/srv/policy", POLICY)
        laboratory.sekimori("policy", "load", "/srv/policy")
        for login, accounts in people.items():
            laboratory.new_card(login, "piv", "--pin", PIN)
            own = [word for account in accounts for word in ("--account", account)]
            laboratory.sekimori("person", "add", login, "--name", login.title(), *own)
            laboratory.sekimori("person", "role", login, "administrator")
            with laboratory.card(login):
                self.system.run(laboratory.command("sekimori", "enrol", "card", login, "--slot", "9a"), text=f"{PIN}\n")
        self.system.run(laboratory.command("sekimori", "backup", "/srv/ledger"), text=f"{PASSPHRASE}\n")

    # --- the card

    def insert(self, name="hanako") -> None:
        self.card = self.system.start("sekimori-lab-card", "insert", f"/srv/staff/{name}", "--stay", "--socket", SOCKET)
        line = self.card.stdout.readline().strip()
        if line != "inserted":
            raise AssertionError(f"the card was not taken: {line} {self.card.stdout.read()}")

    def pull(self) -> None:
        card, self.card = self.card, None
        if card is None:
            return
        card.stdin.close()
        card.wait(timeout=20)
        card.stdout.close()

    # --- sessions

    def bound(self) -> list[dict]:
        return json.loads(self.system.until("sekimori session list --json"))["items"]

    def state(self, session: str) -> str:
        return next((one["state"] for one in self.bound() if one["id"] == session), "gone")

    def until_state(self, session: str, state: str, seconds=20.0) -> None:
        end = time.monotonic() + seconds
        while (now := self.state(session)) != state:
            if time.monotonic() > end:
                left = self.system.output("systemd-cgls --no-pager -u user.slice; loginctl list-sessions; systemctl list-jobs", check=False)
                raise AssertionError(f"session {session} is {now} and not {state} after {seconds} s\n{left}")
            time.sleep(0.1)

    def until_gone(self, session: str, seconds=15.0) -> float:
        start = time.monotonic()
        self.system.until(f"! loginctl session-status {session}", seconds=seconds)
        return time.monotonic() - start

    def until_secured(self, session: str, seconds=15.0) -> str:
        """Until logind has it no more, or a locker that lives shows a lock: "gone" or "locked"."""
        locked = f"test \"$(loginctl show-session -P LockedHint {session} 2>/dev/null)\" = yes && pgrep -x xsecurelock >/dev/null && echo locked"
        there = "busctl call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager ListSessions >/dev/null"
        return self.system.until(f"({locked}) || ({there} && ! loginctl show-session {session} >/dev/null 2>&1 && echo gone)", seconds=seconds)

    def console_login(self, account="hanako", card="") -> str:
        """A console that says who logs in; the card is in afterwards. Returns logind's id of the session."""
        # What was printed before is out of the way: a name that is typed at an old prompt is lost with it, and who writes
        # to a console that nobody reads waits.
        with contextlib.suppress(pexpect.TIMEOUT):
            while True:
                self.console.read_nonblocking(65536, timeout=0)
        self.system.run("systemctl stop console-getty.service")
        mark = f"--{next(MARK)}--"
        self.system.run(f"echo {mark} > /dev/console; systemctl reset-failed; systemctl start console-getty.service")
        self.console.expect_exact(mark)
        self.console.expect("login: ")
        self.console.sendline(account)
        self.console.expect_exact(TAP)
        self.insert(card or account)
        self.console.expect_exact(PIN_PROMPT)
        self.console.sendline(PIN)
        self.system.shell()
        return self.bound()[-1]["id"]

    def desktop_login(self, account="hanako", card="") -> str:
        """A display manager that logs somebody in: the same PAM conversation, and a desktop in the session."""
        # Many in a row: systemd would take the user's units for broken.
        self.system.run("systemctl reset-failed; rm -f /srv/desk/asked /srv/desk/answer /srv/desk/broken && mkfifo -m 666 /srv/desk/asked /srv/desk/answer")
        self.insert(card or account)
        self.manager = self.system.start(
            "systemd-run", "--quiet", "--pipe", "--collect", "--unit=lightdm", "--setenv=XDG_SESSION_TYPE=x11", "--setenv=XDG_SEAT=seat0",
            "sekimori-lab-login", "--dir", "/", "--stacks", "/etc/pam.d", "--run", "/srv/desk/desktop", "lightdm", account,
        )  # fmt: skip
        self.manager.stdin.write(f"{PIN}\n")
        self.manager.stdin.flush()
        said = []
        for line in self.manager.stdout:
            said.append(line)
            if line.strip() == "open":
                break
        else:
            raise AssertionError("no desktop: " + "".join(said))
        session = self.bound()[-1]["id"]
        self.system.until("pgrep -x dbus-monitor")
        return session

    def unlock(self, pin=PIN) -> str:
        """What the locker was told when it asked for both factors: "open" or "shut"."""
        return self.system.output(f"rm -f /srv/desk/said; echo unlock {pin} > /srv/desk/asked; timeout 20 cat /srv/desk/answer")

    def said(self) -> str:
        """What the locker was shown the last time."""
        return self.system.output("cat /srv/desk/said", check=False)

    def clear(self) -> None:
        """Everybody out, the card as well; every service as it should be."""
        self.pull()
        self.system.run("systemctl reset-failed; for user in $(loginctl list-users --no-legend | awk '{print $1}'); do loginctl terminate-user $user; done", check=False)
        if self.manager is not None:
            self.manager.stdin.close()
            self.manager.wait(timeout=30)
            self.manager.stdout.close()
            self.manager = None
        self.system.until("test -z \"$(loginctl list-sessions --no-legend)\"")
        self.system.until("test \"$(sekimori session list --json | tr -d ' \\n')\" = '{\"items\":[],\"schema\":1}'")
        self.ready()

    def ready(self) -> None:
        """A login could begin: broker, workers, lockd and the reader are there."""
        self.system.until(f"sekimori status --json | grep -qF '{READER}'", seconds=30)
        self.system.until("systemctl is-active sekimorid sekimori-card sekimori-lockd dbus systemd-logind", seconds=30)
