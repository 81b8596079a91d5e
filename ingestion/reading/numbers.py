"""Numbers as published, exactly, or refused: separators are decided by evidence, never by habit.

``1.234`` is a thousand and something in one office and little more than one in the next. A text has
one reading, two, or none (`parse`). Where it has two, the rest of its column decides
(`read_column`): other rows that have one reading only, totals that re-add under one reading only,
and what the declared unit leaves possible. What stays undecided is refused, with its cell.

A stored number is taken as the shortest decimal that gives it back, which is what a person typed.
What a formula left behind (``20030.299999999996``, ``1234.0000000001``) is rounded: see `exact`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from ingestion.reading.grid import CellProblem, Value
from ingestion.reading.tables import Number, NumberState, Separators, Unit
from ingestion.reading.text import clean

_LONGEST_TEXT = 200
_OVERSIZED = 10**15
"""Workbooks keep 15 digits; a longer number was already changed when it was saved."""

_MOST_DIGITS = 18
"""A text with more digits is an identifier or a slip; the state budget in đồng has sixteen."""

_HIGHEST_PERCENT = 10_000
"""A percentage at or above this is no reading of a text that can be read otherwise."""

_DECIMALS_USUAL_FROM = 10**9
"""Factor of a unit of money from which amounts are usually published with decimals."""

_FEWEST_TAILS = 3
"""Rows needed before the last digits of a column count as evidence."""

Role = Literal["thousands", "decimal"]
Relation = tuple[int, tuple[int, ...]]
"""A row and the rows that are parts of it, as indexes into the column's cells."""

_SHAPE = re.compile(r"\d+(?:[.,'’ ]\d+)*", re.ASCII)
_LETTER_DIGITS = re.compile(r"[OoIl]+[\d.,][\dOoIl., ]*")
_SEPARATOR = re.compile(r"[.,'’ ]")
_SCIENTIFIC = re.compile(r"[-+]?\d+(?:[.,]\d+)?[eE][-+]?\d+", re.ASCII)
_DASHES = frozenset({"-", "–", "—", "--", "- -", "---", "−", "_"})
_CROSSES = frozenset({"x", "X", "×", "х", "Х"})
_NO_NUMBERS = frozenset({"nan", "inf", "-inf", "∞", "-∞", "+∞", "n/a", "#n/a", "null"})
_STARTS = frozenset("0123456789+-–(.,'#")


@dataclass(frozen=True, slots=True)
class Token:
    """What one text can mean.

    Attributes:
        state: of texts that are no number or have one reading; ``refused`` while undecided.
        value: where there is only one reading.
        code: why it is refused.
        separator: the one separator of a text that has two readings, else empty.
        as_thousands: the reading where it groups.
        as_decimal: the reading where it is the decimal separator.
        thousands: separator that can only group.
        decimal: separator that can only be the decimal one.
        tail: digits after the decimal separator.
        suffix: ``%`` or ``‰``.
        is_note_like: a one- or two-digit number in brackets: a negative number or a note's mark.
        is_spaced: ``1 234,567``: three decimals, or a blank that got into ``1,234,567``; another
            such row must stand in the column.
    """

    state: NumberState
    value: Decimal | None = None
    code: str = ""
    separator: str = ""
    as_thousands: Decimal | None = None
    as_decimal: Decimal | None = None
    thousands: str = ""
    decimal: str = ""
    tail: int = 0
    suffix: str = ""
    is_note_like: bool = False
    is_spaced: bool = False

    @property
    def is_number_like(self) -> bool:
        """Whether it is a number, certain or not."""
        return self.state in ("value", "refused")


_BLANK = Token("blank")


@lru_cache(maxsize=65_536)
def parse(text: str) -> Token:
    """What a cleaned text can mean by itself."""
    if not text:
        return _BLANK
    if text[0] not in _STARTS:
        if text in _DASHES:
            return Token("dash")
        if text in _CROSSES:
            return Token("not_applicable")
        if text.lower() in _NO_NUMBERS:
            return Token("refused", code="not_a_number")
        if text[0] in "OoIl" and _LETTER_DIGITS.fullmatch(text):
            return Token("refused", code="letter_in_number")
        return Token("text")
    if text in _DASHES:
        return Token("dash")
    return _parse_number(text)


