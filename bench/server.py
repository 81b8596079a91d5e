"""A PostgreSQL server of the benchmark's own, with the settings of the embedded one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg

from ingestion import migrations
from ingestion.core.environment import libpq_url
from ingestion.embedded.postgres import LOGIN, Cluster

_GOODBYE_SECONDS = 0.3
"""After this a session that was closed has ended and is counted with the server."""


class Server:
    """A running server and a folder for files that it may read.

    Attributes:
        folder: scratch folder that the server's operating-system user can enter.
    """

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster = cluster
        self.folder = folder

    def warehouse(self, name: str) -> str:
        """Create a migrated warehouse; its SQLAlchemy URL."""
        self._cluster.ensure_database(name)
        url = self._cluster.url(name)
        migrations.upgrade(url)
        return url

    def superuser(self, database: str = "postgres") -> psycopg.Connection:
        """A connection that may do what only an administrator may."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self._cluster.port,
            user="postgres",
            password=(self._cluster.home / "postgres.password").read_text(),
            dbname=database,
            autocommit=True,
        )

    def settle(self) -> None:
        """Write everything out, so that no side pays for what another left behind."""
        with self.superuser() as connection:
            connection.execute("checkpoint")

    def cpu_seconds(self) -> float:
        """Processor time that the server and all its sessions, ended ones too, have used."""
        time.sleep(_GOODBYE_SECONDS)
        pid = int((self._cluster.data / "postmaster.pid").read_text().splitlines()[0])
        postmaster = psutil.Process(pid)
        times = postmaster.cpu_times()
        used = times.user + times.system + times.children_user + times.children_system
        for session in postmaster.children():
            with suppress(psutil.NoSuchProcess):
                spent = session.cpu_times()
                used += spent.user + spent.system
        return float(used)

    def version(self) -> str:
        """The server's version."""
        with self.superuser() as connection:
            return str(connection.info.parameter_status("server_version"))


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server in a temporary folder; remove all of it afterwards."""
    with tempfile.TemporaryDirectory(prefix="cchc-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        cluster = Cluster(folder / "postgres")
        try:
            cluster.start()
            server = Server(cluster, folder)
            with server.superuser() as connection:
                connection.execute(f"grant pg_read_server_files to {LOGIN}")
            yield server
        finally:
            cluster.remove()


def connect(url: str) -> psycopg.Connection:
    """A connection with the login's rights."""
    return psycopg.connect(libpq_url(url), autocommit=True)
