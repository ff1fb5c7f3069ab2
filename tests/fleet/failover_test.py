#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The server dies and a standby is promoted: the authority finds it, the chain goes on, and what the standby had not
received yet is there again as the same bytes."""

import pathlib
import shutil
import sys
import time
import unittest

from authority import Authority, until
from authority_test import entries, sql
from postgres import Certificates, Server, free_port
from terminals import Terminal

PROGRAMS = pathlib.Path(sys.argv.pop(1)) if __name__ == "__main__" else pathlib.Path()


def founded(programs: pathlib.Path) -> tuple[Server, Server, Authority]:
    """A primary, its standby, and an authority that knows both."""
    primary = Server()
    reserved = free_port()
    authority = Authority(programs)
    authority.call("init", "--server", f"127.0.0.1:{primary.port},127.0.0.1:{reserved}")
    papers = primary.directory / "papers"
    papers.mkdir()
    authority.call("server-certificate", "127.0.0.1", "--out", papers)
    bundle = Certificates.__new__(Certificates)
    bundle.directory, bundle.ca = papers, papers / "sekimori-ca.pem"
    primary.create(bundle, (papers / "sekimori-server.pem", papers / "sekimori-server.key")).start()
    primary.set_up()
    return primary, primary.standby(reserved), authority


class Failover(unittest.TestCase):
    def test_a_promoted_standby_takes_over(self):
        primary, standby, authority = founded(PROGRAMS)
        self.addCleanup(shutil.rmtree, authority.directory)
        self.addCleanup(standby.close)
        self.addCleanup(primary.close)
        authority.start()
        self.addCleanup(authority.stop)
        until(lambda: authority.status().get("seq", 0) > 0)
        for _ in range(3):
            authority.call("rotate")
        until(lambda: authority.status().get("waiting") == 0)
        before = entries(primary)
        until(lambda: entries(standby) == before)
        # From here on the standby receives nothing, as if the network between the two were cut first.
        sql(standby, "ALTER SYSTEM SET primary_conninfo = ''")
        sql(standby, "SELECT pg_reload_conf()")
        until(lambda: sql(primary, "SELECT count(*) FROM pg_stat_replication") == [(0,)])
        authority.call("rotate")
        until(lambda: authority.status().get("waiting") == 0)
        last = entries(primary)
        self.assertEqual(before, entries(standby))
        primary.kill()
        begun = time.monotonic()
        standby.promote()
        until(lambda: authority.status().get("server") == "127.0.0.1" and len(entries(standby)) == len(last), 60)
        print(f"the chain is whole on the standby after {time.monotonic() - begun:.1f} s")
        self.assertEqual(last, entries(standby))
        authority.call("rotate")
        until(lambda: len(entries(standby)) == len(last) + 1)
        self.assertIn("it gets them again", authority.log())

    def test_terminals_find_the_promoted_one(self):
        """With brokers and agents: what is denied in the silence is in force at once, and everywhere when it is over."""
        primary, standby, authority = founded(PROGRAMS)
        self.addCleanup(shutil.rmtree, authority.directory)
        self.addCleanup(standby.close)
        self.addCleanup(primary.close)
        authority.start()
        self.addCleanup(authority.stop)
        until(lambda: authority.status().get("seq", 0) > 0)
        office, window = terminals = [self.enterContext(Terminal(PROGRAMS, name)) for name in ("office", "window")]
        for terminal in terminals:
            terminal.join(primary, authority)
        authority.call("delegate", "office", "--role", "admin", "--days", "30")
        until(lambda: authority.status()["waiting"] == 0)
        office.until_at(authority.status()["seq"])
        for person, seed in (("alice", 1), ("bert", 2)):
            office.enrol(person, seed, person)
            office.give(window, person)
        until(lambda: authority.status()["waiting"] == 0)
        before = entries(primary)
        until(lambda: entries(standby) == before)
        window.until_at(len(before))
        window.insert("alice")
        login = window.log_in("alice", 1)
        self.assertTrue(login.opened, login.said)

        primary.kill()
        begun = time.monotonic()
        until(lambda: office.fleet()["link"] == "down")
        queued = office.revoke("alice")["fleet"]
        self.assertEqual(("down", True, 1), (queued["link"], queued["queued"], queued["confirmed"]), queued)
        self.assertEqual("PAM_AUTH_ERR", office.refused("alice", 1))
        standby.promote()
        until(lambda: all(terminal.fleet()["link"] == "up" for terminal in terminals), 60)
        print(f"both terminals are on the standby {time.monotonic() - begun:.1f} s after the primary's end")
        receipt = office.revoke("alice", "--wait", "60")["fleet"]
        self.assertEqual((2, 2, []), (receipt["terminals"], receipt["confirmed"], receipt["missing"]), receipt)
        until(login.ended)
        self.assertEqual("PAM_AUTH_ERR", window.refused("alice", 1))
        self.assertEqual("", window.refused("bert", 2))
        office.run("sekimori", "person", "add", "late", "--name", "late")
        self.assertEqual(before, entries(standby)[: len(before)])
        until(lambda: authority.status()["waiting"] == 0)
        for terminal in terminals:
            terminal.until_at(authority.status()["seq"])
            own = terminal.fleet()["terminal"]
            until(lambda own=own: sql(standby, "SELECT head_seq = seq AND seq > 0 FROM fleet.trails WHERE terminal = decode(%s, 'hex')", own) == [(True,)])
            self.assertEqual([(True, 1)], sql(standby, "SELECT count(*) = max(seq), min(seq) FROM fleet.trail_rows WHERE terminal = decode(%s, 'hex')", own))


if __name__ == "__main__":
    unittest.main(verbosity=1)
