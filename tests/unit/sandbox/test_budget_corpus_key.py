"""A corpus: deterministic, complete, and its key can be read file by file."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from sandbox.budget.corpus import CorpusKey, drawn_file, drawn_order, read_corpus, write_corpus
from sandbox.budget.defects import all_defects
from sandbox.budget.forms import all_forms
from sandbox.command import sandbox_group


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> CorpusKey:
    return write_corpus(tmp_path_factory.mktemp("corpus"), 60, seed=5)


def test_files_lie_where_the_key_says(corpus: CorpusKey) -> None:
    for file in corpus.files:
        assert hashlib.sha256(corpus.content(file)).hexdigest() == file.sha256
        answers = corpus.answers(file)
        assert len(answers) == file.answers
        assert {answer.form_key for answer in answers} <= set(file.forms)


def test_the_key_can_be_opened_again(corpus: CorpusKey) -> None:
    opened = read_corpus(corpus.folder)

    assert [file.path for file in opened.files] == [file.path for file in corpus.files]
    assert opened.answers(opened.files[7]) == corpus.answers(corpus.files[7])


def test_processes_make_the_same_corpus(corpus: CorpusKey, tmp_path: Path) -> None:
    again = write_corpus(tmp_path / "again", 60, seed=5, workers=2)

    assert [file.sha256 for file in again.files] == [file.sha256 for file in corpus.files]
    assert again.answers(again.files[-1]) == corpus.answers(corpus.files[-1])


def test_about_half_is_clean_and_states_are_said(corpus: CorpusKey) -> None:
    clean = [file for file in corpus.files if not file.defects]

    assert 18 <= len(clean) <= 42
    assert {state for file in clean for state in file.expected_states} <= {
        "read",
        "partly_read",
        "needs_confirmation",
    }


def test_all_forms_kinds_and_defects_are_drawn() -> None:
    """Orders alone are drawn, without making the files: 2,000 hold everything several times."""
    forms: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    defects: Counter[str] = Counter()
    years: Counter[int] = Counter()
    for number in range(2_000):
        order = drawn_order(number, seed=7)
        forms.update(order.forms)
        kinds[order.style.kind] += 1
        defects.update(order.defects)
        years[order.budget_year] += 1

    assert forms.keys() == all_forms().keys()
    assert defects.keys() == all_defects().keys()
    assert min(defects.values()) >= 4
    assert kinds["scan"] + kinds["pdf"] < 300
    assert min(kinds.values()) >= 5
    assert set(years) == {2021, 2022, 2023, 2024, 2025, 2026}


def test_a_file_can_be_drawn_by_its_number(corpus: CorpusKey) -> None:
    order, rendered = drawn_file(3, seed=5)

    assert corpus.files[3].path == f"00003-{rendered.file_name}"
    assert corpus.files[3].forms == order.forms


def test_the_command_writes_and_counts(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        sandbox_group,
        ["budget-corpus", "--out", str(tmp_path), "--files", "6", "--workers", "1"],
    )

    assert result.exit_code == 0, result.output
    assert result.output.startswith("6 files, ")
    assert len(list(tmp_path.iterdir())) == 7
