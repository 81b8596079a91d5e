"""The main job without Airflow: sandbox over HTTP → warehouse → marts → checks → mails → page."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import create_engine, text

from dashboards import scorecard
from dashboards.site import page
from expectations.check import run_checks
from expectations.notices import send_digests
from ingestion import migrations
from ingestion.core.environment import engine, libpq_url
from ingestion.core.run import ingest, require_accepted
from ingestion.embedded import processes
from ingestion.embedded.postgres import Cluster
from ingestion.transform.marts_hash import hash_marts, overall
from ingestion.transform.runner import build
from sandbox.privacy import PersonalValues, search_database, search_folder
from sandbox.province import Province, window_of_days

FIRST, LAST = dt.date(2026, 9, 26), dt.date(2026, 10, 3)
DAYS = [FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
NOTICE_DAY = dt.date(2026, 10, 5)
RESOURCES = ("dossiers", "procedures", "ratings")
SCALE, SEED = 0.03, 4711
ACCOUNT = ("--user=e2e", "--password=e2e-secret", "--rate=0")


@dataclass(frozen=True)
class Chain:
    """One run of the whole chain.

    Attributes:
        var: its state folder, with landing, logs, mails and page.
        url: its warehouse.
        hash: hash over all its marts before the checks.
    """

    var: Path
    url: str
    hash: str


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


@pytest.fixture(scope="module")
def environment() -> Iterator[pytest.MonkeyPatch]:
    """Environment variables for the length of this module."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def province(
    tmp_path_factory: pytest.TempPathFactory, environment: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The simulated one-stop system and the mail catcher, running; the state folder."""
    var = tmp_path_factory.mktemp("chain") / "var"
    environment.setenv("CCHC_VAR", str(var))
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    api = processes.start(
        "sandbox-api",
        python("-m", "sandbox.api", "--port=0", f"--scale={SCALE}", f"--seed={SEED}", *ACCOUNT),
        ready=processes.announced_url,
        env=here,
    )
    mail = processes.start(
        "sandbox-mail",
        python("-m", "sandbox.mail", "--port=0", f"--folder={var / 'mails'}"),
        ready=processes.announced_url,
        env=here,
    )
    host = api.url.removeprefix("http://")
    environment.setenv("AIRFLOW_CONN_TTHC", f"http://e2e:{quote('e2e-secret')}@{host}/")
    smtp = mail.url.removeprefix("http://")
    environment.setenv(
        "AIRFLOW_CONN_SMTP_DEFAULT",
        f"smtp://{smtp}/?disable_tls=true&disable_ssl=true&from_email=cchc%40sonla.example",
    )
    yield var
    processes.stop("sandbox-api")
    processes.stop("sandbox-mail")


def fresh_warehouse(cluster: Cluster, name: str, patch: pytest.MonkeyPatch) -> str:
    """A migrated database, set as the warehouse."""
    cluster.ensure_database(name)
    url = cluster.url(name)
    migrations.upgrade(url)
    patch.setenv("WAREHOUSE_URL", url)
    return url


def load(days: list[dt.date], resources: tuple[str, ...] = RESOURCES) -> None:
    for resource in resources:
        for day in days:
            require_accepted(ingest("tthc", resource, day, day))


def marts_hash(url: str) -> str:
    warehouse = create_engine(url)
    try:
        return overall(hash_marts(warehouse))
    finally:
        warehouse.dispose()


@pytest.fixture(scope="module")
def chain(province: Path, postgres_cluster: Cluster, environment: pytest.MonkeyPatch) -> Chain:
    """Days loaded in order, built once, checked, told, shown."""
    url = fresh_warehouse(postgres_cluster, "chain", environment)
    load(DAYS)
    build(quiet=True)
    found = marts_hash(url)
    run_checks(FIRST, LAST)
    send_digests(NOTICE_DAY)
    page.build(scorecard.read(), province / "site")
    return Chain(province, url, found)


def test_every_plan_target_has_a_value_or_a_reason(chain: Chain) -> None:
    with engine(url=chain.url).connect() as connection:
        rows = connection.execute(
            text(
                "select t.target_key, p.value, p.reason_vi from marts.dim_target as t "
                "left join marts.fct_target_progress as p "
                "on p.target_key = t.target_key and p.agency_key = 1"
            )
        ).all()
    assert len(rows) >= 15
    assert [key for key, value, reason in rows if value is None and not reason] == []
    valued = {key for key, value, _ in rows if value is not None}
    assert {"PL1.I.1", "PL1.I.2", "PL1.I.3", "PL1.I.6"} <= valued
    assert {"PL1.II.1", "PL1.II.2", "PL1.II.3", "PL1.II.4", "PL1.II.7"} <= valued


def test_one_digest_per_agency_that_has_findings(chain: Chain) -> None:
    with engine(url=chain.url).connect() as connection:
        told = connection.execute(
            text("select agency_key, recipient from ops.notice where state = 'sent'")
        ).all()
    mails = sorted((chain.var / "mails").glob("*.eml"))
    assert told
    assert len(mails) == len(told) == len({key for key, _ in told})
    message = email.message_from_bytes(mails[0].read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    assert "MÔ PHỎNG" in body.get_content().upper()
    assert send_digests(NOTICE_DAY)["sent"] == 0
    assert len(list((chain.var / "mails").glob("*.eml"))) == len(mails)


def test_no_personal_value_got_through(chain: Chain) -> None:
    listed = list(Province(SEED, SCALE).people(*window_of_days(FIRST, LAST)))
    values = PersonalValues(listed)
    assert len(values) > 1_000
    leaks = [
        *search_folder(values, chain.var),
        *search_database(values, libpq_url(chain.url)),
    ]
    assert leaks == []


def test_the_search_finds_what_is_there(chain: Chain, tmp_path: Path) -> None:
    listed = next(Province(SEED, SCALE).people(*window_of_days(FIRST, LAST)))
    values = PersonalValues([listed])
    (tmp_path / "leak.log").write_text(f'{{"name": "{listed["value"]}"}}')
    assert [leak.value for leak in search_folder(values, tmp_path)] == [listed["value"]]


def test_other_order_a_killed_load_and_a_repeated_day_give_equal_marts(
    chain: Chain, postgres_cluster: Cluster, environment: pytest.MonkeyPatch
) -> None:
    url = fresh_warehouse(postgres_cluster, "chain_reversed", environment)
    environment.setenv("CCHC_LANDING", str(chain.var / "landing-reversed"))
    backwards = DAYS[::-1]
    load(backwards[:4])
    build(quiet=True)
    kill_in_the_middle(backwards[4], url)
    load(backwards[4:])
    build(quiet=True)
    assert marts_hash(url) == chain.hash

    load([DAYS[3]])
    build(quiet=True)
    assert marts_hash(url) == chain.hash


def kill_in_the_middle(day: dt.date, url: str) -> None:
    """Start loading a day in a process of its own and kill it once it has begun to write."""
    command = "from ingestion.core.cli import main; main()"
    process = subprocess.Popen(
        python("-c", command, "ingest", "tthc", f"--period={day}", "--resource=dossiers"),
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    with engine(url=url).connect() as connection:
        begun = text("select count(*) from ops.outcome where period = :day").bindparams(
            day=str(day)
        )
        while process.poll() is None and time.monotonic() < deadline:
            if connection.execute(begun).scalar_one():
                break
            connection.rollback()
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
