# SPDX-License-Identifier: Apache-2.0
"""A workplace in a guest: the installed broker with the real reader, and a scanner that takes pictures of fingers."""

import base64
import contextlib
import functools
import json
import time
import typing
import unittest

import elsewhere
import guest
import hands
import reader

SCANNER = "/srv/scanner/finger.sock"
FINGERS = "/srv/fingers"  # grown already
PICTURE = "/srv/press.pgm"
TAP, PLACE = "Tap or insert your staff card.", "Now place a registered finger."
LOG = "/var/log/lightdm/lightdm.log"
# The same to a person who reads Japanese; and what tells whether a program has a text to show: it is in memory of its own,
# to which nobody but PAM has brought it. (The locker wipes what it has drawn: there it is on the photographs only.)
TAP_JA, PLACE_JA = "職員証をかざしてください。", "続けて、登録した指を置いてください。"
GREETER, LOCKER = "lightdm-gtk-gre", "auth_x11"  # no more of a name is kept
HOLDS = r"""
my ($program, $text) = @ARGV;
for my $process (split ' ', `pgrep -x $program`) {
    open my $parts, '<', "/proc/$process/maps" or next;
    open my $memory, '<:raw', "/proc/$process/mem" or next;
    while (<$parts>) {
        my ($from, $to) = map { hex } /^(\w+)-(\w+) rw/ or next;
        sysseek $memory, $from, 0;
        sysread $memory, my $part, $to - $from;
        exit 0 if index($part, $text) >= 0;
    }
}
exit 1;
"""
# Where lightdm-gtk-greeter has them: the one whether there is a text below it or not, the other with the entry for a
# password gone.
NAME_ENTRY, LOG_IN_BUTTON = (690, 352), (737, 455)


