"""Settings that all DAGs have in common."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

TIMEZONE = "Asia/Ho_Chi_Minh"
"""Schedules are local time, as every date in the data."""

BASELINE_START = datetime(2021, 1, 1, tzinfo=ZoneInfo(TIMEZONE))
"""The first day that can be back-filled: the plan's baseline is 2021–2025."""


class Tag(StrEnum):
    """The tags a DAG may carry: what it touches, and who waits for it."""

    SOURCE = "source"
    INDICATORS = "indicators"
    AGENCIES = "agencies"


BY_FAULT = ExceptionRetryPolicy(
    rules=[
        # Airflow imports what is named here when it reads the file: only modules that cost nothing.
        RetryRule(
            "ingestion.core.errors.PagesDrifted",
            RetryAction.RETRY,
            reason="The source changed while it was read; reading it again may do.",
        ),
        RetryRule(
            [
                "ingestion.core.errors.DataRefused",
                "ingestion.core.environment.ConfigurationError",
            ],
            RetryAction.FAIL,
            reason="The same data or setting would be refused again.",
        ),
        RetryRule("ingestion.core.errors.SourceUnavailable", RetryAction.RETRY),
    ]
)
"""Whether to try again depends on whose fault it was; what is not named here is tried again."""

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "data-team",
    "retries": 4,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=30),
    "retry_policy": BY_FAULT,
    "execution_timeout": timedelta(hours=3),
}
"""Failures stay with the data team: no task mails anybody, least of all an agency."""
