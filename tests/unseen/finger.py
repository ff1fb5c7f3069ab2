# SPDX-License-Identifier: Apache-2.0
"""Fingers that share nothing with the project's own: a phase that winds around each minutia, and its cosine.

A print is taken as cos(phase): a smooth phase gives the flow of the ridges, and each minutia adds the angle around it, by
which exactly one ridge begins or ends there (the AM-FM model: K. G. Larkin, P. A. Fletcher, "A coherent framework for
fingerprint analysis", Optics Express 15 (2007) 8667).
"""

import math
import random
import socket
import struct
import time

WIDTH, HEIGHT = 256, 288
PERIOD = 9.0  # pixels from ridge to ridge at 500 dpi
APART = 25.0  # no two minutiae nearer than this
MINUTIAE = 26  # the matcher (its threshold is 40) gives two presses of one finger 120 and more, of two fingers 20 and less


class Finger:
    def __init__(self, seed: int):
        chance = random.Random(seed)
        self.seed = seed
        # Circles around a point, inside it a whorl and below it an arch, bent by one slow wave.
        self.centre = (WIDTH / 2 + chance.uniform(-90, 90), HEIGHT / 2 + chance.uniform(-60, 220))
        self.wave = (chance.uniform(1.0, 2.5), chance.uniform(0.010, 0.020), chance.uniform(0, 6))
        self.minutiae: list[tuple[float, float, int]] = []
        for _ in range(20000):
            x, y = chance.uniform(30, WIDTH - 30), chance.uniform(30, HEIGHT - 30)
            if all(math.hypot(x - a, y - b) >= APART for a, b, _ in self.minutiae):
                self.minutiae.append((x, y, chance.choice((-1, 1))))
            if len(self.minutiae) == MINUTIAE:
                break

    def _phase(self, x: float, y: float) -> float:
        height, slope, start = self.wave
        distance = math.hypot(x - self.centre[0], y - self.centre[1])
        phase = 2 * math.pi * distance / PERIOD + height * math.sin(slope * 2 * x + start)
        for a, b, turn in self.minutiae:
            phase += turn * math.atan2(y - b, x - a)
        return phase

    def press(self, number: int) -> tuple[int, int, bytes]:
        """One laying of the finger: moved and turned a little, and never the same noise. Width, height, grey.

        The ridges fill the picture: where a mask of one shape cuts them off, the matcher finds the same ends in every finger.
        """
        chance = random.Random(self.seed * 1000 + number)
        turn, right, down = math.radians(chance.uniform(-4, 4)), chance.uniform(-5, 5), chance.uniform(-5, 5)
        cosine, sine = math.cos(turn), math.sin(turn)
        grey = bytearray()
        for row in range(HEIGHT):
            v = row - HEIGHT / 2
            for column in range(WIDTH):
                u = column - WIDTH / 2
                x = WIDTH / 2 + cosine * u - sine * v + right
                y = HEIGHT / 2 + sine * u + cosine * v + down
                level = 128 - 100 * math.cos(self._phase(x, y)) + chance.gauss(0, 6)
                grey.append(max(0, min(255, int(level))))
        return WIDTH, HEIGHT, bytes(grey)


def lay(image: tuple[int, int, bytes], scanner: str, patience=10.0) -> None:
    """The image on the scanner whose socket this is (the wire of libfprint's virtual_image), once it is open."""
    end = time.monotonic() + patience
    while True:
        wire = socket.socket(socket.AF_UNIX)
        try:
            wire.connect(scanner)
            break
        except OSError:
            wire.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.02)  # it says nothing when it opens
    with wire:
        width, height, grey = image
        wire.sendall(struct.pack("=ii", width, height) + grey)
        wire.shutdown(socket.SHUT_WR)
        wire.settimeout(5)
        try:
            while wire.recv(64):
                pass
        except OSError:
            pass
