"""A corpus of reports: deterministic, complete, and its key can be read file by file."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from sandbox.reports.behaviours import NotApplicable, all_behaviours
from sandbox.reports.corpus import (
    CorpusKey,
    drawn_file,
    drawn_order,
    read_corpus,
    write_corpus,
)
from sandbox.reports.offices import SANDBOX_KEY
from sandbox.reports.rendering import Order, Press

SEED = 5


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> CorpusKey:
    return write_corpus(tmp_path_factory.mktemp("reports"), 40, SEED)


def test_files_lie_where_the_key_says_and_it_can_be_opened_again(corpus: CorpusKey) -> None:
    for file in corpus.files:
        assert hashlib.sha256(corpus.content(file)).hexdigest() == file.sha256

    assert read_corpus(corpus.folder).files == corpus.files


def test_processes_make_the_same_corpus(corpus: CorpusKey, tmp_path: Path) -> None:
    again = write_corpus(tmp_path / "again", 40, SEED, workers=2)

    assert again.files == corpus.files


def test_clean_files_owe_every_value_and_others_say_what_is_right(corpus: CorpusKey) -> None:
    for file in corpus.files:
        answer = file.answer
        expects = {cell.expect for cell in answer.cells}
        if answer.group == "clean":
            assert expects <= {"right", "empty"}
            assert answer.states == ("accepted",)
            assert any(cell.value for cell in answer.cells)
        else:
            assert "right" not in expects
        for cell in answer.cells:
            assert (cell.expect == "empty") == (not cell.kind) or cell.expect == "refused"


def test_every_behaviour_form_and_kind_is_drawn() -> None:
    """Orders alone are drawn, without making the files: 1,600 hold everything several times."""
    behaviours: Counter[str] = Counter()
    forms: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for number in range(1_600):
        order = next(filter(None, (drawn_order(number, SEED, again) for again in range(80))))
        behaviours[order.behaviour_id] += 1
        forms[order.form_code] += 1
        kinds[order.style.kind] += 1

    assert set(behaviours) == set(all_behaviours())
    assert len(behaviours) >= 100
    assert min(behaviours.values()) >= 3
    assert min(forms.values()) >= 10
    assert min(kinds.values()) >= 10
    assert 450 < behaviours["good"] < 700


@pytest.mark.parametrize("group", ["hollow", "wrong_agency", "wrong_period", "unreadable"])
def test_what_must_be_held_back_is_in_the_corpus_many_times(group: str) -> None:
    of_group = [b for b in all_behaviours().values() if b.group == group]

    assert len(of_group) >= 6
    assert all("refused" in behaviour.states for behaviour in of_group)


def test_a_hollow_report_says_nothing_and_a_partial_one_leaves_something_out() -> None:
    press, seen = Press(SEED, SANDBOX_KEY), Counter[str]()
    for order in _orders("empty", "zero", "partial"):
        try:
            cells = press.render(order).answer.cells
        except NotApplicable:
            continue
        seen[order.behaviour_id] += 1
        values = [cell.value for cell in cells]
        if order.behaviour_id == "empty":
            assert not any(values)
        elif order.behaviour_id == "zero":
            assert {value for value in values if value} == {"0"}
        else:
            assert any(values)
            assert not all(values)
    assert min(seen[each] for each in ("empty", "zero", "partial")) >= 2


def test_a_file_is_the_same_again() -> None:
    press = Press(SEED, SANDBOX_KEY)
    for number in (3, 11, 29):
        assert drawn_file(number, SEED, press)[1] == drawn_file(number, SEED, press)[1]


def _orders(*behaviour_ids: str) -> list[Order]:
    drawn = (drawn_order(number, SEED, again) for number in range(500) for again in range(4))
    return [order for order in drawn if order and order.behaviour_id in behaviour_ids]
