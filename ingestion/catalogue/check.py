"""All checks of the catalogue: schema, cross rules between files, agency seeds."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from typing import Any

from ingestion.catalogue.agencies import (
    Agency,
    SeedError,
    check_agencies,
    check_source_codes,
)
from ingestion.catalogue.corrections import (
    DOSSIER_COLUMNS,
    READING_COLUMNS,
    check_corrections,
    is_date,
    number,
    read_seed,
)
from ingestion.catalogue.dbt_lists import (
    UnreadableMacro,
    macro_value,
    read_formulas,
    reported_readings,
)
from ingestion.catalogue.document import Document, Where
from ingestion.catalogue.load import TARGETS_FILE, CatalogueFolder
from ingestion.catalogue.model import Catalogue, build_catalogue
from ingestion.catalogue.problem import CatalogueError, Problem
from ingestion.catalogue.report_check import check_reports
from ingestion.catalogue.schema_check import check_schema
from ingestion.ledger.obligations import ObligationError, read_obligations
from ingestion.sources.agency_reports.forms import read_forms

APPENDIX_ROWS = tuple(f"PL1.I.{n}" for n in range(1, 7)) + tuple(
    f"PL1.II.{n}" for n in range(1, 10)
)
"""The 15 rows of Phụ lục I."""

MILESTONE_COLUMNS = ("target_key", "on_date", "value", "decided_by", "document", "note")
"""The columns of target_milestones.csv."""

_Rule = Callable[[Document], Iterator[Problem]]


def check_catalogue(folder: CatalogueFolder) -> list[Problem]:
    """Find everything that is wrong with the catalogue and the agency seeds.

    A broken file hides only itself: the other files are still checked, and rules that need a
    broken file are skipped.

    Args:
        folder: Where the catalogue lies.

    Returns:
        The problems sorted by file and line; empty when the catalogue is valid.
    """
    problems = _check_seed_files(folder)
    agencies = [] if problems else folder.agencies
    documents = folder.indicator_documents
    sound: list[Document] = []
    schema = folder.schema("schema.json")
    for document in documents:
        found = _read_problems(document) or check_schema(document, schema)
        if not found:
            sound.append(document)
            found = [problem for rule in _INDICATOR_RULES for problem in rule(document)]
            found += _owner_problems(document, agencies) if agencies else []
        problems += found
    problems += _duplicates(sound)
    all_readable = len(sound) == len(documents)
    problems += _formula_problems(folder, sound, all_readable=all_readable)
    problems += _correction_problems(folder, agencies)
    problems += _report_problems(folder, sound) if all_readable else []
    problems += _check_targets(folder, sound, agencies, all_readable=all_readable)
    return sorted(set(problems))


def load_catalogue(folder: CatalogueFolder) -> Catalogue:
    """Read a catalogue that must be valid.

    Raises:
        CatalogueError: it is not; carries every problem.
    """
    problems = check_catalogue(folder)
    if problems:
        raise CatalogueError(problems)
    return build_catalogue(
        [document.value for document in folder.indicator_documents], folder.targets_document.value
    )


def _check_seed_files(folder: CatalogueFolder) -> list[Problem]:
    agencies_file = folder.shown(folder.reference / "agencies.csv")
    edges_file = folder.shown(folder.reference / "agency_succession.csv")
    codes_file = folder.shown(folder.reference / "agency_source_codes.csv")
    unreadable = [
        problem
        for problem in (
            _unreadable_seed(lambda: folder.agencies, agencies_file),
            _unreadable_seed(lambda: folder.succession, edges_file),
            _unreadable_seed(lambda: folder.source_codes, codes_file),
        )
        if problem is not None
    ]
    return unreadable or [
        *check_agencies(folder.agencies, folder.succession, agencies_file, edges_file),
        *check_source_codes(folder.source_codes, folder.agencies, codes_file),
    ]


def _unreadable_seed(read: Callable[[], object], file: str) -> Problem | None:
    try:
        read()
    except SeedError as error:
        return Problem(file, error.line, "unreadable", str(error))
    except OSError as error:
        return Problem(file, 1, "unreadable", f"không mở được tệp: {error.strerror}")
    return None


def _read_problems(document: Document) -> list[Problem]:
    problems = list(document.problems)
    if document.value is not None:
        problems += _not_composed(document, document.value, ())
    return problems


def _not_composed(document: Document, value: object, path: Where) -> Iterator[Problem]:
    """Text that is not NFC: it looks right and is found by no search."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _not_composed(document, item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _not_composed(document, item, (*path, index))
    elif isinstance(value, str) and not unicodedata.is_normalized("NFC", value):
        yield document.problem(path, "not_nfc", "chữ tiếng Việt phải ở dạng dựng sẵn (NFC)")


