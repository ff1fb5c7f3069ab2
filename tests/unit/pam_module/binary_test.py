#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The module as a file: what it exports, what it needs, and that it keeps nothing of its own.

usage: binary_test.py MODULE OBJECT...
"""

import re
import subprocess
import sys

ENTRIES = {f"pam_sm_{name}" for name in ("authenticate", "setcred", "acct_mgmt", "open_session", "close_session", "chauthtok")}
# A module in somebody else's process leaves these alone: the environment, the locale, signals, the standard streams,
# other programs and the host's end.
FORBIDDEN = re.compile(
    r"^(secure_)?getenv$|^setenv$|^putenv$|^setlocale$|^signal$|^sigaction$|^alarm$|^std(in|out|err)$|^f?printf$|^puts$"
    r"|^fork$|^exec|^system$|^popen$|^exit$|^_exit$|^set[eu]*[ug]id$|^umask$|^chdir$|^openlog$"
)
LIBRARIES = re.compile(r"^(libpam\.so\.0|libc\.so\.6|ld-linux.*\.so\.\d)$")


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def symbols(module, kind):
    return {line.split()[-1].split("@")[0] for line in output("nm", "-D", kind, module).splitlines()}


def check(module, objects):
    findings = []
    exported = symbols(module, "--defined-only")
    if exported != ENTRIES:
        findings.append(f"exports: {sorted(exported ^ ENTRIES)}")
    needed = symbols(module, "--undefined-only")
    findings += [f"uses {name}" for name in sorted(needed) if FORBIDDEN.search(name)]
    findings += [f"needs the C++ runtime for {name}" for name in sorted(needed) if re.match(r"_Z|__cxa_(?!finalize)|_Unwind|__gxx", name)]
    dynamic = output("readelf", "-dW", module)
    libraries = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    findings += [f"needs {name}" for name in libraries if not LIBRARIES.match(name)]
    for wanted in ("NODELETE", "NOW"):
        if wanted not in dynamic:
            findings.append(f"is not linked {wanted}")
    # No static that changes: in our own objects, nothing lies in a section that stays writable.
    for name in objects:
        for line in output("objdump", "-t", name).splitlines():
            match = re.match(r"^\S+ .{7} (\.\S+)\s+([0-9a-f]+) (.*)$", line)
            if not match or int(match[2], 16) == 0:
                continue
            section = match[1]
            if section.startswith((".data", ".bss", ".tbss", ".tdata")) and not section.startswith(".data.rel.ro"):
                findings.append(f"{name}: {match[3]} lies in {section}")
    return findings


if __name__ == "__main__":
    found = check(sys.argv[1], sys.argv[2:])
    print("\n".join(found) or "ok")
    sys.exit(bool(found))
