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


if __name__ == "__main__":
    unittest.main(verbosity=1)
