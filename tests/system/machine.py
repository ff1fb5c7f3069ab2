# SPDX-License-Identifier: Apache-2.0
"""A booted system in a container: its console, and commands as root inside it."""

import os
import pathlib
import subprocess

import pexpect

import commands

BOOT_SECONDS = 60


class Machine(commands.Commands):
    """Boots the tree; what happens in it is gone at the end. Use it as a context.

    `until`: what the console shows once it is up. `options`: more of systemd-nspawn's; `kernel`: of the boot's command line.
    """

    def __init__(self, tree: pathlib.Path, name: str, until="login: ", options=("--volatile=overlay",), kernel=()):
        command = [
            "systemd-nspawn", "--quiet", "--boot", f"--directory={tree}", f"--machine={name}-{os.getpid()}",
            # No way out to any network, and memory that may be locked; with --volatile a pristine system each time.
            *options, "--private-network", "--link-journal=no", "--capability=CAP_IPC_LOCK",
            "--register=no", "--settings=no", "--console=interactive",
        ]  # fmt: skip
        if not pathlib.Path("/run/systemd/system").is_dir():
            command.append("--keep-unit")  # nobody here could make a scope for it
        command += kernel
        self.log: list[str] = []
        environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "LC_ALL": "C.UTF-8"}
        self.console = pexpect.spawn(
            command[0], command[1:], env=environment, encoding="utf-8", codec_errors="replace", timeout=30, echo=False
        )
        self.console.logfile_read = self
        self.console.delaybeforesend = 0
        try:
            self.console.expect(until, timeout=BOOT_SECONDS)
            self.leader = self._leader()
        except BaseException:
            self.console.close(force=True)
            raise

    # What pexpect wants of a log.
    def write(self, text: str) -> None:
        self.log.append(text)

    def flush(self) -> None:
        pass

    def transcript(self) -> str:
        return "".join(self.log)

    def _leader(self) -> int:
        """The container's first process, as this side numbers it."""
        descendants, found = [self.console.pid], []
        for pid in descendants:
            for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
                descendants += map(int, task.read_text().split())
            numbers = pathlib.Path(f"/proc/{pid}/status").read_text().split("NSpid:")[1].splitlines()[0].split()
            if len(numbers) > 1 and numbers[-1] == "1":
                found.append(pid)
        if len(found) != 1:
            raise RuntimeError(f"the container has {len(found)} first processes")
        return found[0]

    def _inside(self, command: list[str]) -> list[str]:
        return ["nsenter", f"--target={self.leader}", "--all", "--", *command]

    def enter(self, command: str) -> str:
        """One command in the shell that is logged in on the console; returns what it printed."""
        # The marks are put together by the shell, so that the echo of the line is not taken for them.
        self.console.sendline(f"printf '%s%s\\n' beg in=; {command}; printf '\\n%s%s\\n' code= $?.")
        self.console.expect(r"begin=\r?\n(.*)\ncode=(\d+)\.\r?\n")
        printed, code = self.console.match[1].strip(), int(self.console.match[2])
        if code != 0:
            raise AssertionError(f"{command} ended with {code}:\n{printed}")
        return printed

    def shell(self) -> None:
        """Waits for the shell's prompt: what is typed while login is still setting the terminal up is lost."""
        self.console.expect_exact(":~$ ")

    def log_out(self) -> None:
        self.console.sendline("exit")
        self.console.expect("login: ", timeout=BOOT_SECONDS)

    def power_off(self) -> None:
        self.run("systemctl poweroff", check=False)
        self.console.expect(pexpect.EOF, timeout=BOOT_SECONDS)
        self.console.close()

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, kind, value, trace) -> None:
        if kind is not None:
            print("--- console\n" + self.transcript()[-6000:])
            journal = self.run("journalctl --no-pager -b -n 120 2>&1", check=False)
            print("--- journal\n" + journal.stdout)
        if self.console.isalive():
            try:
                self.power_off()
            except (pexpect.ExceptionPexpect, subprocess.SubprocessError):
                self.console.close(force=True)
