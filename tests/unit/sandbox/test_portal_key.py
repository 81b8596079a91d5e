"""The answer key of the simulated portal, against the files and against the warehouse's words."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
import re
from collections import Counter, defaultdict
from functools import cache

import pytest
from click.testing import CliRunner

from ingestion.core.guard import classify_contact, fold
from sandbox.command import sandbox_group
from sandbox.portal import Dataset, Portal, State, answers, conforming
from sandbox.portal.answers import CRITICAL, RULES
from sandbox.portal.defects import all_defects
from sandbox.province import REFERENCE

DAY = dt.date(2026, 11, 20)


@cache
def portal() -> Portal:
    return Portal(7)


@cache
def state() -> State:
    return portal().on(DAY)


def seed_rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def spoilt(defect_id: str) -> Dataset:
    return next(
        d
        for d in state().public
        if (plan := portal().plan_by_id[d.dataset_id]).defect and plan.defect.defect_id == defect_id
    )


def content(defect_id: str) -> bytes:
    return state().content(spoilt(defect_id).resources[0].path)


def test_every_rule_is_answered_once_for_every_public_dataset() -> None:
    found = answers(portal(), DAY)
    pairs = Counter((answer.dataset_id, answer.rule_id) for answer in found)
    assert set(pairs) == {(d.dataset_id, rule) for d in state().public for rule in RULES}
    assert set(pairs.values()) == {1}
    broken = defaultdict(set)
    for answer in found:
        if answer.passed is False:
            broken[answer.rule_id].add(answer.defect_id)
    assert set(broken) == set(RULES)
    assert all(defect_id for defects in broken.values() for defect_id in defects)
    wrong = {d.defect_id for d in all_defects().values() if d.breaks}
    assert set().union(*broken.values()) == wrong


def test_who_conforms_follows_from_the_key() -> None:
    found = conforming(portal(), DAY)
    assert len(found) == 88
    assert 0.3 < sum(found.values()) / len(found) < 0.55
    assert found["SDTTG"] is False and found["03868"] is False
    failed = {
        answer.dataset_id
        for answer in answers(portal(), DAY)
        if answer.passed is False and answer.rule_id in CRITICAL
    }
    good = {p.publisher_id for p in state().publishers if found.get(p.agency_code)}
    assert good
    assert not [d for d in state().public if d.publisher_id in good and d.dataset_id in failed]


def test_nothing_is_said_of_an_agency_whose_link_may_recover() -> None:
    assert len(conforming(portal(), DAY)) == 88
    said = {(a.dataset_id, a.rule_id): a.passed for a in answers(portal(), DAY, DAY)}
    doubtful = {d.publisher_id for d in state().public if said[d.dataset_id, "OPEN-008"] is None}
    assert doubtful
    codes = {p.agency_code for p in state().publishers if p.publisher_id in doubtful}
    missing = set(conforming(portal(), DAY)) - set(conforming(portal(), DAY, DAY))
    assert missing <= codes


def test_a_failure_that_may_pass_needs_a_second_look() -> None:
    dataset_id = spoilt("link_failing").dataset_id

    def said(since: dt.date | None) -> bool | None:
        found = answers(portal(), DAY, since)
        return next(
            a.passed for a in found if (a.dataset_id, a.rule_id) == (dataset_id, "OPEN-008")
        )

    assert said(DAY) is None
    assert said(DAY - dt.timedelta(days=1)) is False
    assert said(None) is False


def test_what_is_wrong_on_some_days_only() -> None:
    def said(defect_id: str, day: dt.date, since: dt.date | None = None) -> bool | None:
        dataset_id = spoilt(defect_id).dataset_id
        found = answers(portal(), day, since)
        links = {a.dataset_id: a.passed for a in found if a.rule_id == "OPEN-008"}
        return links[dataset_id]

    assert said("link_failed_once", dt.date(2026, 10, 11)) is True
    assert said("link_failed_once", dt.date(2026, 10, 12)) is None
    assert said("link_failed_once", dt.date(2026, 10, 13)) is True
    died_on = dt.date(2026, 10, 15)
    assert said("link_died", died_on - dt.timedelta(days=1)) is True
    assert said("link_died", died_on) is None  # nobody may have looked again
    assert said("link_died", died_on, since=died_on) is False
    assert said("link_died", died_on + dt.timedelta(days=31)) is False


@pytest.mark.parametrize(
    ("defect_id", "encoding"),
    [("encoding_cp1258", "cp1258"), ("encoding_tcvn3", "latin-1"), ("encoding_utf16", "utf-16")],
)
def test_other_encodings_are_not_utf_8(defect_id: str, encoding: str) -> None:
    with pytest.raises(UnicodeDecodeError):
        content(defect_id).decode("utf-8")
    assert content(defect_id).decode(encoding).count("\n") > 10


def test_spoilt_tables_are_spoilt() -> None:
    def rows(defect_id: str) -> list[list[str]]:
        return list(csv.reader(content(defect_id).decode().splitlines()))

    assert rows("header_missing")[0][0] == "1"
    header = rows("header_duplicate")[0]
    assert len(set(header)) < len(header)
    assert len({len(row) for row in rows("rows_ragged")}) > 1
    assert len(rows("table_empty")) == 1
    assert content("file_empty") == b""
    assert content("csv_as_xlsx").startswith(b"STT,")
    assert b"<html" in content("page_as_csv") and b"<html" in content("page_as_xls")
    assert content("pdf_as_csv").startswith(b"%PDF") and content("format_pdf").startswith(b"%PDF")


def test_personal_data_has_the_form_and_belongs_to_nobody() -> None:
    identities = re.findall(r",(\d{12})\r", content("personal_identity").decode())
    assert len(identities) > 10
    assert all(number[6:] >= "990000" for number in identities)
    phones = re.findall(r",(0\d{9})\r", content("personal_phones").decode())
    assert len(phones) > 10
    assert {phone[:4] for phone in phones} <= {"0530", "0540", "0571", "0720", "0740", "0950"}
    office = content("hotline_column").decode()
    assert not re.search(r"(?<!\d)0\d{9}(?!\d)", office)


def test_hostile_addresses_stand_in_the_metadata_only() -> None:
    links = {r.link for d in state().public for r in d.resources if r.link}
    assert {link.split(":")[0] for link in links} == {"http", "file"}
    assert len(links) == 5
    assert not links & set(state().files)


def test_the_warehouses_word_lists_know_what_good_datasets_say() -> None:
    most_days = {
        r["frequency"]: int(r["most_days"] or 0) for r in seed_rows("open_data_frequencies")
    }
    machine_readable = {
        row["spelling"]: row["is_machine_readable"] == "true"
        for row in seed_rows("open_data_formats")
    }
    licences = seed_rows("open_data_licences")
    is_open = {next(iter(r.values())): r["is_open"] == "true" for r in licences}
    by_id = {d.dataset_id: d for d in state().public}
    for answer in answers(portal(), DAY):
        dataset = by_id[answer.dataset_id]
        frequency = re.sub(r"^https?://", "", fold(dataset.frequency_text))
        resource = dataset.resources[0]
        if answer.rule_id == "OPEN-001" and answer.passed is not None:
            assert machine_readable.get(fold(resource.format_text), False) is answer.passed
        elif answer.rule_id == "OPEN-002":
            licence = dataset.licence_id or re.sub(r"^https?://|/$", "", dataset.licence_url)
            assert is_open.get(licence, dataset.is_open) is answer.passed, licence
        elif answer.rule_id == "OPEN-005":
            contacts = f"{dataset.author} {dataset.author_email} {dataset.maintainer_email}".strip()
            assert (classify_contact(contacts) == "reachable") is answer.passed, contacts
        elif answer.rule_id == "OPEN-006":
            assert (frequency in most_days) is answer.passed, frequency
        elif answer.rule_id == "OPEN-007" and answer.passed is not None:
            updated = max(r.modified_at or r.created_at for r in dataset.resources).date()
            kept = (DAY - updated).days <= most_days[frequency]
            assert kept is answer.passed, dataset.name


def test_the_key_can_be_had_on_the_command_line() -> None:
    given = ["open-data-key", "--until", str(DAY), "--seed", "7", "--publishers", "0"]
    done = CliRunner().invoke(sandbox_group, given)
    lines = [json.loads(line) for line in done.output.splitlines()]
    expected = [dataclasses.asdict(answer) for answer in answers(Portal(7, 0), DAY)]
    assert lines == expected
    assert {line["rule_id"] for line in lines} == set(RULES)
