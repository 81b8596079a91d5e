"""Agencies through the eras: reading the seeds, finding a name, checking the succession."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from ingestion.catalogue.names import fold
from ingestion.catalogue.problem import Problem

_Row = TypeVar("_Row")

_KINDS = ("province", "department", "district", "commune", "central_branch", "public_unit")
_EDGE_KINDS = ("merge", "split", "rename", "abolish", "transfer")
# The word for the kind of unit that people leave out: "Mộc Châu" for "Phường Mộc Châu".
_UNIT_WORDS = ("thanh pho", "thi tran", "thi xa", "phuong", "huyen", "xa", "so", "tinh")


@dataclass(frozen=True)
class Agency:
    """One row of agencies.csv: a unit as it was between two dates.

    Attributes:
        key: Surrogate key; negative for technical nodes that hold what cannot be assigned.
        code: GSO code or mnemonic; re-used in other eras, so unique only on a given day.
        name_vi: Name in that era (NFC).
        name_en: English gloss.
        kind: province, department, district, commune, central_branch or public_unit.
        parent_code: Code of the unit above on the same day; empty for the province.
        valid_from: First day.
        valid_to: First day on which it no longer existed; None while it exists.
        line: Line in agencies.csv.
    """

    key: int
    code: str
    name_vi: str
    name_en: str
    kind: str
    parent_code: str
    valid_from: date
    valid_to: date | None
    line: int

    def is_valid_on(self, day: date) -> bool:
        """Whether the unit existed on that day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    @property
    def is_technical(self) -> bool:
        """Whether the row is an unallocated node rather than a body that exists."""
        return self.key < 0


@dataclass(frozen=True)
class Succession:
    """One edge of agency_succession.csv.

    Attributes:
        predecessor: Key of the row that ended.
        successor: Key of the row that began.
        effective_on: The day of the change.
        kind: merge, split, rename, abolish or transfer.
        share: Part of the predecessor that went to this successor; None when unknown.
        certainty: seen, recalled, inferred or open.
        line: Line in the file.
    """

    predecessor: int
    successor: int
    effective_on: date
    kind: str
    share: float | None
    certainty: str
    line: int


@dataclass(frozen=True)
class SourceCode:
    """One row of agency_source_codes.csv: which agency a unit code of a source means.

    Attributes:
        source: The source that uses the code.
        unit_code: The code as the source writes it.
        agency_code: Code of the agency in the same days.
        valid_from: First day.
        valid_to: First day on which it no longer means that agency; None while it does.
        line: Line in the file.
    """

    source: str
    unit_code: str
    agency_code: str
    valid_from: date
    valid_to: date | None
    line: int


class SeedError(ValueError):
    """A row of a seed cannot be read.

    Attributes:
        line: Its line in the file.
    """

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read_agencies(path: Path) -> list[Agency]:
    """Read agencies.csv in file order.

    Raises:
        OSError: the file is not there.
        SeedError: a row or a cell of it cannot be read.
    """
    return list(_read(path, _agency))


def read_succession(path: Path) -> list[Succession]:
    """Read agency_succession.csv in file order; raises like :func:`read_agencies`."""
    return list(_read(path, _succession))


def read_source_codes(path: Path) -> list[SourceCode]:
    """Read agency_source_codes.csv in file order; raises like :func:`read_agencies`."""
    return list(_read(path, _source_code))


def _agency(row: dict[str, str], line: int) -> Agency:
    return Agency(
        key=int(row["agency_key"]),
        code=row["agency_code"],
        name_vi=row["name_vi"],
        name_en=row["name_en"],
        kind=_one_of(row["kind"], _KINDS),
        parent_code=row["parent_code"],
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        line=line,
    )


def _succession(row: dict[str, str], line: int) -> Succession:
    return Succession(
        predecessor=int(row["predecessor_key"]),
        successor=int(row["successor_key"]),
        effective_on=date.fromisoformat(row["effective_on"]),
        kind=_one_of(row["kind"], _EDGE_KINDS),
        share=float(row["share"]) if row["share"] else None,
        certainty=row["certainty"],
        line=line,
    )


def _source_code(row: dict[str, str], line: int) -> SourceCode:
    return SourceCode(
        source=row["source"],
        unit_code=row["unit_code"],
        agency_code=row["agency_code"],
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        line=line,
    )


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"“{value}” không nằm trong {', '.join(allowed)}")
    return value


