"""What adds up holds nothing; what does not is held, whoever is to blame."""

from __future__ import annotations

from decimal import Decimal
from itertools import count

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ingestion.reading.proof import (
    AtMost,
    Cell,
    Claim,
    Figure,
    Linear,
    Percent,
    half_place,
    prove,
)

HALF = Decimal("0.5")


def figures(**values: str) -> dict[Cell, Figure]:
    """``A1="10"`` is row 1 of column 1."""
    return {
        (int(name[1:]), ord(name[0]) - 64): Figure(Decimal(value), half_place([Decimal(value)]))
        for name, value in values.items()
    }


def cell(name: str) -> Cell:
    return int(name[1:]), ord(name[0]) - 64


def add_up(whole: str, *parts: str) -> Claim:
    terms = ((cell(whole), 1), *((cell(part), -1) for part in parts))
    return Claim("sum", (Linear(terms),), lambda: f"{whole} ≠ {parts}")


def ratio(percent: str, above: str, below: str) -> Claim:
    relation = Percent(cell(percent), cell(above), cell(below))
    return Claim("ratio", (relation,), lambda: percent, cell(percent))


def test_what_adds_up_is_used() -> None:
    claims = [add_up("A1", "A2", "A3"), ratio("C1", "B1", "A1")]
    assert not prove(claims, figures(A1="100", A2="60", A3="40", B1="105", C1="105.0"))


def test_parts_may_each_be_rounded() -> None:
    """33,3 + 33,3 + 33,3 is published as 33 + 33 + 33 = 100."""
    assert not prove([add_up("A1", "A2", "A3", "A4")], figures(A1="100", A2="33", A3="33", A4="33"))
    held = prove([add_up("A1", "A2", "A3")], figures(A1="100", A2="33", A3="65"))
    assert set(held) == {cell("A1"), cell("A2"), cell("A3")}


def test_an_undecided_fault_holds_everything_that_could_be_it() -> None:
    held = prove([add_up("A1", "A2", "A3")], figures(A1="1000", A2="60", A3="40"))
    assert set(held) == {cell("A1"), cell("A2"), cell("A3")}
    assert {hold.code for hold in held.values()} == {"identity_sum"}


def test_a_subtotal_is_not_blamed_alone() -> None:
    """Somebody changed a leaf and the grand total and forgot, or never touched, what is between."""
    held = prove(
        [add_up("A1", "A2"), add_up("A2", "A3", "A4")],
        figures(A1="2000", A2="1000", A3="1600", A4="400"),
    )
    assert set(held) == {cell("A1"), cell("A2"), cell("A3"), cell("A4")}


def test_sum_and_percent_that_agree_single_out_the_culprit() -> None:
    """A2 slipped: the sum and the percent both say what it should have been."""
    claims = [add_up("A1", "A2", "A3"), ratio("C2", "B2", "A2")]
    held = prove(claims, figures(A1="1000", A2="600000", A3="400", B2="300", C2="50.0"))
    assert set(held) == {cell("A2")}


def test_two_claims_that_want_different_values_single_out_nobody() -> None:
    claims = [add_up("A1", "A2", "A3"), ratio("C2", "B2", "A2")]
    held = prove(claims, figures(A1="1000", A2="600000", A3="400", B2="300", C2="80.0"))
    assert {cell("A1"), cell("A2"), cell("A3"), cell("B2"), cell("C2")} == set(held)


def test_a_holding_claim_exonerates_nobody_by_itself() -> None:
    """A whole row in another unit: its percent recomputes, and is as wrong as its amounts."""
    claims = [add_up("A1", "A2", "A3"), add_up("B1", "B2", "B3"), ratio("C2", "B2", "A2")]
    held = prove(
        claims,
        figures(A1="1000", A2="600000", A3="400", B1="800", B2="300000", B3="500", C2="50.0"),
    )
    assert {cell("A2"), cell("B2"), cell("C2")} <= set(held)


def test_what_follows_from_a_doubtful_cell_is_doubtful() -> None:
    claims = [add_up("A1", "A2", "A3"), ratio("C3", "B3", "A3")]
    held = prove(claims, figures(A1="1000", A2="60", A3="40", B3="20", C3="50"))
    assert cell("C3") in held


def test_a_cell_without_a_number_counts_as_nothing() -> None:
    assert not prove([add_up("A1", "A2", "A3")], figures(A1="60", A2="60"))


def test_one_of_several_relations_is_enough() -> None:
    """A subtotal adds what stands above it or everything before."""
    relations = (
        Linear(((cell("A9"), 1), (cell("A1"), -1), (cell("A2"), -1))),
        Linear(((cell("A9"), 1), (cell("A2"), -1))),
    )
    claim = Claim("total", relations, lambda: "")
    assert not prove([claim], figures(A1="5", A2="7", A9="7"))
    assert not prove([claim], figures(A1="5", A2="7", A9="12"))
    assert prove([claim], figures(A1="5", A2="7", A9="8000"))


