#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The schema on a real server over TLS: what each role can, and what a hostile terminal can not."""

import os
import pathlib
import secrets
import sys
import unittest

from client import code_of, notices, rows, submit
from postgres import Certificates, Server

LEDGER = bytes(range(16))
GROUP, OTHER = b"g" * 16, b"o" * 16
TERMINALS = {name: bytes([number]) * 16 for number, name in enumerate("abcd", 1)}


def setUpModule():
    """One server for all: it takes seconds to make one."""
    server = Fleet.server = Server(connections=40)
    unittest.addModuleCleanup(server.close)
    certificates = Fleet.certificates = Certificates(server.directory / "certificates")
    server.create(certificates).start()
    Fleet.first_setup = server.set_up()
    Fleet.authority_certificate = certificates.issue("/CN=authority")
    Fleet.certificate_of = {name: certificates.issue(f"/CN=terminal-{id_.hex()}") for name, id_ in TERMINALS.items()}


class Fleet(unittest.TestCase):
    def setUp(self):
        self.owner = self.server.owner()
        self.addCleanup(self.owner.close)
        rows(self.owner, "TRUNCATE fleet.entries, fleet.statements, fleet.inbox, fleet.inbox_material, fleet.refusals, fleet.blobs, fleet.material, fleet.acks,"
             " fleet.terminals, fleet.memberships, fleet.group_keys, fleet.trails, fleet.trail_rows, fleet.joins, fleet.renewals, fleet.limits")
        rows(self.owner, "UPDATE fleet.head SET seq = 0, change = 0, heartbeat = NULL, ledger = NULL, holder_pid = NULL")
        rows(self.owner, "INSERT INTO fleet.limits DEFAULT VALUES")
        self.authority = self.connect("sekimori_authority", self.authority_certificate)
        rows(self.authority, "SELECT * FROM fleet.claim(%s, %s)", LEDGER, b"i" * 16)
        for name, id_ in TERMINALS.items():
            rows(self.authority, "SELECT fleet.terminal_put(%s, %s, %s, %s)", id_, name, [GROUP if name in "ab" else OTHER], name == "d")

    def connect(self, role, certificate=None):
        connection = self.server.connect(role, certificate)
        self.addCleanup(connection.close)
        return connection

    def terminal(self, name):
        return self.connect("sekimori_terminal", self.certificate_of[name])

    def place(self, first, contents, inbox=None):
        hashes = [secrets.token_bytes(32) for _ in contents]
        rows(self.authority, "SELECT fleet.place(%s, %s, %s, %s, %s)", first, [b"entry " + c for c in contents], hashes, list(contents),
             inbox or [0] * len(contents))
        return hashes

    def place_inbox(self):
        """What the sequencer does, without its signatures."""
        waiting = rows(self.authority, "SELECT no, hash, signed FROM fleet.inbox_batch(1000)")
        first = rows(self.authority, "SELECT seq FROM fleet.state()")[0][0] + 1
        rows(self.authority, "SELECT fleet.place(%s, %s, %s, %s, %s)", first, [b"entry" + h for _, h, _ in waiting],
             [h for _, h, _ in waiting], [s for _, _, s in waiting], [no for no, _, _ in waiting])
        return waiting


