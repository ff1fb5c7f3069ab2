# SPDX-License-Identifier: Apache-2.0
"""Terminals of a fleet: each a whole workstation of the lab with the fleet's agent, joined through a real authority and a
real server."""

import contextlib
import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from authority import until
from authority_test import sql

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration" / "session"))
from desk import LOCKER, Desk, Lab  # pylint: disable=wrong-import-position

JOIN_LIMIT = 120
PRESSES = 20  # that a finger was screened with, from the 20th on


class Terminal(Desk):
    def __init__(self, programs, name: str, more: str = ""):
        Lab.__init__(self, programs, up=["--sessions", "--fleet"])  # pylint: disable=non-parent-init-called,super-init-not-called
        self.name, self.ahead = name, 0
        (self.dir / "conf.d" / "session.conf").write_text(f"[session]\nlockers={LOCKER}\n{more}")
        # Several whole workstations on one machine: a finger may take its time.
        (self.dir / "conf.d" / "terminal.conf").write_text("[limits]\nfinger_seconds=20\n")
        shutil.copy("/bin/sleep", self.dir / LOCKER)
        self.logins, self.screens, self.placed = [], [], 0

    def join(self, server, authority, *more):
        token = authority.call("token", "--name", self.name, *more).stdout.decode()
        command = [self.programs / "sekimori", "fleet", "join", "--json", "--timeout", str(JOIN_LIMIT)]
        with subprocess.Popen(command, env=self.env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as joining:
            joining.stdin.write(token)
            joining.stdin.close()
            until(lambda: joining.poll() is not None or sql(server, "SELECT count(*) FROM fleet.joins WHERE request IS NOT NULL AND answer IS NULL") == [(1,)])
            if joining.poll() is None:
                authority.call("admit")
            out = joining.stdout.read()
            assert joining.wait(JOIN_LIMIT) == 0, (self.name, out, joining.stderr.read())
        return json.loads(out)

    def fleet(self) -> dict:
        done = self.run("sekimori", "fleet", "status", "--json", check=False)
        return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {}

    def seq(self) -> int:
        return self.fleet().get("ledger", {}).get("seq", -1)

    def until_at(self, seq: int, limit: float = 60.0):
        until(lambda: self.seq() >= seq, limit)

    def give(self, other: "Terminal", card: str):
        """The same card, at another terminal."""
        shutil.copytree(self.dir / card, other.dir / card, dirs_exist_ok=True)

    def revoke(self, person: str, *more) -> dict:
        done = self.run("sekimori", "card", "revoke", "--person", person, "--reason", "lost", "--json", *more)
        return json.loads(done.stdout.splitlines()[-1])

    def refused(self, person: str, seed: int, given: str = "", card: str | None = None) -> str:
        """Tries to log in, card and all (`card`: another one than theirs, "": none); "" if it let them in, and PAM's word if not."""
        card = person if card is None else card
        if card and (self.dir / card).exists():
            self.insert(card)
        said = self.run("sekimori-lab-login", "--json", "--dir", self.dir, "--cache", self.dir / "fingers", "--finger-seed", seed,
                        "--phases", "auth,account", "login", person, given=given, check=False).stdout
        self.pull()
        end = json.loads(said.splitlines()[-1])
        return "" if end["granted"] else end["result"]

    def stored(self, text: str) -> list[tuple]:
        """What lies on its disk, of a copy: the broker has the database for itself."""
        with tempfile.TemporaryDirectory() as copy:
            for part in ("store.db-wal", "store.db"):
                if (self.dir / "state" / part).exists():
                    shutil.copy(self.dir / "state" / part, copy)
            with contextlib.closing(sqlite3.connect(f"{copy}/store.db")) as database:
                return database.execute(text).fetchall()

    # --- administrators who show card and finger

    def prove(self):
        """From now on this lab's own user is asked as everybody is."""
        (self.dir / "conf.d" / "lab.conf").write_text("[lab]\nuser=proves\n")
        self.kill("broker")
        until(lambda: self.fleet() != {} and self.devices_are_there())

    def devices_are_there(self) -> bool:
        done = self.run("sekimori", "status", "--json", check=False)
        status = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {}
        return bool(status.get("scanners")) and len(status.get("readers", [])) == 2

    def act(self, *words, by=(), card: str = "", seed: int = 0, check: bool = True) -> dict:
        """A command of administrators (`by`: name of the card, seed of the finger) who do what they are asked for. `card` and
        `seed` are of the person whom it enrols, or of one after the other. What it answered."""
        turns, cards, seeds = list(by), [card] if isinstance(card, str) else list(card), [seed] if isinstance(seed, int) else list(seed)
        said, finger = [], None
        presses = {whose: self.press(whose_seed) for whose, whose_seed in by}  # drawn before they are asked for
        with subprocess.Popen([self.programs / "sekimori", *map(str, words), "--json"], env=self.env, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as command:
            for line in command.stdout:
                said.append(line)
                if ("must tap or insert" in line or "A second administrator" in line) and turns:
                    whose, _ = turns.pop(0)
                    finger = presses[whose]
                    self.insert(whose)
                elif "Tap or insert your staff card." in line and cards:
                    self.insert(cards.pop(0))
                elif "Now place a registered finger." in line:
                    self.scanner.show(finger)
                elif '"event"' in line:
                    self.place_for(json.loads(line), seeds)
            code = command.wait(60)
        self.pull()
        answer = json.loads(said[-1]) if said and said[-1].startswith("{") else {}
        if check and code != 0:
            raise AssertionError(f"{words}: {code}\n{''.join(said)}")
        return answer

    def press(self, seed: int):
        self.placed += 1
        return self.image(seed, PRESSES + self.placed % PRESSES)

    def place_for(self, event: dict, seeds: list[int]):
        if event["event"] == "done":
            if len(seeds) > 1:
                seeds.pop(0)
        elif event["stage"] != event["stages"]:
            self.placed += 1
            self.scanner.show(self.image(seeds[0], 1 + self.placed % (PRESSES - 1)))

    # --- time and the network

    def up_again(self, seconds: int):
        """The machine was asleep for so long, and heard nothing: the lab ends, and begins where its clock that nobody sets
        is ahead. Needs root, as time namespaces do."""
        self.pull()
        self.call_lab("down")
        self.ahead += seconds
        self.call_lab("up", *self.up)
        until(self.devices_are_there)

    def call_lab(self, *words):
        ahead = ["unshare", "--time", "--fork", "--boottime", str(self.ahead), "--monotonic", str(self.ahead)] if self.ahead else []
        done = subprocess.run([*ahead, self.programs / "sekimori-lab", words[0], "--dir", self.dir, *words[1:]], env=self.env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{words}: {done.stdout}")

    def __exit__(self, *what):
        if self.ahead:
            self.pull()
            self.call_lab("down")  # who began there is found there only
        super().__exit__(*what)

    def cable(self, cable):
        """From now on through this cable: the agent begins anew with another address."""
        (self.dir / "agent" / "server").write_text(f"127.0.0.1:{cable.port}")
        self.kill("fleet")
