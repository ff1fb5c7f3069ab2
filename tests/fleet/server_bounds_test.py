#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a terminal can't fill, lengthen or replace on the server."""

import os
import re
import unittest

import server_test
from client import code_of, rows, submit
from postgres import ROOT
from server_test import GROUP, Fleet

setUpModule = server_test.setUpModule
# As the brokers have them.
SCHEMA = (ROOT / "protocol/schema_fleet.hpp").read_text()
MOST_STATEMENT, MOST_BLOB = (1024 * int(re.search(rf"{name} = (\d+) \* 1024;", SCHEMA)[1]) for name in ("kMaxStatement", "kMaxSealedBlob"))
MOST_KEY = int(re.search(r"kMaxSealedKey = (\d+);", SCHEMA)[1])


class Bounds(Fleet):
    def test_what_no_broker_could_be_told_is_not_taken(self):
        a = self.terminal("a")
        blob, key = (1, b"b" * 32, GROUP), (2, b"p" * 16, GROUP)
        submit(a, b"x" * MOST_STATEMENT, denial=True)
        submit(a, b"x", material=[(*blob, b"s" * MOST_BLOB), (*key, b"s" * MOST_KEY)])
        for call in (
            lambda: submit(a, b"x" * (MOST_STATEMENT + 1), denial=True),
            lambda: submit(a, b"x", material=[(*blob, b"s" * (MOST_BLOB + 1))]),
            lambda: submit(a, b"x", material=[(*key, b"s" * (MOST_KEY + 1))]),
            lambda: self.place(1, [b"x" * (MOST_STATEMENT + 1)]),
            lambda: rows(self.authority, "SELECT fleet.author(%s, %s, false)", b"h" * 32, b"x" * (MOST_STATEMENT + 1)),
        ):
            self.assertEqual("23514", code_of(call))
        self.place(1, [b"x" * MOST_STATEMENT])
        self.assertEqual([(2,)], rows(self.owner, "SELECT count(*) FROM fleet.inbox"))


if __name__ == "__main__":
    os.environ.pop("PGOPTIONS", None)
    unittest.main(verbosity=1)
