#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A server that lies, or is full, to real terminals: it withholds, puts entries in another order, goes back to yesterday's
state, and takes no more. What is denied stays denied, what is owed arrives in its order, and each lie has its name in the
trail."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from authority import until
from authority_test import sql
from town import Town

PROGRAMS = pathlib.Path(sys.argv.pop(1)) if __name__ == "__main__" else pathlib.Path()
SEEDS = {"alice": 1, "bert": 2, "carol": 4, "dave": 5, "erin": 6}
DAY = 86_400


class Liar(Town):
    PROGRAMS = PROGRAMS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office, cls.window = cls.settle("office", "window")
        cls.authority.call("delegate", "office", "--role", "admin", "--days", "30")
        cls.catch_up()
        for person, seed in SEEDS.items():
            cls.office.enrol(person, seed, person)
            cls.office.give(cls.window, person)
        cls.catch_up()

    def sql(self, text, *arguments):
        return sql(self.server, text, *arguments)

    def noted(self, terminal, what: str) -> bool:
        return terminal.fleet().get("trouble", {}).get("what") == what and bool(terminal.trail(what))

    def assert_trails_in_order(self):
        """Whole on the server, without a gap, up to the head that the terminal signed."""
        for terminal in self.terminals:
            own = terminal.fleet()["terminal"]
            until(lambda own=own: self.sql("SELECT t.head_seq = t.seq AND t.seq > 0 FROM fleet.trails t WHERE terminal = decode(%s, 'hex')", own) == [(True,)], 90)
            self.assertEqual([(True, 1)], self.sql("SELECT count(*) = max(seq), min(seq) FROM fleet.trail_rows WHERE terminal = decode(%s, 'hex')", own))

    @contextlib.contextmanager
    def lying(self, *changes: tuple[str, str]):
        """The function by which entries are fetched is another one, until it is over."""
        real = self.sql("SELECT pg_get_functiondef('fleet.entries_after(bigint,integer)'::regprocedure)")[0][0]
        other = real
        for old, new in changes:
            self.assertIn(old, other)
            other = other.replace(old, new)
        self.sql(other)
        try:
            yield
        finally:
            self.sql(real)
            self.sql("SELECT pg_notify('sekimori', 'E')")

    NOTHING = ("WHERE e.seq > after ", "WHERE e.seq > after AND false ")

    def test_1_entries_are_withheld(self):
        """Heartbeats come and the entries that they speak of do not: nothing gets younger by them."""
        with self.lying(self.NOTHING):
            seq = self.window.seq()
            self.authority.call("delegate", "window", "--role", "helpdesk", "--days", "1")
            until(lambda: self.authority.status()["seq"] > seq)
            until(lambda: self.noted(self.window, "fleet.withheld"), 90)
            fleet = self.window.fleet()
            self.assertEqual((seq, "up", "everything"), (fleet["ledger"]["seq"], fleet["link"], fleet["opens"]))
            self.assertLess(25, fleet["age_seconds"], "it is shown as old as its newest entry's heartbeat")
        self.catch_up(limit=120)
        until(lambda: self.window.fleet()["opens"] == "everything")
        self.assertEqual("", self.window.refused("alice", SEEDS["alice"]))

    def test_2_entries_come_in_another_order(self):
        self.catch_up(limit=120)
        # Of two that follow each other each stands in the other's place before anybody can have fetched them.
        seq = self.window.seq()
        swapped = f"SELECT CASE e.seq WHEN {seq + 1} THEN {seq + 2}::bigint WHEN {seq + 2} THEN {seq + 1}::bigint ELSE e.seq END,"
        with self.lying(("SELECT e.seq,", swapped), ("ORDER BY e.seq ", "ORDER BY 1 "), ("WHERE e.seq > after ", f"WHERE e.seq > after AND (SELECT h.seq >= {seq + 2} FROM fleet.head h) ")):
            for _ in range(2):
                self.authority.call("delegate", "window", "--role", "helpdesk", "--days", "1")
            until(lambda: self.authority.status()["seq"] == seq + 2)
            until(lambda: self.window.trail("fleet.bad_entry"), 60)
            self.assertEqual(seq, self.window.seq())
            denied = self.office.revoke("bert", "--wait", "60")["fleet"]
            self.assertEqual((2, 2), (denied["terminals"], denied["confirmed"]), denied)
        self.catch_up(limit=150)
        self.assertEqual("PAM_AUTH_ERR", self.window.refused("bert", SEEDS["bert"]))

    def test_3_yesterdays_server(self):
        self.authority.stop()
        self.server.stop()
        yesterday = self.server.directory / "yesterday"
        subprocess.run(["cp", "-a", self.server.data, yesterday], check=True)
        self.server.start()
        self.authority.start()
        until(lambda: all(terminal.fleet().get("link") == "up" for terminal in self.terminals), 90)
        self.assertEqual(2, self.office.revoke("carol", "--wait", "60")["fleet"]["confirmed"])
        self.office.run("sekimori", "person", "add", "late", "--name", "late")
        self.catch_up()
        beat = bytes(self.sql("SELECT heartbeat FROM fleet.head")[0][0])
        until(lambda: bytes(self.sql("SELECT heartbeat FROM fleet.head")[0][0]) != beat)
        seq = self.window.seq()
        self.authority.stop()
        self.server.stop()
        shutil.rmtree(self.server.data)
        yesterday.rename(self.server.data)
        self.server.start()
        until(lambda: all(terminal.fleet().get("link") == "up" for terminal in self.terminals), 90)
        until(lambda: self.noted(self.window, "fleet.lower_head"), 60)
        self.assertEqual(seq, self.window.seq())
        self.assertTrue(self.window.trail("fleet.old_trail") == [], "the trail here is the longer one")
        for terminal in self.terminals:
            self.assertEqual("PAM_AUTH_ERR", terminal.refused("carol", SEEDS["carol"]), terminal.name)
        # The authority gives the server again what it lost, the terminals what is theirs to give.
        self.authority.start()
        self.catch_up(limit=120)
        self.assertGreaterEqual(self.authority.status()["seq"], seq)
        self.assertIn("it gets them again", self.authority.log())
        self.assert_trails_in_order()

    @unittest.skipUnless(os.getuid() == 0, "a small file system takes root")
    def test_4_a_servers_disk_that_is_full(self):
        small = self.server.directory / "small"
        small.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=0777", "small", small], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", small], check=True)
        space = small / "space"
        space.mkdir(mode=0o700)
        shutil.chown(space, "nobody", "nogroup")
        self.sql(f"CREATE TABLESPACE small LOCATION '{space}'")
        self.addCleanup(self.sql, "DROP TABLESPACE small")
        self.addCleanup(self.move_to, "pg_default")
        self.move_to("small")
        self.authority.stop()  # it would make room
        self.fill(small)
        try:
            # What is free within pages that are there is used up as well.
            for _ in range(3000):
                try:
                    self.sql("INSERT INTO fleet.trail_rows SELECT decode(repeat('ee', 16), 'hex'), n, decode(repeat('00', 1000), 'hex'), decode(repeat('00', 64), 'hex')"
                             " FROM generate_series((SELECT coalesce(max(seq), 0) + 1 FROM fleet.trail_rows WHERE terminal = decode(repeat('ee', 16), 'hex')),"
                             " (SELECT coalesce(max(seq), 0) + 8 FROM fleet.trail_rows WHERE terminal = decode(repeat('ee', 16), 'hex'))) n")
                except Exception as error:  # pylint: disable=broad-exception-caught
                    self.assertEqual("53100", getattr(error, "pgcode", None), error)
                    break
            self.exhaust_inbox()
            denied = self.office.revoke("dave", "--wait", "3")["fleet"]
            self.assertEqual((True, 1), (denied["queued"], denied["confirmed"]), denied)
            self.assertEqual("PAM_AUTH_ERR", self.office.refused("dave", SEEDS["dave"]))
            self.assertEqual("up", self.office.fleet()["link"])
        finally:
            (small / "ballast").unlink()
            self.sql("DELETE FROM fleet.trail_rows WHERE terminal = decode(repeat('ee', 16), 'hex')")
            self.sql("DELETE FROM fleet.inbox WHERE terminal = decode(repeat('ee', 16), 'hex')")
            self.authority.start()
        until(lambda: self.office.revoke("dave", "--wait", "10")["fleet"]["confirmed"] == 2, 120)
        self.assertEqual("PAM_AUTH_ERR", self.window.refused("dave", SEEDS["dave"]))
        self.catch_up(limit=120)
        self.assertEqual(0, self.office.fleet()["queued"])
        self.assert_trails_in_order()

    def move_to(self, space: str):
        """What grows. Nothing makes room in it meanwhile."""
        for table in ("inbox", "inbox_material", "acks", "trail_rows", "statements", "entries"):
            self.sql(f"ALTER TABLE fleet.{table} SET TABLESPACE {space}")
            self.sql(f"ALTER TABLE fleet.{table} SET (autovacuum_enabled = {space == 'pg_default'})")
            for index, in self.sql("SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass", f"fleet.{table}"):
                self.sql(f"ALTER INDEX {index} SET TABLESPACE {space}")

    @unittest.skipUnless(os.getuid() == 0, "a clock of its own takes root")
    def test_5_entries_are_withheld_for_a_day(self):
        """Past the maximum age nothing opens, with the server there all the time. (Last: the clock of this terminal, which nobody
        sets, stays a day ahead of the authority's, and so it stays a day old.)"""
        with self.lying(self.NOTHING):
            self.authority.call("delegate", "window", "--role", "helpdesk", "--days", "1")
            until(lambda: self.authority.status()["seq"] > self.window.seq())
            self.window.up_again(DAY + 3600)
            until(lambda: self.window.fleet().get("link") == "up")
            until(lambda: self.window.fleet().get("opens") == "nothing")
            self.assertLess(DAY, self.window.fleet()["age_seconds"])
            self.assertEqual("PAM_AUTH_ERR", self.window.refused("alice", SEEDS["alice"]))
            denied = self.office.revoke("erin", "--wait", "60")["fleet"]
            self.assertEqual(2, denied["confirmed"], "a denial is heard whatever else is wrong")

    def fill(self, small: pathlib.Path):
        free = os.statvfs(small)
        with open(small / "ballast", "wb") as ballast:
            try:
                while True:
                    ballast.write(bytes(1 << 16))
                    ballast.flush()
            except OSError:
                pass
        self.assertGreater(free.f_bavail, os.statvfs(small).f_bavail)

    def exhaust_inbox(self):
        """Until not one more statement fits into the pages that are there, of the table and of each part of its indexes."""
        refused = 0
        for number in range(5000):
            if refused == 50:
                return
            try:
                self.sql("INSERT INTO fleet.inbox (hash, terminal, denial, signed) VALUES (sha256(%s), decode(repeat('ee', 16), 'hex'), false, decode(repeat('00', 100), 'hex'))", b"%d" % number)
                refused = 0
            except Exception as error:  # pylint: disable=broad-exception-caught
                self.assertEqual("53100", getattr(error, "pgcode", None), error)
                refused += 1
                self.sql("SELECT count(octet_length(signed)) FROM fleet.inbox")  # whoever reads a page tidies it: what that frees is used up, too
        self.fail("the disk is not full")


if __name__ == "__main__":
    unittest.main(verbosity=1)
