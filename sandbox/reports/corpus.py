"""A corpus of delivered reports with its answer key, for measuring what a reader gets right."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import yaml

from sandbox.budget.styles import Draw
from sandbox.randomness import fraction, key_of
from sandbox.reports.behaviours import Behaviour, NotApplicable, all_behaviours
from sandbox.reports.offices import SANDBOX_KEY
from sandbox.reports.owed import DATA, Owed, owed_reports
from sandbox.reports.rendering import Answer, CellAnswer, Order, Press, Rendered
from sandbox.reports.styles import Style, drawn_kind, words_of_styles
from sandbox.reports.subject import version_of

KEY_FILE: Final = "answers.jsonl"
_ATTEMPTS: Final = 80
_BATCH: Final = 25
_BY_HAND_INSTEAD: Final = ("old_form", "own_table")
"""Behaviours that shape a report by hand though there is a template."""


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file of a corpus.

    Attributes:
        path: below the corpus' folder.
        sha256: of the bytes.
        file_name: as the sender calls it.
        claim: code of the sender as the door knows it; none where it does not.
        received_on: day of receipt.
        kind: see `sandbox.reports.styles.Kind`.
        by: ``template`` or ``hand``: what the office should have used.
        answer: what is owed to it.
    """

    path: str
    sha256: str
    file_name: str
    claim: str | None
    received_on: dt.date
    kind: str
    by: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class CorpusKey:
    """What a corpus holds.

    Attributes:
        folder: of the files and of the key file.
        files: in the order they were made.
    """

    folder: Path
    files: tuple[CorpusFile, ...]

    def content(self, file: CorpusFile) -> bytes:
        """The bytes of a file."""
        return (self.folder / file.path).read_bytes()


