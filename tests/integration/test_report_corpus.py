"""Delivered reports read and judged against the answer key of a corpus.

No figure silently wrong: each that counts is the one that the key has for its field, in a report of
the right office, form and period. What says nothing, or is another office's, is held back; what is
as it should be is accepted whole. Here a share of the corpus; the whole by
``cchc sandbox reports-corpus`` and ``reports-check``.
"""

from __future__ import annotations

import dataclasses
import os
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.core.landing import Landing
from sandbox.reports.checking import CAUGHT_GROUPS, Examined, Findings, check_corpus, examine
from sandbox.reports.corpus import CorpusKey, write_corpus
from sandbox.reports.figures import Figures
from sandbox.reports.offices import SANDBOX_KEY

FILES = int(os.environ.get("CCHC_REPORT_CORPUS_FILES", "150"))
"""More while developing."""
SEED = 20261124

OPEN: dict[str, str] = {}
"""Weaknesses of the reader that are known and wait to be mended, by behaviour."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> CorpusKey:
    return write_corpus(tmp_path_factory.mktemp("reports"), FILES, SEED)


@pytest.fixture(scope="module")
def findings(corpus: CorpusKey, tmp_path_factory: pytest.TempPathFactory) -> Findings:
    landing = Landing(str(tmp_path_factory.mktemp("landing")))
    return check_corpus(corpus, landing, SANDBOX_KEY, SEED, workers=2)


def test_no_figure_is_silently_wrong(findings: Findings) -> None:
    accepted = sum(cell.state == "accepted" for e in findings.files for cell in e.judgement.values)
    wrong = [
        told for e in findings.files if e.file.answer.behaviour_id not in OPEN for told in e.wrong
    ]

    assert wrong == []
    assert accepted > 4 * FILES


@pytest.mark.parametrize("group", CAUGHT_GROUPS)
def test_what_must_not_count_is_held_back(findings: Findings, group: str) -> None:
    assert findings.caught_share(group) >= 0.99, list(findings.lines())
    assert any(examined.file.answer.group == group for examined in findings.files)


def test_every_good_report_is_accepted_whole(findings: Findings) -> None:
    clean = [examined for examined in findings.files if examined.file.answer.group == "clean"]

    refused = findings.clean_refused

    assert len(clean) > FILES / 4
    assert [(e.file.path, e.judgement.reason_vi, e.lost) for e in refused] == []


def test_refusals_say_what_is_wrong(findings: Findings) -> None:
    odd = [e for e in findings.files if e.oddities]

    assert [(examined.file.path, examined.oddities) for examined in odd] == []


def test_a_reader_that_errs_is_found_out(findings: Findings, corpus: CorpusKey) -> None:
    """The comparison itself: a figure, an office or a hollow report that is taken wrongly shows."""
    figures = Figures(SEED)
    good = next(e for e in findings.files if e.file.answer.group == "clean" and not e.lost)
    number = next(
        at
        for at, cell in enumerate(good.judgement.values)
        if cell.state == "accepted" and cell.number_value is not None
    )

    def again(examined: Examined, **changed: object) -> Examined:
        judgement = dataclasses.replace(examined.judgement, **changed)  # type: ignore[arg-type]
        return examine(examined.file, judgement, figures)

    cells = list(good.judgement.values)
    value = cells[number].number_value or Decimal(0)
    cells[number] = dataclasses.replace(cells[number], number_value=value + 1)
    assert len(again(good, values=tuple(cells)).wrong) == 1
    assert len(again(good, agency_code="14").wrong) == 1
    assert again(good, state="refused", reason_code="not_owed").is_clean_refused

    others = next(e for e in findings.files if e.file.answer.group == "wrong_agency")
    assert not again(others, state="accepted").is_caught
    empty = next(e for e in findings.files if e.file.answer.behaviour_id == "zero")
    assert not again(empty, hollow_kind=None).is_caught


def test_the_whole_corpus_is_more_of_the_same(corpus: CorpusKey, tmp_path: Path) -> None:
    """A larger corpus begins with the files of a smaller one."""
    first = write_corpus(tmp_path / "first", 12, SEED)

    assert first.files == corpus.files[:12]
