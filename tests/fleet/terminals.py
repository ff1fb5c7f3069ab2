# SPDX-License-Identifier: Apache-2.0
"""Terminals of a fleet: each a whole workstation of the lab with the fleet's agent, joined through a real authority and a
real server."""

import json
import pathlib
import shutil
import subprocess
import sys

from authority import until
from authority_test import sql

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration" / "session"))
from desk import LOCKER, Desk, Lab  # pylint: disable=wrong-import-position

JOIN_LIMIT = 120


class Terminal(Desk):
    def __init__(self, programs, name: str, more: str = ""):
        Lab.__init__(self, programs, up=["--sessions", "--fleet"])  # pylint: disable=non-parent-init-called,super-init-not-called
        self.name = name
        (self.dir / "conf.d" / "session.conf").write_text(f"[session]\nlockers={LOCKER}\n{more}")
        shutil.copy("/bin/sleep", self.dir / LOCKER)
        self.logins, self.screens = [], []

    def join(self, server, authority):
        token = authority.call("token", "--name", self.name).stdout.decode()
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

    def cable(self, cable):
        """From now on through this cable: the agent begins anew with another address."""
        (self.dir / "agent" / "server").write_text(f"127.0.0.1:{cable.port}")
        self.kill("fleet")
