# SPDX-License-Identifier: Apache-2.0
"""A booted machine that QEMU emulates: its screen, its keyboard, what is plugged in, and commands as root inside it."""

import pathlib
import shlex
import shutil
import socket
import subprocess
import tempfile
import time

import commands
import qmp
import root

GUEST = root.TREES / "guest"
ARTEFACTS = root.TREES / "artefacts"
# An emulated processor is some twenty times slower than this one, and others may be at work here.
SECONDS = 900
KEYS = {" ": "spc", "-": "minus", "\n": "ret", "\t": "tab", ".": "dot"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Guest(commands.Commands):
    """Boots the disk; unless it is to `keep`, what happens on it is gone at the end. Use it as a context.

    `options`: more of QEMU's. `booting`: what a person has to do before it goes on.
    """

    def __init__(self, name: str, keep=False, initrd=GUEST / "initrd", options=(), booting=lambda system: None):
        self.name = name
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sekimori-guest-"))
        ARTEFACTS.mkdir(exist_ok=True)
        self.serial = ARTEFACTS / f"{name}-serial.txt"
        port = free_port()
        # A processor that others take away looks like a timer that does not work, or like one that is stuck.
        words = ("root=/dev/vda", "rw", "quiet", "net.ifnames=0", "no_timer_check", "nowatchdog", "panic=-1", "console=ttyS0", "console=tty0")
        # A plain processor: for each thing more that one can do, udev loads modules that patch the kernel, and that costs an
        # emulator minutes.
        command = [
            *commands.WITH_US, "qemu-system-x86_64",
            "-accel", "tcg,thread=multi,tb-size=512", "-cpu", "qemu64,-svm", "-m", "1024", "-smp", "2",
            "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-vga", "std",
            "-kernel", GUEST / "kernel", "-initrd", initrd, "-append", " ".join(words),
            "-drive", f"file={GUEST}/disk,format=raw,if=virtio,snapshot={'off' if keep else 'on'}",
            "-serial", f"file:{self.serial}", "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off",
            "-device", "qemu-xhci,id=xhci,p2=8,p3=8", "-device", "usb-kbd,bus=xhci.0,id=keyboard", "-device", "usb-tablet,bus=xhci.0,id=mouse",
            # No way out to any network; one in, for commands.
            "-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{port}-10.0.2.15:22", "-device", "virtio-net,netdev=net",
            *options,
        ]  # fmt: skip
        (self.folder / "ssh").write_text(
            f"Host guest\nHostName 127.0.0.1\nPort {port}\nUser root\nIdentityFile {GUEST}/key\nIdentitiesOnly yes\n"
            "StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\nBatchMode yes\nConnectTimeout 60\n"
            f"ControlMaster auto\nControlPath {self.folder}/master\nControlPersist yes\n"
        )
        self.errors = (self.folder / "errors").open("w+")
        self.qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors)
        try:
            self.qmp = qmp.Qmp(self.folder / "qmp")
            booting(self)
            self._wait_for_commands()
        except BaseException:
            self.report()
            self._end()
            raise

    def _wait_for_commands(self) -> None:
        end = time.monotonic() + SECONDS
        while subprocess.run(self._ssh("true"), stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode != 0:
            if self.qemu.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"the guest did not boot within {SECONDS} s")
            time.sleep(0.5)

    def serial_says(self, text: str) -> None:
        end = time.monotonic() + SECONDS
        while text not in self.serial.read_text(errors="replace"):
            if self.qemu.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"the guest did not say '{text}' within {SECONDS} s")
            time.sleep(0.5)

    def _ssh(self, *command: str) -> list[str]:
        return ["ssh", "-F", f"{self.folder}/ssh", "guest", "--", shlex.join(command)]

    def _inside(self, command: list[str]) -> list[str]:
        return self._ssh(*command)

    def until(self, *command: str, seconds: float = SECONDS) -> str:
        return super().until(*command, seconds=seconds)

    def run(self, *command: str, timeout=SECONDS, **options) -> subprocess.CompletedProcess:
        return super().run(*command, timeout=timeout, **options)

    def _unit(self, command: tuple[str, ...], user: str) -> list[str]:
        # Where these commands come from is a unit already.
        if user:
            return super()._unit(command, user)
        return self._ssh(*(command if len(command) > 1 else ("/bin/sh", "-c", command[0])))

    # --- what a person has before them

    def photograph(self, name: str, unlike: pathlib.Path | None = None) -> pathlib.Path:
        """The screen, in build/system/artefacts; once it looks different from that."""
        picture = ARTEFACTS / f"{self.name}-{name}.png"
        end = time.monotonic() + SECONDS
        while True:
            self.qmp("screendump", filename=str(picture), format="png")
            if unlike is None or picture.read_bytes() != unlike.read_bytes():
                return picture
            if time.monotonic() > end:
                raise AssertionError(f"the screen does not change within {SECONDS} s: {picture}")
            time.sleep(0.1)

    def console(self, number: int = 1) -> str:
        """What a virtual terminal shows."""
        return self.output(f"fold -w $(stty -F /dev/tty{number} size | cut -d' ' -f2) /dev/vcs{number}")

    def key(self, *names: str) -> None:
        """Keys pressed together, by QEMU's names."""
        self.qmp("send-key", keys=[{"type": "qcode", "data": name} for name in names])

    def type(self, text: str) -> None:
        for letter in text:
            self.key(KEYS.get(letter, letter))
            time.sleep(0.1)

    def click(self, x: int, y: int) -> None:
        """At this place of the screen's 1280 times 800."""
        place = [{"type": "abs", "data": {"axis": axis, "value": at * 0x7FFF // size}} for axis, at, size in (("x", x, 1280), ("y", y, 800))]
        self.qmp("input-send-event", events=place)
        for down in (True, False):
            time.sleep(0.3)
            self.qmp("input-send-event", events=[{"type": "btn", "data": {"button": "left", "down": down}}])

    # --- the end

    def power_off(self) -> None:
        subprocess.run(self._ssh("systemctl", "poweroff"), stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)
        self.qemu.wait(timeout=SECONDS)

    def report(self) -> None:
        self.errors.seek(0)
        print(f"--- QEMU\n{self.errors.read()}--- serial\n" + self.serial.read_text(errors="replace")[-6000:])
        if self.qemu.poll() is None:
            try:
                print(f"--- screen: {self.photograph('failed')}")
                print("--- journal\n" + self.output("journalctl --no-pager -b -n 150 2>&1", check=False, timeout=120))
            except (subprocess.SubprocessError, OSError, EOFError, AttributeError) as problem:
                print(f"no more to be had: {problem}")

    def _end(self) -> None:
        if self.qemu.poll() is None:
            self.qemu.kill()
            self.qemu.wait()
        self.errors.close()
        shutil.rmtree(self.folder)

    def __enter__(self) -> "Guest":
        return self

    def __exit__(self, kind, value, trace) -> None:
        if kind is not None:
            self.report()
        subprocess.run(
            ["ssh", "-F", f"{self.folder}/ssh", "-O", "exit", "guest"], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        self.qmp.close()
        self._end()
