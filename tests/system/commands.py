# SPDX-License-Identifier: Apache-2.0
"""Commands as root inside a system that is not this one, whichever way leads there."""

import abc
import shlex
import subprocess
import time

# In front of a command that is started here: a test that is killed leaves nobody behind.
WITH_US = ("setpriv", "--pdeathsig", "KILL")


class Commands(abc.ABC):
    @abc.abstractmethod
    def _inside(self, command: list[str]) -> list[str]:
        """The command here that runs this one there, with its streams and its code."""

    def _unit(self, command: tuple[str, ...], user: str) -> list[str]:
        """A unit of its own inside (so: root, no session); one string is a shell command."""
        if len(command) == 1:
            command = ("/bin/sh", "-c", command[0])
        command = tuple(word.replace("$", "$$") for word in command)  # systemd would put values of its own there
        unit = ["systemd-run", "--quiet", "--pipe", "--wait", "--collect"]
        return self._inside(unit + ([f"--uid={user}"] if user else []) + ["--", *command])

    def start(self, *command: str, user="") -> subprocess.Popen:
        """Starts a command and leaves it running; its standard input stays open until the caller closes it."""
        return subprocess.Popen(
            self._unit(command, user), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, *command: str, check=True, timeout=60, user="", text="") -> subprocess.CompletedProcess:
        """Runs a command to its end and returns its code and output. With `user`, as that user."""
        done = subprocess.run(
            self._unit(command, user),
            input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False,
        )  # fmt: skip
        if check and done.returncode != 0:
            raise AssertionError(f"{shlex.join(command)} ended with {done.returncode}:\n{done.stdout}")
        return done

    def output(self, *command: str, **options) -> str:
        return self.run(*command, **options).stdout.strip()

    def put(self, path: str, content: str, mode: int = 0o644, owner: str = "root:root") -> None:
        script = f"cat > {shlex.quote(path)} && chown {owner} {shlex.quote(path)} && chmod {mode:o} {shlex.quote(path)}"
        self.run(script, text=content)

    def until(self, *command: str, seconds: float = 20) -> str:
        """Runs the command until it succeeds; fails with its last output when the time is over."""
        end = time.monotonic() + seconds
        while (done := self.run(*command, check=False)).returncode != 0:
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {shlex.join(command)}\n{done.stdout}")
            time.sleep(0.1)
        return done.stdout.strip()
