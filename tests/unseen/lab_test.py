# SPDX-License-Identifier: Apache-2.0
"""A card and fingers that the project has not seen log in through the lab, as the contract has it, and others don't.

  lab_test.py PROGRAMS      the folder with the programs that were built
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

import pam
from card import Card, inserted
from finger import Finger, lay

UME, UME_2, STRANGER = Finger(20260401), Finger(20260402), Finger(20260403)
LIMITS = "[limits]\ncard_seconds=3\nfinger_seconds=6\nfailures=20\n"
PLACE = "Now place a registered finger."


def mirrored(image: tuple[int, int, bytes]) -> tuple[int, int, bytes]:
    width, height, grey = image
    return width, height, b"".join(grey[row * width : (row + 1) * width][::-1] for row in range(height))


class Unseen(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="unseen-", dir="/tmp")
        cls.addClassCleanup(folder.cleanup)
        cls.dir = pathlib.Path(folder.name)
        (cls.dir / "conf.d").mkdir()
        (cls.dir / "conf.d" / "limits.conf").write_text(LIMITS)
        programs = pathlib.Path(sys.argv[1])
        cls.addClassCleanup(subprocess.run, [programs / "sekimori-lab", "down", "--dir", cls.dir], check=True)
        subprocess.run([programs / "sekimori-lab", "up", "--dir", cls.dir], check=True)
        cls.presses = iter(range(10_000))
        cls.card = Card()
        cls.sekimori("person", "add", "ume", "--name", "Ume")
        with cls.inserted(cls.card):
            cls.sekimori("enrol", "card", "ume")
        cls.enrol("right-index-finger", UME)
        cls.enrol("left-thumb", UME_2)

    @classmethod
    def shell(cls, *arguments: str) -> list[str]:
        return ["/bin/sh", "-c", f'set -a; . {cls.dir}/env; exec "$@"', "sh", *arguments]

    @classmethod
    def sekimori(cls, *arguments: str) -> dict:
        done = subprocess.run(
            cls.shell("sekimori", *arguments, "--json"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
        )
        return json.loads(done.stdout)

    @classmethod
    def inserted(cls, card: Card, reader=0):
        return inserted(card, str(cls.dir / f"card{reader}.sock"))

    @classmethod
    def enrol(cls, name: str, finger: Finger) -> None:
        command = cls.shell("sekimori", "enrol", "finger", "ume", "--finger", name, "--accept-notice", "--json")
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as enrolling:
            for line in enrolling.stdout:
                event = json.loads(line)
                if event["event"] in ("ready", "retry") or event.get("stage") != event.get("stages"):
                    cls.lay(finger.press(next(cls.presses)))
        if enrolling.returncode != 0:
            raise AssertionError(f"{name} was not enrolled: {line}")

    @classmethod
    def lay(cls, image: tuple[int, int, bytes]) -> None:
        lay(image, str(cls.dir / "finger.sock"))

    def log_in(self, image=None, service="login", user="ume", phases=pam.PHASES) -> list[tuple[str, int]]:
        """With this print on the scanner once it is asked for."""
        self.heard, laying = [], []

        def hear(text: str) -> None:
            self.heard.append(text)
            if text == PLACE and image is not None:
                laying.append(threading.Thread(target=self.lay, args=(image,)))
                laying[-1].start()

        results = pam.run(str(self.dir / "pam.d"), service, user, hear, phases)
        for thread in laying:
            thread.join()
        return results

    def press(self, finger: Finger) -> tuple[int, int, bytes]:
        return finger.press(next(self.presses))

    def refused(self, results: list[tuple[str, int]]) -> None:
        self.assertEqual([("authenticate", pam.AUTH_ERR)], results, self.heard)

    def test_both_open(self):
        with self.inserted(self.card):
            for service in ("login", "sudo", "gate"):
                for finger in (UME, UME_2):
                    with self.subTest(service=service, finger=finger.seed):
                        self.assertEqual(pam.WHOLE, self.log_in(self.press(finger), service), self.heard)

    def test_the_card_says_who_it_is(self):
        with self.inserted(self.card, reader=1):
            self.assertEqual(pam.WHOLE, self.log_in(self.press(UME), user=""), self.heard)

    def test_unlock(self):
        with self.inserted(self.card):
            both = ("authenticate", "acct_mgmt")
            self.assertEqual(pam.WHOLE[:2], self.log_in(self.press(UME), "unlock", phases=both), self.heard)

    def test_the_card_alone_does_not(self):
        with self.inserted(self.card):
            self.refused(self.log_in())

    def test_the_finger_alone_does_not(self):
        self.refused(self.log_in(self.press(UME)))
        self.assertNotIn(PLACE, self.heard)

    def test_another_finger_does_not(self):
        with self.inserted(self.card):
            self.refused(self.log_in(self.press(STRANGER)))
            self.refused(self.log_in(mirrored(self.press(UME))))

    def test_another_card_does_not(self):
        with self.inserted(Card()):
            self.refused(self.log_in(self.press(UME)))
            self.assertNotIn(PLACE, self.heard)

    def test_an_account_without_a_person_does_not(self):
        with self.inserted(self.card):
            self.assertEqual([("authenticate", pam.USER_UNKNOWN)], self.log_in(self.press(UME), user="nobody-here"))

    def test_zz_a_lost_card_does_not(self):
        self.assertTrue(self.sekimori("card", "revoke", "--person", "ume", "--reason", "lost")["changed"])
        with self.inserted(self.card):
            self.refused(self.log_in(self.press(UME)))
            self.assertNotIn(PLACE, self.heard)
        self.assertTrue(self.sekimori("audit", "verify")["ok"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
