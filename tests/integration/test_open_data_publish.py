"""Our own open data, published from small marts and read back by programs that are not ours."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from frictionless import Package
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, RDF
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from dashboards.open_data import marts as open_marts_module
from dashboards.open_data import publish as publishing
from dashboards.open_data.cells import unguarded, written
from dashboards.open_data.command import open_data
from dashboards.open_data.marts import PublicationRefused, opened
from dashboards.open_data.publish import publish
from dashboards.open_data.settings import load_publication
from ingestion.core.environment import ConfigurationError
from ingestion.core.guard import mask_personal
from ingestion.embedded.postgres import Cluster
from tests.conftest import copy_of_template
from tests.integration import open_marts
from tests.integration.open_marts import DAY, FORMULA

DATASET = "chi-tieu-cai-cach-hanh-chinh"
TABLES = ("indicator_values", "target_progress", "indicators", "targets", "agencies", "periods")
COMPANIONS = ("data_dictionary", "published_datasets")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?", re.ASCII)
DANGEROUS = tuple("=+-@＝＋－＠\t\r\n\0")


@pytest.fixture
def marts(warehouse: str) -> str:
    open_marts.fill(warehouse)
    return warehouse


@pytest.fixture
def out(marts: str, tmp_path: Path) -> Path:
    """A folder to which the marts were published once; for tests that change either."""
    folder = tmp_path / "open-data"
    published = publish(str(folder))
    assert published.is_new
    assert published.version == DAY
    return folder


@pytest.fixture(scope="module")
def files(
    postgres_cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with the same publication, for tests that only read it."""
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    open_marts.fill(url)
    folder = tmp_path_factory.mktemp("open-data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        publish(str(folder))
    return folder


def change(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def state(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file with what would tell that it was written again."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_ino,
            path.stat().st_mtime_ns,
            path.read_bytes(),
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_frictionless_finds_the_package_valid(files: Path) -> None:
    package = Package(str(files / DATASET / DAY / "datapackage.json"))
    report = package.validate()
    assert report.valid, report.flatten(["type", "note"])
    assert [task.name for task in report.tasks if task.type == "table"] == [*TABLES, *COMPANIONS]
    values = package.get_resource("indicator_values")
    assert values.schema.primary_key == [
        *("indicator_code", "agency_key", "period_type", "period_start", "basis")
    ]
    assert len(values.schema.foreign_keys) == 3
    field = values.schema.get_field("value_state")
    assert field.type == "string"
    assert "suppressed" in field.constraints["enum"]
    assert values.schema.get_field("value").type == "number"


def test_frictionless_would_notice_a_wrong_file(out: Path) -> None:
    path = out / DATASET / DAY / "indicators.csv"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"TC-01", b"TC-99"))
    report = Package(str(out / DATASET / DAY / "datapackage.json")).validate()
    assert {"hash-count", "foreign-key"} <= {error for (error,) in report.flatten(["type"])}


def test_types_meaning_and_keys_are_those_of_the_contracts(files: Path) -> None:
    package = json.loads((files / DATASET / DAY / "datapackage.json").read_bytes())
    fields = {f["name"]: f for f in package["resources"][0]["schema"]["fields"]}
    assert fields["denominator"]["description"] == "Mẫu số"
    assert fields["denominator"]["description_en"] == "denominator."
    dictionary = {
        (row["table"], row["column"]): row
        for row in rows(files / DATASET / DAY / "data_dictionary.csv")
    }
    described = dictionary["indicator_values", "denominator"]
    assert (described["type"], described["description_vi"]) == ("number", "Mẫu số")
    assert dictionary["targets", "operator"]["allowed_values"] == "at_least;more_than;about;equal"
    published = {
        (table, name)
        for table in TABLES
        for name in (rows(files / DATASET / DAY / f"{table}.csv") or [{}])[0]
    }
    assert published == set(dictionary)


@pytest.mark.parametrize("table", TABLES)
def test_parquet_says_what_the_csv_says(files: Path, table: str) -> None:
    parquet = pq.read_table(files / DATASET / DAY / f"{table}.parquet")
    told = [
        {name: unguarded(cell) for name, cell in row.items()}
        for row in rows(files / DATASET / DAY / f"{table}.csv")
    ]
    assert told
    assert told == [
        {name: unguarded(written(value)) for name, value in row.items()}
        for row in parquet.to_pylist()
    ]


def test_parquet_is_typed(files: Path) -> None:
    schema = pq.read_schema(files / DATASET / DAY / "indicator_values.parquet")
    types = {field.name: field.type for field in schema}
    assert types["value"] == pa.decimal128(38, 6)
    assert types["period_start"] == pa.date32()
    assert types["data_as_of"] == pa.timestamp("us", tz="UTC")
    assert types["is_small_number"] == pa.bool_()
    assert schema.field("value").metadata[b"description_en"]


def test_no_cell_begins_with_a_sign_that_starts_a_formula(files: Path) -> None:
    for path in sorted((files / DATASET / DAY).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.reader(stream):
                bad = [c for c in row if c.startswith(DANGEROUS) and not NUMBER.fullmatch(c)]
                assert bad == [], path.name
    (tc,) = (
        r for r in rows(files / DATASET / DAY / "indicators.csv") if r["indicator_code"] == "TC-01"
    )
    assert tc["definition_vi"] == "'" + FORMULA
    parquet = pq.read_table(files / DATASET / DAY / "indicators.parquet").to_pylist()
    assert FORMULA in {row["definition_vi"] for row in parquet}


def test_bytes_are_utf8_crlf_without_mark_and_numbers_are_plain(files: Path) -> None:
    content = (files / DATASET / DAY / "indicator_values.csv").read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == 6
    province = rows(files / DATASET / DAY / "indicator_values.csv")[3]
    assert (province["agency_key"], province["value"]) == ("1", "92.592593")
    assert (province["numerator"], province["is_small_number"]) == ("25", "false")
    assert province["data_as_of"] == "2026-11-20T16:30:00.250000Z"


def test_counts_of_few_people_are_withheld_and_counts_of_documents_are_not(files: Path) -> None:
    found = {
        (row["indicator_code"], row["agency_key"]): (
            *(row[name] for name in ("numerator", "denominator", "value", "value_state")),
        )
        for row in rows(files / DATASET / DAY / "indicator_values.csv")
    }
    assert found["TTHC-02", "2001"] == ("", "", "", "suppressed")
    assert found["TC-01", "119"] == ("", "", "", "suppressed")
    assert found["TC-01", "2001"] == ("1", "3", "33.333333", "reported")
    assert found["TC-01", "-14"] == ("", "", "", "not_reported")


def test_counts_of_procedures_are_told_though_the_source_counts_people(
    marts: str, tmp_path: Path
) -> None:
    for table in ("dim_indicator", "fct_indicator_value"):
        renamed = f"update marts.{table} set indicator_code = 'TTHC-01'"
        change(marts, f"{renamed} where indicator_code = 'TTHC-02'")
    publish(str(tmp_path / "out"))
    states = {
        row["value_state"]
        for row in rows(tmp_path / "out" / DATASET / DAY / "indicator_values.csv")
        if row["indicator_code"] == "TTHC-01"
    }
    assert states == {"reported"}


def test_progress_on_a_withheld_value_is_withheld_too(marts: str, tmp_path: Path) -> None:
    change(marts, "update marts.fct_indicator_value set denominator = 4 where agency_key = 1")
    publish(str(tmp_path / "out"))
    progress = rows(tmp_path / "out" / DATASET / DAY / "target_progress.csv")[0]
    assert (progress["value"], progress["gap"], progress["is_met"]) == ("", "", "")
    assert (progress["status"], progress["reason_vi"][:14]) == ("no_value", "Không công bố:")


def test_nothing_personal_is_in_any_file(files: Path) -> None:
    office = load_publication().contact.email
    for path in sorted(files.rglob("*")):
        if path.is_file() and path.suffix != ".parquet":
            content = re.sub(r"[0-9a-f]{64}|sha256-[\w+/=]+", "", path.read_text("utf-8"))
            assert mask_personal(content.replace(office, ""))[1] == 0, path.name


@pytest.mark.parametrize("value", ["Nguyễn Văn A 0912345678", "014203001234", "a@b.vn"])
def test_a_personal_value_in_a_mart_stops_all_and_is_not_repeated(
    marts: str, tmp_path: Path, value: str
) -> None:
    change(marts, f"update marts.fct_target_progress set reason_vi = '{value}'")
    with pytest.raises(
        PublicationRefused, match="fct_target_progress, column reason_vi"
    ) as refused:
        publish(str(tmp_path / "out"))
    assert value not in str(refused.value)
    assert list((tmp_path / "out").iterdir()) == []
    assert outcome(marts) == ("failed", "ours")


def outcome(url: str) -> tuple[str, str | None]:
    engine = create_engine(url)
    with engine.connect() as connection:
        query = (
            "select state, cause from ops.outcome where step = 'publish' order by outcome_id desc"
        )
        row = connection.execute(text(query)).first()
    engine.dispose()
    assert row is not None
    return row[0], row[1]


def test_the_marts_are_read_as_a_bi_tool_would(marts: str, tmp_path: Path) -> None:
    change(marts, "revoke select on marts.dim_period from bi_reader")
    with pytest.raises(ProgrammingError, match="permission denied"):
        publish(str(tmp_path / "out"))


def test_the_same_marts_write_nothing_again(out: Path, marts: str) -> None:
    before = state(out)
    again = publish(str(out))
    assert (again.is_new, again.written) == (False, ())
    assert state(out) == before
    assert outcome(marts) == ("ok", None)


def test_the_same_marts_give_the_same_bytes_elsewhere(out: Path, tmp_path: Path) -> None:
    publish(str(tmp_path / "elsewhere"))
    there = {name: content for name, (_, _, content) in state(tmp_path / "elsewhere").items()}
    assert there == {name: content for name, (_, _, content) in state(out).items()}


def test_other_data_of_the_same_day_are_a_version_of_their_own(out: Path, marts: str) -> None:
    first = state(out / DATASET / DAY)
    change(marts, "update marts.fct_indicator_value set value = 1 where agency_key = 1")
    second = publish(str(out))
    assert (second.version, second.is_new) == (f"{DAY}.2", True)
    assert state(out / DATASET / DAY) == first
    assert (out / DATASET / "latest").resolve() == (out / DATASET / f"{DAY}.2").resolve()
    assert f"{DAY}.2/datapackage.json" in (out / "catalog.jsonld").read_text()
    # What was mended back is the first version again.
    change(
        marts,
        "update marts.fct_indicator_value set value = 92.592593 where agency_key = 1",
    )
    third = publish(str(out))
    assert (third.version, third.is_new) == (DAY, False)
    assert (out / DATASET / "latest").resolve() == (out / DATASET / DAY).resolve()
    assert (out / DATASET / f"{DAY}.2").is_dir()


def test_a_publication_that_breaks_off_leaves_what_was_there(
    out: Path, marts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(out)
    change(marts, "update marts.fct_indicator_value set value = 1 where agency_key = 1")

    def broken(*_: object) -> bytes:
        raise OSError("disk full")

    monkeypatch.setattr(publishing, "list_rows", broken)
    with pytest.raises(OSError, match="disk full"):
        publish(str(out))
    assert state(out) == before


def test_no_build_runs_while_the_marts_are_read(marts: str) -> None:
    engine = create_engine(marts)
    may_build = text("select pg_try_advisory_xact_lock(20260701)")
    with opened(load_publication().small_cells), engine.connect() as builder:
        assert builder.scalar(may_build) is False
    with engine.connect() as builder:
        assert builder.scalar(may_build) is True
    engine.dispose()


def test_the_catalogue_is_dcat_in_both_forms(files: Path) -> None:
    place = "https://dulieu.sonla.example/mo/"
    graph = Graph().parse(
        files / "catalog.jsonld", format="json-ld", publicID=f"{place}catalog.jsonld"
    )
    turtle = Graph().parse(files / "catalog.ttl", format="turtle", publicID=f"{place}catalog.ttl")
    assert isomorphic(graph, turtle)
    (dataset,) = graph.subjects(RDF.type, DCAT.Dataset)
    for property_ in (
        *(DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCTERMS.license),
        *(DCTERMS.accrualPeriodicity, DCTERMS.modified, DCAT.contactPoint, DCAT.keyword),
    ):
        assert graph.value(dataset, property_, any=True), property_
    addresses = {
        str(graph.value(one, DCAT.downloadURL)): one
        for one in graph.objects(dataset, DCAT.distribution)
    }
    assert len(addresses) == 2 * len(TABLES) + len(COMPANIONS)
    checksum = URIRef("http://spdx.org/rdf/terms#checksum")
    value = URIRef("http://spdx.org/rdf/terms#checksumValue")
    for address, distribution in addresses.items():
        content = (files / address.removeprefix(place)).read_bytes()
        assert int(graph.value(distribution, DCAT.byteSize) or 0) == len(content)
        stated = graph.value(graph.value(distribution, checksum), value)
        assert str(stated) == hashlib.sha256(content).hexdigest()


def test_a_base_address_makes_every_address_absolute(marts: str, tmp_path: Path) -> None:
    publish(str(tmp_path / "out"), "https://dulieu.sonla.example/mo")
    graph = Graph().parse(
        tmp_path / "out" / "catalog.ttl", format="turtle", publicID="urn:other:/x"
    )
    addresses = {str(one) for one in graph.objects(None, DCAT.downloadURL)}
    assert addresses
    assert all(a.startswith(f"https://dulieu.sonla.example/mo/{DATASET}/") for a in addresses)


def test_synthetic_data_say_so_everywhere(out: Path, marts: str) -> None:
    mark = "DỮ LIỆU MÔ PHỎNG"
    package = json.loads((out / DATASET / DAY / "datapackage.json").read_bytes())
    assert package["is_synthetic"] is True
    assert mark in package["title"]
    assert rows(out / DATASET / DAY / "published_datasets.csv")[0]["title"] == package["title"]
    for name in ("catalog.jsonld", "catalog.ttl", "index.html"):
        assert mark in (out / name).read_text("utf-8"), name
    change(marts, "update marts.fct_target_progress set is_synthetic = false")
    publish(str(out))
    for path in (
        out / DATASET / "latest" / "datapackage.json",
        out / "catalog.jsonld",
        out / "index.html",
    ):
        assert mark not in path.read_text("utf-8"), path.name


class Page(HTMLParser):
    """Every tag closed in order; ids and addresses collected."""

    EMPTY = frozenset({"meta", "input", "br", "link", "img"})

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.EMPTY:
            self.open.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_sound_and_every_link_leads_somewhere(files: Path) -> None:
    source = (files / "index.html").read_text("utf-8")
    page = Page(source)
    assert len(page.ids) == len(set(page.ids))
    assert "style" not in page.attributes
    assert not any(name.startswith("on") for name in page.attributes)
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        elif not link.startswith(("https://creativecommons.org/", "mailto:")):
            assert (files / link).is_file(), link
    assert "default-src 'none'" in source
    assert 'lang="en">Administrative-reform indicators' in source


def test_a_bucket_gets_the_same_and_latest_besides(out: Path, marts: str) -> None:
    bucket = fsspec.filesystem("memory")
    try:
        first = publish("memory://open/data")
        assert first.is_new
        for path, (_, _, content) in state(out).items():
            assert bucket.cat_file(f"/open/data/{path}") == content, path
        latest = bucket.cat_file(f"/open/data/{DATASET}/latest/datapackage.json")
        assert latest == bucket.cat_file(f"/open/data/{DATASET}/{DAY}/datapackage.json")
        again = publish("memory://open/data")
        assert (again.is_new, again.written) == (False, ())
    finally:
        bucket.rm("/open", recursive=True)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(open_marts_module, "BATCH_ROWS", 2)
    return


def test_rows_come_in_batches_and_order_stays(
    out: Path, small_batches: None, tmp_path: Path
) -> None:
    publish(str(tmp_path / "small"))
    name = f"{DATASET}/{DAY}/indicator_values.csv"
    assert (tmp_path / "small" / name).read_bytes() == (out / name).read_bytes()
    publication = load_publication()
    with opened(publication.small_cells) as marts:
        assert [len(batch) for batch in marts.batches(publication.tables[0])] == [2, 2, 1]


def test_the_command_says_what_it_did(marts: str, tmp_path: Path) -> None:
    arguments = ["publish", "--out", str(tmp_path / "out"), "--json"]
    done = CliRunner().invoke(open_data, arguments, catch_exceptions=False)
    said: dict[str, Any] = json.loads(done.output)
    assert (said["version"], said["is_new"], said["is_synthetic"]) == (DAY, True, True)
    assert said["rows"]["indicator_values"] == 5
    done = CliRunner().invoke(open_data, arguments[:-1], catch_exceptions=False)
    assert "không đổi / unchanged" in done.output
    change(marts, "update marts.dim_target set operator = '<'")
    done = CliRunner().invoke(open_data, arguments)
    assert (done.exit_code, "no code is declared" in done.output) == (1, True)


def test_without_marts_it_says_what_to_do(warehouse: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cchc marts build"):
        publish(str(tmp_path / "out"))


def test_without_any_value_there_is_nothing_to_publish(marts: str, tmp_path: Path) -> None:
    change(marts, "delete from marts.fct_indicator_value")
    with pytest.raises(ConfigurationError, match="no value to publish"):
        publish(str(tmp_path / "out"))


def test_values_keep_all_their_digits(marts: str, tmp_path: Path) -> None:
    amount = "12345678901234567890.123456"
    change(marts, f"update marts.fct_indicator_value set numerator = {amount} where agency_key = 1")
    publish(str(tmp_path / "out"))
    told = rows(tmp_path / "out" / DATASET / DAY / "indicator_values.csv")[3]["numerator"]
    parquet = pq.read_table(tmp_path / "out" / DATASET / DAY / "indicator_values.parquet")
    assert told == amount
    assert Decimal(amount) in parquet["numerator"].to_pylist()
