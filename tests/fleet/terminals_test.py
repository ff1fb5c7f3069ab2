#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Five terminals, a card that most of them have never seen and that shares no code with ours, and one command: what the
fleet is for. Everything is real: PostgreSQL, the authority, brokers, agents, pcscd, libfprint; one terminal's cable is
pulled, the server is restarted, and then it lies."""

import json
import pathlib
import sys
import unittest

from authority import until
from authority_test import sql
from broker import fields, split, u
from proxy import Cable
from terminals import Terminal
from town import Town

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "unseen"))
from card import Card, inserted  # pylint: disable=wrong-import-position

PROGRAMS = pathlib.Path(sys.argv.pop(1)) if __name__ == "__main__" else pathlib.Path()
NAMES = ["office", "window 1", "window 2", "window 3", "window 4"]
SEEDS = {"alice": 1, "bert": 2, "carol": 4, "dave": 5}  # screened fingers (tests/lab/fingers/fixtures.hpp)


class Window(Terminal):
    """Alice's and Bert's cards are of another make."""

    ELSEWHERE = {"alice": Card(), "bert": Card()}
    held = None

    def mint(self, name, *kind):
        if name not in self.ELSEWHERE:
            super().mint(name, *kind)

    def give(self, other, card):
        if card not in self.ELSEWHERE:
            super().give(other, card)

    def insert(self, name):
        if name not in self.ELSEWHERE:
            super().insert(name)
            return
        self.pull()
        self.held = inserted(self.ELSEWHERE[name], str(self.dir / "relay.sock"))
        self.held.__enter__()

    def pull(self):
        held, self.held = self.held, None
        if held is not None:
            held.__exit__(None, None, None)
        super().pull()


class Terminals(Town):
    PROGRAMS = PROGRAMS
    TERMINAL = Window

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cable = Cable(cls.server.port)
        cls.addClassCleanup(cls.cable.close)
        cls.settle(*NAMES)
        cls.terminals[4].cable(cls.cable)
        office = cls.terminals[0]
        cls.authority.call("delegate", "office", "--role", "admin", "--days", "30")
        cls.catch_up()
        for person in SEEDS:
            office.enrol(person, SEEDS[person], person)
            for terminal in cls.terminals[1:]:
                office.give(terminal, person)
        cls.catch_up()
        until(lambda: cls.terminals[4].fleet().get("link") == "up")

    def log_in(self, terminal, person):
        terminal.insert(person)
        login = terminal.log_in(person, SEEDS[person])
        self.assertTrue(login.opened, login.said)
        return login

    def assert_refused(self, terminal, person):
        terminal.insert(person)
        said = terminal.run("sekimori-lab-login", "--json", "--dir", terminal.dir, "--cache", terminal.dir / "fingers", "--finger-seed", SEEDS[person],
                            "login", person, check=False).stdout
        end = json.loads(said.splitlines()[-1])
        terminal.pull()
        self.assertFalse(end["granted"], said)
        self.assertEqual("PAM_AUTH_ERR", end["result"], said)

    def test_0_several_people_in_one_go(self):
        office = self.terminals[0]
        people = office.dir / "people.csv"
        people.write_text("login,name\nerin,Erin\nfred,Fred\n")
        done = json.loads(office.run("sekimori", "person", "import", people, "--json").stdout.splitlines()[-1])
        self.assertEqual((2, 0), (done["join"], done["unchanged"]), done)
        self.catch_up()
        names = json.loads(self.terminals[3].run("sekimori", "person", "list", "--json").stdout)["items"]
        self.assertLessEqual({"erin", "fred"}, {one["login"] for one in names})

    def test_1_one_command_and_the_card_is_dead_everywhere(self):
        office, window, *others = self.terminals
        login = self.log_in(window, "alice")
        answer = office.revoke("alice", "--wait", "60")
        until(login.ended)
        receipt = answer["fleet"]
        self.assertEqual((5, 5, 1, []), (receipt["terminals"], receipt["confirmed"], receipt["sessions_ended"], receipt["missing"]), answer)
        self.assertEqual(["revoked"], [card["state"] for card in answer["cards"]])
        print(f"slowest of 5: {receipt['slowest_ms']} ms")
        for terminal in [office, window, *others]:
            self.assert_refused(terminal, "alice")
        again = office.revoke("alice")
        self.assertEqual((False, 5), (again["changed"], again["fleet"]["confirmed"]))

    def test_2_one_is_cut_off_and_the_server_is_restarted_in_the_middle(self):
        office, window, *others, cut_off = self.terminals
        login = self.log_in(window, "bert")
        self.cable.pull()
        self.server.stop()
        until(lambda: office.fleet()["link"] == "down")
        queued = office.revoke("bert")
        self.assertEqual(("down", True, 1), (queued["fleet"]["link"], queued["fleet"]["queued"], queued["fleet"]["confirmed"]), queued)
        # The machine is restarted in the night: what is queued is known again, and what this terminal itself has said.
        office.kill("broker")
        until(lambda: office.fleet().get("link") == "down" and office.devices_are_there())
        queued = office.revoke("bert")
        self.assertEqual((False, "down", True, 5, 1, None), (queued["changed"], *(queued["fleet"][key] for key in (
            "link", "queued", "terminals", "confirmed", "slowest_ms"))), queued)
        self.assert_refused(office, "bert")
        self.assertFalse(login.ended(), "nobody has told that terminal yet")
        refused = office.run("sekimori", "person", "add", "nobody", "--name", "nobody", "--json", check=False)
        self.assertEqual((1, "unavailable"), (refused.returncode, json.loads(refused.stdout.splitlines()[-1])["error"]["code"]))
        self.server.start()
        until(lambda: all(terminal.fleet()["link"] == "up" for terminal in [office, window, *others]), 90)
        until(lambda: office.fleet()["queued"] == 0, 90)
        receipt = office.revoke("bert", "--wait", "20")["fleet"]
        self.assertEqual((5, 4, ["window 4"]), (receipt["terminals"], receipt["confirmed"], [one["name"] for one in receipt["missing"]]), receipt)
        self.assertRegex(receipt["refused_at_latest"], r"^20\d\d-")
        # And once more, when it has its place in the chain.
        office.kill("broker")
        until(lambda: office.fleet().get("link") == "up" and office.devices_are_there(), 90)
        again = office.revoke("bert", "--wait", "20")["fleet"]
        self.assertEqual((5, 4, ["window 4"], False, None), (again["terminals"], again["confirmed"], [one["name"] for one in again["missing"]],
                                                           again["queued"], again["slowest_ms"]), again)
        self.assertEqual(receipt["refused_at_latest"], again["refused_at_latest"])
        until(login.ended)
        for terminal in [window, *others]:
            self.assert_refused(terminal, "bert")
        # Cut off it can't know; and it is not said to.
        self.log_in(cut_off, "bert").close()
        cut_off.pull()
        self.cable.plug()
        until(lambda: office.revoke("bert", "--wait", "5")["fleet"]["confirmed"] == 5, 90)
        self.assert_refused(cut_off, "bert")

    def test_3_a_server_that_lies_is_noticed(self):
        office, window, *_ = self.terminals
        old = sql(self.server, "SELECT heartbeat FROM fleet.head")[0][0]
        office.run("sekimori", "person", "add", "somebody", "--name", "somebody")  # any entry
        self.catch_up()
        until(lambda: bytes(sql(self.server, "SELECT heartbeat FROM fleet.head")[0][0]) != bytes(old), 60)

        def replay():
            sql(self.server, "SELECT pg_notify('sekimori', 'H' || translate(encode(%s, 'base64'), E'\n', ''))", bytes(old))
            return "trouble" in window.fleet()

        until(replay, 60, 0.5)  # an older heartbeat: seen by whoever has heard a newer one
        seq = window.seq()
        # Forged: the last entry once more, at the next place, with the signature that it had at its own.
        outer = split(bytes(sql(self.server, "SELECT signed FROM fleet.entries WHERE seq = %s", seq)[0][0]))
        entry = fields(*sorted({**split(outer[1]), 4: u(seq + 1, 8)}.items()))
        sql(self.server, "INSERT INTO fleet.statements SELECT sha256('x'), signed FROM fleet.statements LIMIT 1")
        sql(self.server, "INSERT INTO fleet.entries VALUES (%s, sha256('x'), %s)", seq + 1, fields((1, entry), (2, outer[2])))
        sql(self.server, "SELECT pg_notify('sekimori', 'E')")
        until(lambda: window.trail("fleet.bad_entry"), 60)
        self.assertEqual(seq, window.seq())
        sql(self.server, "DELETE FROM fleet.entries WHERE statement = sha256('x')")
        sql(self.server, "DELETE FROM fleet.statements WHERE hash = sha256('x')")
        # And a denial is taken all the same, and everything after it.
        receipt = office.revoke("carol", "--wait", "60")["fleet"]
        self.assertEqual(5, receipt["confirmed"], receipt)
        self.catch_up()

    def test_4_trails_are_witnessed(self):
        for terminal in self.terminals:
            own = terminal.fleet()["terminal"]
            rows = "SELECT head_seq = seq AND seq > 0 FROM fleet.trails WHERE terminal = decode(%s, 'hex')"
            until(lambda rows=rows, own=own: sql(self.server, rows, own) == [(True,)])

    def certificate(self, terminal) -> bytes:
        return (terminal.dir / "agent" / "tls.pem").read_bytes()

    def test_5_certificates_are_renewed_and_a_terminal_without_one_comes_back(self):
        office, window, *_ = self.terminals
        self.assertEqual(("good", "none"), tuple(window.fleet()["certificate"][key] for key in ("state", "renewal")))
        old = self.certificate(window)
        (window.dir / "agent" / "renew.key").touch(0o600)  # a renewal that was begun is finished
        window.kill("fleet")
        until(lambda: self.authority.status()["certificates"]["waiting"] == 1)
        until(lambda: window.fleet().get("certificate", {}).get("renewal") == "waiting")
        self.assertEqual(old, self.certificate(window))
        self.assertEqual(b"renewed: window 1\n", self.authority.call("renew").stdout)
        until(lambda: self.certificate(window) != old)
        until(lambda: window.fleet().get("link") == "up" and window.fleet()["certificate"]["renewal"] == "none")

        # Another terminal lost it. It says so, and a token brings it back as what it was.
        other = self.terminals[2]
        seq, own = other.seq(), other.fleet()["terminal"]
        (other.dir / "agent" / "tls.pem").write_text("lost")
        other.kill("fleet")
        until(lambda: other.fleet().get("certificate", {}).get("state") == "missing")
        until(lambda: "join again with a new token" in other.fleet().get("why", ""))
        back = other.join(self.server, self.authority)
        self.assertEqual(("member", "window 2", own, "up"), (back["state"], back["name"], back["terminal"], back["link"]))
        self.assertGreaterEqual(other.seq(), seq)
        self.assertEqual("good", other.fleet()["certificate"]["state"])
        self.catch_up()

    def test_6_who_is_removed_is_dead_everywhere_with_a_receipt(self):
        office, window, *_ = self.terminals
        office.run("sekimori", "person", "add", "gone", "--name", "gone")
        self.catch_up()
        answer = json.loads(office.run("sekimori", "person", "remove", "gone", "--wait", "60", "--json").stdout.splitlines()[-1])
        self.assertEqual((5, 5, []), tuple(answer["fleet"][key] for key in ("terminals", "confirmed", "missing")), answer)
        self.assertEqual((True, 0), (answer["changed"], answer["left"]))
        # The login went with the name; the proof of deletion has the id.
        office.kill("broker")
        until(lambda: office.fleet().get("link") == "up")
        self.assertEqual(1, office.run("sekimori", "person", "remove", "gone", "--json", check=False).returncode)
        again = json.loads(office.run("sekimori", "person", "remove", answer["id"], "--wait", "60", "--json").stdout.splitlines()[-1])
        self.assertEqual((False, 5, None), (again["changed"], again["fleet"]["confirmed"], again["fleet"]["slowest_ms"]), again)

    def test_7_a_terminal_that_was_off_when_it_was_revoked_forgets_its_keys_at_its_next_contact(self):
        stolen = self.terminals[3]
        stolen.cable(self.cable)
        until(lambda: stolen.fleet().get("link") == "up")
        self.cable.pull()
        self.log_in(stolen, "dave").close()  # cut off it works on; and it has something to say that nobody answers
        stolen.pull()
        # This cable's ends are still there: it is the silence that is noticed, 20 s after a question; of itself an agent
        # asks within 75 s.
        until(lambda: stolen.fleet().get("link") == "down", 120)
        self.authority.call("terminal", "revoke", "window 3", "--reason", "stolen")
        until(lambda: self.authority.status()["waiting"] == 0)
        self.assertEqual("member", stolen.fleet()["state"])
        self.cable.plug()
        until(lambda: stolen.fleet().get("state") == "revoked", 90)
        self.assertEqual("nothing", stolen.fleet()["opens"])
        self.assertTrue(stolen.trail("fleet.revoked"))
        self.assertEqual(1, stolen.run("sekimori", "fleet", "join", "--json", given="SKJ1.x", check=False).returncode)

    def test_8_a_revoked_terminal_opens_nothing(self):
        office, *_, stolen = self.terminals
        self.authority.call("terminal", "revoke", "window 4", "--reason", "stolen")
        until(lambda: stolen.fleet().get("state") == "revoked", 60)
        self.assertEqual("nothing", stolen.fleet()["opens"])
        stolen.insert("dave")
        self.assertFalse(stolen.log_in("dave", SEEDS["dave"]).opened)
        receipt = office.revoke("dave", "--wait", "60")["fleet"]
        self.assertEqual((3, 3), (receipt["terminals"], receipt["confirmed"]), receipt)
        self.assertEqual(1, stolen.run("sekimori", "fleet", "join", "--json", given="SKJ1.x", check=False).returncode)
        stolen.run("sekimori", "fleet", "leave", "--yes")
        self.assertEqual("none", stolen.fleet()["state"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
