# SPDX-License-Identifier: Apache-2.0
"""A cable: carries bytes to the server until it is pulled; then nothing comes and nothing ends, as in a cut network."""

import selectors
import socket
import threading


class Cable:
    def __init__(self, port: int):
        self.target = port
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        self.pulled = threading.Event()
        self.over = threading.Event()
        self.pairs: list[tuple[socket.socket, socket.socket]] = []
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        selector = selectors.DefaultSelector()
        selector.register(self.listener, selectors.EVENT_READ, None)
        while not self.over.is_set():
            for key, _ in selector.select(0.05):
                if self.pulled.is_set():
                    break
                if key.fileobj is self.listener:
                    near = self.listener.accept()[0]
                    try:
                        far = socket.create_connection(("127.0.0.1", self.target))
                    except OSError:
                        near.close()
                        continue
                    self.pairs.append((near, far))
                    selector.register(near, selectors.EVENT_READ, far)
                    selector.register(far, selectors.EVENT_READ, near)
                    continue
                if key.fileobj.fileno() < 0:
                    continue  # the other end's turn in this round closed it
                try:
                    data = key.fileobj.recv(1 << 16)
                    if data:
                        key.data.sendall(data)
                except OSError:
                    data = b""
                if not data:
                    for one in (key.fileobj, key.data):
                        if one.fileno() >= 0:
                            selector.unregister(one)
                            one.close()
            if self.pulled.is_set():
                self.over.wait(0.05)

    def pull(self):
        self.pulled.set()

    def plug(self):
        """The old connections are gone; new ones are carried."""
        for pair in self.pairs:
            for one in pair:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.pairs.clear()
        self.pulled.clear()

    def close(self):
        self.over.set()
        self.thread.join(10)
        self.listener.close()
