#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From the token to the revoked terminal: the real authority, the real agent and a real server; the broker's part of the
dialogue is played, with the token's secret."""

import base64
import hashlib
import hmac
import json
import pathlib
import secrets
import subprocess
import sys
import time
import unittest

from authority import until
from authority_test import sql
from broker import Broker, fields, split, u
from town import Town

PROGRAMS = pathlib.Path(sys.argv.pop(1)) if __name__ == "__main__" else pathlib.Path()


def mac(secret: bytes, label: bytes, content: bytes) -> bytes:
    """HMAC under a key of HKDF's, by RFC 5869 and docs/FORMATS.md, not by our code."""
    extracted = hmac.new(bytes(32), secret, hashlib.sha256).digest()
    key = hmac.new(extracted, label + b"\0\x01", hashlib.sha256).digest()
    return hmac.new(key, content, hashlib.sha256).digest()


def parse_token(text: str) -> dict[int, bytes]:
    assert text.startswith("SKJ1.")
    return split(base64.urlsafe_b64decode(text[5:] + "=" * (-len(text[5:]) % 4)))


class Key:
    """A terminal's Ed25519 key, by openssl and not by our code."""

    def __init__(self, directory: pathlib.Path):
        self.path = directory / f"{secrets.token_hex(4)}.key"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.path], check=True)
        self.public = subprocess.run(["openssl", "pkey", "-in", self.path, "-pubout", "-outform", "DER"], check=True, stdout=subprocess.PIPE).stdout[-32:]

    def record(self, label: bytes, content: bytes) -> bytes:
        message = self.path.with_suffix(".message")
        message.write_bytes(label + b"\0" + content)
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", message], check=True, stdout=subprocess.PIPE).stdout
        return fields((1, content), (2, signature))


