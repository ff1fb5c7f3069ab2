#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The real sekimori-fleet between a stand-in for the broker and a real server."""

import pathlib
import secrets
import subprocess
import sys
import time
import unittest

from broker import PERSON, SUSPEND, Broker, statement, u
from client import rows, submit
from postgres import Certificates, Server
from proxy import Cable

PROGRAMS = pathlib.Path(sys.argv.pop(1)) if __name__ == "__main__" else pathlib.Path()
GROUP = b"g" * 16


def setUpModule():
    server = Agent.server = Server()
    unittest.addModuleCleanup(server.close)
    certificates = Agent.certificates = Certificates(server.directory / "certificates")
    server.create(certificates).start()
    server.set_up()
    Agent.authority_certificate = certificates.issue("/CN=authority")


class Agent(unittest.TestCase):
    def setUp(self):
        self.owner = self.server.owner()
        self.addCleanup(self.owner.close)
        rows(self.owner, "TRUNCATE fleet.entries, fleet.statements, fleet.inbox, fleet.inbox_material, fleet.blobs, fleet.material, fleet.acks, fleet.refusals,"
             " fleet.terminals, fleet.memberships, fleet.group_keys, fleet.trails, fleet.trail_rows, fleet.joins, fleet.renewals")
        rows(self.owner, "UPDATE fleet.head SET seq = 0, change = 0, heartbeat = NULL, ledger = NULL, holder_pid = NULL")
        self.authority = self.server.connect("sekimori_authority", self.authority_certificate)
        self.addCleanup(self.authority.close)
        rows(self.authority, "SELECT * FROM fleet.claim(%s, %s)", bytes(16), b"i" * 16)
        self.broker = Broker(PROGRAMS, self.server.directory / secrets.token_hex(4))
        self.addCleanup(self.broker.close)
        self.id = secrets.token_bytes(16)
        self.other = self.enter()

    def enter(self, id_=None):
        """A terminal in force; returns its own connection."""
        id_ = id_ or secrets.token_bytes(16)
        rows(self.authority, "SELECT fleet.terminal_put(%s, 'name', %s, false)", id_, [GROUP])
        connection = self.server.connect("sekimori_terminal", self.certificates.issue(f"/CN=terminal-{id_.hex()}"))
        self.addCleanup(connection.close)
        return connection

    def papers(self, hosts: str, **more):
        certificate, key = self.certificates.issue(f"/CN=terminal-{self.id.hex()}", **more)
        for name, content in (("tls.pem", certificate.read_bytes()), ("tls.key", key.read_bytes()), ("ca.pem", self.certificates.ca.read_bytes()), ("server", hosts.encode())):
            (self.broker.state / name).write_bytes(content)
            (self.broker.state / name).chmod(0o600)

    def join(self, hosts: str | None = None, seq: int = 0, **more):
        """A member whose agent is connected."""
        self.enter(self.id)
        self.papers(hosts or f"127.0.0.1:{self.server.port}", **more)
        self.broker.start_agent()
        self.broker.welcome()
        self.broker.member(seq, self.id)
        self.broker.wait("link_state", lambda m: m[1] == u(1, 1))
        return self.broker

    def _der(self, what, path):
        return subprocess.run(["openssl", what, "-in", path, "-outform", "DER"], check=True, stdout=subprocess.PIPE).stdout

    def _certificate(self, csr: bytes, name: str = "", days: int = 365, by: Certificates | None = None) -> bytes:
        by = by or self.certificates
        request = self.broker.directory / "csr"
        request.write_bytes(csr)
        return subprocess.run(["openssl", "x509", "-req", "-inform", "DER", "-in", request, "-CA", by.ca, "-CAkey", by.directory / "ca.key",
                               "-days", str(days), "-subj", name or f"/CN=terminal-{self.id.hex()}", "-outform", "DER"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout

    def place(self, *contents: bytes, inbox: int = 0):
        first = rows(self.authority, "SELECT seq FROM fleet.state()")[0][0] + 1
        rows(self.authority, "SELECT fleet.place(%s, %s, %s, %s, %s)", first, [b"entry " + c for c in contents], [secrets.token_bytes(32) for _ in contents],
             list(contents), [inbox] * len(contents))

    def place_inbox(self):
        waiting = rows(self.authority, "SELECT no, hash, signed FROM fleet.inbox_batch(1000)")
        first = rows(self.authority, "SELECT seq FROM fleet.state()")[0][0] + 1
        rows(self.authority, "SELECT fleet.place(%s, %s, %s, %s, %s)", first, [b"entry" + h for _, h, _ in waiting], [h for _, h, _ in waiting],
             [s for *_, s in waiting], [no for no, *_ in waiting])


class Down(Agent):
    def test_blobs_and_keys_then_their_entry_then_the_heartbeat(self):
        submit(self.other, b"person", material=[(1, b"b" * 32, GROUP, b"names"), (2, b"p" * 16, GROUP, b"key")])
        self.place_inbox()
        rows(self.authority, "SELECT fleet.beat('beat')")
        broker = self.join()
        order = []
        while not order or order[-1] != "heartbeat_came":
            if not broker.heard:
                broker.heard.append(broker._receive())
            order.append(broker.heard.popleft()[0])
        order = [name for name in order if name in ("blob_came", "person_key_came", "entry_came", "heartbeat_came")]
        self.assertEqual(["blob_came", "person_key_came", "entry_came", "heartbeat_came"], order)

    def test_a_denial_is_there_at_once_small_large_and_while_it_was_away(self):
        early = submit(self.other, b"early", denial=True)
        broker = self.join()
        self.assertEqual(b"early", broker.wait("denial_heard")[1])
        submit(self.other, b"small", denial=True)
        submit(self.other, b"L" * 50000, denial=True)
        broker.wait("denial_heard", lambda m: m[1] == b"small")
        broker.wait("denial_heard", lambda m: m[1] == b"L" * 50000)
        self.assertEqual(32, len(early))

    def test_more_groups_while_it_is_connected(self):
        another = b"a" * 16
        submit(self.other, b"person", material=[(1, b"b" * 32, another, b"names")])
        self.place_inbox()
        broker = self.join()
        broker.wait("entry_came")
        rows(self.authority, "SELECT fleet.terminal_put(%s, 'name', %s, true)", self.id, [GROUP])
        rows(self.authority, "SELECT fleet.group_key_put('{}', '{}', '{}', '{}')")
        came = broker.wait("blob_came")
        self.assertEqual((b"b" * 32, b"names"), (came[1], came[2]))

    def test_a_thousand_entries_after_the_one_that_the_broker_has(self):
        self.place(*[b"%d" % i for i in range(1, 1101)])
        broker = self.join(seq=100)
        self.assertEqual([b"%d" % i for i in range(101, 1101)], [broker.wait("entry_came")[2] for _ in range(1000)])
        self.place(b"one more")
        self.assertEqual(b"one more", broker.wait("entry_came")[2])

    def test_blobs_come_with_their_entries_and_not_all_before_the_first(self):
        # The broker keeps 256 that nothing names yet.
        names = [secrets.token_bytes(32) for _ in range(450)]
        for name in names:
            submit(self.other, name, material=[(1, name, GROUP, b"sealed")])
        self.place_inbox()
        broker = self.join()
        ahead, most, came = set(), 0, []
        while len(came) < len(names):
            if not broker.heard:
                broker.heard.append(broker._receive())
            kind, message = broker.heard.popleft()
            if kind == "blob_came":
                ahead.add(message[1])
                most = max(most, len(ahead))
            elif kind == "entry_came":
                came.append(message[2])
                ahead.remove(message[2])
        self.assertEqual((names, set()), (came, ahead))
        self.assertLessEqual(most, 200)

    def test_a_broker_that_reads_slowly_gets_every_one(self):
        # A page of these is more than a socket holds: the agent has to wait for the broker, more than once.
        contents = [b"%4d" % i + bytes(900) for i in range(1, 1001)]
        self.place(*contents)
        broker = self.join()
        for content in contents:
            if content[:4].endswith(b"00"):
                self.wait_until_asked_for_a_page()
            self.assertEqual(content[:4], broker.wait("entry_came")[2][:4])
        self.assertIsNone(broker.agent.poll())

    def wait_until_asked_for_a_page(self):
        """Until the agent has what it asked the server for, and sits on it."""
        due = time.monotonic() + 30
        while rows(self.owner, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'sekimori_terminal' AND state = 'idle' AND query LIKE '%%material_after%%'")[0][0] == 0:
            self.assertLess(time.monotonic(), due)
            time.sleep(0.02)

    def test_a_broker_that_begins_anew_says_where(self):
        self.place(*[b"%d" % i for i in range(1, 6)])
        broker = self.join()
        for _ in range(5):
            broker.wait("entry_came")
        broker.hang_up()
        broker.welcome()
        broker.member(3, self.id)
        self.assertEqual([b"4", b"5"], [broker.wait("entry_came")[2] for _ in range(2)])

    def test_a_server_that_leaves_an_entry_out(self):
        self.place(b"1", b"2", b"3")
        rows(self.owner, "DELETE FROM fleet.entries WHERE seq = 2")
        broker = self.join()
        self.assertEqual(b"1", broker.wait("entry_came")[2])
        with self.assertRaises(AssertionError):
            broker.wait("entry_came", limit=2)

    def test_an_entry_that_the_broker_cannot_be_told_ends_the_connection(self):
        """It is not left out: what comes after it would follow nothing. The reason is said, and the next attempt begins with it."""
        self.place(b"1", b"2", b"3")
        real = rows(self.owner, "SELECT pg_get_functiondef('fleet.entries_after(bigint,integer)'::regprocedure)")[0][0]
        self.addCleanup(rows, self.owner, real)
        rows(self.owner, real.replace("s.signed::bytea", "CASE e.seq WHEN 2 THEN decode(repeat('00', 57345), 'hex') ELSE s.signed::bytea END"))
        broker = self.join()
        self.assertEqual(b"1", broker.wait("entry_came")[2])
        self.assertIn(b"entry 2", broker.wait("link_state", lambda m: m[1] == u(0, 1))[4])
        broker.wait("link_state", lambda m: m[1] == u(1, 1))
        self.assertIn(b"entry 2", broker.wait("link_state", lambda m: m[1] == u(0, 1))[4])
        rows(self.owner, real)
        self.assertEqual([b"2", b"3"], [broker.wait("entry_came")[2] for _ in range(2)])

    def test_a_flood_of_notifications_is_asked_about_once_more(self):
        broker = self.join()
        rows(self.owner, "CREATE SEQUENCE fleet.asked; GRANT USAGE ON fleet.asked TO sekimori_owner")
        self.addCleanup(rows, self.owner, "DROP SEQUENCE fleet.asked")
        real = rows(self.owner, "SELECT pg_get_functiondef('fleet.denials_waiting(bytea,bytea,integer)'::regprocedure)")[0][0]
        self.addCleanup(rows, self.owner, real)
        rows(self.owner, real.replace(" STABLE ", " VOLATILE ").replace("PERFORM fleet.me();", "PERFORM fleet.me(), nextval('fleet.asked'), pg_sleep(0.1);"))
        for _ in range(200):
            rows(self.other, "SELECT pg_notify('sekimori', 'D')")
        submit(self.other, b"L" * 50000, denial=True)  # does not fit into its notification
        broker.wait("denial_heard", lambda m: m[1] == b"L" * 50000)
        # Behind all that was asked.
        broker.send("submit", (1, secrets.token_bytes(32)), (2, statement(SUSPEND, b"mine")))
        broker.wait("submit_done")
        self.assertLess(rows(self.owner, "SELECT last_value FROM fleet.asked")[0][0], 50)

    def test_anybody_can_notify_anything(self):
        broker = self.join()
        for payload in ("", "D", "D!!!!", "D====", "DAAAA", "H", "HAA", "E", "Enonsense", "K", "M", "R", "X", "D" + "A" * 7996):
            rows(self.other, "SELECT pg_notify('sekimori', %s)", payload)
        submit(self.other, b"still there", denial=True)
        broker.wait("denial_heard", lambda m: m[1] == b"still there")
        self.assertIsNone(broker.agent.poll())


class Up(Agent):
    def test_statements_acknowledgements_and_receipts(self):
        broker = self.join()
        hash_, person = secrets.token_bytes(32), secrets.token_bytes(32)
        broker.send("submit", (1, hash_), (2, statement(SUSPEND, b"content")))
        done = broker.wait("submit_done")
        self.assertEqual((hash_, u(0, 1)), (done[1], done[2]))
        broker.send("submit_blob", (1, b"b" * 32), (2, b"p" * 16), (3, GROUP), (3, b"h" * 16), (4, b"sealed"))
        broker.send("submit_person_key", (1, b"p" * 16), (2, GROUP), (3, u(4, 4)), (4, b"key"))
        broker.send("submit", (1, person), (2, statement(PERSON, b"person")))
        broker.wait("submit_done", lambda m: m[1] == person)
        self.assertEqual([(hash_, True, 0), (person, False, 3)], rows(self.owner, "SELECT hash::bytea, denial, (SELECT count(*) FROM fleet.inbox_material m WHERE m.inbox = i.no)"
                                                                    " FROM fleet.inbox i ORDER BY no"))
        self.assertEqual([(4,)], rows(self.owner, "SELECT generation FROM fleet.inbox_material WHERE kind = 2"))
        # A denial goes by itself, whatever a broker sent before it.
        late = secrets.token_bytes(32)
        broker.send("submit_blob", (1, b"c" * 32), (2, b"p" * 16), (3, GROUP), (4, b"sealed"))
        broker.send("submit", (1, late), (2, statement(SUSPEND, b"late")))
        self.assertEqual(u(0, 1), broker.wait("submit_done", lambda m: m[1] == late)[2])
        broker.send("watch_acks", (1, hash_), (2, u(1, 1)))
        broker.send("acknowledge", (1, hash_), (2, b"mine"))
        self.assertEqual(hash_, broker.wait("ack_stored")[1])
        rows(self.other, "SELECT * FROM fleet.acknowledge(%s, %s)", [hash_], [b"theirs"])
        self.assertEqual({b"mine", b"theirs"}, {broker.wait("ack_came")[1] for _ in range(2)})
        broker.send("watch_acks", (1, hash_), (2, u(0, 1)))
        no = rows(self.authority, "SELECT no FROM fleet.inbox_batch(1)")[0][0]
        rows(self.authority, "SELECT fleet.refuse(%s)", [no])
        self.assertEqual(u(1, 1), broker.wait("submit_done", lambda m: m[1] == hash_)[2])

    def test_a_receipt_fills_while_an_import_goes_up(self):
        broker = self.join()
        denial = submit(self.other, b"denial", denial=True)
        rows(self.other, "SELECT * FROM fleet.acknowledge(%s, %s)", [denial], [b"theirs"])
        grants = [secrets.token_bytes(32) for _ in range(600)]
        for grant in grants:
            broker.send("submit", (1, grant), (2, statement(PERSON, grant)))
        broker.send("watch_acks", (1, denial), (2, u(1, 1)))
        self.assertEqual(b"theirs", broker.wait("ack_came")[1])
        self.assertLess(sum(name == "submit_done" for name, _ in broker.heard), len(grants))

    def test_the_trail_in_order_and_its_head(self):
        broker = self.join()
        self.assertEqual(u(0, 8), broker.wait("trail_stored")[1])
        for seq in range(1, 301):
            broker.send("trail_row", (1, u(seq, 8)), (2, b"row %d" % seq), (3, b"s" * 64))
        broker.send("trail_head", (1, u(300, 8)), (2, b"head"))
        broker.wait("trail_stored", lambda m: m[1] == u(300, 8))
        self.assertEqual([(300, 300, 1, 300)], rows(self.owner, "SELECT count(*), max(seq), min(seq), (SELECT seq FROM fleet.trails) FROM fleet.trail_rows"))
        broker.hang_up()
        broker.welcome()
        broker.member(0, self.id)
        broker.wait("trail_stored", lambda m: m[1] == u(300, 8) and m[2] == b"head")

    def test_the_server_is_killed_and_what_was_said_meanwhile_arrives(self):
        broker = self.join()
        self.server.kill()
        broker.wait("link_state", lambda m: m[1] == u(0, 1))
        hashes = [secrets.token_bytes(32) for _ in range(5)]
        for hash_ in hashes:
            broker.send("submit", (1, hash_), (2, statement(SUSPEND, hash_)))
        self.server.start()
        broker.wait("link_state", lambda m: m[1] == u(1, 1))
        self.assertEqual(hashes, [broker.wait("submit_done")[1] for _ in hashes])

    def test_a_denial_overtakes_what_waits(self):
        broker = self.join()
        self.server.kill()
        broker.wait("link_state", lambda m: m[1] == u(0, 1))
        grants, denials = ([secrets.token_bytes(32) for _ in range(count)] for count in (5, 2))
        for type_, hashes in ((PERSON, grants), (SUSPEND, denials)):
            for hash_ in hashes:
                broker.send("submit_blob", (1, hash_), (2, b"p" * 16), (3, GROUP), (4, hash_))
                broker.send("submit", (1, hash_), (2, statement(type_, hash_)))
        self.server.start()
        self.assertEqual(denials + grants, [broker.wait("submit_done")[1] for _ in denials + grants])
        # Each with what was sent for it; a denial needs nothing, and brings nothing along.
        owner = self.server.owner()
        self.addCleanup(owner.close)
        self.assertEqual([(True,)] * len(grants), rows(owner, "SELECT m.name = i.hash FROM fleet.inbox_material m JOIN fleet.inbox i ON i.no = m.inbox"))

    def test_a_denial_passes_where_an_import_is_held_up(self):
        rows(self.owner, "UPDATE fleet.limits SET burst = 20, rate = 0.01")
        self.addCleanup(rows, self.owner, "UPDATE fleet.limits SET burst = 2000, rate = 50")
        broker = self.join()
        for _ in range(30):
            hash_ = secrets.token_bytes(32)
            broker.send("submit", (1, hash_), (2, statement(PERSON, hash_)))
        denial = secrets.token_bytes(32)
        broker.send("submit", (1, denial), (2, statement(SUSPEND, denial)))
        broker.wait("submit_done", lambda m: m[1] == denial, 10)
        self.assertEqual([(denial,)], rows(self.owner, "SELECT hash::bytea FROM fleet.inbox WHERE denial"))
        self.assertGreater(20, rows(self.owner, "SELECT count(*) FROM fleet.inbox")[0][0])

    def test_a_cut_network_is_noticed_and_a_mended_one_as_well(self):
        cable = Cable(self.server.port)
        self.addCleanup(cable.close)
        broker = self.join(hosts=f"127.0.0.1:{cable.port}")
        cable.pull()
        hash_ = secrets.token_bytes(32)
        broker.send("submit", (1, hash_), (2, statement(SUSPEND, b"x")))
        broker.wait("link_state", lambda m: m[1] == u(0, 1), 90)
        cable.plug()
        broker.wait("link_state", lambda m: m[1] == u(1, 1), 90)
        self.assertEqual(hash_, broker.wait("submit_done", limit=90)[1])

    def test_a_revoked_one_is_refused_and_a_broker_that_knows_it_stops(self):
        broker = self.join()
        rows(self.authority, "SELECT fleet.terminal_revoke(%s, %s)", self.id, bytes(32))
        broker.wait("link_state", lambda m: m[1] == u(0, 1))
        why = broker.wait("link_state", lambda m: m[1] == u(0, 1) and b"not any more" in m[4])
        self.assertIn(b"does not know us", why[4])
        broker.send("fleet_state", (1, u(2, 1)), (2, bytes(16)), (3, self.id), (4, u(0, 8)), (5, bytes(32)))
        broker.send("fleet_left")
        due = time.monotonic() + 20
        while any(self.broker.state.iterdir()) and time.monotonic() < due:
            time.sleep(0.05)
        self.assertEqual([], list(self.broker.state.iterdir()))


class Joining(Agent):
    def test_request_and_answer_are_carried_and_the_certificate_is_used(self):
        broker, token = self.broker, secrets.token_bytes(16)
        rows(self.authority, "SELECT fleet.join_open(%s, 600)", token)
        rows(self.authority, "SELECT fleet.terminal_put(%s, 'name', %s, false)", self.id, [GROUP])
        broker.start_agent()
        broker.welcome()
        broker.send("fleet_state", (1, u(0, 1)), (2, bytes(16)), (3, bytes(16)), (4, u(0, 8)), (5, bytes(32)))
        ca = self._der("x509", self.certificates.ca)
        broker.send("join_start", (1, f"127.0.0.1:{self.server.port}".encode()), (2, ca), (3, token), (4, self.id))
        csr = broker.wait("join_csr")[1]
        broker.send("join_request", (1, token), (2, b"request of the broker"))
        due = time.monotonic() + 60
        while not (waiting := rows(self.authority, "SELECT * FROM fleet.joins_waiting()")) and time.monotonic() < due:
            time.sleep(0.1)
        self.assertEqual([(token, b"request of the broker")], waiting)
        rows(self.authority, "SELECT fleet.join_reply(%s, 'reply')", token)
        self.assertEqual(b"reply", broker.wait("join_answer")[1])
        broker.send("join_done", (1, self._certificate(csr)))
        broker.member(0, self.id)
        broker.wait("link_state", lambda m: m[1] == u(1, 1))

    def test_a_token_that_is_not_open(self):
        broker = self.broker
        broker.start_agent()
        broker.welcome()
        broker.send("join_start", (1, f"127.0.0.1:{self.server.port}".encode()), (2, self._der("x509", self.certificates.ca)), (3, b"t" * 16), (4, self.id))
        broker.wait("join_csr")
        broker.send("join_request", (1, b"t" * 16), (2, b"x"))
        self.assertIn(b"no such token", broker.wait("join_failed")[1])
        broker.send("join_start", (1, b"not a host/"), (2, b"x"), (3, b"t" * 16), (4, self.id))
        broker.wait("join_failed")


if __name__ == "__main__":
    unittest.main(verbosity=1)
