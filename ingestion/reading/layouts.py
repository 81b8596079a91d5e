"""Layouts of known forms, read from CSV files: what a form's columns and rows mean.

Nothing here knows a cell address. A form is known by what its labels say; what they may say stands
in the files (`README.md` beside them tells how to add a form). Every reference is resolved on
reading, so that a slip in a file is told with its line and never met as a wrong number.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Literal, cast

from ingestion.reading.labels import NOTHING, Phrases, expand, fold

Parts = Literal["sum", "at_most", "free"]
"""How the parts of a row relate to it: they add up, they are some of it, or neither is claimed."""

ColumnUnit = Literal["money", "percent", "count", "text"]
YearRule = Literal["current", "last", "any"]

STAGES = ("draft", "decided", "execution", "settlement")
LEVELS = ("province", "district", "commune", "unit")

_FORM_KEY = re.compile(rf"({'|'.join(STAGES)})\.(?:(\d{{1,3}})\.)?({'|'.join(LEVELS)})")
_CODE = re.compile(r"[a-z][a-z0-9_]*")
_TERM = re.compile(r"([+-]?)\s*([a-z][a-z0-9_]*\??)\s*")
_CEILING = re.compile(r"<= ([a-z][a-z0-9_]*)")
_RATIO = re.compile(r"100 \* ([a-z][a-z0-9_]*) / ([a-z][a-z0-9_]*)")

_FILES: dict[str, tuple[str, ...]] = {
    "forms.csv": (
        "form_key", "budget_year_from", "budget_year_to", "name_vi", "title_words",
        "column_set", "item_set", "parts", "certainty", "source",
    ),
    "columns.csv": (
        "column_set", "measure_code", "unit", "labels", "year", "need", "formula", "certainty",
    ),
    "labels.csv": ("concepts", "spelling", "certainty"),
    "abbreviations.csv": ("short", "long"),
    "items.csv": ("item_set", "item_code", "under", "parts", "spellings", "certainty"),
    "identities.csv": ("item_set", "identity", "formula", "measures", "say_vi", "certainty"),
    "bounds.csv": ("level", "item_code", "least_vnd", "most_vnd", "certainty", "source"),
    "stages.csv": ("stage", "words", "certainty"),
}  # fmt: skip
CERTAINTIES = ("seen", "practice", "recalled", "proposed", "open")


class LayoutError(Exception):
    """The layouts do not hold together.

    Args:
        problems: one line each, ``file:line: what is wrong and what to do``.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Sum:
    """``total`` is the sum of signed parts; all names are measure or item codes.

    A part marked optional counts as nothing where the table has no such row or column.
    """

    total: str
    parts: tuple[tuple[int, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A percent: 100 × numerator ÷ denominator."""

    numerator: str
    denominator: str


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Never more than another column of the same row."""

    over: str


Formula = Sum | Ratio | Ceiling


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """One column of a column set.

    Attributes:
        labels: alternatives; each the sorted concepts that the labels must say, no more, no less.
        year: which year the labels must name, as against the budget year.
        is_required: a table without it is not this form.
        formulas: how it follows from other columns; one of them must hold.
    """

    measure_code: str
    unit: ColumnUnit
    labels: tuple[tuple[str, ...], ...]
    year: YearRule
    is_required: bool
    formulas: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A row that a form names.

    Attributes:
        under: the named row that it must stand below; empty where its label says enough.
        parts: how the rows below it relate to it; None where the form's own rule holds.
    """

    item_code: str
    under: str
    parts: Parts | None


@dataclass(frozen=True, slots=True)
class Identity:
    """A relation between named rows that must hold in the columns of some measures."""

    code: str
    formula: Sum
    measures: tuple[str, ...]
    say_vi: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A form as published in some budget years.

    Attributes:
        form_key: ``<stage>.<number>.<level>``, without number ``<stage>.<level>``.
        number: of the form in its circular; None where it has none.
        titles: folded words of which one stands in the title.
        items: plain spelling to the rows that it may name, those below a certain row first.
    """

    form_key: str
    stage: str
    number: int | None
    level: str
    year_from: int
    year_to: int | None
    name_vi: str
    titles: tuple[str, ...]
    column_set: str
    columns: tuple[ColumnRule, ...]
    items: Mapping[str, tuple[Item, ...]]
    identities: tuple[Identity, ...]
    parts: Parts
    certainty: str

    def is_valid_in(self, year: int) -> bool:
        """Whether it is the layout of that budget year."""
        return self.year_from <= year and (self.year_to is None or year <= self.year_to)


@dataclass(frozen=True, slots=True)
class Bound:
    """What an amount of a named row can plausibly be, in đồng."""

    least: int
    most: int


@dataclass(frozen=True)
class Layouts:
    """All layouts of a folder.

    Attributes:
        version: changes whenever a file of the folder does.
        stages: plain words and the stage that they tell; the first that is found decides.
        bounds: by (level, item_code).
    """

    forms: tuple[Layout, ...]
    phrases: Phrases
    stages: tuple[tuple[str, str], ...]
    bounds: Mapping[tuple[str, str], Bound]
    version: str

    def in_year(self, year: int) -> list[Layout]:
        """Layouts of a budget year."""
        return [layout for layout in self.forms if layout.is_valid_in(year)]


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a CSV file, for messages."""

    file: str
    number: int
    cells: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells[name]


class _Problems(list[str]):
    def add(self, line: _Line, message_vi: str) -> None:
        self.append(f"{line.file}:{line.number}: {message_vi}")


@lru_cache(maxsize=8)
def read_layouts(folder: Path) -> Layouts:
    """Read and check every layout of a folder.

    Raises:
        LayoutError: a file is missing or wrong, a name is not resolved, or two layouts of one year
            could not be told apart by their labels.
    """
    problems = _Problems()
    lines = {name: _read(folder, name, columns, problems) for name, columns in _FILES.items()}
    if problems:
        raise LayoutError(problems)
    short = _short(lines["abbreviations.csv"], problems)
    phrases = _phrases(lines["labels.csv"], short, problems)
    concepts = {c for meant in phrases.values() for c in meant} | {NOTHING}
    column_sets = _column_sets(lines["columns.csv"], concepts, problems)
    item_sets = _item_sets(lines["items.csv"], short, problems)
    measures = {line["measure_code"] for line in lines["columns.csv"]}
    identities = _identities(lines["identities.csv"], item_sets, measures, problems)
    forms: list[tuple[_Line, Layout]] = []
    for line in lines["forms.csv"]:
        layout = _layout(line, column_sets, item_sets, identities, short, problems)
        if layout is not None:
            forms.append((line, layout))
    _check_apart(forms, problems)
    stages = _stages(lines["stages.csv"], short, problems)
    codes = {code for items in item_sets.values() for code in _codes(items)}
    bounds = _bounds(lines["bounds.csv"], codes, problems)
    if problems:
        raise LayoutError(sorted(problems))
    return Layouts(
        tuple(layout for _, layout in forms),
        Phrases(phrases, short),
        stages,
        bounds,
        _version(folder),
    )


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in sorted(_FILES):
        digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()[:12]


def _read(folder: Path, name: str, columns: tuple[str, ...], problems: _Problems) -> list[_Line]:
    path = folder / name
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            if tuple(header) != columns:
                problems.append(f"{name}:1: dòng đầu phải là {','.join(columns)}")
                return []
            lines = []
            for cells in reader:
                if len(cells) != len(columns):
                    problems.append(
                        f"{name}:{reader.line_num}: có {len(cells)} ô, phải có {len(columns)}"
                    )
                    continue
                values = {key: cell.strip() for key, cell in zip(columns, cells, strict=True)}
                line = _Line(name, reader.line_num, values)
                if "certainty" in values and values["certainty"] not in CERTAINTIES:
                    problems.add(line, f"certainty phải là một trong {', '.join(CERTAINTIES)}")
                lines.append(line)
            return lines
    except OSError as error:
        problems.append(f"{name}:1: không mở được tệp: {error.strerror}")
    except (csv.Error, UnicodeDecodeError) as error:
        problems.append(f"{name}:1: không phải CSV utf-8 đúng cách: {error}")
    return []


# --- the files, one by one -------------------------------------------------------------------


def _short(lines: list[_Line], problems: _Problems) -> dict[str, str]:
    """Folded abbreviation to folded words; what it stands for is not abbreviated again."""
    short: dict[str, str] = {}
    for line in lines:
        key, words = fold(line["short"]), fold(line["long"])
        if not key or " " in key or not words:
            problems.add(line, "short phải là một từ, long phải có chữ")
        elif short.setdefault(key, words) != words:
            problems.add(line, f"“{line['short']}” đã viết tắt cho “{short[key]}”")
    return short


def _phrases(
    lines: list[_Line], short: Mapping[str, str], problems: _Problems
) -> dict[str, tuple[str, ...]]:
    """Plain phrase to concepts; a phrase means one thing only."""
    phrases: dict[str, tuple[str, ...]] = {}
    for line in lines:
        concepts = tuple(line["concepts"].split("+"))
        wrong = [c for c in concepts if c != NOTHING and not _CODE.fullmatch(c)]
        spelling = expand(fold(line["spelling"]), short)
        if wrong or not spelling:
            problems.add(line, "cần concepts (chữ thường, nối bằng +) và spelling có chữ")
        elif phrases.setdefault(spelling, concepts) != concepts:
            known = "+".join(phrases[spelling])
            problems.add(line, f"cách viết “{line['spelling']}” đã có nghĩa {known}")
    return phrases


def _column_sets(
    lines: list[_Line], concepts: set[str], problems: _Problems
) -> dict[str, tuple[ColumnRule, ...]]:
    by_set: dict[str, list[_Line]] = defaultdict(list)
    for line in lines:
        by_set[line["column_set"]].append(line)
    return {
        name: tuple(_column(line, given, concepts, problems) for line in given)
        for name, given in by_set.items()
    }


def _column(
    line: _Line, siblings: list[_Line], concepts: set[str], problems: _Problems
) -> ColumnRule:
    codes = [sibling["measure_code"] for sibling in siblings]
    if codes.count(line["measure_code"]) > 1:
        problems.add(
            line, f"measure_code {line['measure_code']} lặp lại trong {line['column_set']}"
        )
    if not _CODE.fullmatch(line["measure_code"]):
        problems.add(line, f"measure_code “{line['measure_code']}” phải là chữ thường, số và _")
    for name, allowed in (
        ("unit", ("money", "percent", "count", "text")),
        ("year", ("current", "last", "any")),
        ("need", ("required", "optional")),
    ):
        if line[name] not in allowed:
            problems.add(line, f"{name} phải là một trong {', '.join(allowed)}")
    labels = tuple(
        tuple(sorted(part.strip() for part in alternative.split("+")))
        for alternative in line["labels"].split("|")
    )
    for concept in {c for alternative in labels for c in alternative} - concepts:
        problems.add(line, f"“{concept}” không có trong labels.csv")
    formulas: list[Formula] = []
    for text in filter(None, (part.strip() for part in line["formula"].split("|"))):
        formula = _formula(line["measure_code"], text)
        if formula is None:
            problems.add(line, f"không hiểu công thức “{text}” (vd. a - b, 100 * a / b, <= a)")
            continue
        formulas.append(formula)
        for name in sorted(_names(formula) - set(codes)):
            problems.add(
                line, f"công thức nhắc {name}, cột này không có trong {line['column_set']}"
            )
    return ColumnRule(
        line["measure_code"],
        cast("ColumnUnit", line["unit"]),
        labels,
        cast("YearRule", line["year"]),
        line["need"] == "required",
        tuple(formulas),
    )


def _formula(total: str, text: str) -> Formula | None:
    ratio = _RATIO.fullmatch(text)
    if ratio:
        return Ratio(ratio[1], ratio[2])
    ceiling = _CEILING.fullmatch(text)
    if ceiling:
        return Ceiling(ceiling[1])
    at = 0
    parts: list[tuple[int, str, bool]] = []
    while at < len(text):
        term = _TERM.match(text, at)
        if not term or (parts and not term[1]):
            return None
        parts.append((-1 if term[1] == "-" else 1, term[2].rstrip("?"), term[2].endswith("?")))
        at = term.end()
    return Sum(total, tuple(parts)) if parts else None


def _names(formula: Formula) -> set[str]:
    if isinstance(formula, Ratio):
        return {formula.numerator, formula.denominator}
    if isinstance(formula, Ceiling):
        return {formula.over}
    return {formula.total, *(name for _, name, _ in formula.parts)}


def _item_sets(
    lines: list[_Line], short: Mapping[str, str], problems: _Problems
) -> dict[str, dict[str, tuple[Item, ...]]]:
    """Items by plain spelling for each set; below one row a spelling names one row."""
    sets: dict[str, dict[str, dict[str, Item]]] = defaultdict(lambda: defaultdict(dict))
    known_codes: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        for name in line["item_set"].split("|"):
            known_codes[name].add(line["item_code"])
    for line in lines:
        if not _CODE.fullmatch(line["item_code"]):
            problems.add(line, f"item_code “{line['item_code']}” phải là chữ thường, số và _")
        if line["parts"] not in ("", "sum", "at_most", "free"):
            problems.add(line, "parts phải trống hoặc là sum, at_most, free")
        parts = cast("Parts", line["parts"]) if line["parts"] else None
        item = Item(line["item_code"], line["under"], parts)
        for name in line["item_set"].split("|"):
            if item.under and item.under not in known_codes[name]:
                problems.add(line, f"under “{item.under}” không có trong item_set {name}")
            for spelling in line["spellings"].split("|"):
                plain = expand(fold(spelling), short)
                if not plain:
                    problems.add(line, "cách viết trống")
                elif sets[name][plain].setdefault(item.under, item) != item:
                    known = sets[name][plain][item.under].item_code
                    problems.add(line, f"“{spelling}” trong {name} đã là {known}")
    return {
        name: {
            plain: tuple(sorted(items.values(), key=lambda item: item.under == ""))
            for plain, items in spelled.items()
        }
        for name, spelled in sets.items()
    }


def _codes(items: Mapping[str, tuple[Item, ...]]) -> set[str]:
    return {item.item_code for named in items.values() for item in named}


def _identities(
    lines: list[_Line],
    item_sets: dict[str, dict[str, tuple[Item, ...]]],
    known_measures: set[str],
    problems: _Problems,
) -> dict[str, tuple[Identity, ...]]:
    found: dict[str, list[Identity]] = defaultdict(list)
    for line in lines:
        total, _, right = line["formula"].partition("=")
        formula = _formula(total.strip(), right.strip())
        if not isinstance(formula, Sum) or not _CODE.fullmatch(total.strip()):
            problems.add(line, f"không hiểu công thức “{line['formula']}” (vd. a = b + c - d?)")
            continue
        for name in line["item_set"].split("|"):
            if name not in item_sets:
                problems.add(line, f"item_set {name} không có trong items.csv")
                continue
            for code in sorted(_names(formula) - _codes(item_sets[name])):
                problems.add(line, f"{code} không có trong item_set {name}")
            measures = tuple(line["measures"].split("|"))
            for code in sorted(set(measures) - known_measures):
                problems.add(line, f"measure_code {code} không có trong columns.csv")
            found[name].append(Identity(line["identity"], formula, measures, line["say_vi"]))
    return {name: tuple(given) for name, given in found.items()}


def _layout(
    line: _Line,
    column_sets: dict[str, tuple[ColumnRule, ...]],
    item_sets: dict[str, dict[str, tuple[Item, ...]]],
    identities: dict[str, tuple[Identity, ...]],
    short: Mapping[str, str],
    problems: _Problems,
) -> Layout | None:
    key = _FORM_KEY.fullmatch(line["form_key"])
    before = len(problems)
    if not key:
        problems.add(line, f"form_key “{line['form_key']}” phải là giai_đoạn.số.cấp")
    for name, known in (("column_set", column_sets), ("item_set", {"": {}, **item_sets})):
        if line[name] not in known:
            problems.add(line, f"{name} “{line[name]}” không có dòng nào trong {name[:-4]}s.csv")
    if line["parts"] not in ("sum", "at_most", "free"):
        problems.add(line, "parts phải là sum, at_most hoặc free")
    for name in ("budget_year_from", "budget_year_to"):
        if not re.fullmatch(r"20\d\d", line[name] or "2000"):
            problems.add(line, f"{name} phải là năm ngân sách, hoặc để trống")
    words = (expand(fold(title), short) for title in line["title_words"].split("|"))
    titles = tuple(filter(None, words))
    if not titles:
        problems.add(line, "title_words phải có ít nhất một cụm từ")
    if key is None or len(problems) > before:
        return None
    return Layout(
        form_key=line["form_key"],
        stage=key[1],
        number=int(key[2]) if key[2] else None,
        level=key[3],
        year_from=int(line["budget_year_from"] or 0),
        year_to=int(line["budget_year_to"]) if line["budget_year_to"] else None,
        name_vi=line["name_vi"],
        titles=titles,
        column_set=line["column_set"],
        columns=column_sets[line["column_set"]],
        items=item_sets.get(line["item_set"], {}),
        identities=identities.get(line["item_set"], ()),
        parts=cast("Parts", line["parts"]),
        certainty=line["certainty"],
    )


def _check_apart(forms: list[tuple[_Line, Layout]], problems: _Problems) -> None:
    """Two layouts of one year never fit the same header, title, stage, level and number."""
    for (_, one), (line, other) in combinations(forms, 2):
        if not _overlap(one, other):
            continue
        alike = (one.stage, one.level, one.number) == (other.stage, other.level, other.number)
        if alike and _same_header(one, other):
            problems.add(line, f"không phân biệt được với {one.form_key} bằng tiêu đề cột")
    for name in {layout.column_set for _, layout in forms}:
        line, layout = next(item for item in forms if item[1].column_set == name)
        for one_rule, other_rule in combinations(layout.columns, 2):
            if _same_column(one_rule, other_rule):
                problems.add(
                    line,
                    f"trong {name}, nhãn của {one_rule.measure_code} và"
                    f" {other_rule.measure_code} không phân biệt được",
                )


def _overlap(one: Layout, other: Layout) -> bool:
    return (other.year_to is None or one.year_from <= other.year_to) and (
        one.year_to is None or other.year_from <= one.year_to
    )


def _same_header(one: Layout, other: Layout) -> bool:
    return bool(set(one.titles) & set(other.titles)) and _required(one) == _required(other)


def _required(layout: Layout) -> set[tuple[str, ...]]:
    return {rule.labels[0] for rule in layout.columns if rule.is_required}


def _same_column(one: ColumnRule, other: ColumnRule) -> bool:
    if (one.unit == "percent") != (other.unit == "percent"):
        return False
    years_meet = one.year == other.year or "any" in (one.year, other.year)
    return years_meet and bool(set(one.labels) & set(other.labels))


def _stages(
    lines: list[_Line], short: Mapping[str, str], problems: _Problems
) -> tuple[tuple[str, str], ...]:
    """In the file's order, which decides: a settlement approved by the council is a settlement."""
    found: list[tuple[str, str]] = []
    for line in lines:
        if line["stage"] not in STAGES:
            problems.add(line, f"stage phải là một trong {', '.join(STAGES)}")
        found += [(expand(fold(words), short), line["stage"]) for words in line["words"].split("|")]
    return tuple(found)


def _bounds(
    lines: list[_Line], codes: set[str], problems: _Problems
) -> dict[tuple[str, str], Bound]:
    bounds: dict[tuple[str, str], Bound] = {}
    for line in lines:
        if line["level"] not in LEVELS or line["item_code"] not in codes:
            problems.add(line, "level hoặc item_code không có")
        if not (line["least_vnd"].isdigit() and line["most_vnd"].isdigit()):
            problems.add(line, "least_vnd và most_vnd phải là số đồng nguyên")
            continue
        bound = Bound(int(line["least_vnd"]), int(line["most_vnd"]))
        if bound.least >= bound.most:
            problems.add(line, "least_vnd phải nhỏ hơn most_vnd")
        bounds[(line["level"], line["item_code"])] = bound
    return bounds


def iter_measures(layouts: Layouts) -> Iterator[tuple[str, str]]:
    """Every (form_key, measure_code), for those who must know them all."""
    for layout in layouts.forms:
        for rule in layout.columns:
            yield layout.form_key, rule.measure_code
