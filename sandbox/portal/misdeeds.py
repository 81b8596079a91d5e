"""Misbehaviour of the portal on demand."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from sandbox.website import COMMON_MISDEEDS, WebOrder


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


class PortalOrder(WebOrder):
    """An order for misbehaviour of the portal."""

    kind: PortalMisdeed = Field(
        description=(
            f"{COMMON_MISDEEDS}; search_down: package_search answers as CKAN does without its "
            "index; drift: the count of a search is one higher than before; loop: every page of a "
            "search is the first; cap: pages are shorter than asked for; stale: package_list also "
            "names private and deleted datasets"
        )
    )
    rows: int = Field(default=100, ge=1, description="for kind=cap: rows at most")
