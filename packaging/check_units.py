#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The units are understood by systemd without a complaint, and what they expose stays below a bound."""

import pathlib
import re
import subprocess
import sys
import tempfile

# systemd-analyze security: 0 is a process that can do nothing, 10 one that can do everything.
BOUNDS = {"sekimorid.service": 1.5, "sekimori-card.service": 1.5, "sekimori-finger.service": 2.0,
          "sekimori-lockd.service": 1.5, "sekimori-media.service": 1.5, "sekimori-fleet.service": 2.0,
          "sekimori-authority.service": 2.0}


def run(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env={"SYSTEMD_LOG_LEVEL": "notice"}
    )


def main(units: pathlib.Path) -> int:
    failures = 0
    with tempfile.TemporaryDirectory() as directory:
        copies = []
        for unit in sorted(units.glob("sekimori*")):
            # The programs need not be installed here.
            text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.MULTILINE)
            copies.append(pathlib.Path(directory, unit.name))
            copies[-1].write_text(text)
        services = [copy for copy in copies if copy.name in BOUNDS]
        if len(services) != len(BOUNDS):
            print("units are missing:", sorted(BOUNDS.keys() - {service.name for service in services}))
            return 1
        for copy in copies:
            done = run("/usr/bin/systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(copy))
            complaints = [line for line in done.stdout.splitlines() if "sekimori" in line]
            print(f"{copy.name}: {'; '.join(complaints) or 'fine'}")
            failures += done.returncode != 0 or bool(complaints)
        for service in services:
            done = run("/usr/bin/systemd-analyze", "security", "--offline=true", "--no-pager", str(service))
            found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
            bound = BOUNDS[service.name]
            print(f"{service.name}: exposure {found and found[1]}, bound {bound}")
            if not found or float(found[1]) > bound:
                print(done.stdout)
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