def _parse_number(text: str) -> Token:
    body, suffix = text, ""
    if body[-1] in "%‰":
        body, suffix = body[:-1].rstrip(), body[-1]
    sign, is_note_like = 1, False
    if body.startswith("(") and body.endswith(")"):
        body, sign = body[1:-1].strip(), -1
        is_note_like = len(body) <= 2
    elif body[:1] in ("-", "–"):
        body, sign = body[1:].lstrip(), -1
    elif body.startswith("+"):
        body = body[1:].lstrip()
    if _SHAPE.fullmatch(body) is None:
        return _no_number(text)
    if len(body) > _MOST_DIGITS and sum(map(str.isdigit, body)) > _MOST_DIGITS:
        return Token("refused", code="oversized_number")
    marks = _SEPARATOR.findall(body)
    if not marks:
        value = sign * Decimal(body)
        return Token("value", value, suffix=suffix, is_note_like=is_note_like)
    groups = _SEPARATOR.split(body)
    first, last = marks[0], marks[-1]
    if all(mark == first for mark in marks):
        return _one_separator(first, groups, sign, suffix)
    if last in ".," and all(mark == first for mark in marks[:-1]) and _groups_well(groups[:-1]):
        value = sign * Decimal(f"{''.join(groups[:-1])}.{groups[-1]}")
        if first not in ".," and len(groups[-1]) == 3:
            return Token(
                "refused",
                code="ambiguous_separator",
                as_decimal=value,
                thousands=first,
                decimal=last,
                tail=3,
                suffix=suffix,
                is_spaced=True,
            )
        return Token(
            "value",
            value,
            thousands=first,
            decimal=last,
            tail=len(groups[-1]),
            suffix=suffix,
        )
    return Token("refused", code="malformed_number")


def _one_separator(mark: str, groups: list[str], sign: int, suffix: str) -> Token:
    grouped = sign * Decimal("".join(groups)) if _groups_well(groups) else None
    if mark not in ".," or len(groups) > 2:
        if grouped is None:
            return Token("refused", code="malformed_number")
        return Token("value", grouped, thousands=mark, suffix=suffix)
    whole, tail = groups
    decimal = None
    if whole == "0" or not whole.startswith("0"):
        decimal = sign * Decimal(f"{whole}.{tail}")
    if grouped is None:
        if decimal is None:
            return Token("refused", code="malformed_number")
        return Token("value", decimal, decimal=mark, tail=len(tail), suffix=suffix)
    return Token(
        "refused",
        code="ambiguous_separator",
        separator=mark,
        as_thousands=grouped,
        as_decimal=decimal,
        tail=len(tail),
        suffix=suffix,
    )


def _groups_well(groups: Sequence[str]) -> bool:
    """Whether digits stand in groups of three after one to three that begin with no zero."""
    return (
        0 < len(groups[0]) <= 3
        and not groups[0].startswith("0")
        and all(len(group) == 3 for group in groups[1:])
    )


def _no_number(text: str) -> Token:
    """A text that begins like a number and is none."""
    if not any(letter.isdigit() for letter in text):
        if text.lower() in _NO_NUMBERS or text.startswith("#"):
            return Token("refused", code="not_a_number")
        return Token("text")
    if _SCIENTIFIC.fullmatch(text):
        return Token("refused", code="scientific_notation")
    if text[0] == "#":
        return Token("refused", code="not_a_number")
    letters = sum(letter.isalpha() for letter in text)
    if letters == 0:
        return Token("refused", code="malformed_number")
    if letters <= 3 and all(letter in "OoIl" for letter in text if letter.isalpha()):
        return Token("refused", code="letter_in_number")
    # "1.234 tỷ" is a number that is not certain; "- Thu nội địa 2025" and "(1) Gồm…" are words.
    if text[0] in "0123456789" and letters <= 16:
        return Token("refused", code="unit_in_cell")
    return Token("text")


def exact(stored: float) -> Decimal:
    """A stored number as the decimal that was typed or calculated.

    A float is taken as the shortest decimal that gives it back. Where that has more digits than
    the 15 a workbook keeps and the 15th is a zero, what follows is the noise of binary arithmetic
    and is dropped. So it is where the first twelve digits end in a run of five zeros or more (or
    come to it from a run of nines) and dropping the rest changes less than a hundred-thousandth.
    """
    if isinstance(stored, int) or stored.is_integer():
        return Decimal(int(stored))
    shortest = repr(stored)
    number = Decimal(shortest)
    if len(shortest) <= 12:
        return number
    count = len(number.as_tuple().digits)
    for digits, most_left in ((15, 14), (12, 7)):
        if count <= most_left:
            continue
        rounded = Decimal(f"{stored:.{digits}g}").normalize()
        left = max(len(rounded.as_tuple().digits), rounded.adjusted() + 1)
        if left <= most_left and abs(rounded - number) < Decimal("1e-5"):
            return Decimal(f"{rounded:f}")
    return number


