#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Arrows run down only: every #include of every tracked source against one table (docs/ARCHITECTURE.md)."""

import dataclasses
import re

import sources

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<(?P<system>[^>]+)>|"(?P<own>[^"]+)"|(?P<macro>\w+))', re.MULTILINE)

GLIB = ("glib.h", "glib-unix.h", "glib-object.h", "glib/", "gio/")
SYSTEMD = ("systemd/",)
JSON = ("nlohmann/",)
FMT = ("fmt/",)
OPENSSL = ("openssl/",)
PAM = ("security/",)
PCSC = ("winscard.h", "wintypes.h", "reader.h", "pcsclite.h")
# The schema of the D-Bus interface is written once; these two come from it (gdbus-codegen).
DBUS = ("org.sekimori.Broker1.h", "broker1.h")
# And so are the texts for people: a table made from po/.
TEXTS = ("messages.inc",)


@dataclasses.dataclass(frozen=True)
class Room:
    rooms: tuple[str, ...] = ()  # what it may include of ours, by prefix, besides itself
    libraries: tuple[str, ...] = ()  # third-party headers, by prefix
    platform: bool = True  # POSIX and Linux headers
    generated: tuple[str, ...] = ()  # headers that the build makes
    barred: tuple[str, ...] = ()  # what it must not include although `rooms` would allow it


DOWN = ("core/", "protocol/")
PRODUCT = DOWN + (
    "event/", "crypto/", "ledger/", "fleet/", "smartcard/", "biometric/", "daemon/", "pam_module/", "pam_client/", "session_lock/", "udev/", "admin/",
)  # fmt: skip

# The longest prefix that fits a file is its room.
TABLE = {
    "core/": Room(libraries=("tl/expected.hpp",), platform=False),
    "protocol/": Room(rooms=("core/",), libraries=("tl/expected.hpp",)),
    # The configuration file, a library of its own: the broker's and the workers', not the PAM module's.
    "protocol/config": Room(rooms=("core/", "protocol/"), libraries=("glib.h",)),
    # The main loop of the small daemons, and everybody's log lines.
    "event/": Room(rooms=("core/",), libraries=SYSTEMD + FMT + ("tl/expected.hpp",)),
    "smartcard/": Room(rooms=DOWN, libraries=PCSC + OPENSSL + SYSTEMD + FMT + ("zlib.h", "tl/expected.hpp")),
    "biometric/": Room(rooms=DOWN, libraries=GLIB + SYSTEMD + FMT + ("fprint.h", "libfprint/", "tl/expected.hpp")),
    "crypto/": Room(rooms=DOWN, libraries=OPENSSL + ("tl/expected.hpp",)),
    # What the broker and the fleet's sequencer both read: no device, file or clock.
    "ledger/": Room(rooms=DOWN + ("crypto/",), libraries=("tl/expected.hpp",)),
    # The fleet's agent and authority: the network and TLS, and none of the broker's inside.
    "fleet/": Room(
        rooms=DOWN + ("event/", "crypto/", "ledger/"), libraries=OPENSSL + SYSTEMD + FMT + JSON + ("libpq-fe.h", "CLI/", "tl/expected.hpp")
    ),
    "daemon/": Room(
        rooms=DOWN + ("event/log.hpp", "crypto/", "ledger/"),
        libraries=GLIB + OPENSSL + SYSTEMD + JSON + FMT + ("sqlite3.h", "zlib.h", "CLI/", "tl/expected.hpp"),
        generated=DBUS,
    ),
    # core's identities, and the results and verdicts that it turns into PAM's codes: none of the machines.
    "pam_module/": Room(
        rooms=("protocol/", "core/ids.hpp", "core/result.hpp", "core/verdict.hpp", "core/message.hpp", "core/build.hpp"),
        libraries=PAM + ("tl/expected.hpp",),
        generated=TEXTS,
        barred=("protocol/config",),
    ),
    # The other side of PAM: what a program that asks a person needs of it.
    "pam_client/": Room(rooms=DOWN, libraries=PAM + ("tl/expected.hpp",)),
    "session_lock/": Room(rooms=DOWN + ("event/",), libraries=SYSTEMD + FMT + ("tl/expected.hpp",)),
    "udev/": Room(rooms=DOWN, libraries=("tl/expected.hpp",)),
    "session_lock/gate/": Room(rooms=DOWN + ("pam_client/", "session_lock/rescue/exit.hpp"), libraries=PAM + ("tl/expected.hpp",)),
    "session_lock/rescue/": Room(rooms=DOWN + ("crypto/",), libraries=("tl/expected.hpp",)),
    "admin/": Room(
        rooms=DOWN + ("ledger/", "pam_client/"), libraries=GLIB + JSON + FMT + ("CLI/", "tl/expected.hpp"), generated=DBUS + TEXTS
    ),
    "tests/": Room(
        rooms=PRODUCT + ("tests/",),
        libraries=GLIB + OPENSSL + SYSTEMD + JSON + FMT + PAM + PCSC
        + ("gtest/", "gmock/", "benchmark/", "sqlite3.h", "zlib.h", "fftw3.h", "png.h", "fprint.h", "libfprint/")
        + ("CLI/", "tl/expected.hpp", "ifdhandler.h", "PCSC/", "sanitizer/", "libpq-fe.h"),
        generated=DBUS + TEXTS,
    ),
    # Software devices are the other side of the wire: they must not share the product's code for it.
    "tests/lab/": Room(
        rooms=("tests/lab/",) + DOWN,
        libraries=GLIB + OPENSSL + PCSC + ("fftw3.h", "zlib.h", "png.h", "fprint.h", "libfprint/", "CLI/", "fmt/")
        + ("tl/expected.hpp", "ifdhandler.h", "PCSC/"),
    ),
    "tests/lab/login/": Room(rooms=("tests/lab/", "core/"), libraries=PAM + JSON + ("CLI/", "tl/expected.hpp")),
    "tests/lab/cards/": Room(rooms=("tests/lab/", "core/"), libraries=OPENSSL + ("zlib.h", "CLI/", "tl/expected.hpp")),
}