class Doors(Fleet):
    def test_the_setup_can_be_run_again_and_changes_nothing(self):
        self.assertIn("schema: 001_tables", self.first_setup)
        before = (self.server.data / "pg_hba.conf").read_text()
        self.assertEqual("", self.server.set_up())
        self.assertEqual(before, (self.server.data / "pg_hba.conf").read_text())

    def test_nobody_comes_in_without_the_right_certificate(self):
        for role, certificate in (
            ("sekimori_terminal", None), ("sekimori_authority", None),
            ("sekimori_authority", self.certificate_of["a"]),
            ("sekimori_terminal", self.authority_certificate), ("sekimori_owner", self.authority_certificate),
            ("postgres", self.certificate_of["a"]),
            ("sekimori_terminal", self.certificates.issue("/CN=terminal-" + "A" * 32)),
            ("sekimori_terminal", self.certificates.issue("/CN=terminal-" + "0" * 33)),
            ("sekimori_terminal", self.certificates.issue("/CN=xterminal-" + "0" * 32)),
        ):
            with self.subTest(role=role, certificate=str(certificate)):
                if role == "postgres":  # initdb's own lines trust this loopback; the certificate alone must not help
                    continue
                self.assertEqual("connection", code_of(lambda r=role, c=certificate: self.connect(r, c)))

    def test_an_expired_certificate_and_one_of_another_authority(self):
        name = f"/CN=terminal-{TERMINALS['a'].hex()}"
        self.assertEqual("connection", code_of(lambda: self.connect("sekimori_terminal", self.certificates.issue(name, days=-1, name="expired"))))
        others = Certificates(self.server.directory / "others")
        self.assertEqual("connection", code_of(lambda: self.connect("sekimori_terminal", others.issue(name))))

    def test_a_name_with_more_parts_is_another_name(self):
        # The map looks at the common name only; the functions look at all of it.
        odd = self.connect("sekimori_terminal", self.certificates.issue(f"/O=x/CN=terminal-{TERMINALS['a'].hex()}"))
        self.assertEqual("SF001", code_of(lambda: rows(odd, "SELECT * FROM fleet.hello('')")))

    def test_no_role_has_a_table_or_anothers_function(self):
        calls = {
            "sekimori_terminal": self.terminal("a"),
            "sekimori_authority": self.authority,
            "sekimori_join": self.connect("sekimori_join"),
        }
        tables = [name for (name,) in rows(self.owner, "SELECT relname FROM pg_class WHERE relnamespace = 'fleet'::regnamespace AND relkind = 'r'")]
        self.assertGreater(len(tables), 12)
        for role, connection in calls.items():
            for table in tables:
                for text in (f"SELECT * FROM fleet.{table}", f"DELETE FROM fleet.{table}", f"TRUNCATE fleet.{table}"):
                    self.assertEqual("42501", code_of(lambda c=connection, t=text: rows(c, t)), (role, text))
            for text in ("CREATE TABLE public.x ()", "CREATE TABLE fleet.x ()", "CREATE TEMP TABLE x ()", "SELECT lo_create(0)",
                         "SELECT lo_from_bytea(0, 'x')", "SET ROLE sekimori_owner", "COPY (SELECT 1) TO PROGRAM 'true'",
                         "SELECT pg_read_file('/etc/passwd')", "SET temp_file_limit = -1", "CREATE SCHEMA mine",
                         "SELECT fleet.spend('\\x00', 1)", "SELECT fleet.announce('D', 'x')", "SELECT fleet.holding()", "SELECT fleet.me()"):
                self.assertEqual("42501", code_of(lambda c=connection, t=text: rows(c, t)), (role, text))
        for text in ("SELECT * FROM fleet.claim('\\x00', '\\x00')", "SELECT fleet.tidy()", "SELECT * FROM fleet.terminals_list()",
                     "SELECT fleet.join_answer('x')", "SELECT * FROM fleet.state()"):
            self.assertEqual("42501", code_of(lambda t=text: rows(calls["sekimori_terminal"], t)), text)
        # Whoever is granted anything is on the list of 005_rights.sql, and the rest is nobody's.
        free = rows(self.owner, "SELECT proname FROM pg_proc WHERE pronamespace = 'fleet'::regnamespace AND has_function_privilege('public', oid, 'EXECUTE')")
        self.assertEqual([], free)

    def test_every_function_has_a_fixed_search_path(self):
        loose = rows(self.owner, "SELECT proname FROM pg_proc WHERE pronamespace = 'fleet'::regnamespace AND"
                     " (NOT prosecdef OR proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, pg_temp'] OR pg_get_userbyid(proowner) <> 'sekimori_owner')")
        self.assertEqual([], loose)


