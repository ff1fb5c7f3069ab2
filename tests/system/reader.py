# SPDX-License-Identifier: Apache-2.0
"""The card reader of a guest: plugged in and out while it runs, driven by the real libccid; its cards are software."""

import contextlib
import pathlib
import subprocess

import commands
import elsewhere
import guest
import hands
import root

BIN = root.TREES / "desk/usr/bin"  # as installed there, run here


class Reader:
    """A USB reader with one slot. `name`: the same for one place it can be plugged into."""

    def __init__(self, system: guest.Guest, name="reader"):
        self.system, self.name = system, name
        self.qemu, self.cards = system.folder / f"{name}-qemu", system.folder / f"{name}-cards"
        self.bridge = None

    def plug_in(self) -> None:
        chardev = {"path": str(self.qemu)}
        self.system.qmp(
            "chardev-add", id=f"{self.name}-slot",
            backend={"type": "socket", "data": {"addr": {"type": "unix", "data": chardev}, "server": True, "wait": False}},
        )  # fmt: skip
        self.system.qmp("device_add", driver="usb-ccid", id=self.name, bus="xhci.0")
        self.system.qmp("device_add", driver="ccid-card-passthru", id=f"{self.name}-card", chardev=f"{self.name}-slot", bus=f"{self.name}.0")
        self.bridge = subprocess.Popen(
            [*commands.WITH_US, BIN / "sekimori-lab-bridge", "--qemu", self.qemu, "--cards", self.cards, "--answer-ms", "60000"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if self.bridge.stdout.readline().strip() != "ready":
            raise AssertionError("the reader has no slot for software cards")

    def unplug(self) -> None:
        """With whatever is in it."""
        self.system.qmp("device_del", id=self.name)
        self.system.qmp.event("DEVICE_DELETED", device=self.name)
        self.close()
        self.system.qmp("chardev-remove", id=f"{self.name}-slot")

    def close(self) -> None:
        if self.bridge is not None:
            self.bridge.terminate()
            self.bridge.wait(timeout=60)
            self.bridge.stdout.close()
            self.bridge = None

    @contextlib.contextmanager
    def card(self, owner: str):
        """The card is in as long as this lasts."""
        if owner == hands.UNSEEN:
            with elsewhere.inserted(elsewhere.Card.load(guest.GUEST / "cards" / owner), str(self.cards), guest.SECONDS):
                yield
            return
        inserted = subprocess.Popen(
            [BIN / "sekimori-lab-card", "insert", guest.GUEST / "cards" / owner, "--socket", self.cards, "--wait", "60"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            line = inserted.stdout.readline().strip()
            if line != "inserted":
                raise AssertionError(f"the card was not taken: {line} {inserted.stdout.read()}")
            yield
        finally:
            inserted.stdin.close()
            inserted.wait(timeout=60)
            inserted.stdout.close()

    def __enter__(self) -> "Reader":
        self.plug_in()
        return self

    def __exit__(self, kind, value, trace) -> None:
        self.close()
