#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An authority whose key is in slot 9C of a PIV card: the real pcscd, card worker, authority, server and a terminal; the
cards are the lab's, and want their PIN right before each signature."""

import contextlib
import json
import pathlib
import shutil
import subprocess
import sys
import unittest

from authority import PASSPHRASE, Authority, fleet_on_one_machine, until
from authority_test import sql
from terminals import JOIN_LIMIT, Lab, Terminal

PROGRAMS = pathlib.Path(sys.argv.pop(1)) if __name__ == "__main__" else pathlib.Path()
PIN = b"123456\n"
AWAY = 3


class Desk(Lab):
    """The administrators' host: two readers, and cards to put into them."""

    def __init__(self, programs):
        super().__init__(programs)
        self.second = None

    def mint_signer(self, name, alg="p256", slots="9a,9c"):
        self.mint(name, "piv", "--alg", alg, "--slots", slots)

    def tries(self, name) -> int:
        record = dict(line.split("=", 1) for line in (self.dir / name / "card").read_text().splitlines() if "=" in line)
        return int(record["tries"])

    def signed(self, name) -> bytes:
        path = self.dir / name / "9c.last-signature"
        return path.read_bytes() if path.exists() else b""

    def insert_second(self, name):
        self.second = subprocess.Popen([self.programs / "sekimori-lab-card", "insert", self.dir / name, "--socket", self.dir / "card1.sock"],
                                       env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        assert self.second.stdout.readline().startswith("inserted")

    def pull(self):
        super().pull()
        if self.second:
            self.second.terminate()
            self.second.wait(10)
            self.second.stdout.close()
            self.second = None


def at_desk(desk, directory=None) -> Authority:
    authority = Authority(PROGRAMS, directory)
    authority.env, authority.pin = desk.env, PIN
    authority.options = ("--pin-fd", "0", "--config", desk.dir / "sekimori.conf")
    return authority


class OnACard(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.desk = cls.enterClassContext(Desk(PROGRAMS))
        for name, *form in (("mine",), ("other",), ("rsa", "rsa2048"), ("wide", "p384"), ("login", "p256", "9a,9e")):
            cls.desk.mint_signer(name, *form)
        cls.desk.insert("mine")
        cls.server, cls.authority = fleet_on_one_machine(PROGRAMS, authority=at_desk(cls.desk), founding=("--card",))
        cls.addClassCleanup(cls.server.close)
        cls.addClassCleanup(shutil.rmtree, cls.authority.directory)
        cls.authority.start()
        cls.addClassCleanup(cls.authority.stop)
        until(lambda: cls.authority.status().get("seq", 0) > 0)

    def setUp(self):
        self.authority.pin = PIN
        self.desk.insert("mine")

    def refused(self, code, text, *words):
        done = self.authority.call(*words, check=False)
        self.assertEqual((code, True), (done.returncode, text in done.stderr.decode()), done.stderr)
        self.assertNotIn(b"123456", done.stdout + done.stderr)

    def placed(self, before):
        until(lambda: self.authority.status()["seq"] > before and self.authority.status()["waiting"] == 0)

    def test_1_what_is_no_card_for_an_authority(self):
        new = at_desk(self.desk)
        self.addCleanup(shutil.rmtree, new.directory)
        founding = ("init", "--server", "127.0.0.1", "--card")

        def refused(code, text):
            done = new.call(*founding, check=False)
            self.assertEqual((code, True), (done.returncode, text in done.stderr.decode()), done.stderr)
            self.assertFalse(any(new.directory.iterdir()), "nothing was begun")

        self.desk.pull()
        refused(AWAY, "no card in a reader")
        for name, why in (("rsa", "RSA, and not on P-256"), ("wide", "not on P-256"), ("login", "9C is empty")):
            self.desk.insert(name)
            refused(1, why)
        self.desk.insert("mine")
        self.desk.insert_second("other")
        refused(1, "name one of these readers")
        new.pin = b"999999\n"
        new.options += ("--reader", "Sekimori Lab Reader 01 00")
        refused(1, "2 tries are left")
        self.assertEqual((3, 2), (self.desk.tries("mine"), self.desk.tries("other")))
        new.pin = PIN
        new.call(*founding)
        self.assertEqual(3, self.desk.tries("other"))
        for file in new.directory.iterdir():
            self.assertNotIn(PIN.strip(), file.read_bytes())
            self.assertNotIn(PASSPHRASE.strip(), file.read_bytes())

    def test_2_where_the_key_is(self):
        self.assertEqual("card", self.authority.status()["key"]["place"])
        self.desk.insert_second("rsa")
        seen = json.loads(self.authority.call("card", "--json").stdout)
        self.assertEqual("card", seen["key"])
        self.assertEqual([(True, 3, ""), (False, 3, "its key in slot 9C is RSA, and not on P-256")],
                         [(one["authority"], one["tries"], one["why"]) for one in sorted(seen["items"], key=lambda one: one["reader"])])
        self.assertIn(b"Reader 00 00: the authority's key, 3 tries left\n", self.authority.call("card").stdout)

    def test_3_what_it_says_is_placed(self):
        before, last = self.authority.status()["seq"], self.desk.signed("mine")
        self.authority.call("rotate")
        self.placed(before)
        self.assertNotEqual(last, self.desk.signed("mine"))
        self.assertEqual([(0,)], sql(self.server, "SELECT count(*) FROM fleet.refusals"))

    def test_4_without_its_card_it_says_nothing_and_the_sequencer_goes_on(self):
        self.desk.pull()
        before, signed = self.authority.status()["seq"], self.desk.signed("other")
        self.refused(AWAY, "in no reader", "rotate")
        self.desk.insert("other")
        self.refused(AWAY, "not the authority's", "rotate")
        self.assertEqual((3, signed), (self.desk.tries("other"), self.desk.signed("other")))
        # What needs no signature needs no card.
        self.assertTrue(self.authority.call("token", "--name", "somewhere").stdout.startswith(b"SKJ1."))
        beaten = sql(self.server, "SELECT beaten_at FROM fleet.head")
        until(lambda: sql(self.server, "SELECT beaten_at FROM fleet.head") > beaten)
        self.assertEqual(before, self.authority.status()["seq"])
        self.assertIsNone(self.authority.process.poll())

    def test_5_one_wrong_pin_is_tried_once(self):
        self.authority.pin = b"999999\n"
        self.refused(1, "2 tries are left", "rotate")
        self.assertEqual(2, self.desk.tries("mine"))
        self.refused(1, "one try is left", "rotate")
        self.refused(1, "that is not spent", "rotate")
        self.assertEqual(1, self.desk.tries("mine"))
        self.authority.pin = PIN
        self.refused(1, "that is not spent", "rotate")
        record = self.desk.dir / "mine" / "card"  # as the card's own tools would
        self.desk.pull()
        record.write_text(record.read_text().replace("tries=1", "tries=3"))
        self.desk.insert("mine")
        self.authority.pin = b"12345\n"
        self.refused(1, "it was not tried", "rotate")
        self.authority.pin = PIN
        self.authority.call("rotate")

    def test_6_a_terminal_joins_while_the_card_goes_and_comes_back(self):
        office = self.enterContext(Terminal(PROGRAMS, "office"))
        token = self.authority.call("token", "--name", "office").stdout.decode()
        with subprocess.Popen(self.authority.command("admit", "--wait", "3600"), env=self.authority.env, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as admit, contextlib.ExitStack() as ending:
            ending.callback(admit.kill)
            admit.stdin.write(PASSPHRASE + PIN)
            admit.stdin.close()
            self.assertIn(b"are answered", admit.stderr.readline())  # its PIN is known to be right
            self.desk.insert("other")
            with subprocess.Popen([PROGRAMS / "sekimori", "fleet", "join", "--json", "--timeout", str(JOIN_LIMIT)], env=office.env, text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as joining:
                joining.stdin.write(token)
                joining.stdin.close()
                self.assertIn(b"terminals wait for it", admit.stderr.readline())
                self.assertEqual([(1,)], sql(self.server, "SELECT count(*) FROM fleet.joins WHERE request IS NOT NULL AND answer IS NULL"))
                self.desk.insert("mine")
                self.assertEqual(b"joined: office\n", admit.stdout.readline())
                self.assertIn(b"is back", admit.stderr.readline())
                self.assertEqual(3, self.desk.tries("other"))
                self.assertEqual(0, joining.wait(JOIN_LIMIT), joining.stderr.read())
                self.assertEqual("member", json.loads(joining.stdout.read())["state"])
        self.everyday(office)

    def everyday(self, office):
        """The terminal believes what the card signed, and says something itself by it."""
        given = self.authority.call("delegate", "office", "--role", "admin", "--days", "30").stdout.decode().strip()
        until(lambda: self.authority.status()["waiting"] == 0)
        office.until_at(self.authority.status()["seq"])
        office.run("sekimori", "person", "add", "alice", "--name", "Alice")
        self.authority.call("group", "add", "tax")
        self.authority.call("withdraw", given)
        until(lambda: self.authority.status()["waiting"] == 0)
        office.until_at(self.authority.status()["seq"])
        refused = office.run("sekimori", "person", "add", "bert", "--name", "Bert", "--json", check=False)
        self.assertEqual(1, refused.returncode)
        self.authority.call("terminal", "revoke", "office", "--reason", "damaged")
        self.assertIn(b" revoked ", self.authority.call("terminal", "list").stdout)

    def test_7_a_backup_is_whole_with_the_card(self):
        backup = self.authority.directory / "backup"
        self.desk.pull()
        self.authority.call("backup", backup)
        copy = at_desk(self.desk)
        self.addCleanup(shutil.rmtree, copy.directory)
        copy.call("restore", backup)
        self.assertEqual(self.authority.status()["key"], copy.status()["key"])
        before = self.authority.status()["seq"]
        done = copy.call("rotate", check=False)
        self.assertEqual(AWAY, done.returncode)
        self.assertEqual((copy.directory / "sequencer.key").stat().st_size, (self.authority.directory / "sequencer.key").stat().st_size)
        self.desk.insert("mine")
        copy.call("group", "add", "elsewhere")
        self.assertEqual(before, self.authority.status()["seq"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
