"""How rows and bytes of files are spoilt; `defects.yml` says which kinds use what."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from sandbox.budget.legacy_fonts import to_tcvn3
from sandbox.budget.writers.csv_text import with_tones_apart
from sandbox.people import Register
from sandbox.portal.subjects import Cell, Table
from sandbox.randomness import Keys, key_of

ERROR_PAGE: Final = (
    "<!DOCTYPE html>\n<html lang='vi'><head><meta charset='utf-8'><title>Lỗi</title></head>\n"
    "<body><h1>Không tìm thấy trang</h1><p>Vui lòng liên hệ quản trị hệ thống.</p></body></html>\n"
).encode()


def spoilt_table(table: Table, how: str, key: str) -> Table:
    """Return a table with something wrong in its rows.

    Args:
        table: the good one.
        how: a key of the ways of this module.
        key: of the dataset.
    """
    return _TABLES[how](table, key)


def spoilt_bytes(content: bytes, how: str) -> bytes:
    """Return a file's bytes with something wrong in them."""
    return _BYTES[how](content)


def _no_header(table: Table, key: str) -> Table:
    return dataclasses.replace(table, header=())


def _duplicate_header(table: Table, key: str) -> Table:
    return dataclasses.replace(table, header=(*table.header[:-1], table.header[-2]))


def _ragged(table: Table, key: str) -> Table:
    rows = tuple(
        row[:-1] if number % 5 == 2 else (*row, "ghi chú", 1) if number % 5 == 4 else row
        for number, row in enumerate(table.rows)
    )
    return dataclasses.replace(table, rows=rows)


def _no_rows(table: Table, key: str) -> Table:
    return dataclasses.replace(table, rows=())


def _with_columns(table: Table, columns: Mapping[str, list[Cell]]) -> Table:
    added = zip(*columns.values(), strict=True)
    rows = tuple((*row, *more) for row, more in zip(table.rows, added, strict=True))
    return dataclasses.replace(table, header=(*table.header, *columns), rows=rows)


def _people(table: Table, key: str, old_identity_share: float = 0) -> dict[str, list[Cell]]:
    """Draw people who exist nowhere; see `sandbox.people`.

    Args:
        table: a person for each of its rows.
        key: of the dataset.
        old_identity_share: share with a number of nine digits.
    """
    keys: Keys = np.array(
        [key_of("person", key, row) for row in range(len(table.rows))], dtype=np.uint64
    )
    drawn = Register().applicants(keys, np.full(len(keys), float(old_identity_share)))
    return {
        "Họ và tên": drawn.names.tolist(),
        "Số CCCD": drawn.identity_numbers.tolist(),
        "Số điện thoại": drawn.phones.tolist(),
    }


def _some_people(*names: str) -> Callable[[Table, str], Table]:
    def spoil(table: Table, key: str) -> Table:
        people = _people(table, key)
        return _with_columns(table, {name: people[name] for name in names})

    return spoil


def _old_identity_numbers(table: Table, key: str) -> Table:
    people = _people(table, key, old_identity_share=1)
    named = {"Họ và tên": people["Họ và tên"], "Số CMND": people["Số CCCD"]}
    return _with_columns(table, named)


def _notes(table: Table, key: str) -> Table:
    people = _people(table, key)
    notes: list[Cell] = [
        f"Chủ hộ {name}, điện thoại {phone}, vắng nhà khi khảo sát" if row % 3 else ""
        for row, (name, phone) in enumerate(
            zip(people["Họ và tên"], people["Số điện thoại"], strict=True)
        )
    ]
    return _with_columns(table, {"Ghi chú": notes})


def _hotline(table: Table, key: str) -> Table:
    office: list[Cell] = [f"0212 3{850_000 + key_of(key) % 9_999:06d}"] * len(table.rows)
    return _with_columns(table, {"Đường dây nóng": office})


def _amounts(table: Table, key: str) -> Table:
    amounts: list[Cell] = [
        100_000_000 + key_of("amount", key, row) % 800_000 * 1_000 for row in range(len(table.rows))
    ]
    return _with_columns(table, {"Kinh phí (đồng)": amounts})


_TABLES: Final[Mapping[str, Callable[[Table, str], Table]]] = {
    "no_header": _no_header,
    "duplicate_header": _duplicate_header,
    "ragged": _ragged,
    "no_rows": _no_rows,
    "identity_numbers": _some_people("Họ và tên", "Số CCCD"),
    "old_identity_numbers": _old_identity_numbers,
    "notes": _notes,
    "phones": _some_people("Họ và tên", "Số điện thoại"),
    "people": _some_people("Họ và tên", "Số CCCD", "Số điện thoại"),
    "hotline": _hotline,
    "amounts": _amounts,
}
_BYTES: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "nothing": lambda content: b"",
    "error_page": lambda content: ERROR_PAGE,
    "cut": lambda content: content[: len(content) * 2 // 3],
    "cp1258": lambda content: with_tones_apart(content.decode()).encode("cp1258"),
    "tcvn3": lambda content: to_tcvn3(content.decode()).encode("latin-1", "replace"),
    "utf16": lambda content: content.decode().encode("utf-16"),
}
