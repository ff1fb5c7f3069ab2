#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sequencer against a real server: founding, restarts in the middle, and servers that forget, lie or have gone."""

import os
import pathlib
import shutil
import sys
import unittest

from authority import PASSPHRASE, Authority, fleet_on_one_machine, until
from broker import fields, split, u

PROGRAMS = pathlib.Path(sys.argv.pop(1)) if __name__ == "__main__" else pathlib.Path()
SOAK = "SEKIMORI_SOAK" in os.environ


def sql(server, text, *arguments):
    connection = server.owner()
    try:
        with connection.cursor() as cursor:
            cursor.execute(text, arguments)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def entries(server):
    return [(seq, bytes(signed)) for seq, signed in sql(server, "SELECT seq, signed FROM fleet.entries ORDER BY seq")]


class Sequencer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server, cls.authority = fleet_on_one_machine(PROGRAMS)
        cls.addClassCleanup(cls.server.close)
        cls.addClassCleanup(shutil.rmtree, cls.authority.directory)

    def setUp(self):
        self.authority.start()
        self.addCleanup(self.authority.stop)
        until(lambda: self.authority.status().get("seq", 0) > 0)

    def test_a_founded_fleet_cannot_be_founded_again(self):
        self.assertEqual(1, self.authority.call("init", "--server", "127.0.0.1", check=False).returncode)
        self.assertEqual(1, self.authority.call("token", "--name", "x", check=False, passphrase=b"wrong\n").returncode)
        self.assertEqual(2, self.authority.call("token", check=False).returncode)
        self.assertEqual(2, self.authority.call("init", check=False).returncode)
        mode = self.authority.directory.stat().st_mode & 0o777
        self.assertEqual(0o700, mode)
        for file in self.authority.directory.iterdir():
            if file.name != "run.log":
                self.assertEqual(0o600, file.stat().st_mode & 0o777, file)
            self.assertNotIn(PASSPHRASE.strip(), file.read_bytes())

    def test_a_heartbeat_is_there_at_once_and_a_token_waits_for_its_terminal(self):
        self.assertEqual([(True,)], sql(self.server, "SELECT heartbeat IS NOT NULL AND beaten_at > now() - interval '15 s' FROM fleet.head"))
        token = self.authority.call("token", "--name", "window 3").stdout.decode().strip()
        self.assertRegex(token, r"^SKJ1\.[A-Za-z0-9_-]+$")
        self.assertEqual([(True,)], sql(self.server, "SELECT bool_or(expires_at > now() + interval '23 hours') FROM fleet.joins"))
        self.assertEqual(b"", self.authority.call("admit").stdout)
        self.assertIn("main", self.authority.call("group", "list").stdout.decode())
        self.authority.call("group", "add", "tax")
        self.assertEqual(1, self.authority.call("group", "add", "tax", check=False).returncode)
        self.assertIn(" tax", self.authority.call("group", "list").stdout.decode())

    def test_a_request_that_no_token_made_is_closed(self):
        self.authority.call("token", "--name", "window 4")
        sql(self.server, "UPDATE fleet.joins SET request = 'garbage' WHERE request IS NULL")
        self.assertEqual(b"", self.authority.call("admit").stdout)
        self.assertEqual([(0,)], sql(self.server, "SELECT count(*) FROM fleet.joins WHERE request IS NOT NULL"))

    def test_what_is_no_statement_is_refused_and_the_next_one_is_placed(self):
        before = self.authority.status()["seq"]
        sql(self.server, "INSERT INTO fleet.inbox (hash, terminal, denial, signed) SELECT decode(lpad(to_hex(n), 64, '0'), 'hex'), decode(repeat('ab', 16), 'hex'),"
            " mod(n, 2) = 0, decode(repeat(to_hex(n), 2), 'hex') FROM generate_series(256, 400) n")
        self.authority.call("rotate")
        until(lambda: self.authority.status()["seq"] == before + 1 and self.authority.status()["waiting"] == 0)
        self.assertEqual([(145,)], sql(self.server, "SELECT count(*) FROM fleet.refusals"))

    def test_the_sequencers_key_is_rolled_while_it_works(self):
        for _ in range(3):
            before = self.authority.status()["seq"]
            self.authority.call("rotate")
            until(lambda b=before: self.authority.status()["seq"] == b + 1)
        self.authority.stop()
        self.authority.start()  # reads the whole chain with all its keys
        self.authority.call("rotate")
        until(lambda: self.authority.status()["seq"] == before + 2)

    def test_by_a_clock_that_was_set_nothing_is_signed_without_an_operators_word(self):
        self.authority.stop()
        kept = split((self.authority.directory / "clock").read_bytes())
        hour = 3_600_000
        # As if the clock had been set by an hour while it ran, or stood a day behind what it showed already.
        for field, by, why in ((6, -hour, "was set by more than five minutes"), (2, 24 * hour, "stands before what it showed already")):
            with self.subTest(why):
                changed = {**kept, field: u(int.from_bytes(kept[field], "big") + by, 8)}
                (self.authority.directory / "clock").write_bytes(fields(*changed.items()))
                began, = sql(self.server, "SELECT clock_timestamp(), heartbeat, seq FROM fleet.head")
                self.authority.start()
                until(lambda w=why: w in self.authority.log())
                self.assertTrue(any(why in line for line in self.authority.status()["warnings"]))
                self.authority.call("rotate")
                # It has looked at what waits, and has placed and signed nothing.
                until(lambda b=began[0]: sql(self.server, "SELECT count(*) FROM fleet.inbox i, pg_stat_activity a WHERE a.usename = 'sekimori_authority'"
                                                          " AND a.state = 'idle' AND a.query LIKE '%%inbox_batch%%' AND a.query_start > greatest(i.received_at, %s)", b) != [(0,)])
                self.assertEqual([(began[1], began[2])], sql(self.server, "SELECT heartbeat, seq FROM fleet.head"))
                self.authority.call("clock", "accept")
                until(lambda s=began[2]: self.authority.status()["seq"] == s + 1)
                until(lambda h=began[1]: bytes(sql(self.server, "SELECT heartbeat FROM fleet.head")[0][0]) != bytes(h))
                self.assertIn("is right again", self.authority.log())
                self.assertFalse(any("clock" in line for line in self.authority.status()["warnings"]))
                self.authority.stop()
        self.authority.start()

    def test_killed_at_any_moment_it_loses_nothing_and_says_nothing_twice(self):
        count = 1000 if SOAK else 50
        seen = dict(entries(self.server))
        for i in range(count):
            self.authority.call("rotate")
            if i % 3:
                until(lambda: self.authority.status().get("waiting") == 0)
            self.authority.kill()
            now = dict(entries(self.server))
            self.assertEqual(seen, {seq: signed for seq, signed in now.items() if seq in seen})
            seen = now
            self.authority.start()
        until(lambda: self.authority.status().get("waiting") == 0)
        self.assertEqual(list(range(1, len(seen) + 1)), sorted(seen))

    def test_a_server_that_lost_its_last_entries_gets_the_same_again(self):
        for _ in range(3):
            self.authority.call("rotate")
        until(lambda: self.authority.status()["waiting"] == 0)
        self.authority.stop()
        before = entries(self.server)
        # As a standby that was promoted before these had come.
        sql(self.server, "WITH gone AS (DELETE FROM fleet.entries WHERE seq > (SELECT max(seq) - 3 FROM fleet.entries) RETURNING statement) DELETE FROM fleet.statements WHERE hash IN (SELECT statement FROM gone)")
        sql(self.server, "DELETE FROM fleet.statements s WHERE NOT EXISTS (SELECT FROM fleet.entries e WHERE e.statement = s.hash); UPDATE fleet.head SET seq = (SELECT max(seq) FROM fleet.entries)")
        self.authority.start()
        until(lambda: entries(self.server) == before)

    def test_a_server_with_another_chain_ends_it_loudly(self):
        self.authority.call("rotate")
        until(lambda: self.authority.status()["waiting"] == 0)
        self.authority.stop()
        (seq, signed), = sql(self.server, "SELECT seq, signed FROM fleet.entries ORDER BY seq DESC LIMIT 1")
        sql(self.server, "UPDATE fleet.entries SET signed = (SELECT signed FROM fleet.entries WHERE seq = %s) WHERE seq = %s", seq - 1, seq)
        self.authority.start()
        self.assertEqual(1, self.authority.process.wait(60))
        self.assertIn("another entry", self.authority.log())
        sql(self.server, "UPDATE fleet.entries SET signed = %s WHERE seq = %s", bytes(signed), seq)
        self.authority.start()
        until(lambda: self.authority.status().get("waiting") == 0)

    def test_a_copy_of_the_keys_elsewhere_waits_for_the_first_to_end(self):
        backup = self.authority.directory / "backup"
        self.authority.call("backup", backup)
        copy = Authority(PROGRAMS)
        self.addCleanup(shutil.rmtree, copy.directory)
        self.assertEqual(1, copy.call("restore", backup, check=False, passphrase=b"wrong\n").returncode)
        copy.call("restore", backup)
        copy.start()
        self.assertEqual(1, copy.process.wait(60))
        self.assertIn("another authority is at work", copy.log())
        before = entries(self.server)
        self.authority.stop()
        copy.start()
        self.addCleanup(copy.stop)
        copy.call("rotate")
        until(lambda: len(entries(self.server)) == len(before) + 1)
        self.assertEqual(before, entries(self.server)[:-1])
        copy.stop()
        # The first one, which has an older chain now, takes over what the other one wrote; its key it does not have.
        shutil.copy(copy.directory / "sequencer.key", self.authority.directory / "sequencer.key")
        self.authority.start()
        until(lambda: self.authority.status().get("waiting") == 0)

    def test_a_server_that_is_killed_and_comes_back(self):
        self.server.kill()
        self.authority.call("status", check=False)
        self.server.start()
        self.authority.call("rotate")
        until(lambda: self.authority.status().get("waiting") == 0, 90)
        self.assertIsNone(self.authority.process.poll())


if __name__ == "__main__":
    unittest.main(verbosity=1)