# --- one indicator file ---------------------------------------------------------------------


def _code_is_file_name(document: Document) -> Iterator[Problem]:
    stem = document.file.rsplit("/", 1)[-1].removesuffix(".yml")
    code = document.value["code"]
    if stem != code.upper():
        message = f"mã {code} phải nằm trong tệp {code.upper()}.yml"
        yield document.problem(["code"], "file_name", message)


def _readings_are_sound(document: Document) -> Iterator[Problem]:
    codes: list[str] = [reading["code"] for reading in document.value["readings"]]
    headline = document.value["headline_reading"]
    if headline not in codes:
        message = f"headline_reading “{headline}” không có trong readings ({', '.join(codes)})"
        yield document.problem(["headline_reading"], "headline_reading", message)
    for index, code in enumerate(codes):
        if code in codes[:index]:
            path: Where = ("readings", index, "code")
            yield document.problem(path, "duplicate_reading", f"cách đọc “{code}” lặp lại")


def _formula_fits_rollup(document: Document) -> Iterator[Problem]:
    value = document.value
    rollup, unit = value["rollup"], value["unit"]
    if rollup == "ratio_of_sums":
        for part in ("numerator", "denominator"):
            if value[part] is None:
                message = f"rollup ratio_of_sums phải có {part}"
                yield document.problem([part], "missing_formula", message)
        if unit not in ("pct", "multiple"):
            message = f"đơn vị {unit} không đi với rollup ratio_of_sums"
            yield document.problem(["unit"], "unit_rollup", message)
    elif unit in ("pct", "multiple"):
        message = f"đơn vị {unit} phải tổng hợp bằng ratio_of_sums, không lấy trung bình tỷ lệ"
        yield document.problem(["rollup"], "unit_rollup", message)
    elif rollup in ("sum", "last") and value["numerator"] is None:
        yield document.problem(
            ["numerator"], "missing_formula", f"rollup {rollup} phải có numerator"
        )
    if unit in ("level", "milestone", "score") and rollup != "none":
        message = f"đơn vị {unit} không tổng hợp được: rollup phải là none"
        yield document.problem(["rollup"], "unit_rollup", message)


def _plausible_range(document: Document) -> Iterator[Problem]:
    low, high = document.value["plausible"]["min"], document.value["plausible"]["max"]
    if low is not None and high is not None and low > high:
        message = f"plausible: min {low} lớn hơn max {high}"
        yield document.problem(["plausible", "min"], "plausible_range", message)


def _versions_ascend(document: Document) -> Iterator[Problem]:
    """Versions count up from 1; dates leave no gap, and going back in time is explained."""
    items = document.value["formula_versions"]
    for index, item in enumerate(items):
        base: Where = ("formula_versions", index)
        number, start, end = item["version"], item["valid_from"], item.get("valid_to")
        if number != index + 1:
            message = f"phiên bản {number} phải là {index + 1}: đánh số tăng dần từ 1"
            yield document.problem((*base, "version"), "formula_version", message)
        later = min((item["valid_from"] for item in items[index + 1 :]), default=None)
        if end is not None and (end <= start or later not in (None, end)):
            right = f"phải là {later} hoặc bỏ đi" if later else f"phải sau {start}"
            message = f"phiên bản {number}: valid_to {end} để hở hoặc chồng lấn, {right}"
            yield document.problem((*base, "valid_to"), "formula_gap", message)
        restated = [before["version"] for before in items[:index] if before["valid_from"] >= start]
        if restated and "note" not in item:
            message = f"phiên bản {number} tính lại mọi tháng của phiên bản {restated[0]}: ghi note"
            yield document.problem((*base, "valid_from"), "formula_restated", message)


_INDICATOR_RULES: tuple[_Rule, ...] = (
    _code_is_file_name,
    _readings_are_sound,
    _formula_fits_rollup,
    _plausible_range,
    _versions_ascend,
)


def _owner_problems(document: Document, agencies: list[Agency]) -> Iterator[Problem]:
    for index, owner in enumerate(document.value["owners"]):
        path: Where = ("owners", index, "agency")
        yield from _owner_problem(document, path, owner["agency"], agencies)


