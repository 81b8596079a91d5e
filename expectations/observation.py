"""What an engine saw: one rule broken by one agency in one period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from expectations.registry import Severity

UNKNOWN_AGENCY = -1
"""The agency key of records that belong to no known agency: a matter for operators."""


@dataclass(frozen=True)
class Observation:
    """A breach before it is worded.

    ``facts`` are the further columns of an sql rule, for its sentences and its evidence.
    ``severity`` is given where the rule's is dated by a seed.
    """

    rule_id: str
    agency_key: int
    period_start: date
    record_count: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity | None = None
