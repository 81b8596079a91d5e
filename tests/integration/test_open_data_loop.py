"""The circle closed: our own open data, harvested like anybody's, passes every rule of ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from dashboards.open_data.publish import publish
from dashboards.open_data.settings import load_publication
from ingestion.core import run
from ingestion.embedded.postgres import Cluster
from ingestion.transform.runner import render_seeds, run_dbt
from tests.conftest import copy_of_template
from tests.integration import open_marts

DAY = date(2026, 11, 21)
SELECTION = ("+fct_open_dataset_check", "+fct_open_data_publisher")
DATA = ("indicator_values", "target_progress", "indicators", "targets", "agencies", "periods")


class Handler(SimpleHTTPRequestHandler):
    """Any web server that knows what JSON-LD is."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".jsonld": "application/ld+json"}

    def log_message(self, *_: Any) -> None:
        pass


@dataclass(frozen=True)
class Loop:
    """The folder that was published, and the warehouse that harvested it."""

    folder: Path
    url: str

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        engine = create_engine(self.url)
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(text(statement))]
        engine.dispose()
        return found


@pytest.fixture(scope="module")
def served(
    postgres_cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    """A folder with our open data, and the address at which a plain web server shows it."""
    folder = tmp_path_factory.mktemp("open-data")
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    open_marts.fill(url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        publish(str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def loop(
    served: tuple[Path, str],
    postgres_cluster: Cluster,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Loop]:
    """What another warehouse of ours found at that address."""
    folder, address = served
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        patch.setenv("CCHC_VAR", str(tmp_path_factory.mktemp("var")))
        patch.delenv("CCHC_LANDING", raising=False)
        connection = f"{address}/?portal_kind=dcat&as_of_header=X-As-Of"
        patch.setenv("AIRFLOW_CONN_OPEN_DATA_PORTAL", connection)
        for resource in ("datasets", "publishers", "contents"):
            run.require_accepted(run.ingest("open_data_portal", resource, DAY, DAY))
        render_seeds()
        # The two marts with the tests of what is built; what else the project tests is not there.
        order = ["build", "--indirect-selection", "cautious", "--select", *SELECTION]
        assert run_dbt([*order, "--exclude-resource-type", "unit_test"], quiet=True) == 0
        yield Loop(folder, url)


def test_the_harvest_finds_what_the_settings_say(loop: Loop) -> None:
    ((title, publisher, licence, contact, state),) = loop.rows(
        "select title, publisher_name, licence_url, contact_class, state "
        "from raw.open_data_portal__datasets"
    )
    publication = load_publication()
    assert title == f"[DỮ LIỆU MÔ PHỎNG] {publication.title.vi}"
    assert (publisher, licence) == ("Sở Nội vụ", publication.licence.url)
    assert (contact, state) == ("reachable", "active")


def test_every_file_is_what_it_is_said_to_be(loop: Loop) -> None:
    found = {
        name: facts
        for name, *facts in loop.rows(
            "select resources.resource_id, role, looked, problem_code, real_format, encoding, "
            "table_state, header_state, personal_count "
            "from raw.open_data_portal__resources as resources "
            "left join raw.open_data_portal__contents as contents "
            "on resources.resource_id = contents.resource_id"
        )
    }
    dataset = load_publication().dataset_id
    for name in DATA:
        told = found.pop(f"{dataset}:{name}.csv")
        assert told == ["data", "fetched", None, "csv", "utf-8", "parsed", "present", 0], name
        role, looked, problem, real_format, _, state, *_, personal = found.pop(
            f"{dataset}:{name}.parquet"
        )
        assert (role, looked, problem) == ("data", "fetched", None), name
        assert (real_format, state, personal) == ("parquet", "parsed", 0), name
    assert {name: facts[0] for name, facts in found.items()} == {
        f"{dataset}:data_dictionary.csv": "dictionary",
        f"{dataset}:published_datasets.csv": "list",
    }
    assert {(facts[1], facts[3], facts[7]) for facts in found.values()} == {("fetched", "csv", 0)}


def test_the_list_names_the_dataset(loop: Loop) -> None:
    assert loop.rows(
        "select entries.title = datasets.title, entries.publisher_name "
        "from raw.open_data_portal__list_entries as entries "
        "cross join raw.open_data_portal__datasets as datasets"
    ) == [(True, "Sở Nội vụ")]


def test_every_rule_is_judged_and_passed(loop: Loop) -> None:
    found = {
        rule_id: (state, detail)
        for rule_id, state, detail in loop.rows(
            "select rule_id, state, detail_vi from marts.fct_open_dataset_check"
        )
    }
    assert sorted(found) == [f"OPEN-{number:03}" for number in range(1, 14)]
    assert {rule_id: told for rule_id, told in found.items() if told[0] != "passed"} == {}


def test_the_publishing_agency_conforms(loop: Loop) -> None:
    assert loop.rows(
        "select agency.agency_code, publisher.has_live_dataset, publisher.conforms "
        "from marts.fct_open_data_publisher as publisher "
        "inner join reference.agencies as agency on publisher.agency_key = agency.agency_key "
        "where publisher.dataset_count > 0"
    ) == [("SNV", True, True)]
