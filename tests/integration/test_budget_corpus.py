"""The whole way from a file to its numbers, against the answer key of a corpus of budget files.

No silent wrong number: every number that may be used is the one that the key has for its cell, with
its measure, form, item and unit; every other number is refused or held, and says so.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingestion.catalogue.names import fold
from ingestion.reading.forms import read_file
from ingestion.reading.grid import FileRefused
from ingestion.reading.isolation import Isolated
from sandbox.budget.corpus import CorpusFile, CorpusKey, drawn_file, write_corpus
from sandbox.budget.defects import all_defects
from sandbox.budget.filling import fill
from sandbox.budget.forms import form_of
from sandbox.budget.render import Answer, subject_of

LAYOUTS = Path(__file__).parents[2] / "ingestion/sources/budget_publications/layouts"
FILES = int(os.environ.get("CCHC_BUDGET_CORPUS_FILES", "2000"))
"""Fewer while developing."""
WORKERS = 2
SEED = 20261123
FEWEST_CLEAN_READ = 0.95
FEWEST_DEFECTS = 40
OWN_CODES = {"commune_expenditure_fields": {"development_investment", "recurrent_expenditure"}}
"""Codes of the simulated figures that have no name among the forms' items."""


@dataclass
class Judged:
    """One file as read, against its answers.

    Attributes:
        wrong: numbers that may be used and must not be, or are not what the key says.
        lost: answers of a file that was read for which there is not even a refusal.
        left: numbers refused or held, by reason.
    """

    file: CorpusFile
    state: str
    used: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)


def judge(file: CorpusFile, answers: list[Answer], result: dict[str, Any]) -> Judged:
    judged = Judged(file, result["state"])
    key = {(answer.sheet, answer.cell): answer for answer in answers}
    told: set[tuple[str, str]] = set()
    for line in result["lines"]:
        place = (line["_sheet"], line["_cell"])
        told.add(place)
        if line["hold_code"] or line["state"] in ("refused", "text"):
            judged.left[line["hold_code"] or line["state"]] += 1
        elif line["state"] == "value":
            judged.used += 1
            why = _why_wrong(line, key.get(place))
            if why:
                judged.wrong.append(f"{file.path} {file.defects} {place}: {why}")
    if result["state"] in ("read", "partly_read"):
        columns_left_out = {
            (
                remark["where"].partition("!")[0],
                remark["where"].partition("!")[2].rstrip("0123456789"),
            )
            for remark in result["remarks"]
            if remark["code"] == "column_left_out"
        }
        sheets_left_out = {
            remark["where"] for remark in result["remarks"] if remark["code"] in UNREAD_TABLE
        }
        judged.lost = [
            f"{file.path} {file.defects} {place}: {answer.text} ({answer.row_label})"
            for place, answer in key.items()
            if place not in told
            and answer.value
            and place[0] not in sheets_left_out
            and (place[0], place[1].rstrip("0123456789")) not in columns_left_out
        ]
    return judged


UNREAD_TABLE = {"unknown_form", "form_conflict", "ambiguous_form"}


def _why_wrong(line: dict[str, Any], answer: Answer | None) -> str:
    if answer is None:
        return f"{line['value']} is no number of the form ({line['item_text']})"
    value = Decimal(line["value"]) * Decimal(line["unit_factor"])
    said = (value, line["unit_code"], line["measure_code"], line["form_key"])
    right = (answer.value, answer.unit_code, answer.measure_code, answer.form_key)
    if answer.expect == "refused":
        return f"{said} had to be refused"
    if said != right:
        return f"{said} instead of {right}"
    code = line["item_code"]
    allowed = OWN_CODES.get(answer.item_code, {answer.item_code})
    if code and answer.item_code and code not in allowed:
        return f"named {code} instead of {answer.item_code} ({line['item_text']})"
    return ""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> CorpusKey:
    return write_corpus(tmp_path_factory.mktemp("corpus"), FILES, SEED, WORKERS)