def _owner_problem(
    document: Document, path: Where, code: str, agencies: list[Agency]
) -> Iterator[Problem]:
    """An owner must be a real body that exists today, that is, whose row is open."""
    rows = [agency for agency in agencies if agency.code == code and not agency.is_technical]
    if not rows:
        message = f"cơ quan “{code}” không có trong agencies.csv"
        yield document.problem(path, "unknown_owner", message)
    elif all(agency.valid_to is not None for agency in rows):
        message = f"cơ quan “{code}” ({rows[-1].name_vi}) đã kết thúc ngày {rows[-1].valid_to}"
        yield document.problem(path, "owner_not_valid", message)


def _duplicates(documents: list[Document]) -> Iterator[Problem]:
    first: dict[str, Document] = {}
    for document in documents:
        code = str(document.value["code"]).upper()
        if code in first:
            message = f"mã {code} đã có trong {first[code].file}"
            yield document.problem(["code"], "duplicate_indicator", message)
        first.setdefault(code, document)


# --- the formulas ---------------------------------------------------------------------------


def _formula_problems(
    folder: CatalogueFolder, documents: list[Document], *, all_readable: bool
) -> Iterator[Problem]:
    """Each reading of each version is counted by one formula, and each formula has its version."""
    file = folder.shown(folder.formulas)
    try:
        formulas = read_formulas(folder.formulas)
    except OSError as error:
        yield Problem(file, 1, "unreadable", f"không mở được tệp: {error.strerror}")
        return
    except UnreadableMacro as error:
        yield Problem(file, 1, "unreadable", f"không đọc được công thức: {error}")
        return
    known: dict[str, dict[tuple[str, int], Where]] = {}
    for document in documents:
        value = document.value
        known[value["code"]] = {
            (reading["code"], version["version"]): ("formula_versions", index, "version")
            for index, version in enumerate(value["formula_versions"])
            for reading in value["readings"]
        }
    counted: set[tuple[str, str, int]] = set()
    for formula in formulas:
        for version in formula.versions:
            name = f"công thức {formula.indicator}.{formula.reading} phiên bản {version}"
            cell = (formula.indicator, formula.reading, version)
            if cell in counted:
                yield Problem(file, formula.line, "duplicate_formula", f"{name} có hai lần")
            counted.add(cell)
            unread = not all_readable and formula.indicator not in known
            if not unread and cell[1:] not in known.get(formula.indicator, {}):
                message = f"{name} không có trong readings, formula_versions của chỉ tiêu"
                yield Problem(file, formula.line, "unknown_formula", message)
    computed = {formula.indicator for formula in formulas}
    for document in documents:
        code = document.value["code"]
        for (reading, version), path in known[code].items():
            if code in computed and (code, reading, version) not in counted:
                message = f"phiên bản {version} của {code}.{reading} chưa có công thức trong {file}"
                yield document.problem(path, "missing_version_formula", message)


# --- what the agencies report ---------------------------------------------------------------


def _report_problems(folder: CatalogueFolder, documents: list[Document]) -> list[Problem]:
    path = folder.reference / "reporting_obligations.csv"
    try:
        listed = reported_readings(folder.formulas)
    except (OSError, UnreadableMacro):
        return []  # told by the rule for the formulas themselves
    try:
        obligations = read_obligations(path)
    except (OSError, ObligationError) as error:
        return [Problem(folder.shown(path), 1, "unreadable", str(error))]
    file = folder.shown(folder.formulas)
    return list(check_reports(documents, listed, file, read_forms().all, obligations))


# --- the corrections ------------------------------------------------------------------------


def _correction_problems(folder: CatalogueFolder, agencies: list[Agency]) -> list[Problem]:
    tables, problems = [], []
    for name, columns in (("dossiers", DOSSIER_COLUMNS), ("readings", READING_COLUMNS)):
        path = folder.corrections / f"{name}.csv"
        rows, found = read_seed(path, folder.shown(path), columns)
        tables.append(rows)
        problems += found
    known: dict[str, set[str]] = defaultdict(set)
    try:
        for formula in read_formulas(folder.formulas):
            known[formula.indicator].add(formula.reading)
    except (OSError, UnreadableMacro):
        return problems  # told by the rule for the formulas themselves
    try:
        text = folder.correctable_fields.read_text(encoding="utf-8")
        fields = macro_value(text, "correctable_fields")
    except (OSError, UnreadableMacro) as error:
        file = folder.shown(folder.correctable_fields)
        return [*problems, Problem(file, 1, "unreadable", f"không đọc được: {error}")]
    return problems + list(
        check_corrections(*tables, fields=fields, known_readings=known, agencies=agencies)
    )


