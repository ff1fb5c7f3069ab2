# SPDX-License-Identifier: Apache-2.0
"""QEMU's control socket: one command after the other, and what happened meanwhile."""

import json
import pathlib
import socket
import time


class Refused(Exception):
    pass


class Qmp:
    def __init__(self, path: pathlib.Path, seconds: float = 30):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(seconds)
        end = time.monotonic() + seconds
        while True:
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        self.lines = self.socket.makefile("r", encoding="utf-8")
        self.events: list[dict] = []
        self._next()  # its greeting
        self("qmp_capabilities")

    def close(self) -> None:
        self.lines.close()
        self.socket.close()

    def _next(self) -> dict:
        line = self.lines.readline()
        if not line:
            raise EOFError("QEMU has ended")
        return json.loads(line)

    def __call__(self, command: str, **arguments):
        """The answer to a command; its arguments have dashes where Python has underscores."""
        named = {name.replace("_", "-"): value for name, value in arguments.items()}
        self.socket.sendall(json.dumps({"execute": command, "arguments": named}).encode() + b"\n")
        while True:
            message = self._next()
            if "error" in message:
                raise Refused(f"{command} {named}: {message['error']['desc']}")
            if "return" in message:
                return message["return"]
            self.events.append(message)

    def event(self, name: str, **data) -> dict:
        """Waits for an event with these data; whatever else came before is kept."""
        while True:
            for at, message in enumerate(self.events):
                if message["event"] == name and data.items() <= message["data"].items():
                    return self.events.pop(at)
            self.events.append(self._next())
