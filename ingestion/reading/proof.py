"""Proof by arithmetic: what must add up, what does not, and which cells may be at fault.

Knows cells and claims about them, no forms. A claim that breaks casts doubt on every cell in it.
Only where broken claims along the rows and across the columns agree on one cell, and on what it
should have said, is that cell held alone: anything weaker lets a wrong number through. (A leaf and
the grand total changed alike look as if the subtotal between them were wrong.)

Tolerances are not chosen. A published figure stands for anything that rounds to it, so a claim
breaks only when no true values behind the published ones could satisfy it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

Cell = tuple[int, int]
"""(row, column) of a sheet."""

Interval = tuple[Decimal, Decimal]

_HUNDRED = Decimal(100)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Figure:
    """A published number.

    Attributes:
        value: in the base of its unit.
        half: half of the last published place, in the same base.
    """

    value: Decimal
    half: Decimal


Figures = Mapping[Cell, Figure]
"""Cells that hold no number are not in it and count as nothing in a sum."""


@dataclass(frozen=True, slots=True)
class Linear:
    """0 = the sum of coefficient × cell."""

    terms: tuple[tuple[Cell, int], ...]

    def cells(self) -> Iterable[Cell]:
        """Every cell that it speaks of."""
        return (cell for cell, _ in self.terms)

    def holds(self, figures: Figures) -> bool:
        """Whether values that round to the published ones can satisfy it."""
        gap = slack = _ZERO
        for cell, coefficient in self.terms:
            figure = figures.get(cell)
            if figure is not None:
                gap += coefficient * figure.value
                slack += figure.half
        return abs(gap) <= slack

    def allowed(self, cell: Cell, figures: Figures) -> Interval | None:
        """What the cell could say so that the relation holds; None for "anything"."""
        rest = slack = _ZERO
        own = 0
        for other, coefficient in self.terms:
            if other == cell:
                own += coefficient
                slack += figures[cell].half
            elif (figure := figures.get(other)) is not None:
                rest += coefficient * figure.value
                slack += figure.half
        if own == 0:
            return None
        centre = -rest / own
        return centre - slack, centre + slack


@dataclass(frozen=True, slots=True)
class AtMost:
    """The parts, none negative, are together at most the whole."""

    whole: Cell
    parts: tuple[Cell, ...]

    def cells(self) -> Iterable[Cell]:
        """Every cell that it speaks of."""
        return (self.whole, *self.parts)

    def holds(self, figures: Figures) -> bool:
        """Whether values that round to the published ones can satisfy it."""
        whole = figures.get(self.whole)
        parts = [figures[part] for part in self.parts if part in figures]
        if whole is None or any(part.value < 0 for part in parts):
            return True
        slack = whole.half + sum((part.half for part in parts), _ZERO)
        return sum((part.value for part in parts), _ZERO) <= whole.value + slack

    def allowed(self, cell: Cell, figures: Figures) -> Interval | None:
        """An inequality does not tell what a cell should say."""
        return None


@dataclass(frozen=True, slots=True)
class Percent:
    """percent = 100 × numerator ÷ denominator; says nothing where the denominator may be 0."""

    percent: Cell
    numerator: Cell
    denominator: Cell

    def cells(self) -> Iterable[Cell]:
        """Every cell that it speaks of."""
        return (self.percent, self.numerator, self.denominator)

    def holds(self, figures: Figures) -> bool:
        """Whether values that round to the published ones can satisfy it."""
        if any(cell not in figures for cell in self.cells()):
            return True
        below = figures[self.denominator]
        if abs(below.value) <= below.half:
            return True
        published = figures[self.percent]
        low, high = self._quotient(figures)
        return low - published.half <= published.value <= high + published.half

    def _quotient(self, figures: Figures) -> Interval:
        above, below = figures[self.numerator], figures[self.denominator]
        ends = [
            _HUNDRED * (above.value + a * above.half) / (below.value + b * below.half)
            for a in (-1, 1)
            for b in (-1, 1)
        ]
        return min(ends), max(ends)

    def allowed(self, cell: Cell, figures: Figures) -> Interval | None:
        """What the cell could say so that the relation holds; None for "anything"."""
        if any(other not in figures for other in self.cells()):
            return None
        percent, above, below = (figures[other] for other in self.cells())
        own = figures[cell].half
        if cell == self.percent:
            if abs(below.value) <= below.half:
                return None
            low, high = self._quotient(figures)
            return low - own, high + own
        low_percent, high_percent = percent.value - percent.half, percent.value + percent.half
        if cell == self.numerator:
            ends = [
                p * (below.value + b * below.half) / _HUNDRED
                for p in (low_percent, high_percent)
                for b in (-1, 1)
            ]
        elif low_percent <= 0 <= high_percent:
            return None
        else:
            ends = [
                _HUNDRED * (above.value + a * above.half) / p
                for p in (low_percent, high_percent)
                for a in (-1, 1)
            ]
        return min(ends) - own, max(ends) + own


Relation = Linear | AtMost | Percent


@dataclass(frozen=True, slots=True)
class Claim:
    """Something a form must satisfy.

    Attributes:
        code: what kind of identity, without ``identity_``.
        relations: it is satisfied when one of them holds.
        say_vi: the sentence for a person, made only when it is needed.
        derives: a cell that follows from the others (a percent, a difference): when they are in
            doubt, so is it.
    """

    code: str
    relations: tuple[Relation, ...]
    say_vi: Callable[[], str]
    derives: Cell | None = None

    def holds(self, figures: Figures) -> bool:
        """Whether one of its relations does."""
        return any(relation.holds(figures) for relation in self.relations)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a cell is not used."""

    code: str
    say_vi: str