PLATFORM = re.compile(
    r"^(sys|linux|arpa|netinet|asm|bits)/[\w/-]+\.h$"
    r"|^(unistd|fcntl|poll|pwd|grp|dirent|dlfcn|errno|signal|string|stdlib|stdio|stdint|stddef|time|limits|termios|spawn"
    r"|syslog|getopt|pthread|sched|utmpx|locale|langinfo|libintl|ftw|glob|endian|byteswap|elf|link|features|sysexits|pty"
    r"|libgen|ctype|math|shadow|crypt|wait|malloc)\.h$"
)
STANDARD = re.compile(r"^[a-z_0-9]+$")  # <vector>, <cstdint>: no dot, no slash


def room_of(name: str) -> str | None:
    fits = [prefix for prefix in TABLE if name.startswith(prefix)]
    return max(fits, key=len, default=None)


def check_file(name: str, content: str) -> list[str]:
    prefix = room_of(name)
    if prefix is None:
        return [f"{name}: lies in no room of the table"]
    room = TABLE[prefix]
    findings = []
    for match in INCLUDE.finditer(content):
        line = content.count("\n", 0, match.start("system") if match["system"] else match.end()) + 1
        where = f"{name}:{line}: "
        if match["macro"]:
            findings.append(f"{where}an include through a macro can't be checked")
        elif match["own"]:
            own = match["own"]
            if own in room.generated:
                continue
            if not own.startswith((prefix,) + room.rooms) or own.startswith(room.barred):
                findings.append(f'{where}"{own}" is not below {prefix} (its arrows: {", ".join(room.rooms) or "none"})')
        else:
            header = match["system"]
            allowed = (
                STANDARD.match(header)
                or header in room.generated
                or header.startswith(room.libraries)
                or (room.platform and PLATFORM.match(header))
            )
            if not allowed:
                findings.append(f"{where}<{header}> is no header for {prefix}")
    return findings


if __name__ == "__main__":
    names = sources.tracked_cxx()
    sources.report([finding for name in names for finding in check_file(name, sources.text(name) or "")], len(names))