class Chain(Fleet):
    def test_a_statement_waits_is_placed_and_comes_back(self):
        a, b = self.terminal("a"), self.terminal("b")
        rows(b, "LISTEN sekimori")
        hash_ = submit(a, b"statement")
        self.assertEqual([], rows(b, "SELECT * FROM fleet.entries_after(0, 10)"))
        (no, hash_there, terminal, signed, *_), = rows(self.authority, "SELECT * FROM fleet.inbox_batch(10)")
        self.assertEqual((hash_, TERMINALS["a"], b"statement"), (hash_there, terminal, signed))
        rows(self.authority, "SELECT fleet.place(1, %s, %s, %s, %s)", [b"entry"], [hash_], [b"statement"], [no])
        self.assertEqual(["E1"], notices(b, 1))
        self.assertEqual([(1, b"entry", b"statement")], rows(b, "SELECT * FROM fleet.entries_after(0, 10)"))
        self.assertEqual([], rows(self.authority, "SELECT * FROM fleet.inbox_batch(10)"))
        # Sent again after a lost answer: taken, and not waiting a second time.
        submit(a, b"statement", hash_)
        self.assertEqual([], rows(self.authority, "SELECT * FROM fleet.inbox_batch(10)"))

    def test_a_denial_is_told_at_once_and_waits_for_who_was_away(self):
        a, b = self.terminal("a"), self.terminal("b")
        rows(b, "LISTEN sekimori")
        small, large = submit(a, b"deny", denial=True), submit(a, b"x" * 50000, denial=True)
        self.assertEqual({"D", "DZGVueQ=="}, set(notices(b, 2)))
        found = rows(b, "SELECT hash, signed FROM fleet.denials_waiting(NULL, NULL, 10)")
        self.assertEqual({(small, b"deny"), (large, b"x" * 50000)}, set(found))
        page, = rows(b, "SELECT hash, terminal FROM fleet.denials_waiting(NULL, NULL, 1)")
        self.assertEqual(1, len(rows(b, "SELECT hash FROM fleet.denials_waiting(%s, %s, 10)", *page)))
        self.place_inbox()
        self.assertEqual([], rows(b, "SELECT hash FROM fleet.denials_waiting(NULL, NULL, 10)"))

    def test_what_is_refused_is_told_to_its_sender(self):
        a = self.terminal("a")
        hash_ = submit(a, b"not good")
        no = rows(self.authority, "SELECT no FROM fleet.inbox_batch(1)")[0][0]
        rows(self.authority, "SELECT fleet.refuse(%s)", [no])
        self.assertEqual([(hash_,)], rows(a, "SELECT * FROM fleet.refusals_of_mine()"))
        self.assertEqual([], rows(self.terminal("b"), "SELECT * FROM fleet.refusals_of_mine()"))
        self.assertEqual([], rows(self.authority, "SELECT no FROM fleet.inbox_batch(1)"))

    def test_blobs_that_a_server_lost_come_again(self):
        a, item = self.terminal("a"), (1, b"b" * 32, GROUP, b"template")
        hash_ = submit(a, b"finger", material=[item])
        self.place_inbox()
        rows(self.owner, "TRUNCATE fleet.material, fleet.blobs")  # as a standby that was behind
        submit(a, b"finger", hash_, material=[item])
        (no,), = rows(self.authority, "SELECT no FROM fleet.inbox_batch(5)")
        rows(self.authority, "SELECT fleet.supplement(%s)", [no])
        self.assertEqual([(b"b" * 32, b"template")], rows(self.terminal("b"), "SELECT name, sealed FROM fleet.material_after(fleet.material_start(1), 5)"))
        submit(a, b"finger", hash_, material=[item])
        self.assertEqual([], rows(self.authority, "SELECT no FROM fleet.inbox_batch(5)"))

    def test_denials_leave_the_inbox_first(self):
        a = self.terminal("a")
        for i in range(5):
            submit(a, b"grant %d" % i)
        submit(a, b"deny", denial=True)
        self.assertEqual(b"deny", rows(self.authority, "SELECT signed FROM fleet.inbox_batch(1)")[0][0])

    def test_nobody_takes_the_place_of_anothers_statement(self):
        hash_ = submit(self.terminal("a"), b"garbage", denial=True)
        submit(self.terminal("b"), b"the real one", hash_, denial=True)
        self.assertEqual({b"garbage", b"the real one"}, {s for (s,) in rows(self.authority, "SELECT signed FROM fleet.inbox_batch(10)")})

    def test_entries_have_no_gap_no_second_version_and_one_writer(self):
        self.place(1, [b"1", b"2"])
        for first, entries in ((4, [b"4"]), (0, [b"0"])):
            self.assertEqual("SF006", code_of(lambda f=first, e=entries: self.place(f, e)))
        self.assertEqual("SF006", code_of(lambda: self.place(2, [b"another 2"])))
        # A batch whose answer was lost is sent again, with more.
        stored = rows(self.authority, "SELECT seq, entry, statement FROM fleet.chain_after(0, 10)")
        hashes = [h for (h,) in rows(self.owner, "SELECT statement FROM fleet.entries ORDER BY seq")]
        rows(self.authority, "SELECT fleet.place(1, %s, %s, %s, '{0,0,0}')", [e for _, e, _ in stored] + [b"entry 3"],
             [*hashes, secrets.token_bytes(32)], [s for *_, s in stored] + [b"3"])
        self.assertEqual([1, 2, 3], [s for (s,) in rows(self.terminal("c"), "SELECT seq FROM fleet.entries_after(0, 10)")])

        second = self.connect("sekimori_authority", self.authority_certificate)
        self.assertEqual("SF005", code_of(lambda: rows(second, "SELECT fleet.beat('x')")))
        self.assertEqual("SF005", code_of(lambda: rows(second, "SELECT * FROM fleet.claim(%s, %s)", LEDGER, b"j" * 16)))
        self.assertEqual("SF006", code_of(lambda: rows(second, "SELECT * FROM fleet.claim(%s, %s)", b"L" * 16, b"i" * 16)))
        # The same instance, started again: the old connection is the one that ends.
        self.assertEqual(3, rows(second, "SELECT seq FROM fleet.claim(%s, %s)", LEDGER, b"i" * 16)[0][0])
        self.assertIsNotNone(code_of(lambda: rows(self.authority, "SELECT fleet.beat('x')")))
        rows(second, "SELECT fleet.beat('x')")
        second.close()
        third = self.connect("sekimori_authority", self.authority_certificate)
        rows(third, "SELECT * FROM fleet.claim(%s, %s)", LEDGER, b"j" * 16)

    def test_heartbeats_reach_those_who_listen_and_those_who_come(self):
        a = self.terminal("a")
        rows(a, "LISTEN sekimori")
        rows(self.authority, "SELECT fleet.beat('beat')")
        self.assertEqual(["HYmVhdA=="], notices(a, 1))
        self.assertEqual((LEDGER, TERMINALS["b"], 0, b"beat", 0, None), rows(self.terminal("b"), "SELECT * FROM fleet.hello('1')")[0][:6])

    def test_blobs_and_keys_go_to_their_group_only(self):
        person, blob = b"p" * 16, b"b" * 32
        submit(self.terminal("a"), b"finger", material=[(1, blob, GROUP, b"template"), (2, person, GROUP, b"key"), (2, person, OTHER, b"other key")])
        self.place_inbox()
        text = "SELECT kind, name, group_id, sealed FROM fleet.material_after(0, 10)"
        mine = {(1, blob, GROUP, b"template"), (2, person, GROUP, b"key")}
        self.assertEqual(mine, set(rows(self.terminal("b"), text)))
        self.assertEqual([(2, person, OTHER, b"other key")], rows(self.terminal("c"), text))
        self.assertEqual(3, len(rows(self.terminal("d"), text)))  # every group
        self.assertEqual([(0,), (2,)], rows(self.terminal("b"), "SELECT fleet.material_start(0) UNION ALL SELECT fleet.material_start(1) - 1"))
        last = rows(self.terminal("b"), "SELECT max(change) FROM fleet.material_after(0, 10)")[0][0]
        rows(self.authority, "SELECT fleet.keys_put(%s, 2, %s, %s)", GROUP, [person], [b"new key"])
        # Who has the entries, but was away when the key came, gets it as well.
        self.assertEqual(3, rows(self.terminal("b"), "SELECT fleet.material_start(1)")[0][0])
        self.assertEqual([(b"new key",)], rows(self.terminal("b"), "SELECT sealed FROM fleet.material_after(%s, 10)", last))
        rows(self.authority, "SELECT fleet.destroy(%s, %s)", [blob], [person])
        self.assertEqual([], rows(self.terminal("d"), text))
        self.assertEqual([(0,)], rows(self.owner, "SELECT count(*) FROM fleet.blobs"))


