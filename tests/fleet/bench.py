#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast the fleet is, in one run; bounded, on loopback, everything on this machine. One table, in markdown.

    bench.py BUILD [--terminals 100,1000] [--people 30000]      10000 terminals as well with SEKIMORI_SOAK

revocation   from submit at one terminal to applied (signature verified) and acknowledged (signature verified by the issuer)
catch-up     1,000 entries behind: the real agent of one terminal; all simulated ones at the same moment
failover     the server is killed and a standby promoted at once: until the chain goes on
snapshot     the real agent of a new terminal: so many people with two fingers
a terminal   a broker of the lab with a ledger of so many people (names and accounts of the personnel office, without fingers)
"""

import argparse
import os
import pathlib
import shutil
import socket
import statistics
import sys
import time

import agent_test
import authority_test
import failover_test
import load_test
from authority import until
from client import rows

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
        table.add(f"{count:,} terminals: all connected; memory of server and terminals together", f"{found['connect_s']:.1f} s; {found['machine_mb']:,} MB")


def failover(table: Table, build: pathlib.Path):
    primary, standby, authority = failover_test.founded(build / "bin")
    try:
        authority.start()
        until(lambda: authority.status().get("seq", 0) > 0)
        until(lambda: authority_test.entries(standby))
        beat = "SELECT coalesce(extract(epoch FROM beaten_at), 0)::float8 FROM fleet.head"
        before = until(lambda: authority_test.sql(primary, beat)[0][0])
        begun = time.monotonic()
        primary.kill()
        standby.promote()
        until(lambda: authority_test.sql(standby, beat)[0][0] > before, pause=0.02)
        table.add("failover: server killed to the first heartbeat on the promoted standby", f"{time.monotonic() - begun:.1f} s", "5 s")
    finally:
        authority.stop()
        standby.close()
        primary.close()
        shutil.rmtree(authority.directory)


def fill(owner, first: int, entries: int, blobs: int, size: int):
    """As the sequencer leaves them: entries of 600 bytes, sealed blobs of `size`."""
    rows(owner, "INSERT INTO fleet.statements SELECT sha256(int8send(n)), decode(repeat('ab', 350), 'hex') FROM generate_series(%s::bigint, %s) n", first, first + entries - 1)
    rows(owner, "INSERT INTO fleet.entries SELECT n, sha256(int8send(n)), decode(repeat('cd', 250), 'hex') FROM generate_series(%s::bigint, %s) n", first, first + entries - 1)
    if blobs:
        rows(owner, "INSERT INTO fleet.blobs SELECT sha256(int8send(n)), decode(repeat('ef', %s), 'hex') FROM generate_series(1::bigint, %s) n", size, blobs)
        rows(owner, "INSERT INTO fleet.material SELECT n, n, 1, sha256(int8send(n)), %s, 1, NULL FROM generate_series(1::bigint, %s) n", agent_test.GROUP, blobs)
    rows(owner, "UPDATE fleet.head SET seq = %s, change = %s", first + entries - 1, blobs)
    rows(owner, "ANALYZE")


class Carried(agent_test.Agent):
    """The agent's rig, not its tests."""

    def measure(self, entries: int, blobs: int, size: int) -> tuple[float, int]:
        fill(self.owner, 1, entries, blobs, size)
        begun = time.monotonic()
        broker = self.join()
        connection = broker.connection
        left, total = entries - sum(name == "entry_came" for name, _ in broker.heard), 0
        while left:
            data = connection.recv(1 << 17)
            total += len(data)
            left -= data[1:3] == b"\x00\xc2"  # EntryCame
        return time.monotonic() - begun, total

    def runTest(self):
        pass


def carried(table: Table, build: pathlib.Path, people: int):
    agent_test.PROGRAMS = build / "bin"
    agent_test.setUpModule()
    try:
        blobs = 4 * people  # a name, a card's person, two fingers
        for name, entries, number, size in ((f"1 terminal, {STATEMENTS:,} statements behind: caught up", STATEMENTS, 0, 0),
                                            (f"first snapshot: {people:,} people with 2 fingers", blobs, blobs, 1800)):
            rig = Carried()
            rig.setUp()
            try:
                seconds, total = rig.measure(entries, number, size)
            finally:
                rig.doCleanups()
            table.add(f"{name} (through agent and fleet.sock)", f"{seconds:.1f} s, {total / 1e6:.0f} MB")
    finally:
        agent_test.Agent.server.close()


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


def main() -> int:
    words = argparse.ArgumentParser(description="How fast the fleet is.")
    words.add_argument("build", type=pathlib.Path)
    words.add_argument("--terminals", default="100,1000,10000" if "SEKIMORI_SOAK" in os.environ else "100,1000")
    words.add_argument("--people", type=int, default=30_000)
    given = words.parse_args()
    build = given.build.resolve()
    load = os.getloadavg()[0]
    table = Table()
    revocations(table, build, [int(word) for word in given.terminals.split(",")])
    failover(table, build)
    carried(table, build, given.people)
    terminal(table, build, given.people)
    table.add("beside it: a CRL fetched every 4 hours", "2 h in the mean, 4 h at worst")
    table.add("beside it: Teleport's documented staleness", "5 min")
    print(f"Load average {load:.1f} before it, on {os.cpu_count()} cores.\n\n{table.markdown()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
