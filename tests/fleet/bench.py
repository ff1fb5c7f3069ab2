#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast the fleet is, in one run; bounded, on loopback, everything on this machine.

    bench.py BUILD [COUNT...]        default: 100 1000; 10000 with SEKIMORI_SOAK

revocation   from submit at one terminal to applied (signature verified) and acknowledged (signature verified by the issuer)
failover     the server is killed and a standby promoted at once: until the chain goes on
catch-up     the real agent of one terminal, 1,000 entries behind
snapshot     the real agent of a new terminal: 30,000 people with two fingers
"""

import os
import pathlib
import shutil
import sys
import time

import agent_test
import authority_test
import failover_test
import load_test
from authority import until
from client import rows


def revocations(build: pathlib.Path, counts: list[int]):
    print(f"{'terminals':>9}  {'applied: first':>14}  {'median':>8}  {'p99':>8}  {'last':>8}  {'acknowledged':>12}   ms, median of 5 rounds; connect s")
    for count in counts:
        found = load_test.drive(build / "bin", build / "tests", count, rounds=5)

        def middle(pick):
            return sorted(pick(one) for one in found["rounds"])[2]

        cells = [middle(lambda one, k=key: one["applied_ms"][k]) for key in ("first", "median", "p99", "last")]
        print(f"{count:>9}  {cells[0]:>14.1f}  {cells[1]:>8.1f}  {cells[2]:>8.1f}  {cells[3]:>8.1f}  {middle(lambda one: one['acknowledged_ms']):>12.1f}   {found['connect_s']:.1f}", flush=True)


def failover(build: pathlib.Path):
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
        print(f"failover     {time.monotonic() - begun:.2f} s from the kill to the first heartbeat on the promoted standby", flush=True)
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


def carried(build: pathlib.Path):
    agent_test.PROGRAMS = build / "bin"
    agent_test.setUpModule()
    try:
        for name, entries, blobs, size in (("catch-up", 1000, 0, 0), ("snapshot", 120_000, 120_000, 1800)):
            rig = Carried()
            rig.setUp()
            try:
                seconds, total = rig.measure(entries, blobs, size)
            finally:
                rig.doCleanups()
            print(f"{name:<12} {seconds:.2f} s for {entries} entries and {blobs} blobs, {total / 1e6:.0f} MB through fleet.sock", flush=True)
    finally:
        agent_test.Agent.server.close()


def main() -> int:
    build = pathlib.Path(sys.argv[1])
    counts = [int(word) for word in sys.argv[2:]] or ([100, 1000, 10000] if "SEKIMORI_SOAK" in os.environ else [100, 1000])
    print(f"load of this machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    carried(build)
    failover(build)
    revocations(build, counts)
    print("beside it: a CRL fetched every 4 hours: 2 h in the mean, 4 h at worst; Teleport's documented staleness: 5 minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