def _read(path: Path, build: Callable[[dict[str, str], int], _Row]) -> Iterator[_Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        try:
            for row in reader:
                if None in row or None in row.values():
                    raise ValueError("số ô khác với số cột")
                yield build(row, reader.line_num)
        except KeyError as error:
            raise SeedError(1, f"thiếu cột {error.args[0]}") from error
        except (ValueError, csv.Error) as error:
            raise SeedError(reader.line_num, f"không đọc được: {error}") from error


def find_agencies(agencies: Iterable[Agency], query: str, on: date | None = None) -> list[Agency]:
    """Find units by name or code, without minding accents, case, blanks or tone placement.

    Args:
        agencies: Where to look.
        query: What a person typed, such as ``so noi vu``, ``moc chau`` or ``03646``.
        on: Only units that existed on that day; all eras when None.

    Returns:
        The matches: whole names first, then names without their kind of unit, then beginnings,
        then names that hold every word; within each the newest era first.
    """
    wanted = fold(query)
    if not wanted:
        return []
    ranked: list[tuple[int, int, int, Agency]] = []
    for agency in agencies:
        if on is not None and not agency.is_valid_on(on):
            continue
        rank = _rank(agency, wanted)
        if rank is not None:
            ranked.append((rank, -agency.valid_from.toordinal(), agency.key, agency))
    return [agency for *_, agency in sorted(ranked, key=lambda entry: entry[:3])]


def _rank(agency: Agency, wanted: str) -> int | None:
    name = fold(agency.name_vi)
    if wanted in (name, fold(agency.code)):
        return 0
    bare = name
    for word in _UNIT_WORDS:
        if name.startswith(word + " "):
            bare = name[len(word) + 1 :]
            break
    if wanted == bare:
        return 1
    if name.startswith(wanted) or bare.startswith(wanted):
        return 2
    if set(wanted.split()) <= set(name.split()):
        return 3
    return None


def check_agencies(
    agencies: Sequence[Agency],
    succession: Sequence[Succession],
    agencies_file: str,
    edges_file: str,
) -> list[Problem]:
    """Check keys, overlapping validity, parents and that every unit that ended went somewhere.

    Of the edges: both ends exist, each is named once, it takes effect on the day on which the
    predecessor ends and the successor begins, no edge leads back, stated shares are parts of one.

    Args:
        agencies: Rows of agencies.csv.
        succession: Rows of agency_succession.csv.
        agencies_file: Name of the first file in messages.
        edges_file: Name of the second file in messages.

    Returns:
        The problems, in no particular order.
    """
    problems: list[Problem] = []
    by_key: dict[int, Agency] = {}
    by_code: dict[str, list[Agency]] = defaultdict(list)

    def at(agency: Agency, rule: str, message_vi: str) -> None:
        problems.append(Problem(agencies_file, agency.line, rule, message_vi))

    for agency in agencies:
        if agency.key in by_key:
            at(agency, "duplicate_agency_key", f"agency_key {agency.key} lặp lại")
        by_key[agency.key] = agency
        by_code[agency.code].append(agency)
        if agency.valid_to is not None and agency.valid_to <= agency.valid_from:
            at(agency, "empty_validity", f"{agency.name_vi}: valid_to không sau valid_from")
        if agency.is_technical and agency.valid_to is not None:
            at(agency, "node_ends", f"nút {agency.name_vi} phải để trống valid_to")
    for code, rows in by_code.items():
        rows.sort(key=lambda row: row.valid_from)
        for earlier, later in pairwise(rows):
            if earlier.valid_to is None or earlier.valid_to > later.valid_from:
                message = f"mã {code} có hai đơn vị trong cùng một ngày ({later.valid_from})"
                at(later, "code_overlap", message)
    for agency in agencies:
        if agency.parent_code and not any(
            parent.is_valid_on(agency.valid_from) for parent in by_code.get(agency.parent_code, [])
        ):
            message = f"{agency.name_vi}: không có đơn vị cấp trên {agency.parent_code} vào ngày đó"
            at(agency, "unknown_parent", message)
    problems += _check_edges(by_key, succession, edges_file)
    leaving = {edge.predecessor for edge in succession}
    for agency in agencies:
        if agency.valid_to is not None and agency.key not in leaving:
            at(
                agency,
                "no_successor",
                f"{agency.name_vi} ({agency.code}) kết thúc mà không rõ đi đâu",
            )
    return problems


_COUNTED_BY_UNIT = ("tthc",)
"""Sources whose records add up: a code that means a sum would count them twice."""


def check_source_codes(
    codes: Sequence[SourceCode], agencies: Sequence[Agency], file: str
) -> list[Problem]:
    """Check that each code means, on any day, one agency; of dossiers, one that receives them.

    Args:
        codes: Rows of agency_source_codes.csv.
        agencies: Rows of agencies.csv.
        file: Name of the first file in messages.

    Returns:
        The problems, in no particular order.
    """
    problems: list[Problem] = []
    by_code: dict[str, list[Agency]] = defaultdict(list)
    spans: dict[tuple[str, str], list[SourceCode]] = defaultdict(list)
    for agency in agencies:
        by_code[agency.code].append(agency)
    for code in codes:
        spans[code.source, code.unit_code].append(code)
        meant = [
            agency
            for agency in by_code.get(code.agency_code, [])
            if agency.valid_from < (code.valid_to or date.max)
            and code.valid_from < (agency.valid_to or date.max)
        ]
        if not meant:
            message = f"{code.unit_code}: không có cơ quan {code.agency_code} trong thời gian đó"
            problems.append(Problem(file, code.line, "unknown_agency", message))
        problems += [
            Problem(
                file,
                code.line,
                "code_of_a_sum",
                f"{code.unit_code}: {agency.name_vi} là tổng của các đơn vị; "
                "mã phải chỉ đơn vị nhận hồ sơ (bộ phận một cửa)",
            )
            for agency in meant
            if code.source in _COUNTED_BY_UNIT and agency.kind in ("province", "district")
        ]
    for rows in spans.values():
        rows.sort(key=lambda row: row.valid_from)
        for earlier, later in pairwise(rows):
            if earlier.valid_to is None or earlier.valid_to > later.valid_from:
                message = f"{later.unit_code} chỉ hai cơ quan trong cùng một ngày"
                problems.append(Problem(file, later.line, "source_code_overlap", message))
    return problems


def _check_edges(
    by_key: dict[int, Agency], succession: Sequence[Succession], file: str
) -> list[Problem]:
    problems: list[Problem] = []
    leaving: dict[int, list[Succession]] = defaultdict(list)

    def at(edge: Succession, rule: str, message_vi: str) -> None:
        problems.append(Problem(file, edge.line, rule, message_vi))

    for edge in succession:
        old, new = by_key.get(edge.predecessor), by_key.get(edge.successor)
        if old is None or new is None:
            missing = edge.predecessor if old is None else edge.successor
            at(edge, "unknown_agency", f"agency_key {missing} không có trong agencies.csv")
            continue
        if not old.valid_to == edge.effective_on == new.valid_from:
            message = (
                f"ngày không khớp: {old.name_vi} kết thúc {old.valid_to}, "
                f"hiệu lực {edge.effective_on}, {new.name_vi} bắt đầu {new.valid_from}"
            )
            at(edge, "dates_do_not_meet", message)
        if any(other.successor == edge.successor for other in leaving[edge.predecessor]):
            at(edge, "duplicate_edge", f"{old.name_vi} → {new.name_vi} lặp lại")
        if edge.share is not None and not 0 < edge.share <= 1:
            at(edge, "impossible_share", f"tỷ lệ {edge.share} phải lớn hơn 0 và không quá 1")
        leaving[edge.predecessor].append(edge)
    for edges in leaving.values():
        known = [edge.share for edge in edges if edge.share is not None]
        all_known = len(known) == len(edges)
        if sum(known) > 1 + 1e-9 or (all_known and sum(known) < 1 - 1e-9):
            message = f"tổng tỷ lệ của đơn vị {edges[0].predecessor} là {sum(known)}, phải bằng 1"
            at(edges[0], "shares_do_not_add_up", message)
    for edge in _leading_back(leaving):
        name = by_key[edge.predecessor].name_vi
        at(edge, "succession_circle", f"kế thừa quay vòng: từ {name} lại trở về {name}")
    return problems


def _leading_back(leaving: dict[int, list[Succession]]) -> list[Succession]:
    """The edges from which some way leads back to where they start, one for each circle's key."""
    found = []
    for start, edges in leaving.items():
        ahead = [edge.successor for edge in edges]
        seen: set[int] = set()
        while ahead:
            key = ahead.pop()
            if key == start:
                found.append(edges[0])
                break
            if key not in seen:
                seen.add(key)
                ahead += [edge.successor for edge in leaving.get(key, [])]
    return found