# --- the targets ----------------------------------------------------------------------------


def _check_targets(
    folder: CatalogueFolder, sound: list[Document], agencies: list[Agency], *, all_readable: bool
) -> list[Problem]:
    if not (folder.indicators / TARGETS_FILE).exists():
        file = folder.shown(folder.indicators / TARGETS_FILE)
        return [Problem(file, 1, "unreadable", "không có tệp chỉ tiêu")]
    document = folder.targets_document
    problems = _read_problems(document) or check_schema(
        document, folder.schema("targets.schema.json")
    )
    if problems:
        return problems
    indicators = {item.value["code"]: item for item in sound}
    problems += _phase_problems(document)
    problems += _coverage_problems(document)
    keys: set[str] = set()
    for index, target in enumerate(document.value["targets"]):
        if target["key"] in keys:
            message = f"target {target['key']} lặp lại"
            problems.append(
                document.problem(["targets", index, "key"], "duplicate_target", message)
            )
        keys.add(target["key"])
        indicator = indicators.get(target["indicator"])
        if indicator is not None:
            problems += _target_fits(document, index, target, indicator.value)
        elif all_readable:
            message = f"chỉ tiêu {target['indicator']} không có trong danh mục"
            path: Where = ("targets", index, "indicator")
            problems.append(document.problem(path, "unknown_indicator", message))
        for position, code in enumerate(target.get("owners", []) if agencies else []):
            place: Where = ("targets", index, "owners", position)
            problems += _owner_problem(document, place, code, agencies)
    problems += _indicators_without_target(document, sound)
    problems += _milestone_problems(folder, document)
    return problems


def _phase_problems(document: Document) -> Iterator[Problem]:
    """Phase dates, the tiling of the plan, and targets of one indicator that overlap."""
    plan, phases = document.value["plan"], document.value["phases"]
    spans: dict[str, tuple[date, date] | None] = {}
    tiles: list[tuple[date, date, int]] = []
    for index, phase in enumerate(phases):
        path: Where = ("phases", index, "start")
        if phase["code"] in spans:
            yield document.problem(path, "duplicate_phase", f"giai đoạn {phase['code']} lặp lại")
        spans[phase["code"]] = None
        try:
            start, end = (date.fromisoformat(phase[key]) if phase[key] else None for key in _ENDS)
        except ValueError as error:
            yield document.problem(path, "phase_dates", f"ngày không đọc được: {error}")
            continue
        if (start is None) != (end is None) or (start and end and start >= end):
            message = f"giai đoạn {phase['code']}: start và end không hợp lệ"
            yield document.problem(path, "phase_dates", message)
        elif start and end:
            spans[phase["code"]] = (start, end)
            if phase["tiles_plan"]:
                tiles.append((start, end, index))
    try:
        day, plan_end = (date.fromisoformat(plan[key]) for key in _ENDS)
    except ValueError as error:
        yield document.problem(["plan"], "phase_dates", f"ngày không đọc được: {error}")
        return
    for start, end, index in sorted(tiles):
        if start != day:
            what = "hở" if start > day else "chồng lấn"
            message = f"các giai đoạn của Kế hoạch {what} tại {min(start, day)}"
            yield document.problem(["phases", index, "start"], "phase_gap", message)
        day = end
    if day != plan_end:
        yield document.problem(["phases"], "phase_gap", f"các giai đoạn không phủ đến {plan_end}")
    yield from _overlapping_targets(document, spans)


_ENDS = ("start", "end")


def _overlapping_targets(
    document: Document, spans: dict[str, tuple[date, date] | None]
) -> Iterator[Problem]:
    by_indicator: dict[str, list[tuple[date, date, int]]] = defaultdict(list)
    for index, target in enumerate(document.value["targets"]):
        if target["phase"] not in spans:
            message = f"giai đoạn “{target['phase']}” chưa khai báo"
            yield document.problem(["targets", index, "phase"], "unknown_phase", message)
            continue
        span = spans[target["phase"]]
        if span is not None:
            by_indicator[target["indicator"]].append((*span, index))
    for code, entries in by_indicator.items():
        entries.sort()
        for (_, end, _first), (start, _, index) in pairwise(entries):
            if start < end:
                message = f"hai target của {code} chồng giai đoạn từ {start}"
                yield document.problem(["targets", index, "phase"], "phase_overlap", message)


