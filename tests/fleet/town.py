# SPDX-License-Identifier: Apache-2.0
"""A town hall for a test's class: a real server, an authority that works, and terminals that joined."""

import pathlib
import shutil
import unittest

from authority import fleet_on_one_machine, until
from terminals import Terminal


class Town(unittest.TestCase):
    PROGRAMS = pathlib.Path()  # the folder with the programs that were built
    TERMINAL = Terminal
    terminals: list[Terminal] = []

    @classmethod
    def setUpClass(cls):
        cls.server, cls.authority = fleet_on_one_machine(cls.PROGRAMS)
        cls.addClassCleanup(shutil.rmtree, cls.authority.directory)
        cls.addClassCleanup(cls.server.close)
        cls.authority.start()
        cls.addClassCleanup(cls.authority.stop)
        until(lambda: cls.authority.status().get("seq", 0) > 0)

    @classmethod
    def settle(cls, *names: str, **more: str) -> list[Terminal]:
        """Terminals of these names, every one a member; `more` configuration, by name."""
        cls.terminals = [cls.enterClassContext(cls.TERMINAL(cls.PROGRAMS, name, more.get(name, ""))) for name in names]
        for terminal in cls.terminals:
            joined = terminal.join(cls.server, cls.authority)
            assert (joined["state"], joined["name"], joined["opens"]) == ("member", terminal.name, "everything"), joined
        return cls.terminals

    @classmethod
    def catch_up(cls, terminals: list[Terminal] | None = None, limit: float = 60.0):
        """Everything that was said is in the chain, and the terminals have it."""
        until(lambda: cls.authority.status().get("waiting") == 0, limit)
        for terminal in terminals or cls.terminals:
            terminal.until_at(cls.authority.status()["seq"], limit)

    def tearDown(self):
        for terminal in self.terminals:
            for login in terminal.logins:
                login.close()
            terminal.logins.clear()
            terminal.pull()
