# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL 15 of one's own: a private directory and socket, one port on loopback, TLS, no root."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import psycopg2
import psycopg2.extensions

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
SETUP = ROOT / "fleet/server/sekimori-fleet-server-setup"
ADMINISTRATOR = "postgres"


def unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"] if os.getuid() == 0 else []


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Certificates:
    """A CA as `sekimori-authority` makes one, for tests that bring names of their own."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.ca = directory / "ca.pem"
        if not self.ca.exists():
            self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                          "-subj", "/CN=fleet", "-keyout", directory / "ca.key", "-out", self.ca)

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @staticmethod
    def _day(days: int) -> str:
        return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))

    def issue(self, subject: str, days: int = 30, name: str | None = None, host: bool = False, since: int | None = None):
        """A key and a certificate for `subject` ("/CN=..."); days < 0: expired; since: days ago when it began."""
        base = self.directory / (name or subject.replace("/", "_").replace("=", "-"))
        key, certificate, request = (base.with_name(base.name + end) for end in (".key", ".pem", ".csr"))
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
                      "-keyout", key, "-out", request, *(("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1") if host else ()))
        if days > 0 and since is None:
            self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.directory / "ca.key",
                          "-days", days, "-copy_extensions", "copy", "-out", certificate)
        else:
            (self.directory / "index.txt").write_text("")
            (self.directory / "serial").write_text("01\n")
            (self.directory / "ca.cnf").write_text(
                f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.directory}/index.txt\nserial={self.directory}/serial\n"
                f"new_certs_dir={self.directory}\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n")
            self._openssl("ca", "-batch", "-config", self.directory / "ca.cnf", "-cert", self.ca, "-keyfile",
                          self.directory / "ca.key", "-in", request, "-out", certificate,
                          "-startdate", self._day(-(since or 1000)), "-enddate", self._day(days), "-notext")
        key.chmod(0o600)
        return certificate, key


class Server:
    """Started by start(), ended by stop() or kill(); its directory goes with close()."""

    def __init__(self, directory: pathlib.Path | None = None, connections: int = 64, settings: dict[str, str] | None = None):
        self.directory = directory or pathlib.Path(tempfile.mkdtemp(prefix="sekimori-pg-"))
        self.data = self.directory / "data"
        self.port = free_port()
        self.connections = connections
        self.settings = settings or {}
        self.process: subprocess.Popen | None = None
        self.certificates: Certificates | None = None

    def _own(self, *paths: pathlib.Path):
        if os.getuid() == 0:
            for path in paths:
                shutil.chown(path, "nobody", "nogroup")

    def create(self, certificates: Certificates, pair=None):
        self.certificates = certificates
        self.directory.chmod(0o755)
        self._own(self.directory)
        subprocess.run([*unprivileged(), BIN / "initdb", "-D", self.data, "-U", ADMINISTRATOR, "--auth=trust", "-E", "UTF8",
                        "--locale=C", "-N"], check=True, stdout=subprocess.DEVNULL, cwd="/")
        self.install(certificates, pair)
        return self

    def install(self, certificates: Certificates, server=None):
        """The server's certificate and the settings of the fleet."""
        certificate, key = server or certificates.issue("/CN=localhost", name=f"server-{self.port}", host=True)
        for source, name in ((certificate, "sekimori-server.pem"), (key, "sekimori-server.key"), (certificates.ca, "sekimori-ca.pem")):
            target = self.data / name
            shutil.copy(source, target)
            target.chmod(0o600)
            self._own(target)
        text = (ROOT / "fleet/server/postgresql.conf").read_text()
        own = {"max_connections": self.connections, "unix_socket_directories": f"'{self.directory}'", "listen_addresses": "'127.0.0.1'",
               "shared_buffers": "'64MB'", "max_wal_size": "'256MB'", "port": self.port, "autovacuum_naptime": "'10s'", **self.settings}
        target = self.data / "postgresql.conf"
        target.write_text(text + "".join(f"{name} = {value}\n" for name, value in own.items()))
        self._own(target)

    def start(self):
        log = open(self.directory / "log", "ab")  # noqa: SIM115 (the server's for its life)
        self.process = subprocess.Popen([*unprivileged(), str(BIN / "postgres"), "-D", str(self.data)], stdout=log, stderr=log,
                                        cwd="/", start_new_session=True)
        log.close()
        self.wait()
        return self

    def wait(self):
        for _ in range(1200):
            if self.process.poll() is not None:
                raise RuntimeError("the server ended: " + (self.directory / "log").read_text()[-2000:])
            ready = subprocess.run([BIN / "pg_isready", "-q", "-h", self.directory, "-p", str(self.port)], check=False)
            if ready.returncode == 0:
                return
            # pg_isready is a process of its own each time: that is the pause.
        raise RuntimeError("the server does not start")

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PGHOST": str(self.directory), "PGPORT": str(self.port), "PGUSER": ADMINISTRATOR}

    def set_up(self, database: str = "sekimori") -> str:
        """The documented way: the script, which may write pg_hba.conf as the server's own user only."""
        return subprocess.run([*unprivileged(), "env", f"PGHOST={self.directory}", f"PGPORT={self.port}", f"PGUSER={ADMINISTRATOR}",
                               str(SETUP), "--database", database, "--write-config"], check=True, cwd="/", text=True,
                              stdout=subprocess.PIPE).stdout

    def owner(self, database: str = "sekimori"):
        """The superuser, over the private socket."""
        connection = psycopg2.connect(host=str(self.directory), port=self.port, user=ADMINISTRATOR, dbname=database)
        connection.autocommit = True
        return connection

    def connect(self, role: str, certificate=None, port: int | None = None, database: str = "sekimori"):
        """As a client of the fleet: over TLS, the server verified."""
        pair = {} if certificate is None else {"sslcert": str(certificate[0]), "sslkey": str(certificate[1])}
        connection = psycopg2.connect(host="127.0.0.1", port=port or self.port, user=role, dbname=database, sslmode="verify-full",
                                      sslrootcert=str(self.certificates.ca), connect_timeout=20, **pair)
        connection.autocommit = True
        return connection

    def standby(self, port: int | None = None) -> "Server":
        """A streaming copy of this server, started."""
        other = Server(connections=self.connections, settings=self.settings)
        other.certificates = self.certificates
        other.port = port or other.port
        other.directory.chmod(0o755)
        self._own(other.directory)
        subprocess.run([*unprivileged(), BIN / "pg_basebackup", "-h", self.directory, "-p", str(self.port), "-U", ADMINISTRATOR,
                        "-D", other.data, "-R", "-X", "stream", "-c", "fast"], check=True, cwd="/")
        other.install(self.certificates, (self.data / "sekimori-server.pem", self.data / "sekimori-server.key"))
        return other.start()

    def promote(self):
        subprocess.run([*unprivileged(), BIN / "pg_ctl", "-D", self.data, "-s", "-w", "promote"], check=True, cwd="/")

    def stop(self, how: int = signal.SIGINT):
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(how)
            self.process.wait(60)
            self.process = None

    def kill(self):
        """As a power cut would: every process of the server at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)
        self.process = None
        subprocess.run(["rm", "-f", self.data / "postmaster.pid"], check=True)

    def close(self):
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.directory, ignore_errors=True)