def _coverage_problems(document: Document) -> Iterator[Problem]:
    """Each row of Phụ lục I stands exactly once, under its own key."""
    seen: dict[str, int] = {}
    for index, target in enumerate(document.value["targets"]):
        ref = target["plan_ref"]
        if not ref.startswith("PL1."):
            continue
        path: Where = ("targets", index, "plan_ref")
        if ref not in APPENDIX_ROWS:
            yield document.problem(path, "unknown_plan_ref", f"Phụ lục I không có dòng {ref}")
        if ref in seen:
            yield document.problem(path, "duplicate_plan_ref", f"dòng {ref} đã được ghi một lần")
        if target["key"] != ref:
            message = f"target của Phụ lục I phải có key là {ref}"
            yield document.problem(["targets", index, "key"], "target_key", message)
        seen[ref] = index
    for ref in APPENDIX_ROWS:
        if ref not in seen:
            yield document.problem(
                ["targets"], "missing_plan_ref", f"thiếu dòng {ref} của Phụ lục I"
            )


def _target_fits(
    document: Document, index: int, target: dict[str, Any], indicator: dict[str, Any]
) -> Iterator[Problem]:
    base: Where = ("targets", index)
    value, unit = target["value"], indicator["unit"]
    low, high = indicator["plausible"]["min"], indicator["plausible"]["max"]
    if (low is not None and value < low) or (high is not None and value > high):
        message = f"giá trị {value} nằm ngoài khoảng hợp lý {low} - {high} của {indicator['code']}"
        yield document.problem((*base, "value"), "value_out_of_range", message)
    if unit in ("level", "milestone") and value != int(value):
        message = f"đơn vị {unit} chỉ nhận số nguyên, không phải {value}"
        yield document.problem((*base, "value"), "value_out_of_range", message)
    if (target["operator"] == "=") != (unit == "milestone"):
        message = f"operator “=” chỉ dùng cho mốc (milestone); {indicator['code']} là {unit}"
        yield document.problem((*base, "operator"), "operator_unit", message)
    if indicator["is_context"]:
        message = f"{indicator['code']} chỉ là bối cảnh, Kế hoạch không đặt chỉ tiêu"
        yield document.problem((*base, "indicator"), "context_target", message)
    if target.get("owners") == [owner["agency"] for owner in indicator["owners"]]:
        message = "owners trùng với tệp chỉ tiêu: bỏ đi, một thông tin chỉ ghi một chỗ"
        yield document.problem((*base, "owners"), "repeated_fact", message)


def _milestone_problems(folder: CatalogueFolder, document: Document) -> list[Problem]:
    """Milestones that the owner entered lie on the way to a target of the plan."""
    path = folder.reference / "target_milestones.csv"
    rows, problems = read_seed(path, folder.shown(path), MILESTONE_COLUMNS)
    ends = {phase["code"]: phase["end"] for phase in document.value["phases"]}
    targets = {target["key"]: ends.get(target["phase"]) for target in document.value["targets"]}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        key, day = row.cells["target_key"], row.cells["on_date"]
        if key not in targets:
            problems.append(row.problem("unknown_target", f"không có mục tiêu {key}"))
        elif not is_date(day):
            message = f"on_date “{day}” phải là ngày YYYY-MM-DD"
            problems.append(row.problem("invalid_value", message))
        elif day >= (targets[key] or "9999"):
            message = f"{day} nằm sau giai đoạn của {key} (hết {targets[key]})"
            problems.append(row.problem("invalid_value", message))
        if number(row.cells["value"]) is None:
            message = f"value “{row.cells['value']}” phải là số, dấu thập phân là dấu chấm"
            problems.append(row.problem("invalid_value", message))
        if (key, day) in seen:
            problems.append(row.problem("duplicate_milestone", f"{key} ngày {day} đã có"))
        seen.add((key, day))
        if not row.cells["decided_by"].strip() or not row.cells["document"].strip():
            message = "thiếu decided_by hoặc document: mốc phải có người quyết định và văn bản"
            problems.append(row.problem("missing_account", message))
    return problems


def _indicators_without_target(document: Document, sound: list[Document]) -> Iterator[Problem]:
    aimed_at = {target["indicator"] for target in document.value["targets"]}
    for indicator in sound:
        code = indicator.value["code"]
        if not indicator.value["is_context"] and code not in aimed_at:
            message = f"{code} không có target nào và không phải chỉ số bối cảnh"
            yield indicator.problem(["code"], "no_target", message)
