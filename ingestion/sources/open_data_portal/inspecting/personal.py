"""Personal data in a table: kinds, columns and how many; a value never leaves this module.

A number of 12 digits is an identity number where its column says so, or where a whole column has
the shape of one (province, century and sex, year of birth) and no word against it. Amounts, codes
and years so stay what they are, and so do numbers and addresses of offices.
Shape (recalled): Decree 137/2015/NĐ-CP, article 13 and annexes I, II; telephone numbers: plan of
the ministry of information and communications (mobile numbers since 2018).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import zip_longest

from ingestion.core.guard import classify_identity, mask_personal
from ingestion.reading.grid import column_letters
from ingestion.reading.text import clean, key
from ingestion.sources.open_data_portal.inspecting.settings import PersonalRules, has_word
from ingestion.sources.open_data_portal.inspecting.table import Table

KINDS = ("identity", "phone", "email")

_LONG_NUMBER = re.compile(r"\d(?:[ .\-–]?\d){8}")
_ONLY_NUMBER = re.compile(r"[\d .,\-–+']+")
_SEPARATED = re.compile(r"(?<=\d)[ .\-–](?=\d)")
_MOBILE = re.compile(r"(?:\+?84|0)?[35789]\d{8}")
_MAIL = re.compile(r"[\w.+%-]{1,64}@([\w-]{1,63}(?:\.[\w-]{1,63}){1,6})")
_LONGEST_NAME = 60
_LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Personal:
    """What was found.

    Attributes:
        kinds: `KINDS` that were, in that order.
        columns: names of columns, or their letters where the first row does not name them.
        count: values, all kinds together.
    """

    kinds: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    count: int = 0


def find_personal(tables: Iterable[tuple[Table, bool]], rules: PersonalRules) -> Personal:
    """Look through tables.

    Args:
        tables: each with whether its first row is its header; if not, it is looked through too.
        rules: what counts.
    """
    kinds: set[str] = set()
    columns: dict[str, None] = {}
    count = 0
    for table, has_header in tables:
        for number, column in _columns(table, has_header):
            for kind in KINDS:
                found = _FINDERS[kind](column, rules)
                if found:
                    kinds.add(kind)
                    columns[_name(table, number, has_header)] = None
                    count += found
                    break
    return Personal(tuple(kind for kind in KINDS if kind in kinds), tuple(columns), count)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column as the finders see it.

    Attributes:
        label: folded words of its header.
        context: the labels of all columns.
        count: values that are not empty.
        numbers: of these, those with digits enough for an identity or mobile number.
        addresses: those with an @.
    """

    label: str
    context: str
    count: int
    numbers: list[str]
    addresses: list[str]


def _columns(table: Table, has_header: bool) -> Iterable[tuple[int, _Column]]:
    """The columns that may hold anything personal, with their number from 0."""
    rows = table.rows[1:] if has_header else table.rows
    labels = [_label(cell) for cell in table.rows[0]] if has_header and table.rows else []
    context = " | ".join(labels)
    for number, cells in enumerate(zip_longest(*rows, fillvalue="")):
        # One look at the whole column: most have neither.
        text = "\n".join(cells)
        has_numbers = _LONG_NUMBER.search(text) is not None
        if not has_numbers and "@" not in text:
            continue
        yield (
            number,
            _Column(
                labels[number] if number < len(labels) else "",
                context,
                sum(1 for cell in cells if cell and not cell.isspace()),
                [c for c in cells if _LONG_NUMBER.search(c)] if has_numbers else [],
                [cell for cell in cells if "@" in cell],
            ),
        )


def _label(cell: str) -> str:
    """A header's words; names of keys such as ``soDienThoai`` are split into theirs."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", clean(cell))
    return key(split)


def _name(table: Table, column: int, has_header: bool) -> str:
    """What a column is called; its letters where that could be a value or is no short name."""
    header = table.rows[0][column] if has_header and column < len(table.rows[0]) else ""
    name = clean(header)
    is_value = mask_personal(name)[1] > 0 or (table.has_keys and not _is_common(table, column))
    if not name or len(name) > _LONGEST_NAME or is_value:
        name = f"cột {column_letters(column + 1)}"
    return f"{table.sheet}: {name}" if table.sheet else name


def _is_common(table: Table, column: int) -> bool:
    """Whether several records have a key: one that stands once may be somebody's name."""
    filled = sum(1 for row in table.rows[1:] if row[column])
    return filled > 1 and filled * 2 >= len(table.rows) - 1


