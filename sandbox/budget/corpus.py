"""A corpus of budget files with its answer key, for measuring what a reader gets right.

Every form, level, year and kind of file is in it, and every kind of defect in half of the files.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import yaml

from sandbox.budget.defects import Defect, NotApplicable, all_defects
from sandbox.budget.forms import DATA, Form, all_forms, forms_of
from sandbox.budget.members import units_on
from sandbox.budget.render import Answer, Order, Rendered, render
from sandbox.budget.styles import Draw, FileKind, FileStyle
from sandbox.randomness import fraction, key_of

KEY_FILE: Final = "answers.jsonl"
_ATTEMPTS: Final = 40
_BATCH: Final = 25


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file of a corpus.

    Attributes:
        path: below the corpus' folder.
        sha256: of the bytes.
        kind: see `sandbox.budget.styles.FileKind`.
        level: of the publisher.
        forms: form keys.
        budget_year: year.
        period_type: of the period.
        style: what differs between offices.
        defects: ids; empty for a clean file.
        expected_states: states that are right for a reader to come to.
        undetectable_alone: the defect shows beside other files only.
        answers: how many.
        offset: where its answers begin in the key file, in bytes.
    """

    path: str
    sha256: str
    kind: str
    level: str
    forms: tuple[str, ...]
    budget_year: int
    period_type: str
    style: Mapping[str, Any]
    defects: tuple[str, ...]
    expected_states: tuple[str, ...]
    undetectable_alone: bool
    answers: int
    offset: int = 0


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

    def answers(self, file: CorpusFile) -> list[Answer]:
        """The answers of a file."""
        with (self.folder / KEY_FILE).open("rb") as lines:
            lines.seek(file.offset)
            return [_answer(orjson.loads(next(lines))) for _ in range(file.answers)]


