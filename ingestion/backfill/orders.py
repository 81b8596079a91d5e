"""The back-fills that were asked for, as data: ``ingestion/backfills/*.yml``.

A file says which days of which resources are to be loaded, why, and who asked. What has become of
it is not in the file but in the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from ingestion.catalogue.document import Document, read_document
from ingestion.catalogue.problem import Problem
from ingestion.catalogue.schema_check import check_schema
from ingestion.core.environment import ConfigurationError
from ingestion.core.source import read_source, source_names

FOLDER = Path(__file__).resolve().parents[1] / "backfills"

Status = Literal["planned", "approved", "closed"]


class BackfillRefused(ConfigurationError):
    """A file is not valid, there is no such back-fill, or it may not be run."""


@dataclass(frozen=True)
class BackfillOrder:
    """One back-fill that was asked for.

    Attributes:
        name: name of the file.
        sources: source → its resources.
        first: first day, the first of a month.
        last: last day, the last of a month.
        reason: why, in Vietnamese.
        asked_by: unit or function.
        document: what it was asked in.
        concurrency: how many months are loaded at a time.
        status: ``planned`` may not run yet, ``closed`` may not run again.
    """

    name: str
    sources: dict[str, tuple[str, ...]]
    first: date
    last: date
    reason: str
    asked_by: str
    document: str
    concurrency: int
    status: Status

    @property
    def pairs(self) -> set[tuple[str, str]]:
        """Every (source, resource)."""
        return {(name, resource) for name, found in self.sources.items() for resource in found}

    def covers(self, day: date) -> bool:
        """Whether a period that begins on ``day`` is back-filled."""
        return self.first <= day <= self.last


def read_orders(folder: Path = FOLDER) -> list[BackfillOrder]:
    """All back-fills, by name.

    Raises:
        BackfillRefused: a file is not valid; every fault is in the message, with its line.
    """
    schema = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
    orders, problems = [], []
    for path in sorted(folder.glob("*.yml")):
        document = _with_dates_as_text(read_document(path, f"ingestion/backfills/{path.name}"))
        found = list(document.problems) or check_schema(document, schema)
        found = found or list(_cross_problems(document, path.stem))
        problems += found
        if not found:
            orders.append(_order(document.value))
    if problems:
        raise BackfillRefused("\n".join(str(problem) for problem in sorted(problems)))
    return orders


def find_order(name: str | None = None, folder: Path = FOLDER) -> BackfillOrder:
    """The back-fill of that name; without a name the only one that is approved.

    Raises:
        BackfillRefused: there is none, or more than one could be meant.
    """
    orders = read_orders(folder)
    names = ", ".join(order.name for order in orders) or "chưa có tệp nào"
    chosen = [order for order in orders if order.name == name]
    if name and not chosen:
        raise BackfillRefused(f"Không có đợt nạp bù “{name}”; hiện có: {names}.")
    chosen = chosen or [order for order in orders if order.status == "approved"]
    if len(chosen) != 1:
        raise BackfillRefused(f"Hãy nêu tên đợt nạp bù, {len(chosen)} đợt đang mở; có: {names}.")
    return chosen[0]


def require_open(order: BackfillOrder) -> None:
    """Refuse to run what nobody approved, or what was closed.

    Raises:
        BackfillRefused: the status says so.
    """
    if order.status != "approved":
        why = "chưa được duyệt" if order.status == "planned" else "đã đóng"
        raise BackfillRefused(
            f"Đợt nạp bù {order.name} {why} (status: {order.status}). Người có thẩm quyền sửa "
            f"status thành approved trong ingestion/backfills/{order.name}.yml thì mới chạy được."
        )


def _order(value: dict[str, Any]) -> BackfillOrder:
    return BackfillOrder(
        **{
            **value,
            "first": date.fromisoformat(value["first"]),
            "last": date.fromisoformat(value["last"]),
            "sources": {name: tuple(found) for name, found in value["sources"].items()},
        }
    )


def _with_dates_as_text(document: Document) -> Document:
    """YAML turns unquoted dates into dates; the schema speaks of their text."""
    if not isinstance(document.value, dict):
        return document
    plain = {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in document.value.items()
    }
    return replace(document, value=plain)


def _cross_problems(document: Document, stem: str) -> Iterator[Problem]:
    """What the schema cannot say."""
    value = document.value
    if value["name"] != stem:
        message = f"name: “{value['name']}” phải trùng tên tệp “{stem}”"
        yield document.problem(["name"], "other_name", message)
    days = {}
    for key in ("first", "last"):
        try:
            days[key] = date.fromisoformat(value[key])
        except ValueError:
            message = f"{key}: “{value[key]}” không phải ngày có thật"
            yield document.problem([key], "no_date", message)
    if "first" in days and days["first"].day != 1:
        message = "first: phải là ngày đầu tháng, vì mỗi lần chạy nạp trọn một tháng"
        yield document.problem(["first"], "no_month_start", message)
    if "last" in days and (days["last"] + timedelta(days=1)).day != 1:
        message = "last: phải là ngày cuối tháng, vì mỗi lần chạy nạp trọn một tháng"
        yield document.problem(["last"], "no_month_end", message)
    if len(days) == 2 and days["first"] > days["last"]:
        yield document.problem(["last"], "wrong_order", "last: đứng trước first")
    for name, resources in value["sources"].items():
        if name not in source_names():
            message = f"sources: không có nguồn “{name}”; có: {', '.join(source_names())}"
            yield document.problem(["sources", name], "unknown_source", message)
            continue
        known = read_source(name).resources
        for number, resource in enumerate(resources):
            if resource not in known:
                message = f"sources.{name}: không có “{resource}”; có: {', '.join(known)}"
                yield document.problem(["sources", name, number], "unknown_resource", message)
