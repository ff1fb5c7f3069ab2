#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The file trees that the machines boot, all in build/system.

  root.py --build build/release

debian-…   a Debian 12 as such: made once (15 to 60 s) and kept until the list of packages changes
product    with `cmake --install`, the lab as well
bare       with the lab and the Debian packages of the product in /srv, not installed
held       bare, installed and switched over: it boots into the gate
"""

import argparse
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import typing

PACKAGES = (
    # a system that people log in to
    "systemd-sysv", "dbus", "libpam-systemd", "polkitd", "login", "passwd", "sudo", "procps", "libpam-modules",
    # what the product's programs and the lab's are linked with, or start
    "pcscd", "libpcsclite1", "libfprint-2-2", "libglib2.0-0", "libsqlite3-0", "libssl3", "libsystemd0", "libfmt9",
    "zlib1g", "libpq5", "libfftw3-single3", "libpng16-16", "dbus-daemon", "pamtester",
    # whose logins and jobs must go on, or must not
    "openssh-server", "cron",
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


def debian(kind: str, packages: tuple[str, ...]) -> pathlib.Path:
    """A Debian 12 with these packages and one user with a password; of each kind the latest is kept."""
    digest = hashlib.sha256("\n".join(packages + (USER, PASSWORD)).encode()).hexdigest()[:12]
    tree = TREES / f"{kind}-{digest}"
    if tree.is_dir():
        return tree
    for tool in ("mmdebstrap", "systemd-nspawn"):
        if shutil.which(tool) is None:
            raise NotRun(f"{tool} is not installed (tools/setup system)")
    for old in TREES.glob(f"{kind}-*"):
        shutil.rmtree(old)
    making = TREES / f"{kind}-{digest}.new"
    # Machines that reach Debian through a proxy have told apt so.
    proxy = subprocess.run(
        ["apt-config", "dump", "Acquire::http::Proxy"], stdout=subprocess.PIPE, text=True, check=False
    ).stdout.strip()
    run(
        "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase",
        '--aptopt=Apt::Install-Recommends "false"', *([f"--aptopt={proxy}"] if proxy else []),
        f"--include={','.join(packages)}", "bookworm", making,
    )  # fmt: skip
    # What the tool could not unmount would be copied with the tree, and that is all of /proc.
    for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
        mounted = line.split()[1]
        if mounted.startswith(f"{making}/"):
            run("umount", mounted)
    run("chroot", making, "useradd", "--create-home", "--shell", "/bin/bash", USER)
    subprocess.run(["chroot", making, "chpasswd"], input=f"{USER}:{PASSWORD}\n", text=True, check=True)
    # A console that speaks plainly, and no guessing at a host name that nobody resolves.
    (making / "etc/hostname").write_text("madoguchi\n")
    (making / "etc/hosts").write_text("127.0.0.1 localhost madoguchi\n")
    (making / "etc/motd").write_text("")
    making.rename(tree)
    return tree


def base() -> pathlib.Path:
    return debian("debian", PACKAGES)


def product(build: pathlib.Path) -> pathlib.Path:
    """The base with `cmake --install`, as an administrator would do it by hand; nothing is switched on yet."""
    making = TREES / "product.new"
    run("cp", "-ax", "--reflink=auto", base(), making)
    run("cmake", "--install", build, "--strip", env={**os.environ, "DESTDIR": str(making)})
    run("chroot", making, "systemd-sysusers")
    # Everything that was installed finds its libraries here.
    for program in [*(making / "usr/libexec/sekimori").rglob("*"), *(making / "usr/bin").glob("sekimori*")]:
        if program.is_file() and program.read_bytes()[:4] == b"\x7fELF":
            listing = subprocess.run(
                ["chroot", making, "ldd", "/" + str(program.relative_to(making))], stdout=subprocess.PIPE, text=True, check=True
            ).stdout
            if "not found" in listing:
                raise RuntimeError(f"{program.name} misses a library:\n{listing}")
    return settle(making)


def package(build: pathlib.Path, path: pathlib.Path, *options: str) -> None:
    """The .deb of this build."""
    work = TREES / "package"
    shutil.rmtree(work, ignore_errors=True)
    run("cpack", "--config", build / "CPackConfig.cmake", "-B", work, *options)
    (made,) = work.glob("*.deb")
    made.rename(path)


def bare(build: pathlib.Path) -> pathlib.Path:
    """A Debian that never saw the product; the software devices are there."""
    making = TREES / "bare.new"
    run("cp", "-ax", "--reflink=auto", base(), making)
    run("cmake", "--install", build, "--strip", "--component", "lab", env={**os.environ, "DESTDIR": str(making)})
    package(build, making / "srv/sekimori.deb")
    package(build, making / "srv/sekimori-next.deb", "-D", "CPACK_PACKAGE_VERSION=99.0.0")
    return settle(making)


def held() -> pathlib.Path:
    """The package installed and the machine switched over, from outside: nothing of it runs."""
    making = TREES / "held.new"
    run("cp", "-ax", "--reflink=auto", TREES / "bare", making)
    run("chroot", making, "dpkg", "--install", "/srv/sekimori.deb")
    run("chroot", making, "/usr/libexec/sekimori/sekimori-enforce", "confirm")
    return settle(making)


def settle(making: pathlib.Path) -> pathlib.Path:
    tree = making.with_suffix("")
    if tree.exists():
        shutil.rmtree(tree)
    making.rename(tree)
    return tree


def main(doc: str, tier: str, make: typing.Callable[[pathlib.Path], typing.Iterable[pathlib.Path]]) -> int:
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    options = parser.parse_args()
    try:
        if os.geteuid() != 0:
            raise NotRun("making a root needs root (or sudo without a password)")
        TREES.mkdir(parents=True, exist_ok=True)
        with (TREES / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in TREES.glob("*.new"):
                shutil.rmtree(left)
            for made in make(options.build.resolve()):
                print(made)
    except NotRun as reason:
        print(f"not run: {tier}: {reason}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(__doc__, "system", lambda build: (base(), product(build), bare(build), held())))