def write_corpus(folder: Path, files: int, seed: int, workers: int = 1) -> CorpusKey:
    """Write a corpus: the same files and answers for the same seed, however many workers.

    Args:
        folder: is made; holds the files and ``answers.jsonl``: for each file one line about it,
            then one line per number cell.
        files: how many.
        seed: of everything.
        workers: processes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    batches = [range(first, min(first + _BATCH, files)) for first in range(0, files, _BATCH)]
    known: list[CorpusFile] = []
    with (folder / KEY_FILE).open("wb") as lines:
        for file, answers in _made(folder, batches, seed, workers):
            lines.write(orjson.dumps({"file": dataclasses.asdict(file)}) + b"\n")
            known.append(dataclasses.replace(file, offset=lines.tell()))
            lines.write(answers)
    return CorpusKey(folder, tuple(known))


def read_corpus(folder: Path) -> CorpusKey:
    """Open a corpus written before."""
    known = []
    with (folder / KEY_FILE).open("rb") as lines:
        while line := lines.readline():
            entry = orjson.loads(line)["file"]
            entry |= {name: tuple(entry[name]) for name in ("forms", "defects", "expected_states")}
            known.append(CorpusFile(**entry | {"offset": lines.tell()}))
            for _ in range(known[-1].answers):
                lines.readline()
    return CorpusKey(folder, tuple(known))


def drawn_file(number: int, seed: int) -> tuple[Order, Rendered]:
    """Draw and render one file of a corpus.

    Args:
        number: from 0.
        seed: of the corpus.

    Raises:
        NotApplicable: no form could be found for a defect; forms and defects do not fit together.
    """
    for attempt in range(_ATTEMPTS):
        order = drawn_order(number, seed, attempt)
        try:
            return order, render(order)
        except NotApplicable:
            continue
    raise NotApplicable(f"file {number} of corpus {seed}: {order.defects}")


def drawn_order(number: int, seed: int, attempt: int = 0) -> Order:
    """Draw what one file of a corpus is to be.

    Args:
        number: from 0.
        seed: of the corpus.
        attempt: later ones where the forms of the first could not have the defect.
    """
    defect = None
    if fraction("corpus-clean", seed, number) >= _words()["clean_share"]:
        defects = list(all_defects().values())
        # All defects in turn: even a small corpus has most of them.
        defect = defects[(key_of("corpus", seed) + number) % len(defects)]
    return _order(number, seed, attempt, defect)


def _made(
    folder: Path, batches: Sequence[range], seed: int, workers: int
) -> Iterator[tuple[CorpusFile, bytes]]:
    if workers <= 1 or len(batches) < 2:
        for batch in batches:
            yield from _batch(folder, batch, seed)
        return
    # Spawned, not forked: the caller may have threads.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        count = len(batches)
        for made in pool.map(_batch, [folder] * count, batches, [seed] * count):
            yield from made


def _batch(folder: Path, numbers: range, seed: int) -> list[tuple[CorpusFile, bytes]]:
    return [_written(folder, number, seed) for number in numbers]


def _written(folder: Path, number: int, seed: int) -> tuple[CorpusFile, bytes]:
    order, rendered = drawn_file(number, seed)
    path = f"{number:05d}-{rendered.file_name}"
    (folder / path).write_bytes(rendered.content)
    file = CorpusFile(
        path=path,
        sha256=hashlib.sha256(rendered.content).hexdigest(),
        kind=order.style.kind,
        level=order.level,
        forms=order.forms,
        budget_year=order.budget_year,
        period_type=order.period_type,
        style=dataclasses.asdict(order.style),
        defects=order.defects,
        expected_states=rendered.expected_states,
        undetectable_alone=rendered.undetectable_alone,
        answers=len(rendered.answers),
    )
    lines = [
        orjson.dumps({"path": path, **_fields(answer)}, default=str) + b"\n"
        for answer in rendered.answers
    ]
    return file, b"".join(lines)


def _order(number: int, seed: int, attempt: int, defect: Defect | None) -> Order:
    draw = Draw("corpus", seed, number, attempt)
    form = _form(number, seed, attempt)
    year = draw.one_of("year", _words()["years"])
    period_type, month = "year", 1
    if form.stage == "execution":
        period_type, month = draw.one_of("period", _words()["periods"])
    start = dt.date(year, month, 1)
    publisher, code = _publisher(form, start, draw)
    kind = _kind(draw, defect)
    style = FileStyle.drawn(kind, form.level, seed, number, attempt)
    forms = _forms(form, kind, draw, defect)
    if len(forms) > 1 and (kind == "csv" or (defect and defect.needs_tables > 1)):
        style = dataclasses.replace(style, together=True)
    if defect and defect.needs_numbers == "stored":
        style = dataclasses.replace(style, numbers="stored")
    if defect and defect.needs_numbers == "text":
        style = dataclasses.replace(style, numbers="text_dots")
    return Order(
        publisher=publisher,
        publisher_code=code,
        level=form.level,
        forms=forms,
        budget_year=year,
        period_type=period_type,
        period_start=start,
        style=style,
        defects=(defect.defect_id,) if defect else (),
        seed=seed,
    )


def _form(number: int, seed: int, attempt: int) -> Form:
    """All forms in turn, each time in another order."""
    keys = list(all_forms())
    round_number, place = divmod(number, len(keys))
    keys.sort(key=lambda key: key_of("corpus-form", seed, round_number, key))
    return all_forms()[keys[(place + attempt) % len(keys)]]


def _forms(form: Form, kind: FileKind, draw: Draw, defect: Defect | None) -> tuple[str, ...]:
    count = int(_weighted(draw, "forms", _words()["forms"]))
    if kind == "xml":
        count = 1
    count = max(count, defect.needs_tables if defect else 1)
    keys = forms_of(form.stage, form.level)
    place = keys.index(form.key)
    return tuple(keys[(place + i) % len(keys)] for i in range(min(count, len(keys))))


def _kind(draw: Draw, defect: Defect | None) -> FileKind:
    weights: dict[FileKind, int] = _words()["kinds"]
    if defect:
        weights = {kind: weights[kind] for kind in weights if kind in defect.kinds}
    kind: FileKind = _weighted(draw, "kind", weights)
    return kind


def _publisher(form: Form, day: dt.date, draw: Draw) -> tuple[str, str]:
    if form.level == "province":
        return "Ủy ban nhân dân tỉnh Sơn La", "14"
    if form.level == "commune":
        code, name = draw.one_of("commune", units_on(day, "commune"))
        return f"UBND {name[:1].lower()}{name[1:]}", code
    code, name = draw.one_of("department", units_on(day, "department"))
    return name, code


def _weighted(draw: Draw, name: str, weights: Mapping[Any, int]) -> Any:  # noqa: ANN401
    return draw.one_of(name, [choice for choice, weight in weights.items() for _ in range(weight)])


def _fields(answer: Answer) -> dict[str, Any]:
    return {field.name: getattr(answer, field.name) for field in dataclasses.fields(answer)}


def _answer(entry: dict[str, Any]) -> Answer:
    del entry["path"]
    return Answer(**entry | {"value": Decimal(entry["value"])})


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load((DATA / "corpus.yml").read_text(encoding="utf-8"))
    return words
