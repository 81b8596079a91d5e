"""Killed twice, resumed, out of order: the marts are those of a calm back-fill in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import create_engine, text

from ingestion.backfill.progress import Attempt, Tally
from ingestion.embedded import processes
from ingestion.embedded.postgres import Cluster
from ingestion.ledger.standing import standing
from ingestion.transform.marts_hash import MartHash, hash_marts
from ingestion.transform.runner import build
from tests.conftest import copy_of_template

# Codes and names change on 2025-01-01, in the middle.
MONTHS = ("2024-12", "2025-01", "2025-02")
FIRST, LAST = date(2024, 12, 1), date(2025, 2, 28)
ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "only-for-this-test"


@pytest.fixture(scope="module")
def one_stop_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The simulated API; its connection and a state folder are set for this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CCHC_VAR", str(tmp_path_factory.mktemp("backfill") / "var"))
        account = ("--user=tester", f"--password={PASSWORD}", "--rate=0")
        api = processes.start(
            "sandbox-api",
            [sys.executable, "-m", "sandbox.api", "--port=0", "--scale=0.005", *account],
            ready=processes.announced_url,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        host = api.url.removeprefix("http://")
        patch.setenv("AIRFLOW_CONN_TTHC", f"http://tester:{quote(PASSWORD)}@{host}/")
        yield
        processes.stop("sandbox-api")


class Warehouse:
    """A warehouse of its own, into which months are loaded by child processes."""

    def __init__(self, cluster: Cluster, template: str) -> None:
        self.url = cluster.url(copy_of_template(cluster, template))
        self._engine = create_engine(self.url)

    def start(self, *months: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.fixtures.run_backfill_months", *months],
            cwd=ROOT,
            env={**os.environ, "WAREHOUSE_URL": self.url},
        )

    def load(self, *months: str) -> None:
        assert self.start(*months).wait() == 0

    def kill_once(self, more: int, *months: str) -> None:
        """Start to load what is open of months; kill it in a load or so many cells later."""
        deadline = time.monotonic() + 120
        while self.is_loading():  # the server may still be undoing the load killed before
            assert time.monotonic() < deadline
        wanted = self.tally().decided + more
        child = self.start(*months)
        while self.tally().decided < wanted and not self.is_loading():
            assert child.poll() is None, "the child ended before it could be killed"
            assert time.monotonic() < deadline
        child.kill()
        assert child.wait() == -signal.SIGKILL

    def is_loading(self) -> bool:
        """Whether a load's transaction is open after the first cells came."""
        if not self.tally().decided:
            return False
        with self._engine.connect() as connection:
            query = "select count(*) from pg_locks where locktype = 'advisory' and granted"
            return bool(connection.execute(text(query)).scalar_one())

    def tally(self) -> Tally:
        return Attempt().tally(standing(self._engine, FIRST, LAST, ["tthc"], parties=["system"]))

    def marts(self, patch: pytest.MonkeyPatch) -> list[MartHash]:
        """Build; the hash of every mart."""
        patch.setenv("WAREHOUSE_URL", self.url)
        build(quiet=True)
        return hash_marts(self._engine)


@pytest.mark.usefixtures("one_stop_system")
def test_kills_and_order_leave_no_trace_in_the_marts(
    postgres_cluster: Cluster, migrated_template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = Warehouse(postgres_cluster, migrated_template)
    calm.load(*MONTHS)
    assert calm.tally().is_complete
    assert calm.tally().failed == 0

    killed = Warehouse(postgres_cluster, migrated_template)
    killed.kill_once(1, MONTHS[2])
    killed.kill_once(31, MONTHS[0], MONTHS[2])
    assert not killed.tally().is_complete, "it was over before it was killed"
    killed.load(MONTHS[2], MONTHS[0])
    killed.load(MONTHS[1])
    assert killed.tally() == calm.tally()

    expected = calm.marts(monkeypatch)
    filled = {mart.name for mart in expected if mart.row_count}
    assert filled >= {"fct_dossier", "fct_indicator_value", "fct_reporting_cell"}
    assert killed.marts(monkeypatch) == expected
