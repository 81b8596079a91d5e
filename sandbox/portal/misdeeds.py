"""Misbehaviour of the portal on demand."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from pydantic import BaseModel, Field


class PortalMisdeed(StrEnum):
    """What can be ordered."""

    STATUS = "status"
    HTML = "html"
    TRUNCATED = "truncated"
    RESET = "reset"
    SLOW = "slow"
    REDIRECT = "redirect"
    SEARCH_DOWN = "search_down"
    DRIFT = "drift"
    LOOP = "loop"
    CAP = "cap"
    STALE = "stale"


class PortalOrder(BaseModel):
    """An order for misbehaviour; the next ``count`` matching answers obey it."""

    kind: PortalMisdeed = Field(
        description=(
            "status: an error status; html: a maintenance page with status 200; truncated: two "
            "thirds of the body with a length that fits; reset: the body ends before its length; "
            "slow: bytes drip in; redirect: to another host; search_down: package_search answers "
            "as CKAN does without its index; drift: the count of a search is one higher than "
            "before; loop: every page of a search is the first; cap: pages are shorter than "
            "asked for; stale: package_list also names private and deleted datasets"
        )
    )
    count: int = Field(default=1, ge=1, description="how many answers")
    status: int = Field(default=500, description="for kind=status: 500, 503, 429 …")
    retry_after: str | None = Field(
        default=None, description="Retry-After of a status: seconds or date"
    )
    seconds: float = Field(default=2.0, description="for kind=slow: how long an answer takes")
    target: str = Field(
        default="http://169.254.169.254/latest/meta-data/", description="for kind=redirect"
    )
    rows: int = Field(default=100, ge=1, description="for kind=cap: rows at most")
    path: str = Field(default="/", description="only paths, decoded, that start with this")
    skip: int = Field(default=0, ge=0, description="how many matching answers to let pass first")


class PortalDay(BaseModel):
    """Moves the portal to a day."""

    until: dt.date = Field(description="last day that has happened")
