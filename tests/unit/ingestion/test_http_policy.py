from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.core.http import Pacer, Reaction, back_off_seconds, reaction_to, retry_after_seconds

NOW = datetime(2026, 11, 20, 1, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("statuses", "reaction"),
    [
        ((500, 502, 503, 504, 408), Reaction.BACK_OFF),
        ((429,), Reaction.WAIT),
        ((401,), Reaction.LOG_IN),
        ((301, 302, 400, 403, 404, 410, 422, 501), Reaction.FAIL),
    ],
)
def test_retry_policy(statuses: tuple[int, ...], reaction: Reaction) -> None:
    assert {reaction_to(status) for status in statuses} == {reaction}


@given(st.integers(1, 50), st.floats(0, 1, exclude_max=True))
def test_back_off_grows_with_jitter_and_stays_bounded(attempt: int, chance: float) -> None:
    seconds = back_off_seconds(attempt, lambda: chance)
    assert 0.25 <= seconds <= 20
    assert back_off_seconds(attempt + 1, lambda: chance) >= seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "Fri, 20 Nov 2026 01:00:30 GMT"}, 30),
        ({"Retry-After": "Fri, 20 Nov 2026 00:00:30 GMT"}, 0),
        (  # the server's clock is an hour ahead: its own Date is what counts
            {
                "Retry-After": "Fri, 20 Nov 2026 02:00:30 GMT",
                "Date": "Fri, 20 Nov 2026 02:00:00 GMT",
            },
            30,
        ),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_seconds(httpx.Headers(headers), NOW) == seconds


def test_the_lower_of_both_rates_is_kept() -> None:
    pacer = Pacer(20)
    pacer.lower_to(5)
    pacer.lower_to(50)
    pacer.lower_to(0)
    assert pacer.per_second == 5
