"""What the writers of record parts share: value tables, declared faults, a batch of dossiers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import orjson

from sandbox.clock import ABSENT, DateTexts, Texts, day_number, text_column
from sandbox.desks import Desk
from sandbox.eras import Growth, Rules
from sandbox.faults import Fault
from sandbox.handover import Handover
from sandbox.lives import ACCEPTED, DONE, ENDED, Bools, Lives
from sandbox.people import Register
from sandbox.procedures import FIELD_NAMES, Procedure
from sandbox.randomness import Floats, Ints, integers

_ENTERPRISE_FIELDS: Final = frozenset({"DT01", "KD01", "TM01"})
_MIXED: Final = len(DateTexts.FORMATS)


def escaped(text: str) -> str:
    """Return a text as it stands between the quotes of a JSON string."""
    return orjson.dumps(text).decode()[1:-1]


class Tables:
    """Values by desk and by procedure, as columns to be indexed; texts are escaped for JSON.

    Args:
        desks: of all eras.
        procedures: the catalogue.
        rules: first days of the rules.
        growth: shares that change over the years.
        handover: who finishes the dossiers of a desk that is gone.
    """

    def __init__(
        self,
        desks: tuple[Desk, ...],
        procedures: tuple[Procedure, ...],
        rules: Rules,
        growth: Growth,
        handover: Handover,
    ) -> None:
        self.growth, self.handover = growth, handover
        self.index_day = day_number(rules.index)
        self.dates = DateTexts()
        self.register = Register()
        self.unit_codes = text_column([escaped(desk.unit_code) for desk in desks])
        self.unit_names = text_column([escaped(desk.processing_unit) for desk in desks])
        self.former_names = text_column([escaped(_former_name(desk, desks)) for desk in desks])
        self.areas = text_column([escaped(desk.name) for desk in desks])
        self.digitised = np.array([desk.digitised for desk in desks])
        self.electronic = np.array([desk.electronic for desk in desks])
        self.national_gateway = np.array([desk.national_gateway for desk in desks])
        self.procedure_codes = text_column([escaped(p.code) for p in procedures])
        self.procedure_names = text_column([escaped(p.name) for p in procedures])
        self.field_codes = text_column([p.field_code for p in procedures])
        self.field_names = text_column([FIELD_NAMES[p.field_code] for p in procedures])
        self.fees = np.array([p.fee_vnd for p in procedures], dtype=np.int64)
        self.yields_result = np.array([p.yields_result for p in procedures])
        self.document_counts = np.array([p.document_count for p in procedures], dtype=np.int64)
        self.is_business = np.array([p.field_code in _ENTERPRISE_FIELDS for p in procedures])


def _former_name(desk: Desk, desks: tuple[Desk, ...]) -> str:
    """Return what the last other agency with the desk's unit code wrote as its name, if any."""
    earlier = [
        other
        for other in desks
        if other.unit_code == desk.unit_code
        and other.agency_key != desk.agency_key
        and other.end_day <= desk.first_day
    ]
    return max(earlier, key=lambda other: other.end_day).processing_unit if earlier else ""


class Spoiling:
    """Finds which dossiers of a batch a fault touches, and notes what was done.

    Args:
        faults: the declared faults, in the order of the bits in ``Lives.faults``.
        lives: the batch.

    Attributes:
        marks: for each fault number, which dossiers of the batch show it.
    """

    def __init__(self, faults: tuple[Fault, ...], lives: Lives) -> None:
        self._faults, self._lives = faults, lives
        self.marks: dict[int, Bools] = {}

    def each(self, kind: str, where: Bools | None = None) -> Iterator[tuple[Fault, Bools]]:
        """Yield each declared fault of a kind with the dossiers touched, and note them.

        Args:
            kind: the kind of fault.
            where: dossiers to which it can be done; all when left out.
        """
        for number, fault in enumerate(self._faults):
            if fault.kind != kind:
                continue
            hit = self._lives.has_fault(number)
            if where is not None:
                hit = hit & where
            if hit.any():
                self.marks[number] = hit
                yield fault, hit

    def note(self, kind: str, where: Bools | None = None) -> None:
        """Note a fault that is already in the lives of the dossiers."""
        for _ in self.each(kind, where):
            pass

    def replace(
        self, kind: str, column: Texts, where: Bools | None = None, parameter: str = "value"
    ) -> Texts:
        """Return a column with the fault's fixed value put where it touches."""
        for fault, hit in self.each(kind, where):
            column = np.where(hit, escaped(str(fault.parameters[parameter])), column)
        return column


class Draft:
    """Dossiers about to be written, each as of one of its events.

    Args:
        tables: values by desk and procedure.
        faults: the declared faults.
        lives: the dossiers.
        event: for each the last event the server knows (index into ``Lives.told``).

    Attributes:
        is_open: accepted and not refused.
        is_over: ended as done.
        counts_for_index: registered since the fields that QĐ 766 counts are filled.
    """

    def __init__(
        self, tables: Tables, faults: tuple[Fault, ...], lives: Lives, event: Ints
    ) -> None:
        self.tables, self.lives, self.event = tables, lives, event
        self.spoiling = Spoiling(faults, lives)
        self.is_open: Bools = (event >= ACCEPTED) & ~lives.is_refused
        self.is_over: Bools = (event >= ENDED) & (lives.end_status == DONE) & ~lives.is_refused
        self.counts_for_index: Bools = lives.day >= tables.index_day
        self._formats = np.zeros(len(lives), dtype=np.int64)
        for fault, hit in self.spoiling.each("date_format"):
            name = fault.parameters["format"]
            index = _MIXED if name == "mixed" else DateTexts.FORMATS.index(name)
            self._formats = np.where(hit, index, self._formats)

    def date(self, seconds: Ints, field: str, rows: Ints | None = None) -> Texts:
        """Write instants in the date format of each dossier's agency.

        Args:
            seconds: the instants.
            field: name of the field; agencies that mix formats draw one per field.
            rows: to which dossiers the instants belong; all when left out.
        """
        formats = self._formats if rows is None else self._formats[rows]
        if (formats == _MIXED).any():
            keys = self.lives.keys if rows is None else self.lives.keys[rows]
            drawn = integers(keys, "format of " + field, _MIXED)
            formats = np.where(formats == _MIXED, drawn, formats)
        return self.tables.dates.write(seconds, formats)

    def grown(self, name: str) -> Floats:
        """Return how far something has come on each dossier's day of registration."""
        return self.tables.growth.on(name, self.lives.day)

    def since_index(self, column: Texts) -> Texts:
        """Return a column, empty where the field was not yet filled."""
        return np.where(self.counts_for_index, column, "")

    def months(self, seconds: Ints) -> list[str]:
        """Return the months (``yyyyMM``) of instants."""
        return [text[:6] for text in self.tables.dates.write(seconds).tolist()]


def absent_unless(condition: Bools, seconds: Ints) -> Ints:
    """Return instants where a condition holds, absent ones elsewhere."""
    return np.where(condition, seconds, ABSENT)
