"""What datasets are about, and the tables they hold."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from sandbox.portal.model import Field
from sandbox.portal.settings import read_yaml, settings
from sandbox.province import REFERENCE
from sandbox.randomness import fraction, key_of

Cell = str | int | float
_TYPES: Final = {
    "number": "int4",
    "year": "int4",
    "count": "int4",
    "dong": "int8",
    "decimal": "float8",
    "lat": "float8",
    "lon": "float8",
    "day": "date",
}
_HAMLETS: Final = ("Bó", "Hài", "Mòng", "Cọ", "Nà Tân", "Phiêng Lán", "Huổi Én", "Pom Sinh", "Tong")
# Those change from one version of a file to the next.
_FIGURES: Final = ("count", "decimal", "dong")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading, kind and what the kind needs to know."""

    name: str
    kind: str
    options: str = ""

    @property
    def field(self) -> Field:
        """What a data dictionary says of it."""
        return Field(
            self.name, _TYPES.get(self.kind, "text"), f"{self.name}: {_MEANINGS[self.kind]}"
        )


_MEANINGS: Final = {
    "number": "số thứ tự",
    "area": "tên xã, phường hoặc bản, tiểu khu",
    "office": "tên đầy đủ",
    "year": "năm của số liệu",
    "day": "ngày, dạng năm-tháng-ngày",
    "count": "số đếm",
    "decimal": "số thập phân, dấu chấm",
    "dong": "số tiền, đơn vị đồng",
    "choice": "một trong các giá trị của danh mục",
    "code": "mã, ký hiệu",
    "lat": "vĩ độ, VN-2000",
    "lon": "kinh độ, VN-2000",
    "hotline": "số máy bàn của cơ quan",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a dataset is about."""

    key: str
    title: str
    frequency: str
    columns: tuple[Column, ...]
    publishers: tuple[str, ...]

    @property
    def has_places(self) -> bool:
        """Whether each row is a point on the map."""
        return any(column.kind == "lat" for column in self.columns)


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    lat: int | None = None
    lon: int | None = None


@cache
def subjects() -> dict[str, Subject]:
    """Return all subjects by key."""
    content = read_yaml("subjects.yml")
    found = {}
    for key, entry in content["subjects"].items():
        start = entry.get("start") or content["column_sets"][entry.get("set", "yearly_area")]
        columns = tuple(
            Column(name, *text.split(" ", 1)) for name, text in (start | entry["columns"]).items()
        )
        found[key] = Subject(
            key, entry["title"], entry["frequency"], columns, tuple(map(str, entry["of"]))
        )
    return found


def subjects_of(code: str, kind: Literal["department", "commune"] | str) -> tuple[Subject, ...]:
    """Return what an agency may publish, in the order of the file."""
    wanted = "commune" if kind == "commune" else code
    return tuple(subject for subject in subjects().values() if wanted in subject.publishers)


def table_of(subject: Subject, key: str, kind: str, version: int) -> Table:
    """Draw the table of a dataset.

    Args:
        subject: what it is about.
        key: of the dataset: the same key has the same rows.
        kind: of the publisher: communes count by hamlet.
        version: of the figures, which change a little each time.
    """
    low, high = settings().rows
    # A version differs in its rows too, for not every table has figures.
    count = low + key_of("rows", key) % (high - low) + version % 9
    areas = _hamlets(key) if kind == "commune" else _communes()
    rows = tuple(
        tuple(_cell(column, key, row, version, areas) for column in subject.columns)
        for row in range(count)
    )
    kinds = [column.kind for column in subject.columns]
    return Table(
        header=tuple(column.name for column in subject.columns),
        rows=rows,
        lat=kinds.index("lat") if "lat" in kinds else None,
        lon=kinds.index("lon") if "lon" in kinds else None,
    )


def _cell(column: Column, key: str, row: int, version: int, areas: tuple[str, ...]) -> Cell:
    kind, options = column.kind, column.options
    # A figure changes in every fifth row of a version.
    since = version - (version - row) % 5 if kind in _FIGURES else 0
    drawn = fraction("cell", key, column.name, row, since)
    if kind == "number":
        return row + 1
    if kind == "area":
        return areas[row % len(areas)]
    if kind == "year":
        return 2025
    if kind == "day":
        return str(dt.date(2024, 1, 1) + dt.timedelta(days=int(drawn * 700)))
    if kind == "office":
        return (
            f"{('Điểm', 'Cơ sở', 'Trung tâm')[int(drawn * 3)]} {areas[row % len(areas)]} {row + 1}"
        )
    if kind == "choice":
        choices = options.split("|")
        return choices[int(drawn * len(choices))]
    if kind == "code":
        return f"{options}-{row + 1:03d}"
    if kind == "hotline":
        return f"0212 3{int(850_000 + drawn * 9_999):06d}"
    if kind == "lat":
        return round(20.65 + drawn * 1.3, 5)
    if kind == "lon":
        return round(103.2 + drawn * 1.8, 5)
    low, high = map(float, options.split())
    value = low + drawn * (high - low)
    return round(value, 1) if kind == "decimal" else int(value)


def _hamlets(key: str) -> tuple[str, ...]:
    turn = key_of("hamlets", key) % len(_HAMLETS)
    names = _HAMLETS[turn:] + _HAMLETS[:turn]
    return tuple(f"{word} {name}" for word in ("Bản", "Tiểu khu") for name in names)


@cache
def _communes(folder: Path = REFERENCE) -> tuple[str, ...]:
    with (folder / "agencies.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["kind"] == "commune"]
    return tuple(row["name_vi"] for row in rows if not row["valid_to"])
