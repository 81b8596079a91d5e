"""What a task makes of a summary of sent digests."""

from __future__ import annotations

import pytest

from expectations.notices import DigestSummary, DigestsUndelivered, require_delivered

DELIVERED: DigestSummary = {
    "on": "2026-11-23",
    "digests": 2,
    "sent": 1,
    "already_sent": 1,
    "failed": 0,
    "unroutable": [],
    "for_operators": 0,
    "subjects": [],
}


def test_a_delivered_summary_is_handed_on() -> None:
    assert require_delivered(DELIVERED) == DELIVERED


@pytest.mark.parametrize(
    ("problem", "named"), [({"failed": 3}, "3 digests"), ({"unroutable": ["SNV"]}, "SNV")]
)
def test_an_agency_that_was_not_reached_fails_the_task(problem: DigestSummary, named: str) -> None:
    with pytest.raises(DigestsUndelivered, match=named):
        require_delivered({**DELIVERED, **problem})
