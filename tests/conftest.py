"""Fixtures for all tests: a real PostgreSQL, a migrated warehouse per test, a state folder."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, text

from ingestion import migrations
from ingestion.embedded.postgres import Cluster

# A busy machine is no failure: nothing in a test is judged by the clock.
settings.register_profile("cchc", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cchc")

TEMPLATE = "template_warehouse"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """An embedded server of the test session's own."""
    cluster = Cluster(tmp_path_factory.mktemp("postgres"))
    cluster.start()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def migrated_template(postgres_cluster: Cluster) -> str:
    """A database with all migrations applied, copied for every test that needs one."""
    postgres_cluster.ensure_database(TEMPLATE)
    migrations.upgrade(postgres_cluster.url(TEMPLATE))
    return TEMPLATE


def copy_of_template(cluster: Cluster, template: str = TEMPLATE) -> str:
    """Create a database as a copy of ``template`` and give its name."""
    name = f"warehouse_{next(_numbers)}"
    admin = create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name} template {template} strategy file_copy"))
    admin.dispose()
    return name


@pytest.fixture
def warehouse(
    postgres_cluster: Cluster, migrated_template: str, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A fresh migrated warehouse; its URL, also set as ``WAREHOUSE_URL``."""
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    monkeypatch.setenv("WAREHOUSE_URL", url)
    return url


@pytest.fixture
def var_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own, set as ``CCHC_VAR``."""
    folder = tmp_path / "var"
    folder.mkdir()
    monkeypatch.setenv("CCHC_VAR", str(folder))
    return folder
