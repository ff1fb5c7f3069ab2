# SPDX-License-Identifier: Apache-2.0
"""The broker's end of lock.sock, in a few lines: what lockd is asked, and what it says."""

import socket
import struct
import time

HELLO, WELCOME = 64, 65
FACTS, SEEN, LOCKER_GONE, REMOVED, EMPTIED, IDLE, SLEPT = range(160, 167)
WATCH, LOCK, END, FORGET = range(176, 180)


def encode(kind: int, *fields: bytes) -> bytes:
    body = b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in enumerate(fields, 1))
    return struct.pack(">BH", 1, kind) + body


def decode(message: bytes) -> tuple[int, list[bytes]]:
    (kind,) = struct.unpack_from(">H", message, 1)
    fields, at = [], 3
    while at < len(message):
        _, size = struct.unpack_from(">HH", message, at)
        fields.append(message[at + 4 : at + 4 + size])
        at += 4 + size
    return kind, fields


class LockBroker:
    """Listens at a path; use it as a context. `wait` returns what lockd says of one kind, in its fields."""

    def __init__(self, path: str):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen()
        self.listener.settimeout(60)
        self.lockd, self.heard = None, []

    def forget(self) -> None:
        """Whoever came by and was not welcomed; call it while no lockd runs."""
        self.heard.clear()
        self.listener.settimeout(0)
        try:
            while True:
                self.listener.accept()[0].close()
        except BlockingIOError:
            self.listener.settimeout(60)

    def welcome(self) -> None:
        self.listener.settimeout(20)
        self.lockd, _ = self.listener.accept()
        self.lockd.settimeout(20)
        self.wait(HELLO)
        self.lockd.send(encode(WELCOME))

    def leave(self) -> None:
        self.lockd.close()
        self.lockd = None

    def watch(self, session: str, whole_ms=2000, alone_ms=1000) -> list[bytes]:
        self.lockd.send(encode(WATCH, session.encode(), struct.pack(">I", whole_ms), struct.pack(">I", alone_ms)))
        return self.wait(FACTS)

    def lock(self, session: str) -> None:
        self.lockd.send(encode(LOCK, session.encode()))

    def end(self, session: str, scope=0) -> None:
        self.lockd.send(encode(END, session.encode(), bytes([scope])))

    def wait(self, kind: int, seconds=20.0) -> list[bytes]:
        end = time.monotonic() + seconds
        while True:
            for at, (heard, fields) in enumerate(self.heard):
                if heard == kind:
                    del self.heard[at]
                    return fields
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(f"lockd did not say {kind} in {seconds} s")
            self.lockd.settimeout(left)
            try:
                message = self.lockd.recv(65536)
            except TimeoutError:
                continue
            if not message:
                raise AssertionError("lockd is gone")
            self.heard.append(decode(message))

    def close(self) -> None:
        if self.lockd:
            self.lockd.close()
        self.listener.close()