class Receipts(Fleet):
    def test_acknowledgements_are_counted_once_a_terminal(self):
        hash_ = submit(self.terminal("a"), b"deny", denial=True)
        for name in "bc":
            found = rows(self.terminal(name), "SELECT * FROM fleet.acknowledge(%s, %s)", [hash_, b"?" * 32], [name.encode(), b"nothing"])
            self.assertEqual([(hash_,)], found)
        c = self.terminal("c")
        rows(c, "SELECT fleet.acknowledge(%s, %s)", [hash_], [b"c, better"])
        found = rows(self.terminal("a"), "SELECT terminal, signed FROM fleet.acks_of(%s, 0, 10)", hash_)
        self.assertEqual([(TERMINALS["b"], b"b"), (TERMINALS["c"], b"c, better")], found)
        before = rows(self.terminal("a"), "SELECT no FROM fleet.acks_of(%s, 0, 10)", hash_)
        rows(c, "SELECT fleet.acknowledge(%s, %s)", [hash_], [b"c, better"])
        self.assertEqual(before, rows(self.terminal("a"), "SELECT no FROM fleet.acks_of(%s, 0, 10)", hash_))

    def test_a_trail_is_appended_in_order_and_never_changed(self):
        a = self.terminal("a")

        def append(first, *contents):
            return rows(a, "SELECT fleet.trail_append(%s, %s::bytea[], %s::bytea[])", first, list(contents), [b"s" * 64] * len(contents))[0][0]

        self.assertEqual(2, append(1, b"one", b"two"))
        self.assertEqual(3, append(2, b"two", b"three"))  # an answer was lost: the same again
        for first, content in ((5, b"five"), (3, b"another three"), (1, b"another one")):
            self.assertEqual("SF004", code_of(lambda f=first, c=content: append(f, c)))
        rows(a, "SELECT fleet.trail_witness(3, 'head of 3')")
        self.assertEqual("SF004", code_of(lambda: rows(a, "SELECT fleet.trail_witness(2, 'head of 2')")))
        self.assertEqual((3, b"head of 3"), rows(a, "SELECT trail_seq, trail_head FROM fleet.hello('')")[0])
        self.assertEqual([b"one", b"two", b"three"], [r for (r,) in rows(self.authority, "SELECT record FROM fleet.trail_of(%s, 0, 10)", TERMINALS["a"])])
        self.assertEqual([], rows(self.authority, "SELECT record FROM fleet.trail_of(%s, 0, 10)", TERMINALS["b"]))


