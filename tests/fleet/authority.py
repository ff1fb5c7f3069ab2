# SPDX-License-Identifier: Apache-2.0
"""The real sekimori-authority on a server of one's own."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

from postgres import Certificates, Server

PASSPHRASE = b"a passphrase for tests\n"


def until(condition, limit: float = 60.0, pause: float = 0.05):
    """What the condition says once it is true."""
    due = time.monotonic() + limit
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > due:
            raise AssertionError(f"not within {limit} s: {condition}")
        time.sleep(pause)


class Authority:
    def __init__(self, programs: pathlib.Path, directory: pathlib.Path | None = None):
        self.program = programs / "sekimori-authority"
        self.directory = directory or pathlib.Path(tempfile.mkdtemp(prefix="sekimori-authority-"))
        self.process: subprocess.Popen | None = None
        # Where its key is on a card: the lab that has the reader, and the PIN, the second line of its input.
        self.env, self.options, self.pin = None, (), b""

    def command(self, *words) -> list:
        return [self.program, *map(str, words), "--state", self.directory, "--passphrase-fd", "0", *self.options]

    def call(self, *words, check: bool = True, passphrase: bytes = PASSPHRASE) -> subprocess.CompletedProcess:
        done = subprocess.run(self.command(*words), input=passphrase + self.pin, env=self.env,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=300)
        if check and done.returncode != 0:
            raise AssertionError(f"{words}: {done.returncode} {done.stderr.decode()}")
        return done

    def status(self) -> dict:
        done = subprocess.run([self.program, "status", "--json", "--state", self.directory], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def start(self):
        with open(self.directory / "run.log", "ab") as log:
            self.process = subprocess.Popen([self.program, "run", "--state", self.directory], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        return self

    def log(self) -> str:
        return (self.directory / "run.log").read_text()

    def kill(self):
        self.process.kill()
        self.process.wait(60)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def fleet_on_one_machine(programs: pathlib.Path, connections: int = 40, settings=None, more_hosts: str = "", authority=None,
                         founding=()) -> tuple[Server, Authority]:
    """Founded, its server certified by it and set up; nothing runs but the server."""
    server = Server(connections=connections, settings=settings)
    authority = authority or Authority(programs)
    authority.call("init", "--server", f"127.0.0.1:{server.port}{more_hosts}", *founding)
    out = server.directory / "papers"
    out.mkdir()
    authority.call("server-certificate", "127.0.0.1", "localhost", "--out", out)
    bundle = Certificates.__new__(Certificates)
    bundle.directory, bundle.ca = out, out / "sekimori-ca.pem"
    server.certificates = bundle
    bundle_pair = (out / "sekimori-server.pem", out / "sekimori-server.key")
    server.create(bundle, bundle_pair)
    server.start()
    server.set_up()
    os.chmod(out, 0o755)
    return server, authority
