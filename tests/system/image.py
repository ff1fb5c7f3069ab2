#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a guest boots, in build/system: a Debian 12 desktop with the package of this build installed, as the disk of a machine.

  image.py --build build/release

desktop-…   the Debian as such: made once and kept until the list of packages changes
desk        with the package, the software fingers and what the tests need in it (guest_root/)
guest/      disk, kernel, two initrds (a small one of our own, and Debian's with a second disk that it opens), the key for commands,
            people's cards
"""

import pathlib
import shutil
import subprocess
import sys

import elsewhere
import hands
import root

PACKAGES = root.PACKAGES + (
    # a machine that starts by itself
    "linux-image-amd64", "initramfs-tools", "cryptsetup-initramfs", "busybox-static", "udev", "kmod", "iproute2", "locales", "acl",
    # its devices
    "libccid",
    # what people see
    "lightdm", "lightdm-gtk-greeter", "xserver-xorg-core", "xserver-xorg-input-libinput", "x11-xserver-utils", "xterm",
    "xss-lock", "xsecurelock", "i3lock", "xscreensaver", "fonts-ipafont-gothic", "adwaita-icon-theme",
)  # fmt: skip
HERE = pathlib.Path(__file__).resolve().parent
GUEST = root.TREES / "guest"
PASSPHRASE = "kagi no kotoba"
MODULES = ("virtio_pci", "virtio_blk", "ext4")
DISK_BYTES = 3 << 30


def inside(tree: pathlib.Path, script: str) -> str:
    done = subprocess.run(
        ["chroot", tree, "/bin/sh", "-euc", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"{script} failed ({done.returncode}):\n{done.stdout[-4000:]}")
    return done.stdout


def desk(build: pathlib.Path) -> pathlib.Path:
    making = root.TREES / "desk.new"
    root.run("cp", "-ax", "--reflink=auto", root.debian("desktop", PACKAGES), making)
    root.run("cmake", "--install", build, "--strip", "--component", "lab", env={"DESTDIR": str(making), "PATH": "/usr/bin:/bin"})
    root.package(build, making / "srv/sekimori.deb")
    inside(making, "dpkg --install /srv/sekimori.deb && rm /srv/sekimori.deb")
    root.run("cp", "-r", "--preserve=mode", f"{HERE}/guest_root/.", making)
    inside(
        making,
        """
        useradd --create-home --shell /bin/bash jiro
        echo jiro:not-a-secret | chpasswd
        echo 'ja_JP.UTF-8 UTF-8' > /etc/locale.gen && locale-gen
        install -d -o sekimori-finger -g sekimori-finger /srv/scanner /srv/scanner/workers
        chown sekimori-finger: /srv/scanner/sekimori.conf
        ssh-keygen -q -t ed25519 -N '' -C host -f /etc/test-commands/host_key
        ssh-keygen -q -t ed25519 -N '' -C tests -f /etc/test-commands/client_key
        systemctl enable test-commands
        systemctl disable apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer ssh
        systemctl mask e2scrub_reap.service
        """,
    )
    # Grown here: there it would take a while.
    for seed in (hands.JIRO, hands.JIRO_2):
        root.run(
            making / "usr/bin/sekimori-lab-finger", "render", "--seed", seed, "--cache", making / "srv/fingers", "--out", making / "srv/finger.pgm"
        )
    return root.settle(making)


def small_initrd(tree: pathlib.Path, kernel: str, target: pathlib.Path) -> None:
    """As much as finds the disk: Debian's own takes longer to unpack than the rest takes to boot."""
    shutil.copy(HERE / "initrd_init", tree / "srv/init")
    inside(
        tree,
        f"""
        mkdir -p /srv/initrd/bin /srv/initrd/proc /srv/initrd/sys /srv/initrd/dev /srv/initrd/root
        cd /srv/initrd && mv /srv/init . && cp /bin/busybox bin
        for module in {' '.join(MODULES)}; do modprobe --show-depends --set-version {kernel} $module; done |
          awk '$1 == "insmod" && !seen[$2]++ {{ print $2 }}' > modules
        xargs cp --parents --target-directory=. < modules
        ln -s busybox bin/sh
        find . | cpio --quiet --create --format=newc > /srv/initrd.cpio
        """,
    )
    shutil.move(tree / "srv/initrd.cpio", target)
    shutil.rmtree(tree / "srv/initrd")


def locked_disk(tree: pathlib.Path, kernel: str) -> None:
    """A second disk with a passphrase, and Debian's own initramfs, which asks for it; what may be plugged in is locked down."""
    disk = tree / "srv/luks"
    with disk.open("wb") as file:
        file.truncate(32 << 20)
    # As little work as can be: the passphrase guards nothing.
    inside(tree, f"printf '%s' '{PASSPHRASE}' | cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /srv/luks -")
    shutil.move(disk, GUEST / "luks")
    (tree / "etc/crypttab").write_text("data /dev/vdb none luks,initramfs\n")
    inside(tree, "/usr/libexec/sekimori/sekimori-enforce confirm")
    shutil.copy(tree / f"boot/initrd.img-{kernel}", GUEST / "debian-initrd")
    # It would take an emulated processor ten minutes; whoever wants it has it from here.
    (tree / "etc/initramfs-tools/update-initramfs.conf").write_text("update_initramfs=no\n")
    (tree / "etc/crypttab").unlink()
    inside(tree, "/usr/libexec/sekimori/sekimori-enforce off")


def guest(build: pathlib.Path) -> pathlib.Path:
    for tool in ("qemu-system-x86_64", "mke2fs", "ssh"):
        if shutil.which(tool) is None:
            raise root.NotRun(f"{tool} is not installed (tools/setup system)")
    tree = desk(build)
    shutil.rmtree(GUEST, ignore_errors=True)
    GUEST.mkdir()
    (kernel,) = [path.name.removeprefix("vmlinuz-") for path in (tree / "boot").glob("vmlinuz-*")]
    small_initrd(tree, kernel, GUEST / "initrd")
    shutil.copy(tree / f"boot/vmlinuz-{kernel}", GUEST / "kernel")
    locked_disk(tree, kernel)
    shutil.move(tree / "etc/test-commands/client_key", GUEST / "key")
    (GUEST / "cards").mkdir()
    for owner in hands.OWNERS:
        if owner == hands.UNSEEN:
            elsewhere.Card().save(GUEST / "cards" / owner)
            continue
        root.run(tree / "usr/bin/sekimori-lab-card", "new", "piv", "--out", GUEST / "cards" / owner)
    root.run("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", tree, GUEST / "disk", str(DISK_BYTES >> 10))
    return GUEST


if __name__ == "__main__":
    sys.exit(root.main(__doc__, "guest", lambda build: (guest(build),)))
