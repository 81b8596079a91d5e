"""A receipt as text, as a page and as JSON. What others wrote is shown as plain words only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ingestion.core.wording import one_line, plain, written
from ingestion.sources.agency_reports.intake.receipt import Receipt
from ingestion.sources.agency_reports.receipts.words import read_words


def as_text(receipt: Receipt) -> str:
    """The receipt as plain text, for mail and terminals."""
    return _templates().get_template("receipt.txt.j2").render(_told(receipt))


def as_html(receipt: Receipt, *, links: Mapping[str, str] | None = None) -> str:
    """The receipt as a whole page that needs nothing else.

    Args:
        receipt: what is shown.
        links: addresses by label, for a reader who may go on from here.
    """
    template = _templates().get_template("receipt.html.j2")
    return template.render({**_told(receipt), "links": links or {}})


def as_json(receipt: Receipt) -> dict[str, Any]:
    """The receipt for programs: every cell, nothing cut; JSON values only."""
    told = asdict(receipt)
    del told["submission_id"], told["agency_key"]
    told["received_at"] = receipt.received_at.isoformat()
    told["verdict_vi"] = verdict(receipt)
    return told


def verdict(receipt: Receipt) -> str:
    """What became of the delivery, in a few words."""
    return read_words().verdicts[_verdict_code(receipt)]


def subject(receipt: Receipt) -> str:
    """Subject of the mail, always one line."""
    words = read_words()
    about = " ".join(filter(None, [receipt.form_code, receipt.period_vi])) or receipt.file_name
    return one_line(
        words.subject.format(
            mark=words.synthetic_mark if receipt.is_synthetic else "",
            receipt_no=receipt.receipt_no,
            verdict=verdict(receipt),
            about=plain(about)[:80],
        )
    )


def _verdict_code(receipt: Receipt) -> str:
    if receipt.repeats:
        return "repeated"
    if receipt.hollow_kind:
        return "hollow"
    return receipt.state


def _told(receipt: Receipt) -> Mapping[str, Any]:
    words = read_words()
    return {
        "receipt": receipt,
        "words": words,
        "verdict": verdict(receipt),
        "todo": words.todo[_verdict_code(receipt)],
        "door": words.doors[receipt.door],
        "problems": receipt.problems[: words.shown_cells],
        "accepted": receipt.accepted[: words.shown_cells],
    }


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["written"] = lambda value: written(value, "vi")
    environment.filters["words"] = lambda value: plain(str(value))
    environment.filters["percent"] = lambda share: f"{written(100 * share, 'vi')} %"
    return environment
