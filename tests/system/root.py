#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The file trees that the machines boot: a Debian 12 as such, and the same with the product installed.

  root.py --build build/release

Both lie in build/system. The first is made once (15 to 60 s) and kept until the list of packages changes.
"""

import argparse
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

PACKAGES = (
    # a system that people log in to
    "systemd-sysv", "dbus", "libpam-systemd", "polkitd", "login", "passwd", "sudo", "procps", "libpam-modules",
    # what the product's programs and the lab's are linked with, or start
    "pcscd", "libpcsclite1", "libfprint-2-2", "libglib2.0-0", "libsqlite3-0", "libssl3", "libsystemd0", "libfmt9",
    "zlib1g", "libfftw3-single3", "libpng16-16", "dbus-daemon", "pamtester",
)
SOURCE = pathlib.Path(__file__).resolve().parents[2]
TREES = SOURCE / "build/system"
USER, PASSWORD = "hanako", "not-a-secret"


class NotRun(Exception):
    """This machine can't do it: said aloud, and a failure all the same."""


def run(*command, **options) -> None:
    done = subprocess.run(
        [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False, **options,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed ({done.returncode}):\n{done.stdout[-4000:]}")


def base() -> pathlib.Path:
    """A Debian 12 with the packages above and one user with a password."""
    digest = hashlib.sha256("\n".join(PACKAGES + (USER, PASSWORD)).encode()).hexdigest()[:12]
    tree = TREES / f"debian-{digest}"
    if tree.is_dir():
        return tree
    for tool in ("mmdebstrap", "systemd-nspawn"):
        if shutil.which(tool) is None:
            raise NotRun(f"{tool} is not installed (tools/setup system)")
    for old in TREES.glob("debian-*"):
        shutil.rmtree(old)
    making = TREES / f"debian-{digest}.new"
    # Machines that reach Debian through a proxy have told apt so.
    proxy = subprocess.run(
        ["apt-config", "dump", "Acquire::http::Proxy"], stdout=subprocess.PIPE, text=True, check=False
    ).stdout.strip()
    run(
        "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase",
        '--aptopt=Apt::Install-Recommends "false"', *([f"--aptopt={proxy}"] if proxy else []),
        f"--include={','.join(PACKAGES)}", "bookworm", making,
    )  # fmt: skip
    run("chroot", making, "useradd", "--create-home", "--shell", "/bin/bash", USER)
    subprocess.run(["chroot", making, "chpasswd"], input=f"{USER}:{PASSWORD}\n", text=True, check=True)
    # A console that speaks plainly, and no guessing at a host name that nobody resolves.
    (making / "etc/hostname").write_text("madoguchi\n")
    (making / "etc/hosts").write_text("127.0.0.1 localhost madoguchi\n")
    (making / "etc/motd").write_text("")
    making.rename(tree)
    return tree


def product(build: pathlib.Path) -> pathlib.Path:
    """The base with `cmake --install`, as an administrator would do it by hand; nothing is switched on yet."""
    tree, making = TREES / "product", TREES / "product.new"
    for old in (making, tree):
        if old.exists():
            shutil.rmtree(old)
    run("cp", "-a", "--reflink=auto", base(), making)
    run("cmake", "--install", build, "--strip", env={**os.environ, "DESTDIR": str(making)})
    run("chroot", making, "systemd-sysusers")
    # Everything that was installed finds its libraries here.
    for program in [*(making / "usr/libexec/sekimori").rglob("*"), *(making / "usr/bin").glob("sekimori*")]:
        if program.is_file() and os.access(program, os.X_OK):
            listing = subprocess.run(
                ["chroot", making, "ldd", "/" + str(program.relative_to(making))], stdout=subprocess.PIPE, text=True, check=True
            ).stdout
            if "not found" in listing:
                raise RuntimeError(f"{program.name} misses a library:\n{listing}")
    making.rename(tree)
    return tree


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    options = parser.parse_args()
    try:
        if os.geteuid() != 0:
            raise NotRun("booting a container needs root (or sudo without a password)")
        TREES.mkdir(parents=True, exist_ok=True)
        with (TREES / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            print(base())
            print(product(options.build.resolve()))
    except NotRun as reason:
        print(f"not run: system: {reason}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
