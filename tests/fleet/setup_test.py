#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A fleet from nothing, by the commands of docs/FLEET.md: a server, an authority, fresh terminals, the first two
administrators; then a second group, whose people's templates go where they may log in and nowhere else."""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import unittest

from authority import PASSPHRASE, Authority, until
from postgres import ROOT, Certificates, Server
from terminals import Terminal

PROGRAMS = pathlib.Path(sys.argv.pop(1)) if __name__ == "__main__" else pathlib.Path()
ADMINISTRATORS = ["--administrator", "hanako:Hanako", "--administrator", "jiro:Jiro"]
FINGERS = {"hanako": [1, 2], "jiro": [4, 5], "alice": [6, 7], "tanaka": [8, 9]}
PROVES = "[lab]\nuser=proves\n"


def documented() -> dict[int, str]:
    """The ten commands, by their numbers."""
    return {int(number): command for command, number in re.findall(r"^(\S.*?)\s{2,}# (\d+)\b", (ROOT / "docs/FLEET.md").read_text(), re.MULTILINE)}


class FromNothing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.commands = documented()
        assert sorted(cls.commands) == list(range(1, 11)), cls.commands
        cls.authority = Authority(PROGRAMS)
        cls.addClassCleanup(shutil.rmtree, cls.authority.directory)
        cls.server = Server()
        cls.addClassCleanup(cls.server.close)
        cls.papers = cls.server.directory / "papers"
        cls.papers.mkdir()
        cls.authority.call(*cls.words(2))
        cls.authority.call(*cls.words(3, out=cls.papers))
        bundle = Certificates.__new__(Certificates)
        bundle.directory, bundle.ca = cls.papers, cls.papers / "sekimori-ca.pem"
        cls.server.create(bundle, (cls.papers / "sekimori-server.pem", cls.papers / "sekimori-server.key"))  # 4, 5
        cls.server.start()  # 6
        assert "sekimori-fleet-server-setup --write-config" in cls.commands[7]
        cls.server.set_up()
        cls.authority.start()  # 8
        cls.addClassCleanup(cls.authority.stop)
        until(lambda: cls.authority.status().get("seq", 0) > 0)
        cls.admitting = subprocess.Popen([cls.authority.program, *cls.words(10), "--state", cls.authority.directory, "--passphrase-fd", "0"],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.stop_admitting)
        cls.admitting.stdin.write(PASSPHRASE.decode())
        cls.admitting.stdin.close()
        cls.office, cls.window, cls.tax = cls.terminals = [cls.enterClassContext(Terminal(PROGRAMS, name, PROVES)) for name in ("office", "window 3", "tax 1")]

    @classmethod
    def stop_admitting(cls):
        cls.admitting.terminate()
        cls.admitting.wait(30)
        cls.admitting.stdout.close()

    @classmethod
    def words(cls, number: int, out: pathlib.Path | None = None, **others) -> list[str]:
        """A command of sekimori-authority's, as it is documented."""
        words = shlex.split(cls.commands[number].partition(" > ")[0])
        while words[0] != "sekimori-authority":
            words.pop(0)
        of = {"HOST": f"127.0.0.1:{cls.server.port}" if number == 2 else "127.0.0.1", "/var/lib/sekimori-authority": str(out), **others}
        return [of.get(word, word) for word in words[1:]]

    @classmethod
    def catch_up(cls):
        until(lambda: cls.authority.status().get("waiting") == 0)
        for terminal in cls.terminals:
            if terminal.fleet().get("state") == "member":
                terminal.until_at(cls.authority.status()["seq"])

    def tearDown(self):
        for terminal in self.terminals:
            terminal.pull()

    def join(self, terminal, *more) -> dict:
        token = terminal.dir / "token"
        token.write_bytes(self.authority.call(*self.words(9, **{"window 3": terminal.name}), *more).stdout)
        token.chmod(0o600)
        joined = terminal.act("fleet", "join", "--token-file", token, "--timeout", "120")
        self.assertEqual(("member", terminal.name, "everything"), (joined["state"], joined["name"], joined["opens"]), joined)
        self.assertEqual(f"joined: {terminal.name}\n", self.admitting.stdout.readline())
        return joined

    def enrol(self, terminal, person: str, by: str):
        administrator = [(by, FINGERS[by][0])]
        terminal.act("person", "add", person, "--name", person, by=administrator)
        terminal.mint(person, "piv")
        terminal.act("enrol", "card", person, by=administrator, card=person)
        for finger, seed in zip(("right-index-finger", "left-index-finger"), FINGERS[person]):
            terminal.act("enrol", "finger", person, "--finger", finger, "--accept-notice", by=administrator, seed=seed)

    def persons(self, terminal) -> dict:
        return {one["login"]: one for one in json.loads(terminal.run("sekimori", "person", "list", "--json").stdout)["items"]}

    def has_of(self, terminal) -> tuple[int, int]:
        """Blobs and people's keys on its disk."""
        (blobs,), = terminal.stored("SELECT count(*) FROM blobs")
        (keys,), = terminal.stored("SELECT count(*) FROM person_keys")
        return blobs, keys

    def test_1_the_first_administrators(self):
        office = self.office
        for terminal in (office, self.window):
            self.join(terminal)
        for login in ("hanako", "jiro"):
            office.mint(login, "piv")
        refused = office.act("setup", "--yes", *ADMINISTRATORS, check=False)
        self.assertEqual("refused", refused["error"]["code"], "nobody gave it the right")
        self.assertEqual({}, self.persons(office))
        self.authority.call("delegate", "office", "--role", "admin", "--days", "30")
        self.catch_up()
        made = office.act("setup", "--yes", *ADMINISTRATORS, card=["hanako", "jiro"], seed=FINGERS["hanako"] + FINGERS["jiro"])
        self.assertEqual(["hanako", "jiro"], made["administrators"])
        self.catch_up()
        for terminal in (office, self.window):
            persons = self.persons(terminal)
            self.assertEqual({("hanako", 2), ("jiro", 2)}, {(login, len(one["fingers"])) for login, one in persons.items()}, terminal.name)
            self.assertEqual([["administrator"], ["administrator"]], [one["roles"] for one in persons.values()])
        again = office.act("setup", "--yes", *ADMINISTRATORS, by=[("hanako", 1)], check=False)
        self.assertEqual("exists", again["error"]["code"])
        # From now on each act is somebody's, who shows both factors; at the other terminal nobody's is good.
        self.assertIn("error", office.act("person", "add", "alice", "--name", "alice", check=False))
        self.enrol(office, "alice", by="hanako")
        self.catch_up()
        for login in FINGERS:
            if (office.dir / login).exists():
                office.give(self.window, login)
        refused = self.window.act("person", "add", "nobody", "--name", "nobody", by=[("hanako", 1)], check=False)
        self.assertEqual("refused", refused["error"]["code"])
        self.assertEqual("", self.window.refused("alice", 6))

    def test_2_another_groups_terminal_gets_no_template(self):
        office, tax = self.office, self.tax
        self.authority.call("group", "add", "tax")
        self.join(tax, "--group", "tax")
        self.catch_up()
        self.assertNotEqual(office.fleet()["group"], tax.fleet()["group"])
        blobs, keys = self.has_of(office)
        self.assertLess(0, blobs)
        self.assertEqual((blobs, keys), self.has_of(self.window))
        self.assertEqual((0, 0), self.has_of(tax))
        for login in ("hanako", "alice"):
            office.give(tax, login)
        self.assertEqual("PAM_USER_UNKNOWN", tax.refused("alice", 6))
        self.assertEqual(set(), set(self.persons(tax)) & {"alice", "hanako"}, "no name either")

    def test_3_the_keys_of_all_groups_come_with_a_role_and_go_with_it(self):
        office, window, tax = self.terminals
        given = self.authority.call("delegate", "tax 1", "--role", "registrar", "--days", "30").stdout.decode().strip()
        until(lambda: self.has_of(tax) == self.has_of(office), 90)
        self.assertEqual("", tax.refused("alice", 6))
        self.enrol(tax, "tanaka", by="hanako")
        self.catch_up()
        tax.give(window, "tanaka")
        tax.give(office, "tanaka")
        self.assertEqual("", tax.refused("tanaka", 8))
        # Whoever administers all groups has it; another terminal of the first group has not.
        until(lambda: self.persons(office).get("tanaka", {}).get("fingers", []) != [])
        self.assertEqual("", office.refused("tanaka", 8))
        self.assertLess(self.has_of(window)[0], self.has_of(tax)[0])
        self.assertNotIn("tanaka", self.persons(window))
        self.assertEqual("PAM_USER_UNKNOWN", window.refused("tanaka", 8))
        before = self.has_of(tax)
        self.authority.call("withdraw", given)
        self.catch_up()
        office.act("person", "add", "late", "--name", "late", by=[("jiro", 4)])
        self.catch_up()
        until(lambda: "late" in self.persons(window))
        self.assertNotIn("late", self.persons(tax))
        self.assertGreaterEqual(before, self.has_of(tax))
        refused = tax.act("person", "add", "nobody", "--name", "nobody", by=[("hanako", 1)], check=False)
        self.assertEqual("refused", refused["error"]["code"])


if __name__ == "__main__":
    os.environ.pop("SEKIMORI_LAB_DIR", None)
    unittest.main(verbosity=1)
