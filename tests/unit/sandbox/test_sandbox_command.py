"""The command line of the sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sandbox.command import sandbox_group

WINDOW = ["--from", "2026-11-18", "--to", "2026-11-19", "--scale", "0.02"]


def run(*arguments: str) -> str:
    result = CliRunner().invoke(sandbox_group, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("people", {"record_id", "field", "value"}),
        (
            "answer-key",
            {"fault_id", "kind", "unit_code", "record_id", "month", "field", "updated_at"},
        ),
    ],
)
def test_listings_are_json_lines(command: str, names: set[str]) -> None:
    lines = [json.loads(line) for line in run(command, *WINDOW).splitlines()]

    assert lines
    assert all(line.keys() == names for line in lines)


def test_generate_counts_what_it_wrote(tmp_path: Path) -> None:
    options = ["--out", str(tmp_path), "--resource", "ratings", "--workers", "1", "--json"]
    summary = json.loads(run("generate", *WINDOW, *options))

    assert summary["files"] == len(list(tmp_path.rglob("*.json.gz"))) == 1
    assert summary["records"] > 0


def test_an_empty_window_is_a_usage_error(tmp_path: Path) -> None:
    arguments = ["generate", "--from", "2026-11-18", "--to", "2026-11-18", "--out", str(tmp_path)]
    result = CliRunner().invoke(sandbox_group, arguments)

    assert result.exit_code == 2
    assert "--to" in result.output
