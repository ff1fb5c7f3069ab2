#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the schema does about certificates, and for a terminal that is revoked."""

import os
import secrets
import unittest

import server_test
from client import code_of, notices, rows
from server_test import TERMINALS, Fleet

setUpModule = server_test.setUpModule


class Renewing(Fleet):
    PLACE, MINE = "SELECT fleet.renewal_place(%s)", "SELECT answer FROM fleet.renewal_of_mine()"
    WAITING, REPLY = "SELECT * FROM fleet.renewals_waiting(10)", "SELECT fleet.renewal_reply(%s, %s, %s)"

    def test_a_request_waits_is_answered_and_is_over_when_its_terminal_says_so(self):
        a, b = self.terminal("a"), self.terminal("b")
        rows(a, "LISTEN sekimori")
        rows(a, self.PLACE, b"request")
        rows(a, self.PLACE, b"request")
        self.assertEqual([(TERMINALS["a"], b"request")], rows(self.authority, self.WAITING))
        self.assertEqual([(None,)], rows(a, self.MINE))
        self.assertEqual([], rows(b, self.MINE))
        self.assertEqual((1, 0, 0), rows(self.authority, "SELECT * FROM fleet.certificates()")[0])
        rows(a, "SELECT fleet.renewal_done()")  # not before there is an answer
        rows(self.authority, self.REPLY, TERMINALS["a"], b"request", b"answer")
        self.assertEqual(["C"], notices(a, 1))
        self.assertEqual([(b"answer",)], rows(a, self.MINE))
        self.assertEqual([], rows(b, self.MINE))
        self.assertEqual([], rows(self.authority, self.WAITING))
        rows(a, self.PLACE, b"request")  # the same again: its answer stays
        self.assertEqual([(b"answer",)], rows(a, self.MINE))
        rows(b, "SELECT fleet.renewal_done()")
        self.assertEqual([(b"answer",)], rows(a, self.MINE))
        rows(a, "SELECT fleet.renewal_done()")
        self.assertEqual([], rows(a, self.MINE))

    def test_an_answer_to_a_request_that_was_replaced_is_nobodys(self):
        a = self.terminal("a")
        rows(a, self.PLACE, b"first")
        rows(self.authority, self.REPLY, TERMINALS["a"], b"first", b"answer to the first")
        rows(a, self.PLACE, b"second")
        self.assertEqual([(None,)], rows(a, self.MINE))
        rows(self.authority, self.REPLY, TERMINALS["a"], b"first", b"answer to the first")
        self.assertEqual([(None,)], rows(a, self.MINE))
        rows(self.authority, self.REPLY, TERMINALS["a"], b"first", None)
        self.assertEqual([(TERMINALS["a"], b"second")], rows(self.authority, self.WAITING))
        rows(self.authority, self.REPLY, TERMINALS["a"], b"second", None)  # refused: it may ask again
        self.assertEqual([], rows(a, self.MINE))

    def test_a_revoked_one_gets_none_and_hears_its_own_revocation_only(self):
        a, b = self.terminal("a"), self.terminal("b")
        mine = "SELECT statement FROM fleet.revocation_of_mine()"
        rows(a, self.PLACE, b"request")
        hash_ = secrets.token_bytes(32)
        rows(self.authority, "SELECT fleet.author(%s, 'revocation', true)", hash_)
        self.assertEqual([], rows(a, mine))
        rows(self.authority, "SELECT fleet.terminal_revoke(%s, %s)", TERMINALS["a"], hash_)
        self.assertEqual([], rows(self.authority, self.WAITING))
        rows(self.authority, self.REPLY, TERMINALS["a"], b"request", b"too late")
        again = self.terminal("a")
        self.assertEqual([(b"revocation",)], rows(again, mine))
        for text in (self.MINE, "SELECT fleet.renewal_place('x')", "SELECT fleet.renewal_done()"):
            self.assertEqual("SF001", code_of(lambda t=text: rows(again, t)), text)
        self.assertEqual([], rows(b, mine))
        # Also from the chain; and another terminal's revocation is not told, nor is a stranger's.
        self.place_inbox()
        rows(self.authority, "SELECT fleet.author(%s, 'another', true)", b"n" * 32)
        rows(self.authority, "SELECT fleet.terminal_revoke(%s, %s)", TERMINALS["c"], b"n" * 32)
        self.assertEqual([(b"revocation",)], rows(self.terminal("a"), mine))
        self.assertEqual([(b"another",)], rows(self.terminal("c"), mine))
        stranger = self.connect("sekimori_terminal", self.certificates.issue("/CN=terminal-" + "9" * 32))
        self.assertEqual([], rows(stranger, mine))
        odd = self.connect("sekimori_terminal", self.certificates.issue(f"/O=x/CN=terminal-{TERMINALS['a'].hex()}"))
        self.assertEqual("SF001", code_of(lambda: rows(odd, mine)))

    def test_what_is_too_large_too_often_or_anothers_to_call(self):
        rows(self.owner, "UPDATE fleet.limits SET burst = 50, rate = 0.01")
        a = self.terminal("a")
        self.assertEqual("23514", code_of(lambda: rows(a, self.PLACE, b"x" * 1281)))
        codes = [code_of(lambda i=i: rows(a, self.PLACE, b"%d" % i)) for i in range(4)]
        self.assertEqual((None, "SF002"), (codes[0], codes[-1]))
        for text in ("SELECT * FROM fleet.renewals_waiting(1)", "SELECT fleet.renewal_reply('x', 'x', 'x')", "SELECT fleet.certified('x', 1)", "SELECT * FROM fleet.certificates()",
                     "SELECT fleet.terminal_revoke('x', 'x')"):
            self.assertEqual("42501", code_of(lambda t=text: rows(a, t)), text)
        self.assertEqual("42501", code_of(lambda: rows(self.authority, "SELECT fleet.terminal_revoke('x')")))
        self.assertEqual("42501", code_of(lambda: rows(self.connect("sekimori_join"), "SELECT * FROM fleet.revocation_of_mine()")))

    def test_certificates_that_end_are_counted(self):
        now = rows(self.owner, "SELECT (extract(epoch FROM now()) * 1000)::bigint")[0][0]
        for name, days in (("a", -1), ("b", 179), ("c", 181)):
            rows(self.authority, "SELECT fleet.certified(%s, %s)", TERMINALS[name], now + days * 86_400_000)
        self.assertEqual((0, 1, 1), rows(self.authority, "SELECT * FROM fleet.certificates()")[0])
        rows(self.authority, "SELECT fleet.terminal_revoke(%s, %s)", TERMINALS["a"], bytes(32))
        self.assertEqual((0, 1, 0), rows(self.authority, "SELECT * FROM fleet.certificates()")[0])


if __name__ == "__main__":
    os.environ.pop("PGOPTIONS", None)
    unittest.main(verbosity=1)
