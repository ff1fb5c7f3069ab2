#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Night duty, with real terminals: the authority sleeps, and what denies works all the same; in the morning an officer
stands by it. A terminal past its maximum age, an extension that is carried to it, delegations that are taken back, and
groups of which one may be out of touch longer."""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import unittest

from authority import until
from proxy import Cable
from town import Town

PROGRAMS = pathlib.Path(sys.argv.pop(1)) if __name__ == "__main__" else pathlib.Path()
SEEDS = {"alice": 1, "bert": 2, "carol": 4, "kanri": 5, "kacho": 6, "tanto": 7, "shonin": 8}
ROLES = {"kanri": "administrator", "kacho": "administrator", "tanto": "helpdesk", "shonin": "officer"}
DAY = 86_400


def somebody(*names: str) -> list[tuple[str, int]]:
    return [(name, SEEDS[name]) for name in names]


class Night(Town):
    PROGRAMS = PROGRAMS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cable = Cable(cls.server.port)
        cls.addClassCleanup(cls.cable.close)
        cls.office, cls.counter, cls.window = cls.settle("office", "counter", "window", counter="[fleet]\nsuspend_per_hour=2\n")
        cls.window.cable(cls.cable)
        cls.authority.call("delegate", "office", "--role", "admin", "--days", "30")
        cls.helpdesk = cls.authority.call("delegate", "counter", "--role", "helpdesk", "--days", "30").stdout.decode().strip()
        cls.catch_up()
        for person, seed in SEEDS.items():
            cls.office.enrol(person, seed, person)
            if person in ROLES:
                cls.office.run("sekimori", "person", "role", person, ROLES[person])
            for terminal in cls.terminals[1:]:
                cls.office.give(terminal, person)
        cls.code = json.loads(cls.office.run("sekimori", "code", "issue", "carol", "--hours", "72", "--reason", "at home", "--json").stdout)["code"]
        cls.catch_up()
        for terminal in cls.terminals:
            terminal.prove()
            until(lambda one=terminal: one.fleet().get("link") == "up")

    def error(self, answer: dict) -> tuple[str, str]:
        self.assertIn("error", answer)
        return answer["error"]["code"], answer["error"]["message"]

    def cards_of(self, terminal, person: str) -> list[dict]:
        listed = json.loads(terminal.run("sekimori", "card", "list", "--json").stdout)["items"]
        return [card for card in listed if card["person"] == person]

    def test_1_the_help_desk_suspends_while_the_authority_sleeps(self):
        self.authority.stop()
        seq = self.office.seq()
        self.window.insert("alice")
        login = self.window.log_in("alice", SEEDS["alice"])
        self.assertTrue(login.opened, login.said)
        nobody = self.counter.act("card", "suspend", "--person", "alice", by=somebody("bert"), check=False)
        self.assertEqual("not_permitted", self.error(nobody)[0])
        self.assertFalse(login.ended())
        said = self.counter.act("card", "suspend", "--person", "alice", "--wait", "60", by=somebody("tanto"))
        receipt = said["fleet"]
        self.assertEqual(("up", True, 3, 3, 1, [], None), tuple(receipt[key] for key in (
            "link", "queued", "terminals", "confirmed", "sessions_ended", "missing", "refused_at_latest")), said)
        until(login.ended)
        for terminal in self.terminals:
            self.assertEqual("PAM_AUTH_ERR", terminal.refused("alice", SEEDS["alice"]), terminal.name)
            self.assertEqual(["suspended"], [card["state"] for card in self.cards_of(terminal, "alice")])
        self.assertEqual(seq, self.office.seq(), "nothing has its entry")
        # Nothing is given at night, and a help desk's machine revokes nothing.
        self.assertEqual("timeout", self.error(self.office.act("person", "add", "late", "--name", "late", by=somebody("kanri"), check=False))[0])
        revoked = self.counter.act("card", "revoke", "--person", "bert", "--reason", "lost", by=somebody("tanto"), check=False)
        self.assertEqual("refused", self.error(revoked)[0])
        self.assertEqual("", self.window.refused("bert", SEEDS["bert"]))

    def test_2_so_many_an_hour_and_a_restart_forgets_none(self):
        for person in ("carol", "shonin"):
            answer = self.counter.act("card", "suspend", "--person", person, by=somebody("tanto"), check=False)
            if person == "carol":
                self.assertTrue(answer["changed"], answer)
                self.counter.kill("broker")
                until(lambda: self.counter.fleet().get("link") == "up" and self.counter.devices_are_there())
        code, message = self.error(answer)
        self.assertEqual("refused", code, message)
        self.assertEqual(["active"], [card["state"] for card in self.cards_of(self.counter, "shonin")])
        # To whom more was delegated there is no limit.
        self.assertTrue(self.office.act("card", "suspend", "--person", "bert", by=somebody("shonin"))["changed"])

    def test_3_an_administrators_machine_revokes_while_the_authority_sleeps(self):
        self.assertIsNotNone(self.authority.process.poll())
        said = self.office.act("card", "revoke", "--person", "bert", "--reason", "lost", "--wait", "60", by=somebody("shonin"))
        self.assertEqual((3, 3, True), (said["fleet"]["terminals"], said["fleet"]["confirmed"], said["fleet"]["queued"]), said)
        for terminal in self.terminals:
            self.assertEqual(["revoked"], [card["state"] for card in self.cards_of(terminal, "bert")])
            self.assertEqual("PAM_AUTH_ERR", terminal.refused("bert", SEEDS["bert"]), terminal.name)

    def test_4_in_the_morning_an_officer_stands_by_it(self):
        self.authority.start()
        self.catch_up()
        unconfirmed = [card["person"] for card in json.loads(self.window.run("sekimori", "card", "list", "--json").stdout)["items"] if card.get("unconfirmed")]
        self.assertEqual(["alice", "carol"], sorted(unconfirmed))
        self.assertEqual([2, 2, 2], [terminal.fleet()["unconfirmed"] for terminal in self.terminals])
        alice, = self.cards_of(self.office, "alice")
        here = self.counter.act("card", "confirm", alice["id"], by=somebody("tanto"), check=False)
        self.assertEqual("not_permitted", self.error(here)[0])
        there = self.counter.act("card", "confirm", alice["id"], by=somebody("shonin"), check=False)
        self.assertEqual("refused", self.error(there)[0], "not at the terminal that suspended")
        self.assertTrue(self.office.act("card", "confirm", alice["id"], by=somebody("shonin"))["changed"])
        self.catch_up()
        self.assertEqual([1, 1, 1], [terminal.fleet()["unconfirmed"] for terminal in self.terminals])
        self.assertFalse(self.office.act("card", "confirm", alice["id"], by=somebody("shonin"))["changed"])
        # Nobody stood by the other one: it stays suspended until two take it back.
        carol, = self.cards_of(self.office, "carol")
        self.assertEqual("suspended", carol["state"])
        self.assertTrue(self.office.act("card", "reinstate", carol["id"], by=somebody("shonin", "kanri"))["changed"])
        self.catch_up()
        self.assertEqual([0, 0, 0], [terminal.fleet()["unconfirmed"] for terminal in self.terminals])
        self.assertEqual("", self.window.refused("carol", SEEDS["carol"]))
        self.assertEqual("PAM_AUTH_ERR", self.window.refused("alice", SEEDS["alice"]))

    @unittest.skipUnless(os.getuid() == 0, "a clock of its own takes root")
    def test_5_past_its_age_a_terminal_opens_what_an_officer_sent_it(self):
        self.cable.pull()
        self.server.stop()
        self.window.up_again(DAY + 3600)
        until(lambda: self.window.fleet().get("opens") == "nothing")
        self.assertLess(DAY, self.window.fleet()["age_seconds"])
        self.assertEqual("PAM_AUTH_ERR", self.window.refused("carol", SEEDS["carol"]))
        until(lambda: self.office.fleet()["link"] == "down")
        file = self.office.dir / "window.ext"
        said = self.office.act("fleet", "extend", "--terminal", "window", "--hours", "48", "--out", file, by=somebody("shonin"))
        elsewhere = json.loads(self.counter.run("sekimori", "fleet", "take", file, "--json", check=False).stdout.splitlines()[-1])
        self.assertEqual("refused", self.error(elsewhere)[0])
        forged = self.office.dir / "forged.ext"
        bytes_ = bytearray(file.read_bytes())
        bytes_[len(bytes_) // 2] ^= 1
        forged.write_bytes(bytes_)
        self.assertEqual(1, self.window.run("sekimori", "fleet", "take", forged, "--json", check=False).returncode)
        self.assertEqual("nothing", self.window.fleet()["opens"])
        self.window.run("sekimori", "fleet", "take", file)
        fleet = self.window.fleet()
        self.assertEqual(("certificate_cards", said["until"][:16]), (fleet["opens"], fleet["extended_until"][:16]))
        self.window.insert("carol")
        login = self.window.log_in("carol", SEEDS["carol"])
        self.assertTrue(login.opened, login.said)
        self.window.pull()
        self.assertNotEqual("", self.window.refused("carol", SEEDS["carol"], self.code + "\n", card=""), "no code")
        # In the morning it hears of its fleet again, and of the extension, which the authority takes back. (Its clock that
        # nobody sets stays a day ahead of the authority's: here it gets no younger than that.)
        self.server.start()
        self.cable.plug()
        until(lambda: self.office.fleet()["queued"] == 0, 90)
        until(lambda: self.window.fleet().get("link") == "up", 90)
        self.catch_up()
        self.assertEqual("certificate_cards", self.window.fleet()["opens"])
        self.assertEqual(f"withdrawn: extension {said['id']} of {self.window.fleet()['terminal']}\n", self.authority.call("withdraw", said["id"]).stdout.decode())
        until(lambda: all(terminal.fleet()["extended_until"] is None for terminal in self.terminals))
        self.assertEqual("nothing", self.window.fleet()["opens"])
        self.assertEqual(1, self.window.run("sekimori", "fleet", "take", file, "--json", check=False).returncode, "it was taken back")
        self.assertEqual("PAM_AUTH_ERR", self.window.refused("carol", SEEDS["carol"]))

    def test_6_a_delegation_is_taken_back(self):
        listed = json.loads(self.authority.call("delegate", "list", "--json").stdout)["items"]
        self.assertEqual({("office", "admin"), ("counter", "helpdesk")}, {(one["name"], one["role"]) for one in listed})
        self.assertEqual(f"withdrawn: delegation {self.helpdesk} of counter\n", self.authority.call("withdraw", self.helpdesk).stdout.decode())
        self.catch_up()
        self.assertNotIn(self.helpdesk, self.authority.call("delegate", "list").stdout.decode())
        refused = self.counter.act("card", "suspend", "--person", "shonin", by=somebody("tanto"), check=False)
        self.assertEqual("refused", self.error(refused)[0])
        self.assertEqual("", self.office.refused("shonin", SEEDS["shonin"]))

    def load_offline(self, offline: dict):
        file = self.office.dir / "policy.json"
        file.write_text(json.dumps({"offline": offline, "rules": [{"allow": ["card+finger", "code+finger"]}]}))
        self.office.act("policy", "load", file, by=somebody("shonin", "kanri"))
        self.catch_up()

    def test_7_each_group_goes_by_its_own_age_and_the_receipt_by_what_a_terminal_may_still_know(self):
        self.authority.call("group", "add", "annexes")
        group, = [line.split()[0] for line in self.authority.call("group", "list").stdout.decode().splitlines() if line.endswith(" annexes")]
        annex = self.enterContext(self.TERMINAL(self.PROGRAMS, "annex", "[fleet]\nmax_offline_hours=100\n"))
        annex.join(self.server, self.authority, "--group", "annexes")
        self.assertEqual((24, ["max_offline_hours"]), tuple(annex.fleet()["offline"][key] for key in ("max_hours", "without_effect")))
        self.load_offline({"max_hours": 24, "groups": {group: {"max_hours": 72}}})
        until(lambda: annex.fleet()["offline"]["max_hours"] == 72)
        self.assertEqual([24, 24, 24], [terminal.fleet()["offline"]["max_hours"] for terminal in self.terminals])
        # The annex hears nothing any more: neither that its group is held shorter now, nor of a card that is lost. The window
        # is a day old since its night, and goes by what it hears.
        annex.call_lab("down")
        before = self.window.fleet()["opens"]
        self.load_offline({"max_hours": 48, "groups": {group: {"max_hours": 4}}})
        self.assertEqual("everything", self.window.fleet()["opens"])
        if os.getuid() == 0:
            self.assertEqual("nothing", before)
        placed = datetime.datetime.now(datetime.timezone.utc)
        receipt = self.office.act("card", "suspend", "--person", "carol", "--wait", "10", by=somebody("shonin"))["fleet"]
        self.assertEqual(["annex"], [one["name"] for one in receipt["missing"]], receipt)
        latest = datetime.datetime.fromisoformat(receipt["refused_at_latest"]) - placed
        self.assertLess(abs(latest - datetime.timedelta(hours=72)), datetime.timedelta(minutes=10), receipt)
        annex.call_lab("up", *annex.up)
        until(lambda: annex.fleet().get("offline", {}).get("max_hours") == 4)


if __name__ == "__main__":
    unittest.main(verbosity=1)
