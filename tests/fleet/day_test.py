#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The administrators' day across terminals: what is given, replaced, taken back or over at one of them is so at all of them,
sessions included; and of somebody who left nothing lies anywhere any more."""

import datetime
import json
import pathlib
import sys
import unittest

from authority import until
from authority_test import sql
from town import Town

PROGRAMS = pathlib.Path(sys.argv.pop(1)) if __name__ == "__main__" else pathlib.Path()
SEEDS = {"forgot": 1, "kanri": 2, "kacho": 4, "leaver": 5}
PIN = "4649"
NOBODYS = 19  # finger


class Day(Town):
    PROGRAMS = PROGRAMS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office, cls.deputy, cls.window = cls.settle("office", "deputy's desk", "window")
        for name in ("office", "deputy's desk"):
            cls.authority.call("delegate", name, "--role", "admin", "--days", "30")
        cls.catch_up()
        for person, seed in SEEDS.items():
            cls.office.enrol(person, seed, person)
        for person in ("kanri", "kacho"):
            made = cls.tell(cls.office, "person", "role", person, "administrator")
            assert (made["roles"], made["changed"]) == (["administrator"], True), made
        for person in ("scarred", "guest"):
            cls.office.run("sekimori", "person", "add", person, "--name", person)
        cls.office.mint("scarred", "jpki", "--pin", PIN)
        cls.office.insert("scarred")
        cls.office.enrol_card("scarred", PIN)
        cls.office.pull()
        cls.office.mint("spare", "piv")
        for card in [*SEEDS, "scarred", "spare"]:
            for terminal in cls.terminals[1:]:
                cls.office.give(terminal, card)
        cls.catch_up()

    @staticmethod
    def tell(terminal, *words) -> dict:
        return json.loads(terminal.run("sekimori", *words, "--json").stdout.splitlines()[-1])

    def opened(self, terminal, person: str, seed: int, **how):
        login = terminal.log_in(person, seed, **how)
        self.assertTrue(login.opened, login.said)
        return login

    def assert_in_ledgers(self, card: str, state: str):
        for terminal in self.terminals:
            one, = (one for one in self.tell(terminal, "card", "ledger")["items"] if one["id"] == card)
            self.assertEqual((True, "kanri", state), (one["temporary"], one["approver"], one["state"]), terminal.name)

    def test_1_a_card_that_is_lent_for_today(self):
        self.office.insert("spare")
        lent = self.tell(self.office, "enrol", "card", "forgot", "--temporary", "--approver", "kanri")
        self.office.pull()
        self.assertEqual((True, "kanri"), (lent["temporary"], lent["approver"]))
        self.catch_up()
        self.window.insert("spare")
        login = self.opened(self.window, "forgot", SEEDS["forgot"])
        self.assert_in_ledgers(lent["id"], "active")
        back = self.tell(self.office, "card", "return", lent["id"])
        self.assertEqual((True, ["returned"]), (back["changed"], [card["state"] for card in back["cards"]]))
        until(login.ended)
        self.catch_up()
        self.assert_in_ledgers(lent["id"], "returned")
        for terminal in self.terminals:
            self.assertEqual("PAM_AUTH_ERR", terminal.refused("forgot", SEEDS["forgot"], card="spare"), terminal.name)
            self.assertEqual("", terminal.refused("forgot", SEEDS["forgot"]), "their own card is another one")

    def test_2_a_code_that_takes_anothers_place_ends_its_session_elsewhere(self):
        first = self.tell(self.office, "code", "issue", "forgot", "--hours", "8", "--reason", "the card is at home")
        self.catch_up()
        kept = [terminal.stored("SELECT count(*) FROM blobs") for terminal in self.terminals]
        on_server = sql(self.server, "SELECT count(*) FROM fleet.blobs")
        login = self.opened(self.window, "forgot", SEEDS["forgot"], typed=first["code"] + "\n")
        self.assertEqual(["code"], [one["held_by"] for one in self.window.sessions()])
        self.assertNotEqual("", self.window.refused("forgot", NOBODYS, first["code"] + "\n", card=""), "a code is one factor")
        self.assertFalse(login.ended())
        second = self.tell(self.deputy, "code", "issue", "forgot", "--hours", "8", "--reason", "the first one was overheard")
        until(login.ended)
        self.catch_up()
        for terminal in self.terminals:
            self.assertNotEqual("", terminal.refused("forgot", SEEDS["forgot"], first["code"] + "\n", card=""), terminal.name)
        # What the first one was is nowhere any more.
        self.assertEqual(kept, [terminal.stored("SELECT count(*) FROM blobs") for terminal in self.terminals])
        self.assertEqual(on_server, sql(self.server, "SELECT count(*) FROM fleet.blobs"))
        login = self.opened(self.window, "forgot", SEEDS["forgot"], typed=second["code"] + "\n")
        self.tell(self.office, "code", "withdraw", "forgot")
        until(login.ended)
        self.catch_up()
        self.assertEqual([], self.tell(self.deputy, "code", "list")["items"])

    def test_3_an_exemption_that_is_over(self):
        self.assertNotEqual("", self.window.refused("scarred", NOBODYS, PIN + "\n"))
        until_ = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=60)
        said = self.tell(self.office, "exempt", "add", "scarred", "--until", until_.strftime("%Y-%m-%dT%H:%M:%SZ"), "--reason", "no ridges")
        self.catch_up()
        self.assertEqual("", self.window.refused("scarred", NOBODYS, PIN + "\n"))
        self.assertEqual([said["id"]], [one["id"] for one in self.tell(self.window, "exempt", "list")["items"]])
        until(lambda: datetime.datetime.now(datetime.timezone.utc) > until_, 70)
        for terminal in self.terminals:
            self.assertEqual("PAM_AUTH_ERR", terminal.refused("scarred", NOBODYS, PIN + "\n"), terminal.name)

    def test_4_break_glass_once_and_at_its_terminal(self):
        two = [("kanri", SEEDS["kanri"]), ("kacho", SEEDS["kacho"])]
        tickets = {terminal: terminal.act("break-glass", "issue", "guest", "--reason", "fire", by=two) for terminal in (self.office, self.deputy)}
        refused = self.window.act("break-glass", "issue", "guest", "--reason", "fire", by=two, check=False)
        self.assertEqual("refused", refused["error"]["code"], "nobody gave this terminal the right to say it")
        self.catch_up()
        for terminal, ticket in tickets.items():
            for other in self.terminals:
                if other is not terminal:
                    self.assertEqual("PAM_AUTH_ERR", other.refused("guest", NOBODYS, ticket["code"] + "\n"), other.name)
        for terminal, ticket in tickets.items():
            self.assertEqual("", terminal.refused("guest", NOBODYS, ticket["code"] + "\n"))
            terminal.kill("broker")
            until(lambda one=terminal: one.fleet().get("link") == "up" and one.devices_are_there())
            self.assertNotEqual("", terminal.refused("guest", NOBODYS, ticket["code"] + "\n"), "it was used")
        self.catch_up()
        for terminal in self.terminals:
            listed = self.tell(terminal, "break-glass", "list")["items"]
            self.assertEqual([("used", "kanri", "kacho")] * 2, [(one["state"], one["by"], one["second"]) for one in listed], terminal.name)

    def test_5_somebody_leaves(self):
        self.window.insert("leaver")
        login = self.opened(self.window, "leaver", SEEDS["leaver"])
        self.tell(self.office, "code", "issue", "leaver", "--hours", "8", "--reason", "the last day")
        self.catch_up()

        def blobs(terminal):
            return {bytes(hash_) for hash_, in terminal.stored("SELECT hash FROM blobs")}

        before = blobs(self.office)
        for terminal in self.terminals:
            self.assertEqual(before, blobs(terminal))
        proof = self.tell(self.office, "person", "remove", "leaver")
        deleted = before - blobs(self.office)
        self.assertEqual((len(deleted), 0), (proof["deleted"]["blobs"], proof["left"]), proof)
        self.assertLess(2, len(deleted), "a name, a finger, a code")
        until(login.ended)
        self.catch_up()
        person = f"x'{proof['id']}'"
        for terminal in self.terminals:
            until(lambda one=terminal: not deleted & blobs(one))
            self.assertEqual([(0,)], terminal.stored(f"SELECT count(*) FROM person_keys WHERE person = {person}"), terminal.name)
            self.assertNotIn("leaver", {one["login"] for one in self.tell(terminal, "person", "list")["items"] if one["state"] != "gone"})
            self.assertNotEqual("", terminal.refused("leaver", SEEDS["leaver"]), terminal.name)
        # Nor on the server; and each terminal has said under its own signature that it did so.
        self.assertEqual([(0,)], sql(self.server, "SELECT count(*) FROM fleet.blobs WHERE hash::bytea = ANY (%s)", list(deleted)))
        self.assertEqual([(0,)], sql(self.server, "SELECT count(*) FROM fleet.material WHERE name = ANY (%s) OR name = decode(%s, 'hex')", list(deleted), proof["id"]))
        newest = "SELECT count(*) FROM fleet.acks WHERE statement = (SELECT statement FROM fleet.entries WHERE seq <= %s ORDER BY seq DESC LIMIT 1)"
        until(lambda: sql(self.server, newest, proof["ledger"]["seq"] + 1) == [(3,)])

    # --- the month of all of them, after the day

    def trails_have_come(self) -> bool:
        """Of each terminal every row, and the head that it signed for the last one."""
        for terminal in self.terminals:
            (last,), = terminal.stored("SELECT max(seq) FROM audit")
            there = sql(self.server, "SELECT r.seq, r.head_seq FROM fleet.trails r JOIN fleet.terminals t ON t.id = r.terminal WHERE t.name = %s", terminal.name)
            if there != [(last, last)]:
                return False
        return True

    def month(self) -> tuple[list[dict], dict[str, dict]]:
        """What the authority wrote, and the sections of the report that a terminal made of it."""
        japan = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=9))).strftime("%Y-%m")
        file = self.office.dir / "trails"
        self.authority.call("trail", "export", "--month", japan, "--out", file)
        report = self.tell(self.office, "report", "--month", japan, "--trails", file)
        self.assertEqual(3, report["terminals"])
        self.assertIn("3", self.office.run("sekimori", "report", "--month", japan, "--trails", file, "--lang", "ja").stdout.splitlines()[1])
        return [json.loads(line) for line in file.read_text().splitlines()], {section["id"]: section for section in report["sections"]}

    def test_6_the_report_of_the_month_is_about_every_terminal(self):
        stopped = self.office.revoke("scarred", "--wait", "60")
        self.assertEqual((3, 3), (stopped["fleet"]["confirmed"], stopped["fleet"]["terminals"]), stopped)
        self.catch_up()
        until(self.trails_have_come)
        lines, sections = self.month()
        for terminal in self.terminals:
            there = [{key: value for key, value in line.items() if key not in ("type", "terminal")} for line in lines
                     if line["type"] == "event" and line["terminal"] == terminal.name]
            self.assertEqual(self.tell(terminal, "audit", "list")["items"], there, terminal.name)
        self.assertEqual({"office": "not compliant (laboratory)", "deputy's desk": "verified", "window": "verified"},
                         {row["terminal"]: row["state"] for row in sections["terminals"]["rows"]})
        self.assertTrue(any(row["name"].startswith("window: ") and int(row["granted"]) > 0 for row in sections["failures_by_place"]["rows"]))
        used = [row for row in sections["sessions"]["rows"] if row["what"] == "break-glass.use"]
        self.assertEqual([("guest", "deputy's desk"), ("guest", "office")], sorted((row["person"], row["where"].split(": ")[0]) for row in used))
        self.assertEqual("not_compliant", sections["sessions"]["finding"])
        self.assertEqual(["3/3"], [row["coverage"] for row in sections["revocations"]["rows"] if row["what"] == "card.revoke" and row["person"] == "scarred"])
        self.assertIn(("person.remove", "3/3"), [(row["what"], row["coverage"]) for row in sections["revocations"]["rows"]])
        unused = {row["login"] for row in sections["unused"]["rows"]}
        self.assertIn("kacho", unused, "to administer is no use of an account")
        self.assertNotIn("guest", unused)

        # One bit on the server, and nothing of that terminal counts.
        sql(self.server, "UPDATE fleet.trail_rows r SET record = set_byte(record, 60, get_byte(record, 60) # 1) FROM fleet.terminals t WHERE t.id = r.terminal AND t.name = 'window' AND r.seq = 4")
        lines, sections = self.month()
        self.assertNotIn("window", {line["terminal"] for line in lines if line["type"] == "event"})
        window, = (row for row in sections["terminals"]["rows"] if row["terminal"] == "window")
        self.assertIn("NOT VERIFIED: row ", window["state"])
        self.assertEqual("not_compliant", sections["terminals"]["finding"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
