# SPDX-License-Identifier: Apache-2.0
"""The lab of software devices inside a machine, its three processes under accounts of their own."""

import contextlib
import json
import shlex

import machine

DIRECTORY = "/srv/lab"
SOCKET = f"{DIRECTORY}/auth.sock"
BROKER = "labbroker"
CARDS = "/srv/cards"
FINGERS = "/srv/fingers"  # grown once each
# Seconds that the tests are willing to wait for a card or finger that never comes.
LIMITS = "[limits]\ncard_seconds=4\nfinger_seconds=8\nfailures=20\n"


class Lab:
    def __init__(self, system: machine.Machine):
        self.system = system
        system.run(f"useradd --system --user-group --no-create-home {BROKER}")
        system.run(f"mkdir -p {DIRECTORY}/conf.d {CARDS} {FINGERS} && chmod 0711 {DIRECTORY} {CARDS}")
        system.put(f"{DIRECTORY}/conf.d/limits.conf", LIMITS, owner=f"{BROKER}:{BROKER}")
        # The launcher returns when a login can be started; what it started stays, as a service of this name.
        users = f"{BROKER}:sekimori-card:sekimori-finger"
        started = system.run(
            "systemd-run", "--quiet", "--unit=lab", "--property=Type=forking", "--property=LimitMEMLOCK=64M",
            "--property=TimeoutStartSec=60", "sekimori-lab", "up", "--dir", DIRECTORY, "--users", users, check=False,
        )  # fmt: skip
        if started.returncode != 0:
            raise AssertionError(f"the lab did not start: {started.stdout}\n{self.logs()}")

    def logs(self) -> str:
        return self.system.output(f"journalctl --no-pager -q -b -u lab; tail -n 50 {DIRECTORY}/log/* 2>&1", check=False)

    def command(self, *arguments: str) -> str:
        """The shell command that runs a program in the lab's environment."""
        return f"set -a; . {DIRECTORY}/env; exec {shlex.join(arguments)}"

    def sekimori(self, *arguments: str, check=True):
        """The answer of `sekimori VERB … --json`."""
        done = self.system.run(self.command("sekimori", *arguments, "--json"), check=check)
        return json.loads(done.stdout.strip().splitlines()[-1])

    def new_card(self, name: str, kind="piv", *options: str) -> None:
        self.system.run("sekimori-lab-card", "new", kind, "--out", f"{CARDS}/{name}", *options)

    @contextlib.contextmanager
    def card(self, name: str, reader=0):
        """The card lies on the reader as long as this lasts."""
        inserted = self.system.start(
            "sekimori-lab-card", "insert", f"{CARDS}/{name}", "--socket", f"{DIRECTORY}/card{reader}.sock"
        )
        try:
            line = inserted.stdout.readline().strip()
            if line != "inserted":
                raise AssertionError(f"the card was not taken: {line} {inserted.stdout.read()}")
            yield
        finally:
            inserted.stdin.close()
            inserted.wait(timeout=20)
            inserted.stdout.close()

    def press(self, seed: int, number: int) -> None:
        """A finger on the scanner, once it is open."""
        self.system.run(
            "sekimori-lab-finger", "press", "--seed", str(seed), "--press", str(number), "--socket", f"{DIRECTORY}/finger.sock",
            "--cache", FINGERS,
        )  # fmt: skip

    def enrol_card(self, login: str, name: str) -> None:
        with self.card(name):
            self.sekimori("enrol", "card", login)

    def enrol_finger(self, login: str, finger: str, seed: int) -> None:
        enrolling = self.system.start(
            self.command("sekimori", "enrol", "finger", login, "--finger", finger, "--accept-notice", "--json")
        )
        said, number = [], 0
        try:
            for line in enrolling.stdout:
                said.append(line)
                event = json.loads(line)
                if event.get("event") in ("ready", "stage", "retry") and event.get("stage", 0) != event.get("stages", -1):
                    self.press(seed, number)
                    number += 1
        finally:
            enrolling.stdin.close()
            code = enrolling.wait(timeout=60)
            enrolling.stdout.close()
        if code != 0:
            raise AssertionError(f"enrolling a finger ended with {code}: {''.join(said)}")
