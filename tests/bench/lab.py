# SPDX-License-Identifier: Apache-2.0
"""A lab with people in it: brings it up, enrols, puts cards in and fingers down, ends all of it."""
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

from relay import Relay

FIRST_PRESS, PRESSES = 20, 20  # those that the lab's fingers were screened with


class Scanner:
    """The wire of libfprint's virtual_image: two int32 and the pixels."""

    def __init__(self, path):
        self.path = str(path)

    def show(self, image, patience=5.0):
        width, height, pixels = image
        end = time.monotonic() + patience
        while True:
            wire = socket.socket(socket.AF_UNIX)
            try:
                wire.connect(self.path)
                break
            except OSError:
                wire.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.002)
        with wire:
            wire.settimeout(patience)
            wire.sendall(struct.pack("=ii", width, height) + pixels)
            wire.shutdown(socket.SHUT_WR)
            try:
                while wire.recv(64):
                    pass
            except OSError:
                pass


def read_pgm(path):
    data = pathlib.Path(path).read_bytes()
    magic, width, height, _, pixels = data.split(maxsplit=4) if data[:2] == b"P5" else (b"",) * 5
    width, height = int(width), int(height)
    assert magic == b"P5"
    return width, height, data[-width * height :] if pixels is not None else b""


class Lab:
    def __init__(self, programs, up=()):
        self.up = up
        self.programs = pathlib.Path(programs).resolve()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="sekimori-bench-"))
        self.env = {**os.environ, "LC_ALL": "C.UTF-8", "PATH": f"{self.programs}:{os.environ['PATH']}"}
        self.card, self.relay = None, None
        (self.dir / "conf.d").mkdir()
        (self.dir / "conf.d" / "bench.conf").write_text("[limits]\ncard_seconds=5\nfinger_seconds=8\n")
        self.scanner = Scanner(self.dir / "finger.sock")

    def __enter__(self):
        try:
            self.run("sekimori-lab", "up", "--dir", self.dir, *self.up)
            for line in (self.dir / "env").read_text().splitlines():
                name, _, value = line.partition("=")
                if name not in ("PATH", "") and not name.startswith("#"):
                    self.env[name] = value.strip("'\"")
            self.relay = Relay(str(self.dir / "relay.sock"), str(self.dir / "card0.sock"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.pull()
        if self.relay:
            self.relay.close()
        subprocess.run([self.programs / "sekimori-lab", "down", "--dir", self.dir], env=self.env,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    def run(self, program, *arguments, given="", check=True, limit=120):
        done = subprocess.run([self.programs / program, *map(str, arguments)], env=self.env, input=given, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"{program} {' '.join(map(str, arguments))}: {done.returncode}\n{done.stdout}")
        return done

    def mint(self, name, *kind):
        self.run("sekimori-lab-card", "new", *kind, "--subject", name, "--out", self.dir / name)

    def insert(self, name, patience=20.0):
        """A slot that has not noticed yet that its last card is gone takes no other: it is tried again, as a person would."""
        self.pull()
        end = time.monotonic() + patience
        while True:
            self.card = subprocess.Popen([self.programs / "sekimori-lab-card", "insert", self.dir / name, "--socket",
                                          self.dir / "relay.sock", "--wait", "3"], env=self.env, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, text=True)
            if self.card.stdout.readline().startswith("inserted"):
                return
            self.pull()
            if time.monotonic() > end:
                raise RuntimeError(f"{name}'s card was not taken")

    def pull(self):
        if self.card:
            self.card.send_signal(signal.SIGTERM)
            self.card.wait(10)
            self.card.stdout.close()
            self.card = None

    def enrol_card(self, person, pin=""):
        self.run("sekimori", "enrol", "card", person, given=pin + "\n")

    def enrol_finger(self, person, seed):
        press = 0
        with subprocess.Popen([self.programs / "sekimori", "enrol", "finger", person, "--finger", "right-index-finger",
                               "--accept-notice"], env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as command:
            for line in command.stdout:
                line = line.strip()
                stage, _, of = line.removeprefix("stage ").partition("/")
                if line == "ready" or line.startswith("retry:") or (line.startswith("stage ") and stage != of):
                    press += 1
                    self.scanner.show(self.image(seed, press))
        if command.returncode != 0:
            raise RuntimeError(f"{person}'s finger was not enrolled")

    def image(self, seed, press):
        """Grown and pressed before it is needed: a drawing's time is nobody's login."""
        out = self.dir / f"finger-{seed}-{press}.pgm"
        if not out.exists():
            (self.dir / "fingers").mkdir(exist_ok=True)
            self.run("sekimori-lab-finger", "render", "--seed", seed, "--press", press, "--cache",
                     self.dir / "fingers", "--out", out)
        return read_pgm(out)

    def log_in(self, person, seed, number, pin=""):
        """One login; what sekimori-lab-login measured of it."""
        done = self.run("sekimori-lab-login", "--json", "--dir", self.dir, "--cache", self.dir / "fingers",
                        "--finger-seed", seed, "--press", FIRST_PRESS + number % PRESSES, "login", person,
                        given=pin + "\n", check=False)
        return json.loads(done.stdout.splitlines()[-1])

    def pid(self, process):
        for line in (self.dir / "pids").read_text().splitlines():
            name, _, pid = line.partition(" ")
            if name == process:
                return int(pid)
        return None

    def processor_ms(self, process):
        """Processor time that a process of the lab has used, with all its threads."""
        # clock_getcpuclockid(3): the clock of another process.
        return time.clock_gettime((~self.pid(process) << 3) | 2) * 1000