def write_corpus(folder: Path, files: int, seed: int, workers: int = 1) -> CorpusKey:
    """Write a corpus: the same files and answers for the same seed, however many workers.

    Args:
        folder: is made; holds the files and ``answers.jsonl``, a line for each file.
        files: how many.
        seed: of everything.
        workers: processes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    batches = [range(first, min(first + _BATCH, files)) for first in range(0, files, _BATCH)]
    known: list[CorpusFile] = []
    with (folder / KEY_FILE).open("wb") as lines:
        for file in _made(folder, batches, seed, workers):
            lines.write(orjson.dumps(dataclasses.asdict(file)) + b"\n")
            known.append(file)
    return CorpusKey(folder, tuple(known))


def read_corpus(folder: Path) -> CorpusKey:
    """Open a corpus written before."""
    with (folder / KEY_FILE).open("rb") as lines:
        return CorpusKey(folder, tuple(_file(orjson.loads(line)) for line in lines))


def drawn_file(number: int, seed: int, press: Press) -> tuple[Order, Rendered]:
    """Draw and make one file of a corpus.

    Args:
        number: from 0.
        seed: of the corpus.
        press: makes it.

    Raises:
        NotApplicable: no report could be found for a behaviour.
    """
    for attempt in range(_ATTEMPTS):
        order = drawn_order(number, seed, attempt)
        if order is None:
            continue
        try:
            return order, press.render(order)
        except NotApplicable:
            continue
    raise NotApplicable(f"file {number} of corpus {seed}")


def drawn_order(number: int, seed: int, attempt: int = 0) -> Order | None:
    """Draw what one file of a corpus is to be; none where no report allows it.

    Args:
        number: from 0.
        seed: of the corpus.
        attempt: later ones where the first report could not have the behaviour.
    """
    behaviour = _behaviour(number, seed)
    draw = Draw("report corpus", seed, number, attempt)
    has_template = draw.often("template", _words()["template_share"])
    if behaviour.behaviour_id in _BY_HAND_INSTEAD:
        has_template = True
    elif behaviour.by:
        has_template = behaviour.by == "template"
    pool = _pool(_form(behaviour, draw), has_template)
    if not pool:
        return None
    owed = pool[key_of("owed", seed, number, attempt) % len(pool)]
    words = words_of_styles()
    weights = words["template_kinds" if has_template else "kinds"]
    if behaviour.kinds and not set(behaviour.kinds) & set(weights):
        return None
    kind = drawn_kind(weights, behaviour.kinds, draw)
    style = Style.drawn(kind, seed, number, attempt)
    if behaviour.numbers == "stored" or kind == "template":
        style = dataclasses.replace(style, numbers="stored")
    return Order(
        office=owed.office,
        form_code=owed.form_code,
        period=owed.period,
        received_on=owed.due_on + dt.timedelta(days=draw.one_of("day", range(-3, 12))),
        behaviour_id=behaviour.behaviour_id,
        style=style,
        status=draw.one_of("status", _words()["statuses"]),
    )


def _behaviour(number: int, seed: int) -> Behaviour:
    """All behaviours in turn: even a small corpus has most of them; the rest is good."""
    if fraction("report-corpus-clean", seed, number) < _words()["clean_share"]:
        return all_behaviours()["good"]
    odd = [each for each in all_behaviours().values() if each.behaviour_id != "good"]
    return odd[(key_of("report corpus", seed) + number) % len(odd)]


def _form(behaviour: Behaviour, draw: Draw) -> str:
    weights: dict[str, int] = _words()["forms"]
    codes = [
        code
        for code, weight in weights.items()
        if not behaviour.forms or code in behaviour.forms
        for _ in range(weight)
    ]
    chosen: str = draw.one_of("form", codes)
    return chosen


@cache
def _pool(form_code: str, has_template: bool) -> tuple[Owed, ...]:
    periods = _words()["periods"]
    return tuple(
        owed
        for owed in owed_reports(periods["first"], periods["last"])
        if owed.form_code == form_code
        and version_of(form_code, owed.period).has_form_id == has_template
    )


def _made(folder: Path, batches: Sequence[range], seed: int, workers: int) -> Iterator[CorpusFile]:
    if workers <= 1 or len(batches) < 2:
        press = Press(seed, SANDBOX_KEY)
        for batch in batches:
            for number in batch:
                yield _written(folder, number, seed, press)
        return
    # Spawned, not forked: the caller may have threads.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        count = len(batches)
        for made in pool.map(_batch, [folder] * count, batches, [seed] * count):
            yield from made


@cache
def _press(seed: int) -> Press:
    return Press(seed, SANDBOX_KEY)


def _batch(folder: Path, numbers: range, seed: int) -> list[CorpusFile]:
    return [_written(folder, number, seed, _press(seed)) for number in numbers]


def _written(folder: Path, number: int, seed: int, press: Press) -> CorpusFile:
    order, rendered = drawn_file(number, seed, press)
    ending = rendered.file_name.rsplit(".", 1)[-1]
    path = f"{number:05d}-{order.behaviour_id}.{ending}"
    (folder / path).write_bytes(rendered.content)
    has_template = version_of(order.form_code, order.period).has_form_id
    return CorpusFile(
        path=path,
        sha256=hashlib.sha256(rendered.content).hexdigest(),
        file_name=rendered.file_name,
        claim=rendered.claim,
        received_on=rendered.received_on,
        kind=order.style.kind,
        by="template" if has_template else "hand",
        answer=rendered.answer,
    )


def _file(entry: dict[str, Any]) -> CorpusFile:
    answer = entry["answer"]
    answer |= {name: tuple(answer[name]) for name in ("states", "reasons", "hollow")}
    answer["cells"] = tuple(CellAnswer(**cell) for cell in answer["cells"])
    received_on = dt.date.fromisoformat(entry["received_on"])
    return CorpusFile(**entry | {"answer": Answer(**answer), "received_on": received_on})


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load((DATA / "corpus.yml").read_text(encoding="utf-8"))
    return words
