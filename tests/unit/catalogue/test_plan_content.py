"""What the plan asks for is in the catalogue, figure by figure."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date

import pytest

from ingestion.catalogue.check import APPENDIX_ROWS, check_catalogue, load_catalogue
from ingestion.catalogue.load import CatalogueFolder
from ingestion.catalogue.model import Catalogue


@pytest.fixture
def plan(folder: CatalogueFolder) -> Catalogue:
    return load_catalogue(folder)


def test_the_catalogue_is_valid(folder: CatalogueFolder) -> None:
    assert [str(problem) for problem in check_catalogue(folder)] == []


FIRST, SECOND = "2026-2027", "2028-2030"
APPENDIX = {
    "PL1.I.1": ("TTHC-01", FIRST, ">=", 100, ("SKHCN", "VPUBND")),
    "PL1.I.2": ("TTHC-02", FIRST, ">=", 100, ("SKHCN", "VPUBND")),
    "PL1.I.3": ("TTHC-03", FIRST, ">=", 95, ("SKHCN", "VPUBND")),
    "PL1.I.4": ("CV-01", FIRST, ">=", 100, ("SNV",)),
    "PL1.I.5": ("CV-02", FIRST, ">=", 100, ("SNV",)),
    "PL1.I.6": ("TTHC-04", FIRST, ">=", 100, ("VPUBND",)),
    "PL1.II.1": ("TTHC-05", SECOND, ">=", 95, ("SKHCN", "VPUBND")),
    "PL1.II.2": ("TTHC-06", SECOND, ">=", 90, ("SKHCN", "VPUBND")),
    "PL1.II.3": ("TTHC-07", SECOND, ">=", 90, ("SKHCN", "VPUBND")),
    "PL1.II.4": ("TTHC-08", SECOND, ">=", 80, ("SKHCN", "VPUBND")),
    "PL1.II.5": ("CV-01", SECOND, ">=", 100, ("SNV",)),
    "PL1.II.6": ("CV-02", SECOND, ">=", 100, ("SNV",)),
    "PL1.II.7": ("TTHC-09", SECOND, ">=", 80, ("VPUBND",)),
    "PL1.II.8": ("SO-01", SECOND, ">=", 100, ("SKHCN",)),
    "PL1.II.9": ("SO-02", SECOND, ">=", 30, ("NHNNKV3",)),
}


def test_the_fifteen_rows_of_appendix_one(plan: Catalogue) -> None:
    rows = {
        t.key: (t.indicator, t.phase, t.operator, t.value, t.owners)
        for t in plan.targets
        if t.plan_ref.startswith("PL1.")
    }
    assert rows == APPENDIX
    assert tuple(rows) == APPENDIX_ROWS
    assert len({indicator for indicator, *_ in rows.values()}) == 13


FURTHER = {
    "I.2.a.TC-01": ("annual", "approx", 5),
    "I.2.a.TC-02": (FIRST, ">", 80),
    "I.2.b.TC-02": (SECOND, ">", 85),
    "I.2.a.TC-03a": (FIRST, ">=", 100),
    "I.2.a.TC-03b": (FIRST, ">=", 100),
    "I.2.b.TC-04": ("2030", "approx", 5500),
    "I.2.a.SO-03": (FIRST, ">=", 3),
    "I.2.b.SO-03": (SECOND, ">=", 4),
    "I.2.a.TT-06": ("annual", "=", 1),
    **{f"I.2.a.TT-0{n}": (FIRST, ">=", 100) for n in (1, 2, 3, 4, 5, 7)},
    **{f"I.2.b.TT-0{n}": (SECOND, ">=", 100) for n in (1, 2, 3, 4, 5, 7)},
    **{f"I.2.a.BM-0{n}": (FIRST, "=", 1) for n in (1, 2, 3, 4)},
    **{f"II.6.b.TTHC-{n}": ("none", ">=", 100) for n in (10, 11, 12)},
}


def test_the_further_targets(plan: Catalogue) -> None:
    rows = {
        t.key: (t.phase, t.operator, t.value)
        for t in plan.targets
        if not t.plan_ref.startswith("PL1.")
    }
    assert rows == FURTHER


def test_about_has_no_tolerance_until_the_owner_sets_one(plan: Catalogue) -> None:
    about = [t for t in plan.targets if t.operator == "approx"]
    assert {t.indicator for t in about} == {"TC-01", "TC-04"}
    assert all(t.tolerance is None and "chưa đặt" in t.tolerance_basis_vi for t in about)


def test_phases_are_half_open_and_cover_the_plan(plan: Catalogue) -> None:
    spans = {phase.code: (phase.start, phase.end) for phase in plan.phases}
    assert spans[FIRST] == (date(2026, 1, 1), date(2028, 1, 1))
    assert spans[SECOND] == (date(2028, 1, 1), date(2031, 1, 1))
    assert spans["none"] == (None, None)


def test_units_that_must_not_be_mistaken(plan: Catalogue) -> None:
    units = {i.code: (i.unit, i.rollup) for i in plan.indicators}
    assert units["SO-02"] == ("multiple", "ratio_of_sums")
    assert units["SO-03"] == ("level", "none")
    assert units["TC-04"] == ("count", "last")
    assert all(rollup == "ratio_of_sums" for unit, rollup in units.values() if unit == "pct")


READINGS = {
    "TTHC-01": ["eligible_full"],
    "TTHC-02": ["valid_e_result", "as_reported"],
    "TTHC-03": ["rating_online", "survey"],
    "TTHC-04": ["both", "dossiers", "results"],
    "TTHC-05": ["rating", "computed_766", "survey"],
    "TTHC-06": [
        "pooled",
        "land",
        "construction",
        "investment",
        "survey",
        "survey_land",
        "survey_construction",
        "survey_investment",
    ],
    "TTHC-07": ["per_received", "per_digitised", "flagged_766"],
    "TTHC-08": ["transactions_portal"],
    "TTHC-09": ["dossiers_online"],
}


def test_the_readings_that_the_marts_compute(plan: Catalogue) -> None:
    """The headline stands first; the names are columns of the marts."""
    for code, expected in READINGS.items():
        indicator = plan.indicator(code)
        assert indicator is not None
        assert [reading.code for reading in indicator.readings] == expected
        assert indicator.headline_reading == expected[0]


def test_satisfied_is_a_parameter(plan: Catalogue) -> None:
    given = {i.code: i.parameters for i in plan.indicators if i.parameters}
    assert given == {code: {"satisfied_min_score": 4} for code in ("TTHC-03", "TTHC-05", "TTHC-06")}


def test_only_the_outside_indices_are_context(plan: Catalogue) -> None:
    assert [i.code for i in plan.indicators if i.is_context] == ["CTX-01"]
    assert plan.targets_of("CTX-01") == ()


def test_mart_names_are_distinct(plan: Catalogue) -> None:
    names = [i.mart_name for i in plan.indicators]
    assert len(set(names)) == len(names) == 34
    assert {"ind_tthc_01", "ind_tc_03a", "ind_tc_03b"} <= set(names)


@pytest.fixture
def tasks(folder: CatalogueFolder) -> list[dict[str, str]]:
    with (folder.reference / "plan_tasks.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_fifty_tasks_by_theme(tasks: list[dict[str, str]]) -> None:
    counts = Counter(task["theme_code"] for task in tasks)
    assert counts == {"I": 5, "II": 5, "III": 12, "IV": 5, "V": 4, "VI": 7, "VII": 12}
    for task in tasks:
        assert task["task_ref"] == f"PL2.{task['theme_code']}.{task['task_number']}"


def test_deadlines_are_typed(tasks: list[dict[str, str]]) -> None:
    kinds = Counter(task["deadline_kind"] for task in tasks)
    assert kinds == {
        "range": 21, "continuous": 15, "annual_month": 5, "annual": 2, "by_programme": 2,
        "month": 2, "day": 1, "year": 1, "event": 1,
    }  # fmt: skip
    by_ref = {task["task_ref"]: task for task in tasks}
    third = by_ref["PL2.III.3"]
    assert (third["deadline_vi"], third["deadline_start"]) == ("Ngày 01/3/2027", "2027-03-01")
    assert by_ref["PL2.III.4"]["deadline_end"] == "2026-03-01"
    assert [by_ref[f"PL2.VI.{n}"]["deadline_month"] for n in range(1, 6)] == [*["12"] * 4, "1"]
    for task in tasks:
        assert date.fromisoformat(task["deadline_start"]) < date.fromisoformat(task["deadline_end"])


def test_task_text_has_no_page_break_left(tasks: list[dict[str, str]]) -> None:
    for task in tasks:
        text = "|".join(task.values())
        assert "STT" not in text
        assert "<" not in text
        assert "phường phường" not in text
        assert "  " not in text


def test_named_leads_exist(tasks: list[dict[str, str]], folder: CatalogueFolder) -> None:
    codes = {a.code for a in folder.agencies if a.valid_to is None}
    for task in tasks:
        leads = [code for code in task["lead_agencies"].split(";") if code]
        assert set(leads) <= codes
        assert bool(leads) == (task["lead_scope"] == "named")


@pytest.fixture
def breaks(folder: CatalogueFolder) -> list[dict[str, str]]:
    with (folder.reference / "comparability_breaks.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_comparability_breaks_name_known_indicators(
    plan: Catalogue, breaks: list[dict[str, str]]
) -> None:
    codes = {i.code for i in plan.indicators}
    assert breaks
    for row in breaks:
        assert row["indicator_scope"] == "*" or set(row["indicator_scope"].split(";")) <= codes
        assert row["grain_scope"] in ("all", "commune", "department")
        date.fromisoformat(row["effective_on"])


ALL = "*"
BREAKS = [
    ("ONLINE-LEVELS-2022", "2022", ["TTHC-01"], "all"),
    ("INDEX-766", "2022-06-23", ["TTHC-02", "TTHC-04", "TTHC-07", "TTHC-09"], "all"),
    ("COMMUNES-200", "2025-01-01", ALL, "commune"),
    ("DEPARTMENTS-2025", "2025-03-01", ALL, "department"),
    ("COMMUNES-75", "2025-07-01", ALL, "all"),
    ("ONE-STOP-118", "2025-07-01", [f"TTHC-{number:02d}" for number in range(1, 13)], "all"),
    ("OPEN-DATA-2025", "2025", ["SO-01"], "all"),
    ("BUDGET-LAW-2025", "2026-01-01", ["TC-03a", "TC-03b"], "all"),
    ("ONLINE-SERVICES-224", "2026-07-01", ["TTHC-01"], "all"),
]
"""Key, day (or year), indicators and grain of each break that the field knows of."""


@pytest.mark.parametrize(("key", "day", "indicators", "grain"), BREAKS)
def test_every_known_break_is_declared(
    breaks: list[dict[str, str]], key: str, day: str, indicators: str | list[str], grain: str
) -> None:
    (row,) = [row for row in breaks if row["break_key"] == key]
    scope = row["indicator_scope"]
    assert row["effective_on"].startswith(day)
    assert row["grain_scope"] == grain
    assert scope == ALL if indicators == ALL else set(indicators) <= set(scope.split(";"))
    assert row["reason_vi"] and row["certainty"] in ("seen", "recalled", "inferred", "open")
