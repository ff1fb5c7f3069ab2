# SPDX-License-Identifier: Apache-2.0
"""Which files the style checks look at: what git tracks."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CXX = (".cpp", ".hpp", ".c", ".h")


def tracked(root: pathlib.Path = ROOT) -> list[str]:
    """Every tracked regular file that is there, as a path relative to the root, sorted."""
    command = ["git", "-C", str(root), "-c", f"safe.directory={root}", "ls-files", "-z"]
    listing = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()
    return sorted(name for name in listing.split("\0") if name and (root / name).is_file())


def tracked_cxx(root: pathlib.Path = ROOT) -> list[str]:
    return [name for name in tracked(root) if name.endswith(CXX)]


def text(name: str, root: pathlib.Path = ROOT) -> str | None:
    """The file's text, or None for a binary file."""
    data = (root / name).read_bytes()
    if b"\0" in data[:8192]:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def report(findings: list[str], looked_at: int) -> None:
    """Ends the check: prints what it found, and fails if it found anything or had nothing to look at."""
    for finding in findings:
        print(finding)
    print(f"{looked_at} files, {len(findings)} findings")
    sys.exit(1 if findings or looked_at == 0 else 0)
