"""Who owes what, and how a cell is judged: never against an agency for what others failed to do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ingestion.catalogue.agencies import Agency
from ingestion.core.period import Period
from ingestion.ledger.cells import PROVINCE_KEY, Cell, Decision
from ingestion.ledger.due import all_agencies, due_cells
from ingestion.ledger.excuses import ExcuseError, Excuses, read_excuses
from ingestion.ledger.judging import SystemRecord, judge_agency, judge_system
from ingestion.ledger.obligations import Obligation, read_obligations
from ingestion.ledger.wording import NOTHING_SENT

MARCH = Period.parse("2025-03")
ACCEPTED = Decision("accepted", row_count=5)
NO_EXCUSES = Excuses([])
EXCUSE_HEADER = (
    "source,resource,party,agency_key,period_type,first_period,last_period,cause,reason_vi,"
    "document,excused_by,excused_on\n"
)


def obligation(kind: str = "commune", **changes: object) -> Obligation:
    given: dict[str, object] = {
        "source": "tthc",
        "resource": "dossiers",
        "party": "agency",
        "kinds": (kind,),
        "except_codes": (),
        "period_type": "month",
        "due_days": 5,
        "valid_from": date(2021, 1, 1),
        "valid_to": None,
        "legal_basis": "",
        "certainty": "open",
    }
    return Obligation(**{**given, **changes})  # type: ignore[arg-type]


def unit(
    key: int, start: str, end: str | None = None, code: str = "", kind: str = "commune"
) -> Agency:
    ends = date.fromisoformat(end) if end else None
    name = f"Xã {key}"
    return Agency(key, code or str(key), name, name, kind, "", date.fromisoformat(start), ends, 1)


def months_of(agency: Agency, owed: Obligation) -> list[str]:
    return [
        str(c.period) for c in due_cells([owed], [agency], date(2024, 11, 1), date(2025, 4, 30))
    ]


@pytest.mark.parametrize(
    ("agency", "owed"),
    [
        (unit(7, "2020-01-01", "2025-01-01"), ["2024-11", "2024-12"]),
        (unit(7, "2025-03-01"), ["2025-03", "2025-04"]),
        (unit(7, "2025-02-10", "2025-03-02"), ["2025-02", "2025-03"]),
        (unit(7, "2020-01-01", code="TTT"), []),
        (unit(-2, "2020-01-01"), []),
        (unit(7, "2020-01-01", kind="department"), []),
    ],
    ids=["ended", "new", "a day is enough", "excepted", "technical node", "other kind"],
)
def test_an_agency_owes_the_periods_in_which_it_existed(agency: Agency, owed: list[str]) -> None:
    assert months_of(agency, obligation(except_codes=("TTT",))) == owed


def test_the_seed_asks_each_era_for_its_own_units() -> None:
    obligations = [
        item for item in read_obligations() if (item.source, item.party) == ("tthc", "agency")
    ]
    kinds = {agency.key: agency.kind for agency in all_agencies()}
    counts = {}
    for month in ("2021-01", "2024-12", "2025-01", "2025-02", "2025-03", "2025-06", "2025-07"):
        period = Period.parse(month)
        cells = due_cells(obligations, all_agencies(), period.start, list(period.days())[-1].start)
        assert len({cell.address for cell in cells}) == len(cells)
        owing = [kinds[cell.agency_key] for cell in cells]
        counts[month] = (owing.count("commune"), len(owing) - owing.count("commune"))
    # 18 departments, four of them without procedures, then 13, two without; 12 district desks.
    assert counts == {
        "2021-01": (204, 26),
        "2024-12": (204, 26),
        "2025-01": (200, 26),
        "2025-02": (200, 26),
        "2025-03": (200, 23),
        "2025-06": (200, 23),
        "2025-07": (75, 11),
    }


def cell(period: Period = MARCH, key: int = 1001) -> Cell:
    return Cell("tthc", "dossiers", period, date(2025, 4, 5), key)


def system(changes: dict[str, Decision | None] | None = None) -> SystemRecord:
    """March and April, every day accepted unless said otherwise."""
    days = [*MARCH.days(), *Period.parse("2025-04").days()]
    decided: dict[str, Decision | None] = {str(day): ACCEPTED for day in days} | (changes or {})
    return SystemRecord({Cell("tthc", "dossiers", day, day.end): decided[str(day)] for day in days})


def failed(cause: str = "source", outcome: str = "failed") -> Decision:
    return Decision(outcome, cause, "Nguồn ngừng.")  # type: ignore[arg-type]


def test_what_came_is_accepted_even_if_a_day_failed() -> None:
    decision = judge_agency(cell(), 3, system({"2025-03-07": failed()}), NO_EXCUSES)
    assert decision == Decision("accepted", row_count=3)


def test_nothing_although_the_source_was_complete_is_the_agencys() -> None:
    assert judge_agency(cell(), 0, system(), NO_EXCUSES) == Decision(
        "missing", "agency", NOTHING_SENT, 0
    )


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        (failed("source"), "source"),
        (failed("ours"), "ours"),
        (failed("source", "missing"), "source"),
    ],
)
def test_one_bad_day_of_the_system_never_falls_on_the_agency(bad: Decision, cause: str) -> None:
    record = system({"2025-03-07": bad, "2025-03-20": bad, "2025-03-09": None})
    decision = judge_agency(cell(), 0, record, NO_EXCUSES)
    assert decision is not None
    assert (decision.outcome, decision.cause) == (bad.outcome, cause)
    assert decision.reason == (
        "Không kết luận về đơn vị: 2 kỳ dữ liệu của hệ thống không về đủ, sớm nhất 2025-03-07. "
        "Nguồn ngừng."
    )


def test_a_bad_day_of_another_month_says_nothing() -> None:
    decision = judge_agency(cell(), 0, system({"2025-04-01": failed()}), NO_EXCUSES)
    assert decision is not None
    assert (decision.outcome, decision.cause) == ("missing", "agency")


def test_nothing_is_said_while_a_day_is_undecided() -> None:
    assert judge_agency(cell(), 0, system({"2025-03-07": None}), NO_EXCUSES) is None


@pytest.mark.parametrize("received", [0, 9])
def test_a_period_that_is_not_over_is_not_judged(received: int) -> None:
    open_end = {str(day): None for day in (*MARCH.days(), *Period.parse("2025-04").days())}
    begun: dict[str, Decision | None] = {**open_end, "2025-03-30": ACCEPTED}
    assert judge_agency(cell(), received, system(begun), NO_EXCUSES) is None


def excuses(folder: Path, *lines: str) -> Excuses:
    path = folder / "excused.csv"
    path.write_text(EXCUSE_HEADER + "".join(f"{line}\n" for line in lines), "utf-8")
    return read_excuses(path)


def test_an_excuse_holds_for_its_span_and_gives_way_to_what_came(tmp_path: Path) -> None:
    given = excuses(
        tmp_path,
        "tthc,dossiers,agency,1001,month,2025-02,2025-03,agency,Lũ quét,CV 12,UBND tỉnh,2025-04-01",
    )
    decision = judge_agency(cell(), 0, system({"2025-03-07": failed()}), given)
    assert decision == Decision("excused", "agency", "Lũ quét (theo CV 12, UBND tỉnh)")
    accepted = judge_agency(cell(), 1, system(), given)
    assert accepted is not None
    assert accepted.outcome == "accepted"
    for other in (cell(Period.parse("2025-04")), cell(key=1002)):
        assert given.of(other) is None


def test_the_source_can_be_excused_and_then_nobody_is_blamed(tmp_path: Path) -> None:
    given = excuses(
        tmp_path,
        "tthc,dossiers,system,1,day,2025-03-07,2025-03-08,source,Nâng cấp,CV 3,Sở TTTT,2025-04-01",
    )
    day = Cell("tthc", "dossiers", Period.parse("2025-03-07"), date(2025, 3, 8))
    assert day.party == "system"
    excused = judge_system(day, failed(), given)
    assert excused is not None
    assert excused.outcome == "excused"
    assert judge_system(day, ACCEPTED, given) == ACCEPTED
    assert judge_system(day, None, NO_EXCUSES) is None
    agency = judge_agency(cell(), 0, system({"2025-03-07": excused}), NO_EXCUSES)
    assert agency is not None
    assert (agency.outcome, agency.cause) == ("excused", "source")


def test_a_withdrawn_excuse_leaves_the_cell_missing() -> None:
    day = Cell("tthc", "dossiers", Period.parse("2025-03-07"), date(2025, 3, 8), PROVINCE_KEY)
    decision = judge_system(day, Decision("excused", "source", "…"), NO_EXCUSES)
    assert decision is not None
    assert (decision.outcome, decision.cause) == ("missing", "source")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("t,d,agency,7,month,2025-02,2025-03,agency,,CV 1,UBND,2025-04-01", "reason_vi is empty"),
        ("t,d,agency,7,month,2025-02,2025-03,agency,Lũ,,UBND,2025-04-01", "document is empty"),
        ("t,d,agency,7,month,2025-03,2025-02,agency,Lũ,CV 1,UBND,2025-04-01", "in order"),
        ("t,d,agency,7,day,2025-02,2025-03,agency,Lũ,CV 1,UBND,2025-04-01", "no day periods"),
        ("t,d,agency,7,month,2025-02,2025-03,weather,Lũ,CV 1,UBND,2025-04-01", "no cause"),
        ("t,d,system,7,month,2025-02,2025-03,ours,Lũ,CV 1,UBND,2025-04-01", "does not go with"),
    ],
)
def test_an_excuse_says_who_by_what_and_why(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(ExcuseError, match=message):
        excuses(tmp_path, line)