@dataclass(slots=True)
class ColumnReading:
    """The numbers of a column, as far as its own evidence goes.

    Attributes:
        numbers: one for each cell.
        separators: how its texts are written; None without texts that have separators.
        undecided: indexes of cells refused as ``ambiguous_separator``.
        tokens: what the texts can mean, by index.
        roles: what each separator was found to be.
    """

    numbers: list[Number]
    separators: Separators | None = None
    undecided: list[int] = field(default_factory=list)
    tokens: dict[int, Token] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)


def read_cell(value: Value, problem: CellProblem | None = None) -> Number | Token:
    """A cell by itself: a number, or the token of a text that its column must decide."""
    if problem is not None and problem != "truncated":
        return Number("refused", text=_shown(value), code=problem)
    if value is None:
        return _BLANK_NUMBER
    if isinstance(value, str):
        return parse(clean(value))
    if isinstance(value, bool):
        return Number("refused", text=_shown(value), code="not_a_number")
    if isinstance(value, int | float):
        if not math.isfinite(value):
            return Number("refused", text=_shown(value), code="not_a_number")
        if abs(value) >= _OVERSIZED:
            return Number("refused", text=_shown(value), code="oversized_number")
        return Number("value", exact(value), _shown(value))
    return Number("refused", text=_shown(value), code="date_in_number_column")


_ZERO = Decimal(0)
_BLANK_NUMBER = Number("blank")


def read_column(
    values: Sequence[Value],
    problems: Callable[[int], CellProblem | None] = lambda _: None,
    unit: Unit | None = None,
    relations: Iterable[Relation] = (),
) -> ColumnReading:
    """The numbers of one column.

    Args:
        values: the cells from top to bottom.
        problems: why a cell, by index, cannot be relied on.
        unit: of the column, where it is known: percentages and whole đồng leave less possible.
        relations: rows that are the sum of other rows, if the outline is right; a column that does
            not re-add loses nothing by them.
    """
    result = ColumnReading([])
    for index, value in enumerate(values):
        cell = read_cell(value, problems(index))
        if isinstance(cell, Number):
            result.numbers.append(cell)
            continue
        text = clean(value)[:_LONGEST_TEXT] if isinstance(value, str) else ""
        result.numbers.append(Number(cell.state, cell.value, text, cell.code))
        if cell.state in ("value", "refused"):
            result.tokens[index] = cell
    if result.tokens:
        _decide(result, unit, list(relations))
    return result


def _decide(result: ColumnReading, unit: Unit | None, relations: list[Relation]) -> None:
    tokens = result.tokens
    _refuse_foreign_suffixes(result, unit)
    _refuse_note_marks(result)
    _settle_spaced(result)
    grouping = {token.thousands for token in tokens.values() if token.thousands}
    pointing = {token.decimal for token in tokens.values() if token.decimal}
    open_by_mark: dict[str, list[int]] = {}
    for index, token in tokens.items():
        if token.separator:
            open_by_mark.setdefault(token.separator, []).append(index)
    # "360.248" beside "327,986" are two manners of writing, whatever a third row says.
    is_mixed = (
        bool(grouping & pointing) or len(pointing) > 1 or len(grouping) > 1 or len(open_by_mark) > 1
    )
    if is_mixed:
        _refuse_weak_in_mixed(result, grouping & pointing)
        result.undecided = [index for found in open_by_mark.values() for index in found]
        return
    evidence: Literal["pattern", "column", "sums", "declared"] = "pattern"
    roles: dict[str, Role] = dict.fromkeys(grouping, "thousands")
    roles |= dict.fromkeys(pointing, "decimal")
    known_tails = {token.tail for token in tokens.values() if token.decimal}
    for mark, indexes in open_by_mark.items():
        role: Role | None = None
        source: Literal["column", "sums", "declared"] = "column"
        if len(open_by_mark) == 1 or roles:
            role = _role_by_column(mark, grouping, pointing, known_tails)
        if role is None and len(open_by_mark) == 1:
            role, source = _role_by_sums(result, indexes, relations), "sums"
        if role is None:
            role, source = _role_by_unit(indexes, tokens, unit), "declared"
        if role is None and not roles and len(open_by_mark) == 1:
            role, source = _role_by_tails(indexes, tokens, unit), "column"
        # What other rows or the unit say must not be what the totals contradict.
        if role is None or (source != "sums" and _contradicted(result, indexes, role, relations)):
            result.undecided.extend(indexes)
            continue
        evidence = source
        settle(result, indexes, role)
        roles[mark] = role
    result.roles = roles
    if roles:
        result.separators = Separators(
            next((mark for mark, role in roles.items() if role == "decimal"), None),
            next((mark for mark, role in roles.items() if role == "thousands"), None),
            evidence,
        )


