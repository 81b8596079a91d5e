from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.core.dates import FORMAT_NAMES, parse_dates

HANOI = timezone(timedelta(hours=7))
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
WRITTEN = {"compact": "%Y%m%d%H%M%S", "iso": "%Y-%m-%dT%H:%M:%S", "spaced": "%Y-%m-%d %H:%M:%S"}


def parse(*texts: str | None) -> tuple[list[datetime | None], list[bool], list[str]]:
    values, unreadable, formats = parse_dates(pa.array(texts, pa.string()))
    return values.to_pylist(), unreadable.tolist(), FORMAT_NAMES[formats].tolist()


@settings(deadline=None)  # the first call imports pandas through pyarrow
@given(st.lists(st.tuples(MOMENTS, st.sampled_from(sorted(WRITTEN))), max_size=30))
def test_every_moment_comes_back_from_every_format(
    written: list[tuple[datetime, str]],
) -> None:
    # strftime("%Y") does not pad on all platforms, so the year is written apart
    texts = [f"{m.year:04d}{m.strftime(WRITTEN[name].removeprefix('%Y'))}" for m, name in written]
    values, unreadable, formats = parse(*texts)
    assert values == [moment.replace(tzinfo=HANOI) for moment, _ in written]
    assert not any(unreadable)
    assert formats == [name for _, name in written]


@pytest.mark.parametrize("text", ["20240229000000", "20000229235959", "2028-02-29T00:00:00"])
def test_leap_days_that_exist(text: str) -> None:
    assert parse(text)[1] == [False]


@pytest.mark.parametrize(
    "text",
    [
        "20230229000000",
        "19000229000000",
        "21000229000000",
        "20260431120000",
        "20261301120000",
        "20260001120000",
        "20261100120000",
        "20261120240000",
        "20261120126000",
        "20261120120060",
        "00010101000000",
        "99991332000000",
        "2026112012000",
        "202611201200000",
        "20261120",
        "31/02/2027",
        "2026-11-20",
        "2026-11-20T12:00",
        "2026/11/20 12:00:00",
        "2026-11-20T25:00:00",
        "2026-11-20t12:00:00",
        "２０２６1120120000",
        "hôm nay",
        " 20261120120000",
        "2026-11-20T12:00:00+25:00",
        "2026-11-20T12:00:00.",
    ],
)
def test_what_is_no_moment_is_unreadable_not_guessed(text: str) -> None:
    assert parse(text)[:2] == ([None], [True])


def test_midnight_in_hanoi_is_the_evening_before_in_utc() -> None:
    values, _, _ = parse("20261121000000")
    assert values[0] is not None
    assert values[0].astimezone(UTC).isoformat() == "2026-11-20T17:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "utc", "name"),
    [
        ("2026-11-20T05:00:00Z", "2026-11-20T05:00:00+00:00", "iso"),
        ("2026-11-20T12:00:00+07:00", "2026-11-20T05:00:00+00:00", "iso"),
        ("2026-11-20 12:00:00.5", "2026-11-20T05:00:00.500000+00:00", "spaced"),
        ("2026-11-20T00:00:00.123456789-0100", "2026-11-20T01:00:00.123456+00:00", "iso"),
    ],
)
def test_offsets_and_fractions(text: str, utc: str, name: str) -> None:
    values, unreadable, formats = parse(text)
    assert values[0] is not None
    assert (values[0].astimezone(UTC).isoformat(), unreadable, formats) == (utc, [False], [name])


def test_absent_values_between_others_and_a_slice_of_an_array() -> None:
    texts = pa.array(["x", None, "20261120120000", "2026-11-20 12:00:00", None], pa.string())
    values, unreadable, _ = parse_dates(texts.slice(1))
    assert [value is None for value in values.to_pylist()] == [True, False, False, True]
    assert unreadable.tolist() == [False] * 4