@pytest.fixture(scope="module")
def judged(corpus: CorpusKey) -> list[Judged]:
    def read(file: CorpusFile) -> Judged:
        form = form_of(file.forms[0])
        stated = {
            "form_text": f"Biểu số {form.number}/CK-NSNN" if form.number else "",
            "budget_year": file.budget_year,
        }
        options = {"layouts": str(LAYOUTS), "stated": stated}
        try:
            result = isolated.run(
                "ingestion.reading.forms:read_file", corpus.content(file), file.path, options
            )
        except FileRefused as refusal:
            result = {"state": "refused", "reason_code": refusal.code, "lines": [], "remarks": []}
        return judge(file, corpus.answers(file), result)

    with Isolated(workers=WORKERS) as isolated, ThreadPoolExecutor(WORKERS) as threads:
        found = list(threads.map(read, corpus.files))
    print("\n".join(_report(found)))  # noqa: T201 (the table that the corpus is for)
    return found


def _report(judged: list[Judged]) -> Iterator[str]:
    for name, of in (
        ("kind", lambda one: one.file.kind),
        ("defect", lambda one: one.file.defects[0] if one.file.defects else "-"),
    ):
        groups: dict[str, list[Judged]] = defaultdict(list)
        for one in judged:
            groups[of(one)].append(one)
        yield f"{name:<28} files   read partly unknown confirm refused    used  left  wrong lost"
        for key, group in sorted(groups.items()):
            states = Counter(one.state for one in group)
            yield (
                f"{key:<28} {len(group):>5} {states['read']:>6} {states['partly_read']:>6}"
                f" {states['unknown_form']:>7} {states['needs_confirmation']:>7}"
                f" {states['refused']:>7} {sum(one.used for one in group):>7}"
                f" {sum(one.left.total() for one in group):>5}"
                f" {sum(len(one.wrong) for one in group):>6}"
                f" {sum(len(one.lost) for one in group):>4}"
            )


def test_no_number_is_silently_wrong(judged: list[Judged]) -> None:
    wrong = [text for one in judged for text in one.wrong]
    assert not wrong, f"{len(wrong)} wrong: " + "\n".join(wrong[:20])
    assert sum(one.used for one in judged) > 50 * FILES


def test_what_is_not_used_is_told(judged: list[Judged]) -> None:
    lost = [text for one in judged for text in one.lost]
    assert not lost, f"{len(lost)} lost: " + "\n".join(lost[:20])


def test_clean_files_are_read_without_help(judged: list[Judged]) -> None:
    clean = [one for one in judged if not one.file.defects and one.file.kind != "scan"]
    read = [one for one in clean if one.state == "read"]
    rest = [(one.file.path, one.state, dict(one.left)) for one in clean if one.state != "read"]
    assert len(read) >= FEWEST_CLEAN_READ * len(clean), rest[:20]


def test_rows_hang_where_the_form_hangs_them() -> None:
    """Parents as in the form itself; below a row that only re-adds, rows may stand as roots."""
    compared = 0
    for number in range(40):
        order, rendered = drawn_file(number, SEED)
        if order.defects or order.style.kind == "scan":
            continue
        result = read_file(
            rendered.content,
            rendered.file_name,
            {"layouts": str(LAYOUTS), "stated": {"budget_year": order.budget_year}},
        )
        for form_key in order.forms:
            rows = fill(form_of(form_key), subject_of(order)).rows
            lines = {x["line_no"]: x for x in result["lines"] if x["form_key"] == form_key}
            assert [fold(row.label) for row in rows] == [
                fold(line["item_text"]) for line in lines.values()
            ]
            places = list(lines)
            for row, line in zip(rows, lines.values(), strict=True):
                above = None if row.parent is None else places[row.parent]
                found = line["parent_line_no"]
                is_below_total = above is not None and lines[above]["row_kind"] == "total"
                assert found == above or (found is None and is_below_total), (form_key, row.label)
                compared += 1
    assert compared > 200


def test_every_kind_of_defect_is_there_and_ends_as_it_must(judged: list[Judged]) -> None:
    spoilt = [one for one in judged if one.file.defects]
    seen = {defect for one in spoilt for defect in one.file.defects}
    assert len(seen) >= FEWEST_DEFECTS
    if FILES >= 2000:
        assert seen == all_defects().keys()
    ended = [
        f"{one.file.path} {one.file.defects}: {one.state} instead of {one.file.expected_states}"
        for one in spoilt
        if one.state not in one.file.expected_states
    ]
    assert not ended, f"{len(ended)}: " + "\n".join(ended[:20])


def test_a_scan_is_never_read_by_itself(judged: list[Judged]) -> None:
    scans = [one for one in judged if one.file.kind == "scan"]
    assert scans
    assert {(one.state, one.used) for one in scans} == {("needs_confirmation", 0)}
