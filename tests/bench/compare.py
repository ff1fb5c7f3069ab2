# SPDX-License-Identifier: Apache-2.0
"""The same measure for three modules: one authentication by pamtester, from its start to its end."""
import ctypes
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import rivals
from lab import FIRST_PRESS, PRESSES
from table import Table

CLONE_NEWNS, MS_REC, MS_PRIVATE, MS_BIND = 0x20000, 0x4000, 0x40000, 0x1000
libc = ctypes.CDLL(None, use_errno=True)


def private_stacks():
    """A folder that is /etc/pam.d for this process and its children, and for nobody else. None: not possible."""
    if os.geteuid() != 0 or libc.unshare(CLONE_NEWNS) != 0:
        return None
    stacks = pathlib.Path(tempfile.mkdtemp(prefix="sekimori-bench-pam-"))
    fine = libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None) == 0 and \
        libc.mount(b"tmpfs", bytes(stacks), b"tmpfs", 0, None) == 0 and \
        libc.mount(bytes(stacks), b"/etc/pam.d", None, MS_BIND, None) == 0
    if fine:
        libc.umount2(bytes(stacks), 2)
    stacks.rmdir()
    return pathlib.Path("/etc/pam.d") if fine else None


def missing(stacks, packages):
    """Why a comparison is not run, or nothing."""
    for package in ("pamtester", *packages):
        state = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status}", package], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, check=False).stdout
        if state != "installed":
            return f"package {package}"
    return None if stacks else "a private /etc/pam.d (root)"


def authenticate(service, user, env, answer="", on_prompt=None):
    """(milliseconds, granted). `on_prompt`: a word of the prompt for the finger, and what to do then."""
    start = time.monotonic()
    with subprocess.Popen(["stdbuf", "-oL", "pamtester", service, user, "authenticate"], env=env,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as host:
        host.stdin.write(answer)
        host.stdin.close()
        said = []
        for line in host.stdout:
            said.append(line)
            if on_prompt and on_prompt[0] in line:
                on_prompt[1]()
        host.wait(60)
    return (time.monotonic() - start) * 1000, host.returncode == 0, said


def several(title, runs, once, pause=0.0):
    table = Table(title)
    said = []
    for number in range(-1, runs):  # the first one warms up
        time.sleep(pause)
        took, granted, said = once(number)
        if number >= 0:
            table.add({"pamtester authenticate, start to end": took} if granted else None)
    table.print()
    if table.failed:
        print("  the last one said: " + " | ".join(line.strip() for line in said))


def finger(lab, seed, scanner):
    return lambda number: scanner.show(lab.image(seed, FIRST_PRESS + number % PRESSES))


def grown(lab, seed, runs):
    for number in range(-1, runs):
        lab.image(seed, FIRST_PRESS + number % PRESSES)


def not_run(what, why):
    print(f"\n{what}\n  not run: {why}", flush=True)


def sekimori(lab, stacks, runs):
    what = f"pam_sekimori, PIV 9E P-256 and finger, {runs} times"
    if why := missing(stacks, ()):
        return not_run(what, why)
    shutil.copy(lab.dir / "pam.d" / "login", stacks / "bench-sekimori")
    lab.insert("hanako")
    press = finger(lab, 1, lab.scanner)
    grown(lab, 1, runs)
    return several(what, runs, lambda number: authenticate(
        "bench-sekimori", "hanako", lab.env, on_prompt=("place a registered finger", lambda: press(number))))


def pkcs11(lab, stacks, runs):
    what = f"pam_pkcs11 with SoftHSM2, RSA-2048 and PIN, {runs} times"
    if why := missing(stacks, ("libpam-pkcs11", "softhsm2", "opensc", "openssl")):
        return not_run(what, why)
    try:
        env, stack, pin = rivals.soft_token(lab.dir / "pkcs11", lab.env)
    except RuntimeError as error:
        return not_run(what, error)
    (stacks / "bench-pkcs11").write_text(stack)
    return several(what, runs, lambda _: authenticate("bench-pkcs11", "root", env, answer=pin + "\n"))


def fprintd(lab, stacks, runs):
    what = f"pam_fprintd with libfprint's virtual_image, finger alone, {runs} times"
    if why := missing(stacks, ("libpam-fprintd", "fprintd", "dbus-daemon", "polkitd")):
        return not_run(what, why)
    grown(lab, 1, runs)
    (stacks / "bench-fprintd").write_text("auth required pam_fprintd.so max-tries=1 timeout=10\n")
    try:
        with rivals.Fprintd(lab) as daemon:
            press = finger(lab, 1, daemon.scanner)
            several(what, runs, lambda number: authenticate(
                "bench-fprintd", "root", daemon.env, on_prompt=("fingerprint reader", lambda: press(number))),
                    pause=1.5)  # fprintd closes its scanner some time after the module has ended
    except (RuntimeError, OSError) as error:
        not_run(what, error)
