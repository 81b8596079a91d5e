"""Files dropped by hand, each with a note of what it is.

They lie in ``manual/budget_publications/<window>/`` below the landing zone; beside ``b62.xlsx``
lies ``b62.xlsx.yml`` with publisher, title, form, stage, period, approved_on, published_on and
address.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import fsspec
import yaml

from ingestion.core.errors import DataRefused
from ingestion.core.log import quote_foreign
from ingestion.core.manual import plain_content
from ingestion.core.period import Period
from ingestion.core.web_pages import clean
from ingestion.sources.budget_publications.offers import Offer, Wording
from ingestion.sources.budget_publications.settings import (
    SOURCE,
    DroppedBounds,
    DroppedRules,
)

_NOTE = ".yml"
_LARGEST_NOTE = 64 * 1024


class _NoteLoader(yaml.SafeLoader):
    """Plain YAML without aliases, which can be made to unfold without end."""

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)


def dropped_offers(
    landing_url: str,
    rules: DroppedRules,
    bounds: DroppedBounds,
    period: Period,
    *,
    with_content: bool = True,
) -> list[Offer]:
    """Files dropped for a window, in order of their names, with their content if it is wanted.

    Raises:
        DataRefused: a file has no readable note, is too large, empty or points out of its folder;
            nothing of the window is taken then.
    """
    fs, root = fsspec.core.url_to_fs(landing_url)
    folder = f"{root.rstrip('/')}/manual/{SOURCE}/{period}"
    if not fs.isdir(folder):
        return []
    paths = sorted(str(found) for found in fs.ls(folder, detail=False))
    names = [path.rsplit("/", 1)[-1] for path in paths]
    if len(paths) > 2 * bounds.most:
        raise DataRefused(f"more than {bounds.most} files were dropped by hand for {period}")
    found = []
    for path, name in zip(paths, names, strict=True):
        if name.startswith(".") or (name.endswith(_NOTE) and name.removesuffix(_NOTE) in names):
            continue
        shown = f"manual file {quote_foreign(name, 80)}"
        if name.endswith(_NOTE):
            raise DataRefused(f"{shown}: a note without its file")
        if f"{name}{_NOTE}" not in names:
            raise DataRefused(f"{shown}: there is no note {quote_foreign(name, 80)}{_NOTE}")
        note = _note(plain_content(fs, f"{path}{_NOTE}", folder, shown, _LARGEST_NOTE), shown)
        content = None
        if with_content:
            content = plain_content(fs, path, folder, shown, int(bounds.mib * 1024 * 1024))
        if content == b"":
            raise DataRefused(f"{shown}: is empty")
        found.append(_offer(note, rules, name, content, period))
    return found


def _note(content: bytes, shown: str) -> Mapping[str, Any]:
    try:
        note = yaml.load(content.decode("utf-8-sig"), _NoteLoader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        raise DataRefused(f"{shown}: its note is no plain YAML") from None
    if not isinstance(note, dict) or not clean(note.get("publisher")):
        raise DataRefused(f"{shown}: its note names no publisher")
    return note


def _offer(
    note: Mapping[str, Any], rules: DroppedRules, name: str, content: bytes | None, period: Period
) -> Offer:
    texts = {fact: _text(note.get(key)) for fact, key in rules.fields.items()}
    address = texts.pop("address", "")
    facts = Wording(rules.dates, rules.year_in).interpret(texts)
    return Offer(
        door="manual",
        address=address or f"{period}/{name}",
        file_url=address if address.startswith(("http://", "https://")) else "",
        file_name=clean(name),
        content=content,
        window=period,
        **facts,  # type: ignore[arg-type]
    )


def _text(value: object) -> str:
    """A value of a note as text; YAML makes days of what looks like one."""
    return value.isoformat() if isinstance(value, date) else clean(value)


def later_windows(
    landing_url: str, rules: DroppedRules, bounds: DroppedBounds
) -> dict[str, Period]:
    """The last window into which a file of each stated address was dropped.

    A file that replaces one of an earlier window names the same address. What cannot be read is
    left out here; its own window refuses it.
    """
    fs, root = fsspec.core.url_to_fs(landing_url)
    base = f"{root.rstrip('/')}/manual/{SOURCE}"
    found: dict[str, Period] = {}
    for folder in fs.ls(base, detail=False) if fs.isdir(base) else []:
        try:
            period = Period.parse(str(folder).rstrip("/").rsplit("/", 1)[-1])
            offers = dropped_offers(landing_url, rules, bounds, period, with_content=False)
        except (ValueError, DataRefused):
            continue
        for offer in offers:
            found[offer.address] = max(found.get(offer.address, period), period)
    return found
