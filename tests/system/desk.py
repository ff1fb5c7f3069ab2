# SPDX-License-Identifier: Apache-2.0
"""What people do at a machine's console: present cards and fingers, and read what the login says."""

import lab
import machine
from hands import FINGERS, HANAKO, HANAKO_2, JIRO, JIRO_2, PRESS  # noqa: F401

TAP, PLACE, REFUSED = "Tap or insert your staff card.", "Now place a registered finger.", "Login incorrect"


class Desk:
    def __init__(self, system: machine.Machine, laboratory: lab.Lab):
        self.system, self.lab, self.console = system, laboratory, system.console

    def enrol(self, *logins: str) -> None:
        for login in logins:
            self.lab.new_card(login)
            self.lab.sekimori("person", "add", login, "--name", login.title())
            self.lab.enrol_card(login, login)
            for finger, seed in zip(("right-index-finger", "left-index-finger"), FINGERS[login]):
                self.lab.enrol_finger(login, finger, seed)

    def new_getty(self) -> None:
        """login asks for a name first and has counted nothing; what was printed before is out of the way."""
        self.system.run("systemctl stop console-getty.service")
        mark = f"--{next(PRESS)}--"
        self.system.run(f"echo {mark} > /dev/console")
        self.console.expect_exact(mark)
        # Many in a row are no fault of its own here.
        self.system.run("systemctl reset-failed console-getty.service; systemctl start console-getty.service")
        self.console.expect("login: ")

    def press(self, seed: int) -> None:
        self.lab.press(seed, next(PRESS))

    def ask(self, login: str) -> None:
        self.console.sendline(login)
        self.console.expect_exact(TAP)

    def refused(self) -> None:
        self.console.expect_exact(REFUSED, timeout=40)
        sessions = self.system.output("loginctl list-sessions --no-legend")
        if sessions:
            raise AssertionError(f"refused, and there is a session: {sessions}")

    def log_in(self, login="hanako") -> None:
        self.ask(login)
        with self.lab.card(login):
            self.console.expect_exact(PLACE)
            self.press(FINGERS[login][0])
            self.system.shell()
            name = self.system.enter("id -un")
        if name != login:
            raise AssertionError(f"{login} asked, {name} is in")
