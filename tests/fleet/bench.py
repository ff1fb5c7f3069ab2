#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast the fleet is, in one run; bounded, on loopback, everything on this machine. One table, in markdown.

    bench.py BUILD [--terminals 100,1000] [--people 30000] [--joined 3000] [--imported 3000]

With SEKIMORI_SOAK 10,000 terminals as well, and 30,000 people joined to and imported in a fleet.

revocation   from submit at one terminal to applied (signature verified) and acknowledged (signature verified by the issuer)
reconnecting one more denial, and the server is ended in the middle of telling it, and started: all come back together
catch-up     1,000 entries behind: one real terminal that was off; all simulated ones at the same moment
failover     the server is killed and a standby promoted at once: until a real terminal hears of the new one
joining      a real terminal: so many people with two fingers, every statement signed and verified
import       the personnel office's table at one real terminal until another has it, and a card that is lost meanwhile
a terminal   a broker of the lab with a ledger of so many people (names and accounts of the personnel office, without fingers);
             start and look-up of one with cards and fingers (ledger_scale.cpp)
"""

import argparse
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import bench_terminals
import load_test
from authority import until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench"))
from lab import Lab  # pylint: disable=wrong-import-position

STATEMENTS = 1000


class Table:
    def __init__(self):
        self.rows: list[tuple[str, str, str]] = []

    def add(self, what: str, value: str, goal: str = ""):
        self.rows.append((what, value, goal))
        print(f"{what}: {value}", file=sys.stderr, flush=True)

    def markdown(self) -> str:
        return "\n".join(f"| {' | '.join(row)} |" for row in [("what", "measured", "goal"), ("---",) * 3, *self.rows])


def revocations(table: Table, build: pathlib.Path, counts: list[int]):
    for count in counts:
        found = load_test.drive(build / "bin", build / "tests", count, rounds=5, behind=STATEMENTS)

        def middle(pick):
            return statistics.median(pick(one) for one in found["rounds"])

        spread = " / ".join(f"{middle(lambda one, k=key: one['applied_ms'][k]):.0f}" for key in ("first", "median", "p99", "last"))
        goals = {1000: ("250 ms", "1 s"), 10_000: ("1 s", "5 s")}.get(count, ("", ""))
        table.add(f"{count:,} terminals: revoke to applied, first / median / p99 / last", f"{spread} ms", goals[0])
        table.add(f"{count:,} terminals: revoke to acknowledged by all", f"{middle(lambda one: one['acknowledged_ms']):.0f} ms", goals[1])
        if "catch_up" in found:  # not where the machine has no memory for it
            behind = found["catch_up"]["ms"]
            table.add(f"{count:,} terminals, {STATEMENTS:,} statements behind, all at once: first / median / last caught up",
                      f"{behind['first'] / 1000:.1f} / {behind['median'] / 1000:.1f} / {behind['last'] / 1000:.1f} s")
        if "restart" in found:
            back = found["restart"]
            table.add(f"{count:,} terminals, the server ended while it tells them and started again: median / last back; to acknowledged by all",
                      f"{back['back_ms']['median'] / 1000:.1f} / {back['back_ms']['last'] / 1000:.1f} s; {back['acknowledged_ms'] / 1000:.1f} s")
        table.add(f"{count:,} terminals: all connected; memory of server and terminals together", f"{found['connect_s']:.1f} s; {found['machine_mb']:,} MB")


def failover(table: Table, build: pathlib.Path):
    silences = sorted(bench_terminals.failover(build / "bin"))
    table.add(f"server killed, its standby promoted at once: until a terminal has a new heartbeat, median / last of {len(silences)}",
              f"{statistics.median(silences):.1f} / {silences[-1]:.1f} s", "5 s")


def terminals(table: Table, build: pathlib.Path, given: argparse.Namespace):
    off = bench_terminals.behind(build / "bin", STATEMENTS // 3 + 1)
    table.add(f"1 terminal that was off, {off['statements']:,} statements behind: start of the machine's programs to the head; of that, until they run",
              f"{off['seconds']:.1f} s; {off['up_s']:.1f} s")
    for people in given.joined:
        new = bench_terminals.snapshot(build / "bin", build / "tests", people)
        table.add(f"{people:,} people with 2 fingers each, {new['entries']:,} entries: a new terminal, `fleet join` to everything verified and stored; the broker's processor time",
                  f"{new['seconds']:.0f} s, {new['mb']:.0f} MB; {new['processor_s']:.0f} s")
    for people in given.imported:
        came = bench_terminals.imported(build / "bin", people)
        table.add(f"the personnel office's table of {people:,} in a fleet, {came['statements']:,} statements: at one terminal until another has it all",
                  f"{came['seconds']:.0f} s")
        table.add("a card revoked before that, and meanwhile: dead on both", f"{came['quiet_ms']} ms, {came['meanwhile_ms']} ms")


def is_serving(path: pathlib.Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        return probe.connect_ex(str(path)) == 0


def terminal(table: Table, build: pathlib.Path, people: int):
    with Lab(build / "bin") as lab:
        lab.run("sekimori", "person", "add", "alice", "--name", "alice", "--min-fingers", "1", "--reason", "bench")
        lab.mint("alice", "piv")
        lab.insert("alice")
        lab.enrol_card("alice")
        lab.enrol_finger("alice", 1)
        office = lab.dir / "people.csv"
        office.write_text("login,name\n" + "".join(f"p{number:05},Person {number}\n" for number in range(people)))
        begun = time.monotonic()
        lab.run("sekimori", "person", "import", office, limit=3600)
        table.add(f"a terminal, {people:,} people: the personnel office's table imported", f"{time.monotonic() - begun:.1f} s")
        starts = []
        for _ in range(5):
            old = lab.pid("broker")
            os.kill(old, 9)
            begun = time.monotonic()
            until(lambda gone=old: lab.pid("broker") not in (None, gone), 120, 0.001)
            until(lambda: is_serving(lab.dir / "auth.sock"), 120, 0.001)
            starts.append(((time.monotonic() - begun) * 1000, lab.processor_ms("broker")))
        elapsed, used = (statistics.median(column) for column in zip(*starts))
        table.add(f"a terminal, {people:,} people: broker killed until it serves again; its processor time", f"{elapsed:.0f} ms; {used:.0f} ms", "300 ms")
        until(lambda: lab.run("sekimori", "status", check=False).returncode == 0)
        resident = next(line for line in pathlib.Path(f"/proc/{lab.pid('broker')}/status").read_text().splitlines() if line.startswith("VmRSS"))
        table.add(f"a terminal, {people:,} people: the broker's memory", f"{int(resident.split()[1]) >> 10} MB")
        for what, words in (("the monthly report", ("report",)), ("everybody listed", ("person", "list", "--json"))):
            begun = time.monotonic()
            lab.run("sekimori", *words, limit=600)
            table.add(f"a terminal, {people:,} people: {what}", f"{time.monotonic() - begun:.1f} s")
        until(lambda: lab.log_in("alice", 1, 0)["granted"])
        used = []
        for number in range(1, 6):
            before = lab.processor_ms("broker")
            until(lambda n=number: lab.log_in("alice", 1, n)["granted"])
            used.append(lab.processor_ms("broker") - before)
        table.add(f"a terminal, {people:,} people: a whole login, the broker's processor time (look-up, verification and trail in it)",
                  f"{statistics.median(used):.1f} ms", "look-up 1 ms")


def ledger(table: Table, build: pathlib.Path, people: int):
    """Its own words and figures."""
    with tempfile.TemporaryDirectory(prefix="sekimori-bench-") as directory:
        done = subprocess.run([build / "bin" / "sekimori_ledger_scale", f"{directory}/ledger", str(people)], check=True, text=True, stdout=subprocess.PIPE, timeout=7200)
    for line in done.stdout.splitlines():
        what, _, figures = line.partition("  ")
        wanted = {"start, what was kept is right": "300 ms", "start, nothing kept: all is verified": "", "look-up for a login: account, card, fingers, codes": "1 ms"}
        if what in wanted:
            table.add(f"a ledger of {people:,} people, cards and fingers: {what}", " ".join(figures.split("processor")[0].split()), wanted[what])


def counts_of(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def main() -> int:
    soak = "SEKIMORI_SOAK" in os.environ
    words = argparse.ArgumentParser(description="How fast the fleet is.")
    words.add_argument("build", type=pathlib.Path)
    words.add_argument("--terminals", type=counts_of, default=[100, 1000, *([10_000] if soak else [])])
    words.add_argument("--people", type=int, default=30_000)
    words.add_argument("--joined", type=counts_of, default=[3000, *([30_000] if soak else [])])
    words.add_argument("--imported", type=counts_of, default=[3000, *([30_000] if soak else [])])
    given = words.parse_args()
    build = given.build.resolve()
    load = os.getloadavg()[0]
    table = Table()
    revocations(table, build, given.terminals)
    failover(table, build)
    terminals(table, build, given)
    terminal(table, build, given.people)
    ledger(table, build, given.people)
    table.add("beside it: a CRL fetched every 4 hours", "2 h in the mean, 4 h at worst")
    table.add("beside it: Teleport's documented staleness", "5 min")
    print(f"Load average {load:.1f} before it, on {os.cpu_count()} cores.\n\n{table.markdown()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