def _settle_spaced(result: ColumnReading) -> None:
    """``1 234,567`` are decimals where two rows are written so and none groups by the comma."""
    spaced = {index: token for index, token in result.tokens.items() if token.is_spaced}
    marks = {(token.thousands, token.decimal) for token in spaced.values()}
    grouping = {t.thousands for t in result.tokens.values() if t.thousands and not t.is_spaced}
    certain = len(spaced) > 1 and len(marks) == 1 and grouping <= {mark for mark, _ in marks}
    for index, token in spaced.items():
        if certain:
            result.numbers[index] = Number("value", token.as_decimal, result.numbers[index].text)
        else:
            del result.tokens[index]


def settle(result: ColumnReading, indexes: Iterable[int], role: Role) -> None:
    """Read the undecided texts of these rows with a separator's role."""
    for index in indexes:
        token = result.tokens[index]
        value = token.as_thousands if role == "thousands" else token.as_decimal
        result.numbers[index] = Number("value", value, result.numbers[index].text)


def _refuse(result: ColumnReading, index: int, code: str) -> None:
    result.numbers[index] = Number("refused", None, result.numbers[index].text, code)


def _refuse_foreign_suffixes(result: ColumnReading, unit: Unit | None) -> None:
    """``12 %`` is a number of a percent column only, ``12,5‰`` of a permille column only."""
    wanted = {"percent": "%", "permille": "‰"}.get(unit.code, "") if unit else ""
    for index, token in list(result.tokens.items()):
        if token.suffix and token.suffix != wanted:
            _refuse(result, index, "unit_in_cell")
            del result.tokens[index]


def _refuse_note_marks(result: ColumnReading) -> None:
    """``(1)`` among numbers is minus one or a note's mark; a negative 1 is written either way."""
    for index, token in list(result.tokens.items()):
        if token.is_note_like:
            _refuse(result, index, "note_or_negative")
            del result.tokens[index]


def _refuse_weak_in_mixed(result: ColumnReading, both: set[str]) -> None:
    """Where a separator groups in one row and points in another, one mark alone proves nothing."""
    for index, token in result.tokens.items():
        mark = token.decimal
        if mark in both and not token.thousands and token.state == "value":
            _refuse(result, index, "separator_conflict")


def _role_by_column(
    mark: str, grouping: set[str], pointing: set[str], known_tails: set[int]
) -> Role | None:
    """What rows that have one reading only say about a separator.

    Three digits after a decimal separator look like a group; that reading needs a row that has
    three decimals beyond doubt, or else somebody may have typed one row in the other manner.
    """
    if mark in grouping or (pointing and mark not in pointing):
        # Where rows have three decimals this one may have them too, in the other manner.
        return None if 3 in known_tails else "thousands"
    if mark in pointing and 3 in known_tails:
        return "decimal"
    return None


def _role_by_unit(indexes: list[int], tokens: dict[int, Token], unit: Unit | None) -> Role | None:
    """What the declared unit leaves possible: no thousandths of a đồng, no 12,345 per cent."""
    if unit is None:
        return None
    if unit.code == "vnd" and unit.factor == 1:
        return "thousands"
    if unit.code in ("percent", "permille") and all(
        abs(tokens[index].as_thousands or _ZERO) >= _HIGHEST_PERCENT for index in indexes
    ):
        return "decimal"
    return None


