# SPDX-License-Identifier: Apache-2.0
"""What real terminals of a fleet take for something: each a broker of the lab with its agent, which verifies, stores and
opens everything as ever, beside a real authority and a real server on the same machine."""

import contextlib
import json
import pathlib
import shutil
import subprocess
import time

from authority import PASSPHRASE, Authority, fleet_on_one_machine, until
from authority_test import entries, sql
from failover_test import founded
from postgres import Server
from terminals import Terminal

HOURS = 4 * 3600.0
FAILOVERS = 5


@contextlib.contextmanager
def fleet(programs: pathlib.Path, *names: str):
    """Server, authority and terminals that joined; the first one may say everything."""
    with contextlib.ExitStack() as ends:
        server, authority = fleet_on_one_machine(programs)
        ends.callback(shutil.rmtree, authority.directory)
        ends.callback(server.close)
        authority.start()
        ends.callback(authority.stop)
        until(lambda: authority.status().get("seq", 0) > 0)
        yield server, authority, settled(ends, programs, server, authority, names)


def settled(ends: contextlib.ExitStack, programs: pathlib.Path, server: Server, authority: Authority, names) -> list[Terminal]:
    terminals = [ends.enter_context(Terminal(programs, name)) for name in names]
    for terminal in terminals:
        terminal.join(server, authority)
    if names:
        authority.call("delegate", names[0], "--role", "admin", "--days", "30")
        whole(authority, terminals)
    return terminals


def whole(authority: Authority, terminals: list[Terminal], limit: float = 600.0):
    """Everything that was said is in the chain, and these have it."""
    until(lambda: authority.status().get("waiting") == 0 and all(one.fleet().get("queued") == 0 for one in terminals), limit)
    for terminal in terminals:
        terminal.until_at(authority.status()["seq"], limit)


def table_of(terminal: Terminal, people: int) -> pathlib.Path:
    path = terminal.dir / "people.csv"
    path.write_text("login,name\n" + "".join(f"p{number:05},Person {number}\n" for number in range(people)))
    return path


def bring(terminal: Terminal, people: int):
    """The command waits for the authority for a while, and no longer: what it wrote is on its way then."""
    done = terminal.run("sekimori", "person", "import", table_of(terminal, people), check=False, limit=HOURS)
    assert "it takes effect when it does" in done.stdout or done.returncode == 0, done.stdout[-500:]


def card(terminal: Terminal, person: str):
    terminal.run("sekimori", "person", "add", person, "--name", person)
    terminal.mint(person, "piv")
    terminal.insert(person)
    terminal.enrol_card(person)
    terminal.pull()