def prove(claims: Sequence[Claim], figures: Figures) -> dict[Cell, Hold]:
    """The cells that must not be used, with the first claim that casts doubt on each.

    Args:
        claims: in the order in which a person should hear of them.
        figures: every cell that holds a number.
    """
    used: list[tuple[Claim, Relation]] = []
    broken: list[int] = []
    for claim in claims:
        relation = next((r for r in claim.relations if r.holds(figures)), None)
        if relation is None:
            broken.append(len(used))
        used.append((claim, relation or claim.relations[0]))
    if not broken:
        return {}
    by_cell: dict[Cell, list[int]] = defaultdict(list)
    for number, (_, relation) in enumerate(used):
        for cell in relation.cells():
            by_cell[cell].append(number)
    held: dict[Cell, Hold] = {}
    for together in _connected(broken, used, figures):
        culprit = _single_culprit(together, used, by_cell, figures)
        for number in together:
            claim, relation = used[number]
            hold = Hold(f"identity_{claim.code}", claim.say_vi())
            for cell in [culprit] if culprit else relation.cells():
                if cell in figures:
                    held.setdefault(cell, hold)
    _hold_derived(held, [pair for number, pair in enumerate(used) if number not in set(broken)])
    return {cell: hold for cell, hold in held.items() if cell in figures}


def _connected(
    broken: list[int], used: Sequence[tuple[Claim, Relation]], figures: Figures
) -> list[list[int]]:
    """Broken claims that share a cell, together."""
    groups: list[tuple[set[Cell], list[int]]] = []
    for number in broken:
        cells = {cell for cell in used[number][1].cells() if cell in figures}
        members = [number]
        apart = []
        for known, others in groups:
            if known & cells:
                cells |= known
                members = others + members
            else:
                apart.append((known, others))
        groups = [*apart, (cells, members)]
    return [sorted(members) for _, members in groups]


def _single_culprit(
    together: list[int],
    used: Sequence[tuple[Claim, Relation]],
    by_cell: Mapping[Cell, list[int]],
    figures: Figures,
) -> Cell | None:
    """The one cell on which claims of both directions agree and to which no other objects."""
    if len({used[number][0].derives is None for number in together}) < 2:
        return None
    if any(isinstance(used[number][1], AtMost) for number in together):
        return None  # it does not tell what a cell should say
    shared = set.intersection(*(set(used[number][1].cells()) for number in together))
    fitting = [
        cell for cell in shared if cell in figures and _explains(cell, used, by_cell, figures)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _explains(
    cell: Cell,
    used: Sequence[tuple[Claim, Relation]],
    by_cell: Mapping[Cell, list[int]],
    figures: Figures,
) -> bool:
    """Whether another value of this cell alone would satisfy every claim about it."""
    low: Decimal | None = None
    high: Decimal | None = None
    for number in by_cell[cell]:
        allowed = used[number][1].allowed(cell, figures)
        if allowed is not None:
            low = allowed[0] if low is None else max(low, allowed[0])
            high = allowed[1] if high is None else min(high, allowed[1])
    return low is not None and high is not None and low <= high


def _hold_derived(held: dict[Cell, Hold], used: Sequence[tuple[Claim, Relation]]) -> None:
    """A percent that follows from a doubtful amount is doubtful, because it recomputes."""
    for claim, relation in used:
        if claim.derives is None or claim.derives in held:
            continue
        reason = next((held[cell] for cell in relation.cells() if cell in held), None)
        if reason is not None:
            held[claim.derives] = reason


def half_place(values: Iterable[Decimal]) -> Decimal:
    """Half of the last place that any of a column's numbers shows.

    Numbers stored by a program carry digits that nobody published; six decimals are kept.

    >>> half_place([Decimal("1.5"), Decimal("20")])
    Decimal('0.05')
    """
    places = 0
    for value in values:
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -places:
            places = min(-exponent, 6)
    return Decimal(5).scaleb(-places - 1)