def _role_by_tails(indexes: list[int], tokens: dict[int, Token], unit: Unit | None) -> Role | None:
    """Whether the last digits can only be groups.

    Decimals are written with as many digits everywhere (then no row is without) or without the
    last zeros (then no row ends in one). A column that has rows below a thousand without separator
    and rows that end in a zero groups its digits. In billions, where three decimals are usual, one
    row typed by hand without them would say the same; there it is no evidence.
    """
    if unit is None or unit.code != "vnd" or unit.factor >= _DECIMALS_USUAL_FROM:
        return None
    plain = [t for t in tokens.values() if t.state == "value" and not t.thousands and t.value]
    ends_in_zero = any((tokens[index].as_thousands or 1) % 10 == 0 for index in indexes)
    if (
        len(indexes) >= _FEWEST_TAILS
        and ends_in_zero
        and plain
        and all(abs(token.value or _ZERO) < 1000 for token in plain)
    ):
        return "thousands"
    return None


def _role_by_sums(
    result: ColumnReading, indexes: list[int], relations: list[Relation]
) -> Role | None:
    """The role under which totals re-add, if they do under one only and nowhere under the other."""
    if not relations:
        return None
    open_ = set(indexes)
    held: dict[Role, int] = {"thousands": 0, "decimal": 0}
    for parent, parts in relations:
        if parent not in open_ and open_.isdisjoint(parts):
            continue
        adds = {role: _adds_up(result, open_, role, parent, parts) for role in held}
        if adds["thousands"] != adds["decimal"]:
            held["thousands" if adds["thousands"] else "decimal"] += 1
    if held["thousands"] and not held["decimal"]:
        return "thousands"
    if held["decimal"] and not held["thousands"]:
        return "decimal"
    return None


def _contradicted(
    result: ColumnReading, indexes: list[int], role: Role, relations: list[Relation]
) -> bool:
    """Whether totals re-add under the other role and not under this one."""
    return _role_by_sums(result, indexes, relations) not in (None, role)


def _adds_up(
    result: ColumnReading, open_: set[int], role: Role, parent: int, parts: tuple[int, ...]
) -> bool:
    """Whether parts add to their total, each rounded to the last digit that is shown anywhere."""

    def value(index: int) -> Decimal | None:
        if index in open_:
            token = result.tokens[index]
            return token.as_thousands if role == "thousands" else token.as_decimal
        number = result.numbers[index]
        if number.state in ("blank", "dash"):
            return Decimal(0)
        return number.value

    total = value(parent)
    values = [value(part) for part in parts]
    if total is None or len(values) < 2 or any(part is None for part in values):
        return False
    if not total:
        return False
    shown = [total, *(part for part in values if part is not None)]
    step = min(Decimal(1).scaleb(int(v.as_tuple().exponent)) for v in shown)
    return abs(sum(shown[1:]) - total) <= step * len(shown) / 2


def as_sentence_vi(number: Number) -> str:
    """Why a number was refused, for the person who can mend it."""
    return REFUSALS_VI.get(number.code, REFUSALS_VI["malformed_number"])


REFUSALS_VI = {
    "ambiguous_separator": "không đủ căn cứ để biết dấu chấm/phẩy là phân cách hàng nghìn hay thập"
    " phân",
    "separator_conflict": "dấu phân cách mâu thuẫn với các dòng khác cùng cột",
    "malformed_number": "không phải dạng số hợp lệ",
    "unit_in_cell": "ô ghi cả đơn vị, khác với đơn vị của cột",
    "note_or_negative": "không rõ là số âm hay ký hiệu chú thích",
    "scientific_notation": "dạng số mũ, các chữ số sau đã mất",
    "not_a_number": "không phải là số",
    "oversized_number": "quá nhiều chữ số để còn giữ đúng giá trị hoặc để là số liệu",
    "letter_in_number": "có chữ O, l, I lẫn trong số",
    "separator_slip": "cột có dấu hiệu đã lưu nhầm dấu phân cách hàng nghìn thành thập phân",
    "date_in_number_column": "ô ở cột số lại lưu ngày tháng",
    "formula_without_value": "công thức chưa được tính, hoặc giá trị đã lưu không khớp công thức",
    "error_value": "công thức báo lỗi",
    "truncated": "nội dung ô quá dài",
    "row_unit": "dòng có đơn vị khác với đơn vị của cột",
    "percent_scale": "không rõ số lưu là tỷ lệ (0,98) hay phần trăm (98)",
}


def _shown(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _OVERSIZED:
        return str(int(value))
    if isinstance(value, date | datetime | time | timedelta):
        return str(value)[:_LONGEST_TEXT]
    return clean(str(value))[:_LONGEST_TEXT]
