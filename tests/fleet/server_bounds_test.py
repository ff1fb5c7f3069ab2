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

    def test_a_key_that_is_there_is_replaced_by_the_authority_only(self):
        a, b, person = self.terminal("a"), self.terminal("b"), b"p" * 16
        hash_ = submit(a, b"person", material=[(2, person, GROUP, b"the true one"), (2, person, GROUP, b"twice")])
        self.place_inbox()
        text = "SELECT group_id, sealed FROM fleet.material_after(0, 10)"
        self.assertEqual([(GROUP, b"the true one")], rows(a, text))
        # Something that is missing makes it a supplement.
        submit(b, b"person", hash_, material=[(2, person, GROUP, b"false"), (2, person, b"r" * 16, b"more")])
        (no,), = rows(self.authority, "SELECT no FROM fleet.inbox_batch(5)")
        rows(self.authority, "SELECT fleet.supplement(%s)", [no])
        self.assertEqual([(GROUP, b"the true one")], rows(a, text))
        self.assertEqual([(GROUP, b"the true one"), (b"r" * 16, b"more")], rows(self.terminal("d"), text))
        # And another statement makes it one as little.
        submit(b, b"another", material=[(2, person, GROUP, b"false"), (1, b"b" * 32, GROUP, b"names")])
        self.place_inbox()
        self.assertEqual([(1, b"the true one"), (3, b"names")], rows(a, "SELECT change, sealed FROM fleet.material_after(0, 10)"))
        rows(self.authority, "SELECT fleet.keys_put(%s, 2, %s, %s)", GROUP, [person], [b"sealed anew"])
        self.assertEqual([(3, b"names"), (4, b"sealed anew")], rows(a, "SELECT change, sealed FROM fleet.material_after(0, 10)"))

    def test_what_a_statement_brings_along_is_counted_as_well(self):
        rows(self.owner, "UPDATE fleet.limits SET waiting_bytes = 500000")
        a, blobs = self.terminal("a"), [(1, bytes([n]) * 32, GROUP, b"s" * 50_000) for n in range(3)]
        codes = [code_of(lambda: submit(a, b"statement", material=blobs)) for _ in range(5)]
        self.assertEqual([None] * 3 + ["SF003"] * 2, codes)
        self.assertEqual([(3, 9)], rows(self.owner, "SELECT (SELECT count(*) FROM fleet.inbox), (SELECT count(*) FROM fleet.inbox_material)"))
        # The bound is each terminal's own, and what is placed makes room.
        submit(self.terminal("b"), b"another's", material=blobs)
        self.place_inbox()
        submit(a, b"statement", material=[(1, b"n" * 32, GROUP, b"s" * 50_000)])

    def test_a_full_inbox_comes_in_pieces(self):
        rows(self.owner, "UPDATE fleet.limits SET batch_bytes = 100000")
        a = self.terminal("a")
        for n in range(6):
            submit(a, b"%d" % n, material=[(1, bytes([n]) * 32, GROUP, b"s" * 40_000)])
        submit(a, b"denial", denial=True)
        sizes, order = [], []
        while waiting := rows(self.authority, "SELECT no, signed, sealed FROM fleet.inbox_batch(500)"):
            sizes.append(len(waiting))
            order += [signed for _, signed, _ in waiting]
            rows(self.authority, "SELECT fleet.refuse(%s)", [no for no, *_ in waiting])
        self.assertEqual([b"denial", *(b"%d" % n for n in range(6))], order)
        self.assertEqual([4, 3], sizes)
        submit(a, b"large", material=[(1, bytes([n]) * 32, GROUP, b"s" * 50_000) for n in range(4)])
        self.assertEqual(1, len(rows(self.authority, "SELECT no FROM fleet.inbox_batch(500)")))  # however large

    def test_what_is_called_a_denial_brings_nothing_along(self):
        a = self.terminal("a")
        self.assertEqual("SF003", code_of(lambda: submit(a, b"x", denial=True, material=[(1, b"b" * 32, GROUP, b"s")])))
        self.assertEqual([], rows(self.authority, "SELECT no FROM fleet.inbox_batch(5)"))


if __name__ == "__main__":
    os.environ.pop("PGOPTIONS", None)
    unittest.main(verbosity=1)
