"""Reading and judging held against a corpus' key: what is wrong in silence, caught, or lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Final

from ingestion.core.landing import Landing
from ingestion.core.period import Period
from ingestion.sources.agency_reports.identity import FormKey
from ingestion.sources.agency_reports.judging.in_force import law_in_force
from ingestion.sources.agency_reports.judging.judge import judge
from ingestion.sources.agency_reports.judging.judgement import CellJudged, Claim, Judgement
from ingestion.sources.agency_reports.judging.settings import rules
from ingestion.sources.agency_reports.reading.reader import Reader
from sandbox.reports.corpus import CorpusFile, CorpusKey
from sandbox.reports.figures import Figures, Value
from sandbox.reports.owed import Office, all_offices, following
from sandbox.reports.rendering import CellAnswer
from sandbox.reports.subject import form_of, sections_of

Judged = Callable[[bytes, CorpusFile], Judgement]
CAUGHT_GROUPS: Final = ("hollow", "wrong_agency", "wrong_period", "wrong_form", "unreadable")
_AHEAD: Final = 40


@dataclass
class Examined:
    """One file as judged, against its key.

    Attributes:
        file: of the corpus.
        judgement: of the product.
        wrong: figures that count and must not, or are not what was meant.
        lost: figures of a clean file that do not count.
        is_caught: it is held back, where it must be.
        is_copied_by_chance: a good report has the figures of another one.
        oddities: judgements other than the key's, where no figure is wrong for it.
    """

    file: CorpusFile
    judgement: Judgement
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    is_caught: bool = False
    is_copied_by_chance: bool = False
    oddities: list[str] = field(default_factory=list)

    @property
    def is_clean_refused(self) -> bool:
        """Whether a file that is as it should be is not accepted whole."""
        is_clean = self.file.answer.group == "clean"
        return is_clean and bool(self.lost or self.judgement.state != "accepted")


@dataclass
class Findings:
    """All files of a corpus as judged.

    Attributes:
        files: one by one, those with an oddity only where there are many.
    """

    files: list[Examined] = field(default_factory=list)

    @property
    def silent_wrong(self) -> list[str]:
        """Every figure that counts and must not, or is not what was meant."""
        return [told for examined in self.files for told in examined.wrong]

    @property
    def clean_refused(self) -> list[Examined]:
        """Clean files that are not accepted whole."""
        return [examined for examined in self.files if examined.is_clean_refused]

    @property
    def not_caught(self) -> list[Examined]:
        """Files that must be held back and are not."""
        return [
            examined
            for examined in self.files
            if examined.file.answer.group in CAUGHT_GROUPS and not examined.is_caught
        ]

    def caught_share(self, *groups: str) -> float:
        """Share of the files of some groups that are held back; 1 where there are none."""
        of_groups = [e for e in self.files if e.file.answer.group in groups]
        return sum(e.is_caught for e in of_groups) / len(of_groups) if of_groups else 1.0

    def lines(self) -> Iterator[str]:
        """The findings in words, the most important first."""
        clean = sum(examined.file.answer.group == "clean" for examined in self.files)
        cells = sum(cell.state == "accepted" for e in self.files for cell in e.judgement.values)
        yield (
            f"{len(self.files)} files, {cells} cells accepted, "
            f"{len(self.silent_wrong)} silently wrong"
        )
        yield f"clean: {clean} files, {len(self.clean_refused)} not accepted whole"
        by_chance = sum(examined.is_copied_by_chance for examined in self.files)
        yield f"clean, but the same as another report by chance: {by_chance}"
        for group in CAUGHT_GROUPS:
            count = sum(examined.file.answer.group == group for examined in self.files)
            yield f"{group}: {count} files, {self.caught_share(group):.2%} caught"
        tolerant: Counter[str] = Counter(
            examined.judgement.state
            for examined in self.files
            if examined.file.answer.group == "tolerant"
        )
        yield "tolerant: " + ", ".join(f"{count} {state}" for state, count in tolerant.items())
        yield from (f"SILENTLY WRONG {told}" for told in self.silent_wrong)
        for examined in self.clean_refused:
            yield f"CLEAN REFUSED {_of(examined)}: {'; '.join(examined.lost[:3])}"
        yield from (f"NOT CAUGHT {_of(examined)}" for examined in self.not_caught)
        for examined in self.files:
            yield from (f"odd {_of(examined)}: {told}" for told in examined.oddities)

    def by_behaviour(self) -> Iterator[str]:
        """What became of each behaviour."""
        states: dict[str, Counter[str]] = defaultdict(Counter)
        for examined in self.files:
            told = examined.judgement
            state = told.hollow_kind or told.reason_code or told.state
            states[examined.file.answer.behaviour_id][state] += 1
        for behaviour_id, counted in sorted(states.items()):
            yield f"{behaviour_id}: " + ", ".join(f"{n} {state}" for state, n in counted.items())


def check_corpus(
    corpus: CorpusKey, landing: Landing, key: FormKey, seed: int, workers: int = 1
) -> Findings:
    """Read and judge every file of a corpus as the intake does, and hold it against the key.

    Args:
        corpus: files and answers.
        landing: where readings are kept.
        key: under which form ids were issued.
        seed: of the corpus: what offices reported before.
        workers: reading processes.
    """
    law = law_in_force(key)
    figures = Figures(seed)
    with Reader(landing, workers) as reader, ThreadPoolExecutor(workers + 1) as pool:

        def examined(file: CorpusFile) -> Examined:
            reading = reader.reading_of(corpus.content(file), file.file_name)
            claim = Claim(file.claim, file.received_on, "archive")
            return examine(file, judge(reading, law, claim), figures)

        # A few at a time: files need not all be in memory.
        files = iter(corpus.files)
        findings = Findings()
        while some := list(islice(files, _AHEAD)):
            findings.files += pool.map(examined, some)
        return findings


def examine(file: CorpusFile, judgement: Judgement, figures: Figures) -> Examined:
    """Hold a judgement against the key.

    Args:
        file: with its answer.
        judgement: of the product.
        figures: what all offices have to report: of whom a report may have been copied.
    """
    examined, answer = Examined(file, judgement), file.answer
    hollow = judgement.hollow_kind or ("copied" if is_copied(judgement, figures) else None)
    counts = judgement.state != "refused" and judgement.hollow_kind is None
    examined.is_caught = judgement.state == "refused" or hollow is not None
    if answer.group == "hollow" and not any(c.state == "accepted" for c in judgement.values):
        examined.is_caught = True
    if counts:
        examined.wrong += _wrong_identity(file, judgement)
        examined.wrong += _wrong_cells(file, judgement.values)
    if answer.group == "clean":
        accepted = {cell.field_code for cell in judgement.values if cell.state == "accepted"}
        examined.lost += [
            f"{cell.field_code} {cell.cell}"
            for cell in answer.cells
            if cell.expect == "right" and cell.field_code not in accepted
        ]
        if judgement.hollow_kind is not None:
            examined.lost.append(f"hollow: {judgement.hollow_kind}")
        examined.is_copied_by_chance = hollow == "copied"
    if judgement.state not in answer.states:
        examined.oddities.append(f"{judgement.state}, not {' or '.join(answer.states)}")
    elif (
        judgement.state == "refused"
        and answer.reasons
        and judgement.reason_code not in answer.reasons
    ):
        expected = " or ".join(answer.reasons)
        examined.oddities.append(f"refused as {judgement.reason_code}, not {expected}")
    if answer.hollow and judgement.state != "refused" and hollow not in answer.hollow:
        examined.oddities.append(f"hollow {hollow}, not {' or '.join(answer.hollow)}")
    return examined


def is_copied(judgement: Judgement, figures: Figures) -> bool:
    """Whether a report repeats the office's last one or another office's of the same period.

    What was reported otherwise is what those offices had to report: the warehouse would have it
    from their own files.
    """
    if judgement.state == "refused" or judgement.period_start is None:
        return False
    owner = next((o for o in all_offices() if o.key == judgement.agency_key), None)
    if owner is None or judgement.form_code is None:
        return False
    period = Period(judgement.period_start, judgement.period_type)  # type: ignore[arg-type]
    said = {cell.field_code: _said(cell) for cell in judgement.values if cell.state == "accepted"}
    fields = [f for s in sections_of(judgement.form_code, owner, period) for f in s.fields]
    flows = {f.code for f in fields if f.nature == "flow"}
    before = following(period, -1)
    if form_of(judgement.form_code).version_on(before.start) is not None and _repeats(
        {code: value for code, value in said.items() if code in flows},
        {c: v for c, v in _of_office(figures, owner, judgement, before).items() if c in flows},
        rules().copied_from_period_least_nonzero,
    ):
        return True
    if form_of(judgement.form_code).reports_for != "self":
        return False
    others = (o for o in all_offices() if o.kind == owner.kind and o.key != owner.key)
    last_day = period.end.replace(day=1)
    return any(
        _repeats(
            said,
            _of_office(figures, other, judgement, period),
            rules().copied_from_agency_least_nonzero,
        )
        for other in others
        if other.first_day < last_day <= other.end_day
    )


def _repeats(said: Mapping[str, object], known: Mapping[str, Value], least: int) -> bool:
    figures = {code: value for code, value in said.items() if isinstance(value, Decimal)}
    not_zero = sum(bool(value) for value in figures.values())
    if not_zero < least:
        return False
    # Where nothing occurred one office writes 0, another declares it.
    return all(known.get(code, Decimal(0)) == value for code, value in figures.items())


def _of_office(
    figures: Figures, office: Office, judgement: Judgement, period: Period
) -> Mapping[str, Value]:
    sections = sections_of(judgement.form_code or "", office, period)
    return figures.of(office, sections, period).values


def _wrong_identity(file: CorpusFile, judgement: Judgement) -> Iterator[str]:
    answer = file.answer
    period = (
        str(Period(judgement.period_start, judgement.period_type))  # type: ignore[arg-type]
        if judgement.period_start
        else None
    )
    for what, told, meant in (
        ("agency", judgement.agency_code, answer.agency_code),
        ("form", judgement.form_code, answer.form_code),
        ("period", period, answer.period),
    ):
        if told != meant:
            yield f"{_name(file)}: {what} {told}, not {meant}"


def _wrong_cells(file: CorpusFile, values: Iterable[CellJudged]) -> Iterator[str]:
    answers = {answer.field_code: answer for answer in file.answer.cells}
    for cell in values:
        if cell.state != "accepted":
            continue
        answer = answers.get(cell.field_code)
        why = _why_wrong(cell, answer)
        if why:
            yield f"{_name(file)}: {cell.field_code} {cell.sheet}!{cell.cell}: {why}"


def _why_wrong(cell: CellJudged, answer: CellAnswer | None) -> str:
    told = _said(cell)
    if answer is None:
        return f"{told} for a cell that is not asked"
    if answer.expect == "empty":
        return f"{told} where nothing stands"
    if answer.expect == "refused":
        return f"{told} where nothing can be told (meant {answer.value})"
    if answer.kind == "number":
        return "" if told == Decimal(answer.value) else f"{told}, not {answer.value}"
    # Texts are taken over as they stand, blanks aside.
    is_same = " ".join(str(told).split()) == " ".join(answer.value.split())
    return "" if is_same else f"{told}, not {answer.value}"


def _said(cell: CellJudged) -> object:
    for value in (cell.number_value, cell.date_value, cell.choice_code, cell.text_value):
        if value is not None:
            return value
    return None


def _of(examined: Examined) -> str:
    told = examined.judgement
    return f"{_name(examined.file)} ({told.hollow_kind or told.reason_code or told.state})"


def _name(file: CorpusFile) -> str:
    return f"{file.path} {file.answer.form_code} {file.answer.period} {file.kind}"
