#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Simulated terminals through the real schema and TLS: each applies and acknowledges every revocation, with its own
signature. 100 and 1,000 in the full run, 10,000 in the soak run; how fast is the benchmark's business. In the last round the
server goes at once when it has taken the denial, and all come back together: every terminal has it and says so.
Where there is no memory for connections that last, they are thrifty, for one round (load/crowd.hpp).

    load_test.py PROGRAMS TESTS [COUNT...]
"""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

from authority import PASSPHRASE, fleet_on_one_machine, until
from postgres import Server


class Memory:
    """How much less the machine has free at the worst moment, looked at each second."""

    def __enter__(self):
        self.over, self.most = threading.Event(), 0
        self.before = available()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def watch(self):
        while not self.over.wait(1):
            self.most = max(self.most, self.before - available())

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(10)


def available() -> int:
    line = next(line for line in pathlib.Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable"))
    return int(line.split()[1]) << 10


# What a connection costs the machine: to listen, and once it has called something; measured, with the terminal's end of it.
LISTENING, CALLING = int(1.9 * 2**20), int(3.3 * 2**20)
# Every one of the server's processes maps what is for all of them.
LEAN = {"max_locks_per_transaction": 10, "max_pred_locks_per_transaction": 10, "shared_buffers": "'32MB'"}


def load(server: Server, command: list, limit: float) -> dict:
    """The tool's answer; the server is started again when the tool has ended it."""
    due = time.monotonic() + limit
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as tool:
        try:
            tool.stdin.write(PASSPHRASE)
            tool.stdin.close()
            while not over(tool):
                if server.process.poll() is not None:
                    server.start()
                if time.monotonic() > due:
                    raise AssertionError(f"not within {limit} s: {command}")
            if tool.returncode != 0:
                raise AssertionError(f"{command}: {tool.returncode}")
            return json.loads(tool.stdout.read())
        finally:
            tool.kill()


def over(tool: subprocess.Popen) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        tool.wait(0.02)
    return tool.returncode is not None


def drive(programs: pathlib.Path, tests: pathlib.Path, count: int, rounds: int = 3, behind: int = 0, restart: bool = True) -> dict:
    """What the load tool found, and what the machine gave for it; the server and everything else ends with it."""
    if available() < count * LISTENING:
        raise SystemExit(f"{count} connections need {count * LISTENING >> 20} MB, {available() >> 20} are there")
    thrifty = available() < count * CALLING
    rounds, behind, restart = (1, 0, False) if thrifty else (rounds, behind, restart)
    server, authority = fleet_on_one_machine(programs, connections=count + 100, settings=LEAN)
    try:
        authority.start()
        until(lambda: authority.status().get("seq", 0) > 0)
        work = server.directory / "terminals"
        work.mkdir(mode=0o700)
        begun = time.monotonic()
        with Memory() as memory:
            found = load(server, [tests / "sekimori-fleet-load", "run", "--state", authority.directory, "--work", work, "--terminals", str(count),
                                  "--rounds", str(rounds), *(["--behind", str(behind)] if behind else []), *(["--restart", str(server.process.pid)] if restart else []),
                                  *(["--thrifty", "1"] if thrifty else [])], 600 + count)
        # Every statement has its entry, and nobody's was refused.
        until(lambda: authority.status().get("waiting") == 0, 120)
        state = authority.status()
        expected = 1 + count + 1 + rounds + behind + restart  # the authority, the terminals, one delegation, the revocations
        if state["seq"] != expected or state["terminals"] != count:
            raise AssertionError(f"{state}, expected entry {expected}")
        return {**found, "thrifty": thrifty, "seconds": round(time.monotonic() - begun), "machine_mb": memory.most >> 20}
    finally:
        if authority.process is not None:
            authority.stop()
        server.close()
        shutil.rmtree(authority.directory)


def main() -> int:
    programs, tests = map(pathlib.Path, sys.argv[1:3])
    counts = [int(word) for word in sys.argv[3:]] or ([100, 1000, 10000] if "SEKIMORI_SOAK" in os.environ else [100, 1000])
    for count in counts:
        found = drive(programs, tests, count)
        print(json.dumps(found), flush=True)
        for one in found["rounds"]:
            if one["applied_ms"]["last"] <= 0 or found["terminals"] != count:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
