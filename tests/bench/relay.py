# SPDX-License-Identifier: Apache-2.0
"""Relay: sits between a software card and its reader (vpcd's wire) and counts what the card is asked, and how long it
takes to answer."""
import os
import socket
import threading
import time


def read_exactly(end, count):
    data = b""
    while len(data) < count:
        piece = end.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def connected(path, patience=10.0):
    """A slot that a card has just left is opened anew: for a moment there is none."""
    end = time.monotonic() + patience
    while True:
        wire = socket.socket(socket.AF_UNIX)
        try:
            wire.connect(path)
            return wire
        except OSError:
            wire.close()
            if time.monotonic() > end:
                return None
            time.sleep(0.005)


class Relay:
    def __init__(self, listen, reader):
        self.path, self.reader = listen, reader
        self.apdus, self.power_ups, self.busy = 0, 0, 0.0
        self.asked = None
        self.first = self.last = 0.0  # time of the first and the last frame since started()
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(listen)
        self.server.listen(1)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                card, _ = self.server.accept()
            except OSError:
                return  # closed
            reader = connected(self.reader)
            if reader is None:
                card.close()
                continue
            threading.Thread(target=self.carry, args=(card, reader), daemon=True).start()

    def carry(self, card, reader):
        with card, reader:
            back = threading.Thread(target=self.copy, args=(card, reader, self.answer), daemon=True)
            back.start()
            self.copy(reader, card, self.command)
            back.join()

    def copy(self, source, target, note):
        try:
            while True:
                head = read_exactly(source, 2)
                body = read_exactly(source, int.from_bytes(head, "big"))
                note(body)
                target.sendall(head + body)
        except (EOFError, OSError):
            for end in (source, target):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def started(self):
        self.apdus, self.power_ups, self.busy, self.first, self.last = 0, 0, 0.0, 0.0, 0.0

    def command(self, body):
        self.last = time.monotonic()
        self.first = self.first or self.last
        if len(body) >= 2:
            self.apdus += 1
        elif body == b"\x01":
            self.power_ups += 1
        if len(body) >= 2 or body == b"\x04":
            self.asked = time.monotonic()

    def answer(self, _):
        if self.asked is not None:
            self.busy += time.monotonic() - self.asked
            self.asked = None

    def close(self):
        self.server.close()
        os.unlink(self.path)