class Workplace:
    def __init__(self, system: guest.Guest, slot: reader.Reader):
        self.system, self.reader = system, slot
        self.mark = 0

    def status(self) -> dict:
        return json.loads(self.system.output("sekimori status --json"))

    def card_state(self, state: str) -> None:
        """Waits until the broker has heard of it."""
        self.system.until(f"sekimori status --json | grep -F '\"card\":\"{state}\"'")

    def greeter_shows(self, text: str) -> None:
        self.system.until("perl", "-e", HOLDS, GREETER, text)

    def scanner_opens(self) -> None:
        """A finger counts a little later: first the scanner has to be seen empty."""
        self.system.until(f"ss --listening --unix --no-header | grep -F {SCANNER}")

    def press(self, seed: int, check=True) -> None:
        """A finger on the scanner, once it is open."""
        what = ["press", "--seed", str(seed), "--press", str(next(hands.PRESS)), "--cache", FINGERS]
        if seed in hands.FINGERS[hands.UNSEEN]:
            width, height, grey = elsewhere.Finger(20260500 + seed).press(next(hands.PRESS))
            picture = base64.b64encode(b"P5 %d %d 255\n" % (width, height) + grey).decode()
            self.system.run(f"base64 --decode > {PICTURE}", text=picture)
            what = ["image", PICTURE]
        self.system.run("sekimori-lab-finger", *what, "--socket", SCANNER, "--wait", "120", check=check)

    def again(self, act: typing.Callable, news: typing.Callable) -> str:
        """Where nothing says from when on it counts what a person does: whoever sees nothing happen does it again."""
        end = time.monotonic() + guest.SECONDS
        while True:
            act()
            try:
                return news(seconds=15)
            except AssertionError:
                if time.monotonic() > end:
                    raise

    def set_up(self, *logins: str) -> dict:
        """The first administrators, as root makes them at the machine; what setup says at its end."""
        people = [word for login in logins for word in ("--administrator", f"{login}:{login.title()}")]
        setting_up = self.system.start("sekimori", "setup", "--yes", "--accept-notice", *people, "--json")
        said = []
        try:
            for login in logins:
                with self.reader.card(login):
                    for seed in hands.FINGERS[login]:
                        for line in setting_up.stdout:
                            said.append(line)
                            event = json.loads(line)
                            if event.get("event") == "done":
                                break
                            if event.get("event") in ("ready", "stage", "retry") and event["stage"] != event["stages"]:
                                self.press(seed)
        finally:
            setting_up.stdin.close()
            said += setting_up.stdout
            code = setting_up.wait(timeout=60)
            setting_up.stdout.close()
        if code != 0:
            raise AssertionError(f"setup ended with {code}: {''.join(said)}")
        return json.loads(said[-1])

    # --- at the gate, on the machine's own console

    def at_gate(self, text: str) -> None:
        self.system.until(f"grep -aqF '{text}' /dev/vcs1")

    @contextlib.contextmanager
    def card_at_gate(self, login: str):
        """The gate has read the card, and waits for the finger."""
        self.at_gate(TAP)
        self.system.run(r"printf '\033[2J\033[H' > /dev/tty1")  # what it said before is out of the way
        with self.reader.card(login):
            self.at_gate(PLACE)
            yield

    def pass_gate(self, login="hanako") -> None:
        with self.card_at_gate(login):
            self.press(hands.FINGERS[login][0])
            self.system.until("test \"$(systemctl show -P ActiveState sekimori-gate)\" = active")

    # --- at the greeter

    def greeter_says(self, text: str, seconds: float = guest.SECONDS) -> None:
        """LightDM's log has said so since from_now_on()."""
        self.system.until(f"tail -n +{self.mark + 1} {LOG} 2>&1 | grep -F '{text}'", seconds=seconds)

    def from_now_on(self) -> None:
        self.mark = int(self.system.output(f"wc -l < {LOG}"))

    def ask(self, login: str) -> None:
        """Types the name; what PAM says first is on the screen then."""
        self.from_now_on()
        # After a refusal the entry for the password has the keyboard, or none has.
        self.system.click(*NAME_ENTRY)
        self.system.key("ctrl", "a")
        self.system.type(login + "\n")
        self.greeter_says(f"Greeter start authentication for {login}")
        self.greeter_says("Prompt greeter with 1 message(s)")

    def greeter_asks_for_the_finger(self) -> None:
        """After ask() and with a card: that was the first text, this is the second."""
        self.system.until(
            f"tail -n +{self.mark + 1} {LOG} | awk '/start authentication/ {{ texts = 0 }} /Prompt greeter/ {{ ++texts }} END {{ exit texts < 2 }}'"
        )

    def go_in(self) -> str:
        """The greeter has heard that it is so, and waits for its button: from the keyboard it is not to be had there."""
        self.greeter_says("authorized")
        return self.again(lambda: self.system.click(*LOG_IN_BUTTON), self.session)

    # --- in the session

    def session(self, login="hanako", seconds: float = guest.SECONDS) -> str:
        return self.system.until(
            f"loginctl --no-legend | awk '$3 == \"{login}\" {{ print $1; found = 1 }} END {{ exit !found }}'", seconds=seconds
        )

    def locker_sleeps(self) -> None:
        """It has given up asking for the card."""
        self.system.until(f"! pgrep -x {LOCKER}")

    def wake_locker(self) -> None:
        """Any key does, once it has the keyboard; it asks PAM then."""
        self.again(lambda: self.system.key("shift"), functools.partial(self.system.until, f"pgrep -x {LOCKER}"))

    def press_at_locker(self, seed: int, *news: str) -> None:
        """Until the news is there. The key is for when it has not woken, or has given up asking."""

        def act() -> None:
            self.system.key("shift")
            self.press(seed, check=False)

        self.again(act, functools.partial(self.system.until, *news))

    def state(self, *states: str) -> None:
        """The one session that a card holds open is in one of these states."""
        wanted = " ".join(f"-e '\"state\":\"{state}\"'" for state in states)
        self.system.until(f"sekimori session list --json | grep -F {wanted}")

    def nobody_in(self, login="hanako") -> None:
        self.system.until(f"! loginctl --no-legend | grep -w {login} && ! pgrep -u {login}")

    def id_of(self, login: str) -> str:
        """As the trail names them."""
        return json.loads(self.system.output(f"sekimori person show {login} --json"))["id"]

    def trail(self, **wanted) -> list[dict]:
        """The audit trail's events with these values. Only an administrator reads it: here root does."""
        events = json.loads(self.system.output("sekimori audit list --json"))["items"]
        return [event for event in events if wanted.items() <= event.items()]


class Day(unittest.TestCase):
    """What happens at one workplace, in this order; what there was to see when it went wrong."""

    NAME = ""
    HOW: dict = {}  # of guest.Guest

    @classmethod
    def setUpClass(cls):
        begun = time.monotonic()
        cls.system = cls.enterClassContext(guest.Guest(cls.NAME, **cls.HOW))
        print(f"{cls.NAME}: up after {time.monotonic() - begun:.0f} s", flush=True)
        cls.reader = cls.enterClassContext(reader.Reader(cls.system))
        cls.place = Workplace(cls.system, cls.reader)

    def run(self, result=None):
        before, begun = len(result.failures) + len(result.errors), time.monotonic()
        super().run(result)
        print(f"{self._testMethodName}: {time.monotonic() - begun:.0f} s", flush=True)
        if len(result.failures) + len(result.errors) > before:
            self.system.report()
