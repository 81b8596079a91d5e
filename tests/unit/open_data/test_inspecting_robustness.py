"""Whatever a portal publishes, an inspection ends in facts, in its walls, and tells no value."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.reading.grid import FileRefused
from ingestion.reading.isolation import Isolated, Limits
from ingestion.sources.open_data_portal.inspecting.facts import refused, unknown_facts
from ingestion.sources.open_data_portal.inspecting.job import inspect_published
from ingestion.sources.open_data_portal.inspecting.version import JOB, inspector_version
from sandbox.portal.answers import answers
from sandbox.portal.history import Portal
from tests.unit.open_data.test_inspecting_tables import (
    BAD,
    FORMATS,
    GOOD,
    LISTS,
    ROWS,
    columns,
    open_document,
    workbook,
)

CODES = {
    *("csv", "tsv", "json", "geojson", "jsonl", "xml", "rdf", "xlsx", "xls", "ods", "parquet"),
    *("zip", "kml", "gpx", "pdf", "doc", "docx", "ppt", "pptx", "html", "image", "text", "unknown"),
}
STATES = {
    "parsed",
    "not_tabular",
    "no_header",
    "duplicate_header",
    "ragged",
    "empty",
    "unparsable",
    None,
}
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check_facts(facts: dict[str, Any]) -> None:
    assert facts.keys() == unknown_facts().keys()
    assert facts["real_format"] in CODES
    assert facts["table_state"] in STATES
    assert bool(facts["table_problem_vi"]) >= (
        facts["table_state"] not in ("parsed", "not_tabular", None)
    )
    orjson.dumps(facts)


def inspect(content: bytes, **options: Any) -> dict[str, Any]:
    facts = inspect_published(content, "tep", options)
    check_facts(facts)
    return facts


@FEW
@given(st.binary(max_size=2000), st.booleans(), st.sampled_from(["data", "list"]))
def test_any_bytes_end_in_facts(content: bytes, is_sample: bool, role: str) -> None:
    inspect(content, is_sample=is_sample, role=role, format_text="CSV")


@FEW
@given(st.text(max_size=500), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_any_text_ends_in_facts(text: str, encoding: str) -> None:
    inspect(text.encode(encoding, "replace"), format_text="CSV")


@cache
def originals() -> list[bytes]:
    contents = [content for content, *_ in (*FORMATS.values(), *BAD.values())]
    return [text.encode() if isinstance(text, str) else text for text in contents]


@FEW
@given(st.integers(0, 10**6), st.integers(0, 40), st.booleans())
def test_any_damage_ends_in_facts(seed: int, flips: int, is_sample: bool) -> None:
    chance = random.Random(seed)
    content = bytearray(chance.choice(originals())[:20_000])
    for _ in range(min(flips, len(content))):
        content[chance.randrange(len(content))] = chance.randrange(256)
    cut = chance.randrange(len(content) + 1) if chance.random() < 0.3 else len(content)
    inspect(bytes(content[:cut]), is_sample=is_sample)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=20,
)


@FEW
@given(JSON)
def test_any_json_ends_in_facts(document: object) -> None:
    inspect(json.dumps(document).encode())


@FEW
@given(
    st.lists(st.integers(0, 10**8 - 1), min_size=3, max_size=12, unique=True),
    st.sampled_from(["CCCD", "Số định danh", "Thông tin", "Ghi chú", "Mã", "Kinh phí", "", "a,b"]),
    st.sampled_from([";", ",", "\t"]),
    st.booleans(),
)
def test_no_identity_number_ever_comes_out(
    drawn: list[int], header: str, mark: str, has_header: bool
) -> None:
    numbers = [f"0140{number:08d}" for number in drawn]
    lines = [f"{n}{mark}{number}{mark}x" for n, number in enumerate(numbers)]
    head = [f"STT{mark}{header}{mark}y"] if has_header else []
    said = orjson.dumps(inspect("\n".join([*head, *lines]).encode(), role="list")).decode()
    assert not any(number in said for number in numbers)


# Within the walls --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pool() -> Iterator[Isolated]:
    with Isolated() as running:
        yield running


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        (GOOD.encode(), {}, ("csv", "parsed", 3)),
        (workbook(ROWS), {}, ("xlsx", "parsed", 3)),
        (open_document(ROWS), {}, ("ods", "parsed", 3)),
        (columns(), {}, ("parquet", "parsed", 2)),
        (FORMATS["xls"][0], {}, ("xls", "parsed", 3)),
        (FORMATS["geojson"][0], {}, ("geojson", "parsed", 2)),
        (FORMATS["xml"][0], {}, ("xml", "parsed", 2)),
        ((GOOD + "a,b\n").encode(), {}, ("csv", "ragged", 4)),
        (LISTS["as csv"].encode(), {"role": "list"}, ("csv", "parsed", 2)),
        (b"%PDF-1.4 broken", {"role": "list"}, ("pdf", "not_tabular", None)),
    ],
)
def test_the_inspection_works_within_its_walls(
    pool: Isolated, content: bytes, options: dict[str, Any], expected: tuple[str, str, int | None]
) -> None:
    facts = pool.run(JOB, content, "tep", options)
    assert (facts["real_format"], facts["table_state"], facts["row_count"]) == expected
    assert facts == inspect(content, **options)


def test_a_file_that_breaks_a_bound_has_facts_too() -> None:
    greedy = b'[{"a":1' + b'},{"a":1' * 2_000_000 + b"}]"
    with Isolated(limits=Limits(memory_bytes=300 * 2**20)) as pool:
        with pytest.raises(FileRefused) as refusal:
            pool.run(JOB, greedy, "tep", {})
        assert pool.run(JOB, GOOD.encode(), "tep", {})["table_state"] == "parsed"
    facts = refused(refusal.value)
    check_facts(facts)
    assert (refusal.value.code, facts["table_state"]) == ("memory", "unparsable")


def test_the_version_is_one_of_code_and_words() -> None:
    assert inspector_version() == inspector_version()
    assert len(inspector_version()) == 16


# A portal with an answer key ---------------------------------------------------------------------


def test_every_seeded_file_is_told_and_none_invented() -> None:
    """Files of the simulated portal as its answer key has them: tables, people, formats."""
    day = dt.date(2026, 9, 30)
    portal = Portal(seed=11)
    key = {(answer.dataset_id, answer.rule_id): answer.passed for answer in answers(portal, day)}
    state = portal.on(day)
    judged = {"OPEN-009": 0, "OPEN-011": 0}
    for dataset in state.public:
        facts = [
            inspect(
                state.content(resource.path),
                format_text=resource.format_text,
                media_type=resource.media_type,
                role=resource.role,
            )
            for resource in dataset.resources
            if resource.path in state.files and state.files[resource.path].status == 200
        ]
        told = {
            "OPEN-009": not any(
                one["table_state"] not in ("parsed", "not_tabular", None)
                or one["encoding"] not in (None, "utf-8", "utf-8-sig")
                for one in facts
            ),
            "OPEN-011": not any(one["personal_count"] for one in facts),
        }
        for rule, passed in told.items():
            expected = key[dataset.dataset_id, rule]
            if expected is not None:
                assert (passed, dataset.title) == (expected, dataset.title)
                judged[rule] += not expected
    assert judged["OPEN-009"] >= 5
    assert judged["OPEN-011"] >= 2