def imported(programs: pathlib.Path, people: int) -> dict:
    """The personnel office's table at one terminal until another one has it; a card that is lost then and meanwhile."""
    with fleet(programs, "office", "window") as (_, authority, (office, window)):
        for person in ("quiet", "meanwhile"):
            card(office, person)
        whole(authority, [office, window])
        found = {"quiet_ms": office.revoke("quiet", "--wait", "60")["fleet"]["slowest_ms"]}
        whole(authority, [office, window])
        before, begun = authority.status()["seq"], time.monotonic()
        with subprocess.Popen([programs / "sekimori", "person", "import", table_of(office, people)], env=office.env, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as command:
            until(lambda: window.seq() > before, HOURS)
            receipt = office.revoke("meanwhile", "--wait", "60")["fleet"]
            assert receipt["missing"] == [], receipt
            found |= {"meanwhile_ms": receipt["slowest_ms"], "left": office.fleet()["queued"]}
            command.wait(HOURS)
        whole(authority, [office, window], HOURS)
        return found | {"seconds": time.monotonic() - begun, "statements": authority.status()["seq"] - before - 1}


def behind(programs: pathlib.Path, people: int) -> dict:
    """A terminal that was off while others enrolled people."""
    with fleet(programs, "office", "window") as (_, authority, (office, window)):
        window.call_lab("down")
        before = authority.status()["seq"]
        bring(office, people)
        whole(authority, [office])
        head, begun = authority.status()["seq"], time.monotonic()
        window.call_lab("up", *window.up)
        up = time.monotonic() - begun
        window.until_at(head)
        return {"statements": head - before, "up_s": up, "seconds": time.monotonic() - begun}


def snapshot(programs: pathlib.Path, tests: pathlib.Path, people: int) -> dict:
    """A new terminal in a fleet in which so many are enrolled, each with an account, a card and two fingers."""
    with fleet(programs) as (server, authority, _):
        sql(server, "UPDATE fleet.limits SET burst = 1e7, rate = 1e6, waiting_statements = 1e9, waiting_bytes = 1e15")
        work = server.directory / "terminals"
        work.mkdir(mode=0o700)
        subprocess.run([tests / "sekimori-fleet-load", "people", "--state", authority.directory, "--work", work, "--people", str(people)], input=PASSPHRASE,
                       check=True, timeout=HOURS)
        until(lambda: authority.status().get("waiting") == 0, HOURS, 0.5)
        seq = authority.status()["seq"]
        size = sql(server, "SELECT sum(octet_length(e.signed) + octet_length(s.signed)) FROM fleet.entries e JOIN fleet.statements s ON s.hash = e.statement")[0][0]
        size += sql(server, "SELECT coalesce(sum(octet_length(coalesce(m.sealed, b.sealed))), 0) FROM fleet.material m LEFT JOIN fleet.blobs b ON m.kind = 1 AND b.hash = m.name")[0][0]
        with Terminal(programs, "new") as new:
            token = authority.call("token", "--name", "new").stdout
            begun = time.monotonic()
            with subprocess.Popen([programs / "sekimori", "fleet", "join", "--json", "--timeout", "3600"], env=new.env, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as joining:
                joining.stdin.write(token)
                joining.stdin.close()
                until(lambda: joining.poll() is not None or sql(server, "SELECT count(*) FROM fleet.joins WHERE request IS NOT NULL AND answer IS NULL") == [(1,)])
                authority.call("admit")
                said = joining.stdout.read()
                assert joining.wait() == 0, said
            new.until_at(seq, HOURS)
            until(lambda: sum(one["login"].startswith("staff") for one in json.loads(new.run("sekimori", "person", "list", "--json", limit=600).stdout)["items"]) == people, 600)
            seconds = time.monotonic() - begun
            return {"entries": seq, "mb": float(size) / 1e6, "seconds": seconds, "processor_s": new.processor_ms("broker") / 1000}


def failover(programs: pathlib.Path) -> list[float]:
    """The server's power is cut and its standby promoted at once: until a terminal has a heartbeat of the new one. Again
    and again, each time with a new standby in the place of the server that went."""
    with contextlib.ExitStack() as ends:
        primary, standby, authority = founded(programs)
        ends.callback(shutil.rmtree, authority.directory)
        servers = [primary, standby]  # the last two are at work
        ends.callback(lambda: [one.close() for one in reversed(servers)])
        authority.start()
        ends.callback(authority.stop)
        until(lambda: authority.status().get("seq", 0) > 0)
        (window,) = settled(ends, programs, primary, authority, ["window"])
        silences = []
        for _ in range(FAILOVERS):
            primary, standby = servers[-2:]
            until(lambda p=primary, s=standby: entries(s) == entries(p))
            # One comes every ten seconds: what is younger later on is another one.
            until(lambda: window.fleet().get("link") == "up" and window.fleet()["age_seconds"] == 4)
            primary.kill()
            begun = time.monotonic()
            standby.promote()
            until(lambda: (window.fleet().get("age_seconds") or 4) < 4, 60, 0.02)
            silences.append(time.monotonic() - begun)
            servers.append(standby.standby(primary.port))
        return silences
