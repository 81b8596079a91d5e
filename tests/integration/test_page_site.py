"""The scorecard page and table, from sample marts in a real PostgreSQL."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from sqlalchemy import Connection, create_engine, text

from dashboards import command
from dashboards.scorecard import Scorecard, read
from dashboards.site import page
from ingestion import migrations
from ingestion.core.environment import ConfigurationError, repo_root
from ingestion.embedded.postgres import Cluster

READ_MARTS = (
    "dim_agency",
    "dim_indicator",
    "dim_target",
    "fct_target_progress",
    "fct_indicator_value",
    "fct_indicator_reading",
    "fct_finding",
    "rpt_on_time_by_agency",
)
READINGS_SEED = """
create table reference.indicator_readings (
    indicator_code text, reading_code text, name_vi text, name_en text, definition_vi text,
    is_headline boolean)
"""

AS_OF = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
LATEST = date(2026, 10, 1)
HOSTILE = '"><script>alert(1)</script><img src=https://evil.example/x.png>'


@cache
def contracts() -> dict[str, str]:
    """Columns of every mart as dbt enforces them, ready for ``create table``."""
    return {
        model["name"]: ", ".join(f"{c['name']} {c['data_type']}" for c in model["columns"])
        for path in (repo_root() / "dbt_project/models/marts").rglob("*.yml")
        for model in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).get("models", ())
    }


def create_marts(connection: Connection) -> None:
    """Create the marts that the scorecard reads, empty, from the contracts that dbt enforces."""
    for name in READ_MARTS:
        connection.execute(text(f"create table marts.{name} ({contracts()[name]})"))
    connection.execute(text(READINGS_SEED))


def add(connection: Connection, table: str, **row: Any) -> None:
    """Insert one row; columns that are not given stay empty."""
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f"insert into {table} ({names}) values ({values})"), row)


def add_agency(connection: Connection, key: int, name: str, folded: str, kind: str) -> None:
    add(
        connection,
        "marts.dim_agency",
        agency_key=key,
        agency_code={1: "14", 119: "SNV", 101: "VPUBND"}.get(key, f"A{key}"),
        name_vi=name,
        name_folded=folded,
        sort_key=f"{key:05d}",
        kind=kind,
        is_current=True,
    )


def add_indicator(connection: Connection, code: str, name: str, **more: Any) -> None:
    row = {
        "name_en": f"English name of {code}",
        "definition_vi": f"Định nghĩa của {code}.",
        "numerator_vi": "Số hồ sơ đạt",
        "denominator_vi": "Số hồ sơ",
        "unit": "pct",
        "direction": "up",
        "frequency": "month",
        "source": "tthc",
        "decimals": 1,
        "min_sample": 10,
        "owners": "SNV;VPUBND",
        "legal_basis": "QĐ 766/QĐ-TTg ngày 23/6/2022",
        "caveats_vi": "Mẫu số do cơ quan tự khai.",
        "headline_reading": "main",
        "is_context": False,
        "formula_version": 1,
    }
    add(connection, "marts.dim_indicator", indicator_code=code, name_vi=name, **(row | more))


def add_target(
    connection: Connection,
    key: str,
    code: str,
    phase: str,
    operator: str = ">=",
    goal: int | None = 100,
    **progress: Any,
) -> None:
    """Insert a target and, unless ``progress`` is empty, its progress at province level."""
    years = {"2026-2027": (2026, 2028), "2028-2030": (2028, 2031), "annual": (2026, 2031)}
    start, end = years[phase]
    shared = {"target_key": key, "indicator_code": code, "operator": operator}
    add(
        connection,
        "marts.dim_target",
        **shared,
        plan_ref=key,
        phase=phase,
        phase_start=date(start, 1, 1),
        phase_end=date(end, 1, 1),
        target_value=goal,
        unit="pct",
        owners="SNV",
        wording_vi=f"Nguyên văn của {key}",
    )
    if progress:
        row = {"agency_key": 1, "basis": "current", "open_finding_count": 0, "is_synthetic": True}
        add(
            connection,
            "marts.fct_target_progress",
            **shared,
            target_value=goal,
            **(row | progress),
        )


def add_value(
    connection: Connection, code: str, agency: int, start: date, good: int, total: int
) -> Decimal | None:
    value = round(Decimal(100 * good) / total, 6) if total else None
    add(
        connection,
        "marts.fct_indicator_value",
        indicator_code=code,
        agency_key=agency,
        period_type="month",
        period_start=start,
        basis="current",
        numerator=good,
        denominator=total,
        factor=100,
        value=value,
        value_state="reported" if total else "not_applicable",
        value_status="preliminary",
        is_small_number=total < 10,
        formula_version=1,
        data_as_of=AS_OF,
        quality_state="findings",
    )
    return value


def fill(connection: Connection) -> None:
    """A small province: three agencies, three measured targets, two without a value."""
    add_agency(connection, 1, "Tỉnh Sơn La", "tinh son la", "province")
    add_agency(connection, 101, "Văn phòng UBND tỉnh", "van phong ubnd tinh", "department")
    add_agency(connection, 119, "Sở Nội vụ", "so noi vu", "department")
    add_agency(connection, 2001, "Xã Chiềng Đen", "xa chieng den", "commune")
    add_indicator(connection, "TTHC-02", "Cấp kết quả điện tử")
    add_indicator(connection, "TTHC-04", "Số hóa hồ sơ")
    add_indicator(connection, "CV-01", HOSTILE)
    add_indicator(connection, "CTX-01", "Chỉ số tham chiếu", is_context=True)
    months = [date(2025 + n // 12, n % 12 + 1, 1) for n in range(22)]
    for number, month in enumerate(months):
        add_value(connection, "TTHC-02", 1, month, 8000 + 60 * number, 10000)
    for agency, good, total in ((101, 950, 1000), (119, 640, 800), (2001, 3, 4)):
        add_value(connection, "TTHC-02", agency, LATEST, good, total)
    for code, good in (("main", 9260), ("as_reported", 9900)):
        add(
            connection,
            "marts.fct_indicator_reading",
            indicator_code="TTHC-02",
            agency_key=1,
            period_type="month",
            period_start=LATEST,
            basis="current",
            reading_code=code,
            numerator=good,
            denominator=10000,
            value=Decimal(good) / 100,
            value_state="reported",
        )
        add(
            connection,
            "reference.indicator_readings",
            indicator_code="TTHC-02",
            reading_code=code,
            name_vi=f"Cách {code}",
            name_en=f"Reading {code}",
            is_headline=code == "main",
        )
    measured = {"period_type": "month", "period_start": LATEST, "data_as_of": AS_OF}
    add_target(
        connection,
        "PL1.I.2",
        "TTHC-02",
        "2026-2027",
        value=Decimal("92.6"),
        gap=Decimal("-7.4"),
        is_met=False,
        status="behind",
        previous_value=Decimal("92"),
        trend="up",
        **measured | {"open_finding_count": 1},
    )
    add_target(
        connection,
        "PL1.I.6",
        "TTHC-04",
        "2026-2027",
        value=Decimal("99.96"),
        gap=Decimal("-0.04"),
        is_met=False,
        status="on_track",
        **measured,
    )
    add_target(
        connection,
        "I.2.b",
        "TTHC-04",
        "2028-2030",
        ">",
        85,
        value=Decimal("99.96"),
        gap=Decimal("14.96"),
        is_met=True,
        status="reached",
        **measured,
    )
    add_target(
        connection,
        "PL1.I.4",
        "CV-01",
        "annual",
        "approx",
        5,
        status="no_value",
        reason_vi=f"Chưa có nguồn {HOSTILE}",
    )
    add_target(connection, "PL1.II.5", "CV-01", "2028-2030")
    for number, cleared in (("1", None), ("2", AS_OF)):
        add(
            connection,
            "marts.fct_finding",
            finding_key=number,
            rule_id=f"TTHC-00{number}",
            agency_key=119,
            source="tthc",
            indicator_code="TTHC-02",
            period_start=LATEST,
            severity="warning",
            observed="37",
            expected="0",
            record_count=37,
            sentence_vi=f"Sở Nội vụ: 37 hồ sơ {number} {HOSTILE}",
            sentence_en=f"37 dossiers {number}",
            evidence_sql="select 1 < 2",
            first_seen_at=AS_OF,
            last_seen_at=AS_OF,
            cleared_at=cleared,
            is_open=cleared is None,
            agency_name_vi="Sở Nội vụ",
        )
    for agency, due, system, recomputed in ((1, 2000, 1980, 1700), (119, 800, 800, 612)):
        add(
            connection,
            "marts.rpt_on_time_by_agency",
            month_start=LATEST,
            agency_key=agency,
            due_count=due,
            on_time_system_count=system,
            recomputable_count=due,
            on_time_recomputed_count=recomputed,
            on_time_system_pct=Decimal(100 * system) / due,
            on_time_recomputed_pct=Decimal(100 * recomputed) / due,
            gap_points=Decimal(100 * (system - recomputed)) / due,
        )


@pytest.fixture(scope="module")
def marts(postgres_cluster: Cluster) -> str:
    """A warehouse with the sample marts, which no test changes; its address."""
    postgres_cluster.ensure_database("page")
    url = postgres_cluster.url("page")
    migrations.upgrade(url)
    # As the role that owns what dbt builds, so that the readers' grants are the real ones.
    engine = create_engine(url, connect_args={"options": "-c role=cchc_transform"})
    with engine.begin() as connection:
        create_marts(connection)
        fill(connection)
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def card(marts: str) -> Scorecard:
    """The scorecard of the sample marts."""
    return read(marts)


class Document(HTMLParser):
    """A strict reader: every tag closed in order, ids unique, addresses collected."""

    EMPTY = frozenset({"meta", "input", "br", "link", "img"})

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.feed(source)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert len({name for name, _ in attrs}) == len(attrs), f"repeated attribute in {tag}"
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in {"href", "src", "srcset", "action", "poster", "data", "xlink:href"}:
                self.addresses.append(value or "")
            assert not name.startswith("on"), f"event handler {name}"
        if tag not in self.EMPTY and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)


def test_reads_every_target_with_its_progress(card: Scorecard) -> None:
    by_key = {target.target_key: target for target in card.targets}
    assert set(by_key) == {"PL1.I.2", "PL1.I.6", "I.2.b", "PL1.I.4", "PL1.II.5"}
    assert (by_key["PL1.I.2"].numerator, by_key["PL1.I.2"].denominator) == (9260, 10000)
    assert by_key["PL1.II.5"].status == "no_value"
    assert card.data_as_of == AS_OF
    assert card.is_synthetic


def test_reads_the_parts_of_an_indicator(card: Scorecard) -> None:
    indicator = card.indicator("TTHC-02")
    assert len(indicator.series) == 22
    assert [agency.name_vi for agency in indicator.agencies] == [
        "Văn phòng UBND tỉnh",
        "Sở Nội vụ",
        "Xã Chiềng Đen",
    ]
    assert [agency.is_small_number for agency in indicator.agencies] == [False, False, True]
    assert [reading.reading_code for reading in indicator.readings] == ["main", "as_reported"]
    assert [finding.rule_id for finding in indicator.findings] == ["TTHC-001"], "cleared ones go"
    assert [row.kind for row in card.on_time] == ["province", "department"]


def test_page_lists_every_target_and_says_why_values_are_missing(card: Scorecard) -> None:
    html = page.render(card)
    document = Document(html)
    assert set(re.findall(r'data-target="([^"]+)"', html)) == {t.target_key for t in card.targets}
    assert len(document.ids) == len(set(document.ids)), "an id is used twice"
    targets = {address[1:] for address in document.addresses if address.startswith("#")}
    assert targets <= set(document.ids), f"links to nowhere: {targets - set(document.ids)}"
    assert "Chưa có nguồn" in html
    assert "92,6" in html
    assert "99,9<" in html, "99.96 is not 100"
    assert "DỮ LIỆU MÔ PHỎNG" in html
    assert "20/11/2026" in html


def test_page_asks_nothing_of_anyone(card: Scorecard) -> None:
    html = page.render(card)
    document = Document(html)
    assert document.addresses
    assert all(address.startswith("#") for address in document.addresses)
    assert not {"img", "link", "iframe", "object", "embed", "base"} & set(document.tags)
    styles = "".join(re.findall(r"<style>(.*?)</style>", html, re.S))
    assert styles
    assert not re.search(r"url\(|@import", styles)
    script = "".join(re.findall(r"<script>(.*?)</script>", html, re.S))
    assert not re.search(r"fetch\(|XMLHttpRequest|https?:|import\(|innerHTML", script)
    assert "default-src 'none'" in html


def test_hostile_text_stays_text(card: Scorecard) -> None:
    html = page.render(card)
    assert html.count("<script>") == 1, "only the page's own"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_page_holds_no_personal_data(card: Scorecard) -> None:
    visible = re.sub(r"<(style|script)>.*?</\1>|<[^>]*>", " ", page.render(card), flags=re.S)
    assert not re.search(r"(?<!\d)(\d{9}|\d{12})(?!\d)", visible), "an identity number"
    assert not re.search(r"(?<!\d)(\+84|0[35789])\d{8}(?!\d)", visible), "a phone number"
    assert not re.search(r"[\w.]+@[\w.]+", visible), "an e-mail address"


def test_same_marts_give_the_same_bytes(marts: str, tmp_path: Path) -> None:
    first = page.build(read(marts), tmp_path / "a")
    second = page.build(read(marts), tmp_path / "b")
    assert first.name == "index.html"
    assert first.read_bytes() == second.read_bytes()
    assert [entry.name for entry in (tmp_path / "a").iterdir()] == ["index.html"]


def test_commands(marts: str, var_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_URL", marts)
    runner = CliRunner(env={"COLUMNS": "200"})
    shown = runner.invoke(command.scorecard, catch_exceptions=False)
    assert shown.exit_code == 0
    for words in ("DỮ LIỆU MÔ PHỎNG", "PL1.I.2", "≥ 100%", "92,6%", "−7,4 điểm %", "> 85%"):
        assert words in shown.output
    listed = json.loads(runner.invoke(command.scorecard, ["--json"]).output)
    assert listed["is_synthetic"] is True
    assert [t["value"] for t in listed["targets"] if t["target_key"] == "PL1.I.2"] == [92.6]
    built = runner.invoke(command.site, ["build"], catch_exceptions=False)
    assert Path(built.output.strip()) == var_folder / "site" / "index.html"
    assert Path(built.output.strip()).is_file()


def test_missing_marts_are_said(warehouse: str) -> None:
    with pytest.raises(ConfigurationError, match="cchc marts build"):
        read(warehouse)
