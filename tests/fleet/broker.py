# SPDX-License-Identifier: Apache-2.0
"""The broker's end of fleet.sock, for tests of the agent: speaks the wire (protocol/wire.hpp), believes everything."""

import collections
import pathlib
import select
import socket
import struct
import subprocess
import time

TYPES = {
    "worker_hello": 64, "worker_welcome": 65, "link_state": 192, "denial_heard": 193, "entry_came": 194, "blob_came": 195, "person_key_came": 196,
    "group_key_came": 197, "heartbeat_came": 198, "submit_done": 199, "ack_stored": 200, "ack_came": 201, "trail_stored": 202, "join_csr": 203,
    "join_answer": 204, "join_failed": 205, "certificate_state": 206, "renewal_csr": 207, "fleet_state": 224, "submit_blob": 225, "submit_person_key": 226, "submit": 227, "acknowledge": 228,
    "watch_acks": 229, "trail_row": 230, "trail_head": 231, "join_start": 232, "join_request": 233, "join_done": 234, "fleet_left": 235, "renewal_request": 236,
}
NAMES = {number: name for name, number in TYPES.items()}


def u(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


def fields(*pairs: tuple[int, bytes]) -> bytes:
    return b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in pairs)


def split(body: bytes) -> dict[int, bytes]:
    found = {}
    while body:
        tag, size = struct.unpack(">HH", body[:4])
        found[tag & 0x7FFF] = body[4 : 4 + size]
        body = body[4 + size :]
    return found


def statement(type_: int, content: bytes) -> bytes:
    """A SignedStatement in form only: nobody verifies it here."""
    return fields((1, u(type_, 1)), (2, content), (3, fields((1, bytes(32)), (2, bytes(64)))))


SUSPEND, PERSON = 16, 2


class Broker:
    def __init__(self, programs: pathlib.Path, directory: pathlib.Path):
        self.programs, self.directory = programs, directory
        directory.mkdir(exist_ok=True)
        self.state = directory / "agent"
        self.state.mkdir(mode=0o700, exist_ok=True)
        (directory / "sekimori.conf").write_text(f"[paths]\nworkers={directory}\n")
        self.listener = None
        self.connection = None
        self.agent = None
        self.heard = collections.deque()
        self.listen()

    def listen(self):
        path = self.directory / "fleet.sock"
        path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(path))
        self.listener.listen(4)
        self.listener.settimeout(60)

    def start_agent(self):
        with open(self.directory / "agent.log", "ab") as log:
            self.agent = subprocess.Popen([self.programs / "sekimori-fleet", "--config", self.directory / "sekimori.conf", "--state", self.state],
                                          stdout=log, stderr=log)

    def welcome(self):
        self.connection, _ = self.listener.accept()
        self.connection.settimeout(60)
        name, hello = self._receive()
        assert name == "worker_hello" and hello[1] == u(3, 1), (name, hello)
        self.send("worker_welcome")

    def _receive(self):
        data = self.connection.recv(1 << 17)
        if not data:
            raise EOFError((self.directory / "agent.log").read_text()[-2000:])
        version, number = struct.unpack(">BH", data[:3])
        assert version == 1
        return NAMES[number], split(data[3:])

    def send(self, name: str, *pairs: tuple[int, bytes]):
        self.connection.send(struct.pack(">BH", 1, TYPES[name]) + fields(*pairs))

    def member(self, seq: int = 0, terminal: bytes = bytes(16)):
        self.send("fleet_state", (1, u(1, 1)), (2, bytes(16)), (3, terminal), (4, u(seq, 8)), (5, bytes(32)))

    def wait(self, name: str, where=lambda message: True, limit: float = 60.0) -> dict[int, bytes]:
        """The next message of this name; what comes before it stays to be asked for."""
        due = time.monotonic() + limit
        kept = collections.deque()
        try:
            while True:
                if not self.heard:
                    left = due - time.monotonic()
                    if left <= 0 or not select.select([self.connection], [], [], left)[0]:
                        raise AssertionError(f"no {name} within {limit} s; heard {[n for n, _ in kept]}")
                    self.heard.append(self._receive())
                found, message = self.heard.popleft()
                if found == name and where(message):
                    return message
                kept.append((found, message))
        finally:
            self.heard.extendleft(reversed(kept))

    def forget(self):
        self.heard.clear()

    def hang_up(self):
        self.connection.close()
        self.heard.clear()

    def close(self):
        if self.agent is not None:
            self.agent.terminate()
            self.agent.wait(30)
        for one in (self.connection, self.listener):
            if one is not None:
                one.close()
