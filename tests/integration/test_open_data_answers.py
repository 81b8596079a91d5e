"""The simulated portal, harvested on some days and judged by dbt, against its answer key.

What is wrong on purpose must be found, all of it, and nothing else.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from ingestion.core import http, run
from ingestion.core.source import read_source
from ingestion.embedded.postgres import Cluster
from ingestion.sources.open_data_portal.daily import harvest, look
from sandbox.portal.answers import RULES, answers, conforming
from sandbox.portal.history import Portal
from tests.conftest import copy_of_template
from tests.integration.open_data_fill import build_open_data

SEED = int(os.environ.get("CCHC_PORTAL_SEED", "1"))
SHARE = float(os.environ.get("CCHC_PORTAL_SHARE", "1.0"))
"""Of the publishers; below 1 not every kind of fault occurs."""
# A link that may recover is judged on the second day; on the last one, a file that nobody said had
# changed is asked for again.
DAYS = [dt.date(2026, 10, 12), dt.date(2026, 10, 13), dt.date(2026, 10, 22)]
FIRST, LAST = DAYS[0], DAYS[-1]

Verdict = tuple[dt.date, str, str]


@dataclass(frozen=True)
class Judged:
    """What the warehouse says: by day, dataset and rule; and which agencies conform by day."""

    checks: dict[Verdict, Any]
    conforms: dict[tuple[dt.date, str], bool]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the simulated portal."""
    command = [sys.executable, "-m", "sandbox.portal", "--port", "0", "--until", str(LAST)]
    command += ["--seed", str(SEED), "--publishers", str(SHARE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().removeprefix("ready ").strip()
        assert address.startswith("http://")
        yield address
        server.terminate()


@pytest.fixture(scope="module")
def judged(
    site: str,
    postgres_cluster: Cluster,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Judged:
    """Three days, each harvested and looked at, then built at once."""
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    var: Path = tmp_path_factory.mktemp("var")
    source = read_source("open_data_portal")
    swift = replace(source, http=replace(source.http, requests_per_second=500.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        patch.setenv("CCHC_VAR", str(var))
        patch.setenv("AIRFLOW_CONN_OPEN_DATA_PORTAL", f"{site}/?as_of_header=X-As-Of")
        patch.delenv("CCHC_LANDING", raising=False)
        patch.setattr(run, "read_source", lambda _: swift)
        patch.setattr(http, "_FIRST_BACK_OFF_SECONDS", 0.02)
        for day in DAYS:
            look(harvest(day, day)["days"])
        build_open_data()
    engine = create_engine(url)
    with engine.connect() as connection:
        checks = {
            (row.checked_on, row.dataset_key, row.rule_id): row
            for row in connection.execute(text("select * from marts.fct_open_dataset_check"))
        }
        conforms = {
            (row.checked_on, row.agency_code): row.conforms
            for row in connection.execute(
                text(
                    "select checked_on, agency_code, conforms from marts.fct_open_data_publisher"
                    " inner join reference.agencies using (agency_key) where is_obliged"
                )
            )
        }
    engine.dispose()
    return Judged(checks, conforms)


@pytest.fixture(scope="module")
def portal() -> Portal:
    return Portal(SEED, SHARE)


def test_every_public_dataset_is_judged_by_every_rule(judged: Judged, portal: Portal) -> None:
    wanted = {
        (day, dataset.dataset_id, rule)
        for day in DAYS
        for dataset in portal.on(day).public
        for rule in RULES
    }
    assert set(judged.checks) == wanted


def test_what_is_wrong_is_found_and_nothing_else(judged: Judged, portal: Portal) -> None:
    key = {
        (day, answer.dataset_id, answer.rule_id): answer
        for day in DAYS
        for answer in answers(portal, day, FIRST)
    }
    differing = [
        f"{answer.defect_id or 'nothing wrong'}: {answer.rule_id} on {spot[0]}:"
        f" {judged.checks[spot].state}, {judged.checks[spot].reason_code},"
        f" {judged.checks[spot].detail_vi}"
        for spot, answer in key.items()
        if answer.passed is not None and judged.checks[spot].passed is not answer.passed
    ]
    assert not differing, "\n".join(differing)
    failing = Counter(answer.rule_id for answer in key.values() if answer.passed is False)
    assert set(failing) == set(RULES)  # each rule is broken somewhere, else the test shows nothing


def test_agencies_conform_as_the_key_says(judged: Judged, portal: Portal) -> None:
    for day in DAYS:
        key = conforming(portal, day, FIRST)
        assert {code: judged.conforms[day, code] for code in key} == key
        assert set(key.values()) == {True, False}