def _identities(column: _Column, rules: PersonalRules) -> int:
    heads = rules.headers
    digits = [_joined(value) for value in column.numbers]
    if has_word(column.label, heads["identity"]):
        return sum(1 for text in digits if _is_identity(text, rules, is_told=True))
    in_text = _told_in_text(column, "identity", rules)
    if in_text:
        return in_text
    is_other = has_word(column.label, (*heads["amount"], *heads["code"]))
    if is_other and not has_word(column.label, heads["person"]):
        return 0
    shaped = [text for text in digits if _is_identity(text, rules, is_told=False)]
    return len(shaped) if _is_most(shaped, column, rules) else 0


def _is_identity(text: str, rules: PersonalRules, *, is_told: bool) -> bool:
    """Whether digits are an identity number.

    Args:
        text: without separators.
        rules: provinces and centuries.
        is_told: the column or the text says so; then 9 digits will do (CMND), and 11, for
            workbooks drop a leading zero.
    """
    if not (text.isascii() and text.isdigit()):
        return False
    if is_told and len(text) == 11:
        text = f"0{text}"
    if is_told and len(text) == 9:
        return classify_identity(text) == "valid_9"
    return (
        len(text) == 12
        and text[:3] in rules.provinces
        and text[3] in rules.centuries
        and classify_identity(text) == "valid_12"
    )


def _phones(column: _Column, rules: PersonalRules) -> int:
    heads = rules.headers
    if _is_of_office(column.label, rules):
        return 0
    mobiles = [text for value in column.numbers for text in _mobiles(value)]
    is_of_people = _is_of_people(column, rules)
    if mobiles and has_word(column.label, heads["phone"]):
        return len(mobiles) if is_of_people else 0
    in_text = _told_in_text(column, "phone", rules)
    if in_text:
        return in_text if is_of_people else 0
    if has_word(column.label, (*heads["amount"], *heads["code"])):
        return 0
    written = [text for text in mobiles if not text.startswith(tuple("35789"))]
    return len(written) if _is_most(written, column, rules) else 0


def _mobiles(value: str) -> list[str]:
    """Mobile numbers that a cell consists of, also without the zero that workbooks drop."""
    parts = (_joined(part.strip()) for part in re.split(r"[;,/\n]", value[:_LONGEST_TEXT]))
    return [part for part in parts if _MOBILE.fullmatch(part)]


def _mails(column: _Column, rules: PersonalRules) -> int:
    if _is_of_office(column.label, rules) or not _is_of_people(column, rules):
        return 0
    found = 0
    for value in column.addresses:
        for match in _MAIL.finditer(value[:_LONGEST_TEXT]):
            mailbox = match.group(0).partition("@")[0].lower()
            domain = match.group(1).lower()
            is_office = any(
                domain == known or domain.endswith(f".{known}") for known in rules.office_domains
            )
            found += not (is_office or mailbox in rules.office_mailboxes)
    return found


def _is_of_office(label: str, rules: PersonalRules) -> bool:
    heads = rules.headers
    return has_word(label, heads["office"]) and not has_word(label, heads["person"])


def _is_of_people(column: _Column, rules: PersonalRules) -> bool:
    """Whether the rows are not just about offices or businesses."""
    heads = rules.headers
    return has_word(column.context, heads["person"]) or not has_word(
        column.context, heads["organisation"]
    )


def _told_in_text(column: _Column, kind: str, rules: PersonalRules) -> int:
    """Numbers within texts that a word before them tells the kind of."""
    words = rules.in_text[kind]
    found = 0
    for value in column.numbers:
        if _ONLY_NUMBER.fullmatch(value):
            continue
        text = clean(value[:_LONGEST_TEXT]).lower()
        if any(word in text for word in words):
            found += sum(1 for number in _after_word(words, text) if _fits(number, kind, rules))
    return found


def _after_word(words: tuple[str, ...], text: str) -> list[str]:
    told = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return [
        _joined(match)
        for match in re.findall(rf"(?:{told})[^\d\n]{{0,20}}(\+?\d[\d .\-]{{7,17}}\d)(?!\d)", text)
    ]


def _fits(number: str, kind: str, rules: PersonalRules) -> bool:
    if kind == "identity":
        return _is_identity(number, rules, is_told=True)
    return _MOBILE.fullmatch(number) is not None


def _is_most(shaped: list[str], column: _Column, rules: PersonalRules) -> bool:
    """Whether so many values have a shape that it is what the column holds."""
    return (
        len(shaped) >= rules.least
        and len(shaped) >= rules.share * column.count
        and len(set(shaped)) >= rules.distinct_share * len(shaped)
    )


def _joined(text: str) -> str:
    return _SEPARATED.sub("", text.strip().lstrip("'"))


_FINDERS: dict[str, Callable[[_Column, PersonalRules], int]] = {
    "identity": _identities,
    "phone": _phones,
    "email": _mails,
}