def test_some_of_the_parts_are_at_most_the_whole() -> None:
    claim = Claim("part", (AtMost(cell("A1"), (cell("A2"), cell("A3"))),), lambda: "")
    assert not prove([claim], figures(A1="100", A2="60", A3="20"))
    assert not prove([claim], figures(A1="100", A2="-60", A3="2000"))
    assert set(prove([claim], figures(A1="100", A2="60", A3="50"))) == {
        cell("A1"),
        cell("A2"),
        cell("A3"),
    }


@pytest.mark.parametrize(
    ("percent", "above", "below", "is_held"),
    [
        ("105.0", "105", "100", False),
        ("105.4", "105", "100", False),  # 105.5 / 99.5 rounds to 106.0: both are rounded
        ("110", "105", "100", True),
        ("1.05", "105", "100", True),  # a fraction where a percent should be
        ("0", "0", "0", False),  # nothing follows from dividing by nothing
        ("50", "1", "0", False),
        ("-50", "-5000", "10000", False),
    ],
)
def test_a_percent_recomputes_within_what_rounding_allows(
    percent: str, above: str, below: str, is_held: bool
) -> None:
    held = prove([ratio("C1", "A1", "B1")], figures(C1=percent, A1=above, B1=below))
    assert bool(held) is is_held


def test_the_last_place_of_a_column_is_that_of_its_finest_number() -> None:
    assert half_place([Decimal("12"), Decimal("1.25")]) == Decimal("0.005")
    assert half_place([Decimal("0.1234567890123")]) == Decimal("0.0000005")
    assert half_place([]) == HALF


# --- properties ------------------------------------------------------------------------------


@st.composite
def outlines(draw: st.DrawFn) -> tuple[dict[Cell, Figure], list[Claim]]:
    """A random outline in one column whose figures are exact at the leaves and add up."""
    claims: list[Claim] = []
    values: dict[Cell, Figure] = {}
    rows = count(1)

    def grow(depth: int) -> tuple[Cell, Decimal]:
        place = (next(rows), 1)
        width = draw(st.integers(0, 4)) if depth < 3 else 0
        if width == 0:
            value = Decimal(draw(st.integers(-10_000, 1_000_000)))
        else:
            parts = [grow(depth + 1) for _ in range(width)]
            value = sum((part for _, part in parts), Decimal(0))
            terms = ((place, 1), *((cell, -1) for cell, _ in parts))
            claims.append(Claim("sum", (Linear(terms),), lambda: ""))
        values[place] = Figure(value, HALF)
        return place, value

    grow(0)
    return values, claims


@given(outlines())
def test_figures_that_add_up_hold_nothing(drawn: tuple[dict[Cell, Figure], list[Claim]]) -> None:
    values, claims = drawn
    assert prove(claims, values) == {}


@given(outlines(), st.data())
def test_any_single_slip_is_held_wherever_a_sum_speaks_of_it(
    drawn: tuple[dict[Cell, Figure], list[Claim]], data: st.DataObject
) -> None:
    values, claims = drawn
    place = data.draw(st.sampled_from(sorted(values)))
    slip = Decimal(data.draw(st.integers(-(10**9), 10**9)))
    about = [claim for claim in claims if place in set(claim.relations[0].cells())]
    slack = max((len(list(claim.relations[0].cells())) * HALF for claim in about), default=HALF)
    assume(abs(slip) > slack)
    values[place] = Figure(values[place].value + slip, HALF)
    held = prove(claims, values)
    assert (place in held) is bool(about)


@given(outlines(), st.data())
def test_two_slips_never_leave_a_wrong_figure_alone(
    drawn: tuple[dict[Cell, Figure], list[Claim]], data: st.DataObject
) -> None:
    """Unless the two cancel in every sum that knows one of them."""
    values, claims = drawn
    assume(len(values) >= 2)
    places = data.draw(st.lists(st.sampled_from(sorted(values)), min_size=2, max_size=2))
    for place in set(places):
        slip = Decimal(data.draw(st.integers(1000, 10**9)))
        values[place] = Figure(values[place].value + slip, HALF)
    held = prove(claims, values)
    for place in set(places):
        about = [claim for claim in claims if place in set(claim.relations[0].cells())]
        if any(not claim.holds(values) for claim in about):
            assert place in held


@given(
    st.integers(1, 10**7),
    st.integers(1, 10**7),
    st.integers(0, 2),
    st.integers(0, 3),
)
def test_a_rounded_percent_of_rounded_amounts_always_recomputes(
    above: int, below: int, percent_places: int, amount_places: int
) -> None:
    """Whatever the true amounts: published rounded, their percent is never held."""
    unit = Decimal(1).scaleb(-amount_places)
    true_above, true_below = Decimal(above) / 1000, Decimal(below) / 1000
    percent = (100 * true_above / true_below).quantize(Decimal(1).scaleb(-percent_places))
    values = {
        cell("A1"): Figure(true_above.quantize(unit), unit / 2),
        cell("B1"): Figure(true_below.quantize(unit), unit / 2),
        cell("C1"): Figure(percent, Decimal(5).scaleb(-percent_places - 1)),
    }
    assert not prove([ratio("C1", "A1", "B1")], values)