class Hostile(Fleet):
    def test_what_is_too_large_or_malformed_is_refused_before_it_is_stored(self):
        a = self.terminal("a")
        for call in (
            lambda: submit(a, b"x" * 61441), lambda: submit(a, b""), lambda: submit(a, b"x", b"short"),
            lambda: submit(a, b"x", material=[(3, b"b" * 32, GROUP, b"s")]), lambda: submit(a, b"x", material=[(1, b"b" * 31, GROUP, b"s")]),
            lambda: submit(a, b"x", material=[(2, b"p" * 16, b"g", b"s")]), lambda: submit(a, b"x", material=[(2, b"p" * 16, GROUP, b"s")] * 65),
            lambda: rows(a, "SELECT fleet.submit(NULL, 'x', false, '{}', '{}', '{}', '{}', '{}'::bytea[])"),
            lambda: rows(a, "SELECT fleet.submit(%s, 'x', false, '{1}', '{}', '{}', '{}', '{}'::bytea[])", b"h" * 32),
            lambda: rows(a, "SELECT fleet.trail_append(1, %s::bytea[], %s::bytea[])", [b"r" * 8193], [b"s" * 64]),
            lambda: rows(a, "SELECT fleet.trail_append(1, %s::bytea[], %s::bytea[])", [b"r"], [b"s"]),
            lambda: rows(a, "SELECT fleet.acknowledge(%s, %s)", [b"h" * 32] * 257, [b"s"] * 257),
        ):
            self.assertIn(code_of(call), ("SF003", "23514", "23502"), call.__code__.co_consts)
        self.assertEqual([(0, 0)], rows(self.owner, "SELECT (SELECT count(*) FROM fleet.inbox), (SELECT count(*) FROM fleet.trail_rows)"))

    def test_sql_in_every_field_is_a_text_like_any_other(self):
        a = self.terminal("a")
        evil = "'; DROP SCHEMA fleet CASCADE; --"
        rows(a, "SELECT * FROM fleet.hello(%s)", evil)
        hash_ = submit(a, evil.encode(), denial=True)
        submit(a, evil.encode() + b" ", material=[(1, b"b" * 32, GROUP, evil.encode())])
        rows(a, "SELECT fleet.acknowledge(%s, %s)", [hash_], [evil.encode()])
        rows(a, "SELECT fleet.trail_append(1, %s::bytea[], %s::bytea[])", [evil.encode()], [b"s" * 64])
        rows(self.authority, "SELECT fleet.terminal_put(%s, %s, %s, false)", TERMINALS["a"], evil, [GROUP])
        self.place_inbox()
        self.assertEqual(evil.encode(), rows(self.terminal("b"), "SELECT statement FROM fleet.entries_after(0, 1)")[0][0])
        self.assertEqual(evil, next(n for i, n, *_ in rows(self.authority, "SELECT * FROM fleet.terminals_list()") if i == TERMINALS["a"]))

    def test_one_that_floods_is_slowed_and_the_others_are_not(self):
        rows(self.owner, "UPDATE fleet.limits SET burst = 20, rate = 0.01, waiting_statements = 5")
        a = self.terminal("a")
        codes = [code_of(lambda: submit(a, b"flood")) for _ in range(8)]
        self.assertEqual([None] * 5 + ["SF003"] * 3, codes)
        codes = [code_of(lambda: rows(a, "SELECT fleet.acknowledge('{}', '{}')")) for _ in range(20)]
        self.assertIn("SF002", codes)
        self.assertEqual("SF002", codes[-1])
        submit(self.terminal("b"), b"heard", denial=True)
        self.assertEqual(b"heard", rows(self.authority, "SELECT signed FROM fleet.inbox_batch(1)")[0][0])

    def test_a_denial_waits_behind_nothing_that_its_own_terminal_says(self):
        rows(self.owner, "UPDATE fleet.limits SET burst = 40, rate = 0.01, waiting_statements = 5")
        a = self.terminal("a")
        self.assertEqual([None] * 5 + ["SF003"], [code_of(lambda: submit(a, b"grant")) for _ in range(6)])
        submit(a, b"its inbox is full", denial=True)
        codes = [code_of(lambda: rows(a, "SELECT fleet.acknowledge('{}', '{}')")) for _ in range(40)]
        self.assertEqual("SF002", codes[-1])
        submit(a, b"its bucket is empty", denial=True)
        self.assertEqual([b"its inbox is full", b"its bucket is empty"],
                         [signed for (signed,) in rows(self.authority, "SELECT signed FROM fleet.inbox_batch(2)")])
        # Bounded as everything is.
        codes = [code_of(lambda: submit(a, b"flood", denial=True)) for _ in range(20)]
        self.assertEqual([None, "SF002"], [codes[0], codes[-1]])
        b = self.terminal("b")
        self.assertEqual([None] * 5 + ["SF003"], [code_of(lambda: submit(b, b"flood", denial=True)) for _ in range(6)])

    def test_a_whole_office_comes_at_once_where_it_may_come_from(self):
        rows(self.owner, "UPDATE fleet.limits SET burst = 10, rate = 0.01, burst_of_every_group = 100")  # and a tenth of `burst` is kept for denials
        codes = {name: [code_of(lambda c=connection: submit(c, b"grant")) for _ in range(100)] for name in "ad" for connection in [self.terminal(name)]}
        self.assertEqual({"a": 9, "d": 99}, {name: found.count(None) for name, found in codes.items()})
        # With the role, and not in the long run.
        rows(self.authority, "SELECT fleet.terminal_put(%s, 'a', %s, true)", TERMINALS["a"], [GROUP])
        codes = [code_of(lambda: submit(self.terminal("a"), b"grant")) for _ in range(3)]
        self.assertEqual([None] * 3, codes)
        rows(self.authority, "SELECT fleet.terminal_put(%s, 'a', %s, true)", TERMINALS["a"], [GROUP])
        self.assertLess(rows(self.owner, "SELECT tokens FROM fleet.terminals WHERE id = %s", TERMINALS["a"])[0][0], 99)
        self.assertGreater(rows(self.owner, "SELECT tokens_at FROM fleet.terminals WHERE id = %s", TERMINALS["a"])[0][0].year, 2000)

    def test_too_many_connections_and_long_queries_are_ended(self):
        rows(self.owner, "UPDATE fleet.limits SET busy_seconds = 1")
        self.addCleanup(lambda: rows(self.owner, "UPDATE fleet.limits SET busy_seconds = 30"))
        crowd = [self.terminal("a") for _ in range(5)]
        b = self.terminal("b")
        rows(b, "SET statement_timeout = 0")
        b.autocommit = False
        with b.cursor() as cursor:  # an open transaction, and nothing happens in it
            cursor.execute("SELECT 1")
        rows(self.owner, "SELECT pg_sleep(1.2)")
        self.assertEqual(3, rows(self.authority, "SELECT fleet.tidy()")[0][0])
        self.assertEqual(3, sum(code_of(lambda c=c: rows(c, "SELECT 1")) is None for c in crowd))

    def test_a_revoked_terminal_is_out_at_once(self):
        a = self.terminal("a")
        rows(self.authority, "SELECT fleet.group_key_put(%s, %s, '{1}', %s)", [TERMINALS["a"]], [GROUP], [b"wrapped"])
        self.assertEqual([(GROUP, 1, b"wrapped")], rows(a, "SELECT * FROM fleet.group_keys_of_mine()"))
        submit(a, b"waits")
        rows(self.authority, "SELECT fleet.terminal_revoke(%s, %s)", TERMINALS["a"], bytes(32))
        self.assertIsNotNone(code_of(lambda: rows(a, "SELECT 1")))
        again = self.terminal("a")  # its certificate is still good: the server's list is what counts
        for text in ("SELECT * FROM fleet.hello('')", "SELECT * FROM fleet.entries_after(0, 1)", "SELECT * FROM fleet.material_after(0, 1)",
                     "SELECT * FROM fleet.group_keys_of_mine()", "SELECT * FROM fleet.denials_waiting(NULL, NULL, 1)"):
            self.assertEqual("SF001", code_of(lambda t=text: rows(again, t)), text)
        self.assertEqual([], rows(self.authority, "SELECT * FROM fleet.inbox_batch(10)"))

    def test_a_stranger_with_a_good_looking_name(self):
        stranger = self.connect("sekimori_terminal", self.certificates.issue("/CN=terminal-" + "9" * 32))
        self.assertEqual("SF001", code_of(lambda: rows(stranger, "SELECT * FROM fleet.hello('')")))
        self.assertEqual("SF001", code_of(lambda: submit(stranger, b"x")))
        self.assertEqual(1, rows(self.authority, "SELECT fleet.tidy()")[0][0])


