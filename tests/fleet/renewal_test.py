#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A terminal's certificate over the years: the real sekimori-fleet, a stand-in for its broker, a real server."""

import pathlib
import secrets
import sys
import time
import unittest

import agent_test
from agent_test import Agent
from authority import until
from broker import fields, u
from client import rows, submit
from postgres import Certificates

if __name__ == "__main__":
    agent_test.PROGRAMS = pathlib.Path(sys.argv.pop(1))
setUpModule = agent_test.setUpModule


class Renewing(Agent):
    OLD = 1000  # days: with 30 left, more than two thirds are over

    def state(self, name: str) -> bytes | None:
        path = self.broker.state / name
        return path.read_bytes() if path.exists() else None

    def asked(self) -> bytes:
        """A request on the server, signed by the broker as it were; returns what it is for."""
        csr = self.broker.wait("renewal_csr")[1]
        self.broker.send("renewal_request", (1, record := secrets.token_bytes(300)))
        until(lambda: rows(self.authority, "SELECT * FROM fleet.renewals_waiting(10)") == [(self.id, record)])
        self.broker.wait("certificate_state", lambda m: m[3] == u(1, 1))
        return csr

    def answer(self, certificate: bytes, ca: bytes | None = None):
        (terminal, record), = rows(self.authority, "SELECT * FROM fleet.renewals_waiting(10)")
        content = fields((1, u(1, 1)), (2, certificate), (3, ca or self._der("x509", self.certificates.ca)))
        rows(self.authority, "SELECT fleet.renewal_reply(%s, %s, %s)", terminal, record, content)

    def test_in_good_time_the_next_one_is_asked_for_and_takes_the_old_ones_place(self):
        broker = self.join(since=self.OLD)
        old = self.state("tls.pem")
        csr = self.asked()
        self.assertEqual(old, self.state("tls.pem"))
        self.answer(self._certificate(csr))
        broker.wait("link_state", lambda m: m[1] == u(1, 1))
        said = broker.wait("certificate_state", lambda m: m[3] == u(0, 1) and int.from_bytes(m[2], "big") > (time.time() + 300 * 86400) * 1000)
        self.assertEqual(8, len(said[1]))
        self.assertNotEqual(old, self.state("tls.pem"))
        self.assertEqual([None] * 3, [self.state(name) for name in ("next.pem", "renew.key", "tls.key")])
        until(lambda: rows(self.owner, "SELECT count(*) FROM fleet.renewals") == [(0,)])
        # It is the new one that is used, also after a restart, and nothing is due.
        broker.hang_up()
        broker.welcome()
        broker.member(0, self.id)
        broker.wait("link_state", lambda m: m[1] == u(1, 1))

    def test_a_young_one_is_left_alone_and_one_that_was_begun_is_finished(self):
        broker = self.join(since=5)
        broker.wait("certificate_state", lambda m: m[3] == u(0, 1))
        broker.wait("trail_stored")
        self.assertNotIn("renewal_csr", [name for name, _ in broker.heard])
        broker.hang_up()
        (self.broker.state / "renew.key").touch(0o600)
        broker.welcome()
        broker.member(0, self.id)
        self.answer(self._certificate(self.asked()))
        broker.wait("certificate_state", lambda m: m[3] == u(0, 1))

    def test_an_answer_for_another_name_or_key_or_of_another_authority_is_refused(self):
        broker = self.join(since=self.OLD)
        old = self.state("tls.pem")
        others = Certificates(self.server.directory / "other-ca")
        first = self.asked()
        self.answer(self._certificate(first, name="/CN=authority"))
        for certificate, ca in (
            (lambda csr: self._certificate(csr, name="/CN=terminal-" + "0" * 32), None),
            (lambda csr: self._certificate(csr, name=f"/O=x/CN=terminal-{self.id.hex()}"), None),
            (lambda _: self._certificate(first), None),  # replayed: of the key before
            (lambda csr: self._certificate(csr, by=others), None),
            (lambda csr: self._certificate(csr, by=others), self._der("x509", others.ca)),
            (lambda csr: self._certificate(csr, days=3), None),  # shorter than what there is
            (lambda _: b"garbage", None),
        ):
            self.answer(certificate(self.asked()), ca)
        broker.wait("renewal_csr")
        self.assertEqual(old, self.state("tls.pem"))
        self.assertIsNone(self.state("next.pem"))
        submit(self.other, b"heard", denial=True)  # all the while the old one works
        broker.wait("denial_heard", lambda m: m[1] == b"heard")

    def test_a_next_one_that_the_server_does_not_take_leaves_the_old_one_at_work(self):
        self.enter(self.id)
        self.papers(f"127.0.0.1:{self.server.port}", since=5)
        others = Certificates(self.server.directory / "other-ca-2")
        certificate, key = others.issue(f"/CN=terminal-{self.id.hex()}")
        (self.broker.state / "next.pem").write_bytes(certificate.read_bytes() + key.read_bytes())
        (self.broker.state / "next.pem").chmod(0o600)
        old = self.state("tls.pem")
        self.broker.start_agent()
        self.broker.welcome()
        self.broker.member(0, self.id)
        self.broker.wait("link_state", lambda m: m[1] == u(1, 1))
        self.assertEqual(old, self.state("tls.pem"))

    def test_killed_before_the_next_one_was_tried_it_is_tried_then(self):
        self.enter(self.id)
        self.papers(f"127.0.0.1:{self.server.port}", days=-1)  # the old one has ended meanwhile
        certificate, key = self.certificates.issue(f"/CN=terminal-{self.id.hex()}", name="renewed")
        both = certificate.read_bytes() + key.read_bytes()
        (self.broker.state / "next.pem").write_bytes(both)
        (self.broker.state / "next.pem").chmod(0o600)
        self.broker.start_agent()
        self.broker.welcome()
        self.broker.member(0, self.id)
        self.broker.wait("link_state", lambda m: m[1] == u(1, 1))
        self.broker.wait("trail_stored")
        self.assertEqual((both, None), (self.state("tls.pem"), self.state("next.pem")))

    def test_one_that_was_off_past_the_end_says_so(self):
        self.enter(self.id)
        self.papers(f"127.0.0.1:{self.server.port}", days=-1)
        self.broker.start_agent()
        self.broker.welcome()
        self.broker.member(0, self.id)
        said = self.broker.wait("certificate_state")
        self.assertLess(int.from_bytes(said[2], "big"), time.time() * 1000)
        self.assertIn(b"has ended: join again with a new token", self.broker.wait("link_state")[4])

    def test_one_that_was_off_when_it_was_revoked_hears_it(self):
        self.enter(self.id)
        self.papers(f"127.0.0.1:{self.server.port}")
        for of, hash_ in ((secrets.token_bytes(16), b"o" * 32), (self.id, b"m" * 32)):
            self.enter(of)
            rows(self.authority, "SELECT fleet.author(%s, %s, true)", hash_, b"revocation " + of)
            rows(self.authority, "SELECT fleet.terminal_revoke(%s, %s)", of, hash_)
        self.broker.start_agent()
        self.broker.welcome()
        self.broker.member(0, self.id)
        self.assertEqual(b"revocation " + self.id, self.broker.wait("denial_heard")[1])
        self.assertIn(b"does not know us", self.broker.wait("link_state")[4])

    def test_a_member_joins_again_and_what_it_had_stays_until_then(self):
        broker = self.join(since=self.OLD)
        old = {name: (broker.state / name).read_bytes() for name in ("tls.pem", "ca.pem", "server")}
        token = secrets.token_bytes(16)
        rows(self.authority, "SELECT fleet.join_open(%s, 600)", token)
        start = ((1, f"127.0.0.1:{self.server.port}".encode()), (2, self._der("x509", self.certificates.ca)), (3, token), (4, self.id))
        broker.send("join_start", *start)
        broker.wait("join_csr")
        broker.member(0, self.id)  # given up
        self.assertEqual(old, {name: (broker.state / name).read_bytes() for name in old})
        broker.send("join_start", *start)
        csr = broker.wait("join_csr")[1]
        broker.send("join_request", (1, token), (2, b"request"))
        until(lambda: rows(self.authority, "SELECT * FROM fleet.joins_waiting()"))
        rows(self.authority, "SELECT fleet.join_reply(%s, 'reply')", token)
        broker.wait("join_answer")
        self.assertEqual(old, {name: (broker.state / name).read_bytes() for name in old})
        broker.send("join_done", (1, self._certificate(csr)))
        broker.member(0, self.id)
        broker.wait("link_state", lambda m: m[1] == u(1, 1))
        broker.wait("certificate_state", lambda m: int.from_bytes(m[2], "big") > (time.time() + 300 * 86400) * 1000)
        self.assertFalse((broker.state / "tls.key").exists())


if __name__ == "__main__":
    unittest.main(verbosity=1)