class Joining(Town):
    PROGRAMS = PROGRAMS

    def ask(self, name: str, secret: bytes | None = None, key: Key | None = None, back: tuple | None = None, proves: Key | None = None):
        """A terminal with a token, as far as its request on the server. `back`: broker, terminal and box key of one that was
        here; `proves`: another key than the one that is named."""
        token = parse_token(self.authority.call("token", "--name", name).stdout.decode().strip())
        key = key or Key(self.server.directory)
        if back is None:
            broker, terminal, box = Broker(PROGRAMS, self.server.directory / secrets.token_hex(4)), secrets.token_bytes(16), secrets.token_bytes(32)
            self.addCleanup(broker.close)
            broker.start_agent()
            broker.welcome()
            broker.send("fleet_state", (1, u(0, 1)), (2, bytes(16)), (3, bytes(16)), (4, u(0, 8)), (5, bytes(32)))
            broker.box = box
        else:
            broker, terminal, box = back
        broker.send("join_start", (1, token[4]), (2, token[5]), (3, token[6]), (4, terminal))
        request = fields((1, u(1, 1)), (2, token[2]), (3, token[6]), (4, terminal), (5, key.public), (6, box),
                         (7, self.renewal(proves or key, token, terminal, broker.wait("join_csr")[1])))
        maced = fields((1, request), (2, mac(secret or token[7], b"sekimori join request 1", request)))
        broker.send("join_request", (1, token[6]), (2, maced))
        until(lambda: sql(self.server, "SELECT count(*) FROM fleet.joins WHERE request IS NOT NULL AND answer IS NULL") == [(1,)])
        return broker, token, terminal

    def test_a_token_opens_the_door_once_and_a_revoked_terminal_is_out(self):
        broker, token, terminal = self.ask("window 1")
        self.assertEqual(b"joined: window 1\n", self.authority.call("admit").stdout)
        reply = split(broker.wait("join_answer")[1])
        self.assertEqual(mac(token[7], b"sekimori join answer 1", reply[1]), reply[2])
        answer = split(reply[1])
        self.assertEqual((token[2], token[6], terminal), (answer[2], answer[3], answer[4]))
        broker.send("join_done", (1, answer[5]))
        broker.member(0, terminal)
        broker.wait("link_state", lambda m: m[1] == u(1, 1))
        # The chain from its beginning, with this terminal's own statement; the key of its group; the news of the hour.
        until(lambda: self.authority.status()["waiting"] == 0)
        broker.wait("entry_came", lambda m: split(m[2])[2] == split(answer[6])[2])
        broker.wait("group_key_came", lambda m: m[1] == answer[7])
        broker.wait("heartbeat_came")
        self.assertIn(terminal.hex().encode() + b" in force connected window 1", self.authority.call("terminal", "list").stdout)

        self.authority.call("group", "add", "tax")
        given = self.authority.call("delegate", "window 1", "--role", "registrar", "--days", "30").stdout.decode().strip()
        broker.wait("group_key_came", lambda m: m[1] != answer[7])  # who enrols has the keys of all groups
        self.assertEqual([(2,)], sql(self.server, "SELECT count(*) FROM fleet.group_keys WHERE terminal = %s", terminal))
        until(lambda: self.authority.status()["waiting"] == 0)
        self.take_back(broker, given)

        second, token_2, terminal_2 = self.ask("window 2")
        self.authority.call("admit")
        answer_2 = split(split(second.wait("join_answer")[1])[1])
        second.send("join_done", (1, answer_2[5]))
        second.member(0, terminal_2)
        second.wait("link_state", lambda m: m[1] == u(1, 1))
        second.wait("group_key_came")
        self.authority.call("terminal", "revoke", "window 1", "--reason", "stolen")
        broker.wait("link_state", lambda m: m[1] == u(0, 1) and b"does not know us" in m[4])
        # The others hear of it and have their group's next key; the stolen one has nothing.
        second.wait("denial_heard")
        until(lambda: sql(self.server, "SELECT bool_and(terminal <> %s), max(epoch) FROM fleet.group_keys", terminal) == [(True, 2)])
        second.wait("group_key_came")
        self.assertIn(b" revoked ", self.authority.call("terminal", "list").stdout)
        self.assertEqual(1, self.authority.call("terminal", "revoke", "window 1", "--reason", "lost", check=False).returncode)
        self.assertEqual(1, self.authority.call("delegate", "window 1", "--role", "admin", "--days", "1", check=False).returncode)

    def take_back(self, broker, given):
        """A delegation, by its id: heard at once, said once, and the keys of other groups go with it."""
        listed = json.loads(self.authority.call("delegate", "list", "--json").stdout)["items"]
        self.assertEqual([(given, "registrar", "window 1")], [(one["id"], one["role"], one["name"]) for one in listed])
        self.assertEqual(2, self.authority.call("withdraw", "something", check=False).returncode)
        self.assertEqual(1, self.authority.call("withdraw", secrets.token_hex(16), check=False).returncode)
        self.assertIn(f"{given} registrar 29 days window 1\n".encode(), self.authority.call("delegate", "list").stdout)
        self.assertEqual(f"withdrawn: delegation {given} of window 1\n".encode(), self.authority.call("withdraw", given).stdout)
        broker.wait("denial_heard")
        until(lambda: self.authority.status()["waiting"] == 0)
        self.assertEqual(b"", self.authority.call("delegate", "list").stdout)
        again = json.loads(self.authority.call("withdraw", given, "--json").stdout)
        self.assertEqual((False, "delegation"), (again["changed"], again["what"]))
        self.assertEqual([(False,)], sql(self.server, "SELECT every_group FROM fleet.terminals WHERE name = 'window 1'"))

    def test_a_request_without_the_tokens_secret_gets_no_answer(self):
        broker, *_ = self.ask("window 3", secret=b"w" * 32)
        self.assertEqual(b"", self.authority.call("admit").stdout)
        self.assertIn(b"not open any more", broker.wait("join_failed")[1])

    def renewal(self, key, token, terminal, csr, age_days=0.0, label=b"sekimori renewal request 1"):
        time_ms = int((time.time() - age_days * 86400) * 1000)
        return key.record(label, fields((1, u(1, 1)), (2, token[2]), (3, terminal), (4, csr), (5, u(time_ms, 8))))

    def test_renewals_are_answered_where_their_terminal_signed_them(self):
        key, stranger = Key(self.server.directory), Key(self.server.directory)
        broker, token, terminal = self.ask("window 5", key=key)
        self.authority.call("admit")
        first = split(split(broker.wait("join_answer")[1])[1])[5]
        broker.send("join_done", (1, first))
        broker.member(0, terminal)
        broker.wait("link_state", lambda m: m[1] == u(1, 1))
        until(lambda: self.authority.status()["waiting"] == 0)

        def asked(make):
            """The agent is told to begin, and the broker signs what `make` makes of the request."""
            broker.hang_up()
            (broker.state / "renew.key").touch(0o600)
            broker.welcome()
            broker.member(0, terminal)
            broker.send("renewal_request", (1, make(broker.wait("renewal_csr")[1])))
            until(lambda: self.authority.status()["certificates"]["waiting"] == 1)

        for make in (
            lambda csr: self.renewal(stranger, token, terminal, csr),
            lambda csr: self.renewal(key, token, secrets.token_bytes(16), csr),
            lambda csr: self.renewal(key, token, terminal, csr, age_days=31),
            lambda csr: self.renewal(key, token, terminal, csr, label=b"sekimori trail head 1"),
            lambda csr: self.renewal(key, token, terminal, csr[:-1]),
        ):
            asked(make)
            self.assertIn(b"1 requests were refused", self.authority.call("renew").stdout)
            self.assertEqual([], sql(self.server, "SELECT terminal FROM fleet.renewals"))
        asked(lambda csr: self.renewal(key, token, terminal, csr, age_days=29))
        self.assertIn("1 terminals wait for their next certificate: renew", self.authority.status()["warnings"])
        old = (broker.state / "tls.pem").read_bytes()
        # Somebody opens the office for something else.
        done = self.authority.call("token", "--name", "another")
        self.assertIn(b"1 certificates renewed, 0 requests refused", done.stderr)
        self.assertNotIn(b"renewed", done.stdout)
        until(lambda: (broker.state / "tls.pem").read_bytes() != old)
        until(lambda: sql(self.server, "SELECT terminal FROM fleet.renewals") == [])
        broker.wait("certificate_state", lambda m: m[3] == u(0, 1))
        self.assertEqual(b"", self.authority.call("renew").stdout)

    def test_a_terminal_comes_back_with_a_token_as_what_it_was_and_nobody_else_does(self):
        key = Key(self.server.directory)
        broker, _, terminal = self.ask("window 6", key=key)
        self.authority.call("admit")
        broker.send("join_done", (1, split(split(broker.wait("join_answer")[1])[1])[5]))
        broker.member(0, terminal)
        broker.wait("link_state", lambda m: m[1] == u(1, 1))
        until(lambda: self.authority.status()["waiting"] == 0)
        given = self.authority.call("delegate", "window 6", "--role", "registrar", "--days", "30").stdout.decode().strip()
        until(lambda: self.authority.status()["waiting"] == 0)
        (broker.state / "tls.pem").write_bytes(b"lost")
        back = (broker, terminal, broker.box)
        self.ask("some name", key=key, back=back)
        self.assertEqual(b"joined: window 6\n", self.authority.call("admit").stdout)
        broker.send("join_done", (1, split(split(broker.wait("join_answer")[1])[1])[5]))
        broker.member(0, terminal)
        broker.wait("link_state", lambda m: m[1] == u(1, 1))
        self.assertEqual([("window 6", True)], sql(self.server, "SELECT name, every_group FROM fleet.terminals WHERE id = %s", terminal))
        self.authority.call("withdraw", given)
        # Whoever has a token can't take its place: neither with keys of their own nor with its public ones.
        for named, proves in ((Key(self.server.directory), None), (key, Key(self.server.directory))):
            self.ask("window 7", key=named, back=back, proves=proves)
            self.assertEqual(b"", self.authority.call("admit").stdout)
            self.assertIn(b"not open any more", broker.wait("join_failed")[1])


if __name__ == "__main__":
    unittest.main(verbosity=1)