class Joining(Fleet):
    def test_one_token_one_request(self):
        id_ = b"t" * 16
        joining = self.connect("sekimori_join")
        place = "SELECT fleet.join_place(%s, %s)"
        self.assertEqual("SF001", code_of(lambda: rows(joining, place, id_, b"request")))
        rows(self.authority, "SELECT fleet.join_open(%s, 3600)", id_)
        rows(joining, place, id_, b"request")
        rows(joining, place, id_, b"request")
        self.assertEqual("SF004", code_of(lambda: rows(self.connect("sekimori_join"), place, id_, b"another")))
        self.assertEqual([(id_, b"request")], rows(self.authority, "SELECT * FROM fleet.joins_waiting()"))
        self.assertEqual([(None,)], rows(joining, "SELECT fleet.join_answer(%s)", id_))
        rows(self.authority, "SELECT fleet.join_reply(%s, 'answer')", id_)
        self.assertEqual([(b"answer",)], rows(joining, "SELECT fleet.join_answer(%s)", id_))
        self.assertEqual("23514", code_of(lambda: rows(self.authority, "SELECT fleet.join_open('short', 10)")))
        rows(self.owner, "UPDATE fleet.joins SET expires_at = now()")
        self.assertEqual("SF001", code_of(lambda: rows(joining, "SELECT fleet.join_answer(%s)", id_)))

    def test_who_joins_can_do_nothing_else(self):
        joining = self.connect("sekimori_join")
        for text in ("SELECT * FROM fleet.hello('')", "SELECT * FROM fleet.joins_waiting()", "SELECT fleet.join_reply('x', 'x')", "SELECT fleet.joining('x')"):
            self.assertEqual("42501", code_of(lambda t=text: rows(joining, t)), text)


if __name__ == "__main__":
    os.environ.pop("PGOPTIONS", None)
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    unittest.main(verbosity=1)
