"""Small parts of the doors: rates, names, who an address speaks for, their data files."""

from __future__ import annotations

import copy
import re
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.core.contract import ContractError
from ingestion.core.source import source_yml
from ingestion.ledger.due import all_agencies
from ingestion.sources.agency_reports.doors.answers import read_page_words
from ingestion.sources.agency_reports.doors.mailbox import automatic_rules, without_companions
from ingestion.sources.agency_reports.doors.names import plain_name
from ingestion.sources.agency_reports.doors.rates import Buckets, address_key
from ingestion.sources.agency_reports.doors.refusals import DoorRefusal, door_sentences
from ingestion.sources.agency_reports.doors.senders import Contact, Senders, known_senders
from ingestion.sources.agency_reports.doors.settings import (
    Rate,
    door_settings_from,
    read_door_settings,
)
from ingestion.sources.agency_reports.doors.tokens import hash_of


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_bucket_empties_and_fills_again() -> None:
    clock = Clock()
    buckets = Buckets(Rate(per_minute=6, burst=2), 10, clock)
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 10]
    assert buckets.take("b") == 0
    clock.seconds += 10
    assert [buckets.take("a") for _ in range(2)] == [0, 10]
    clock.seconds += 3600
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 10]


def test_looking_takes_no_try_and_no_more_keys_are_kept_than_told() -> None:
    buckets = Buckets(Rate(per_minute=1, burst=1), 2, Clock())
    assert [buckets.wait("a") for _ in range(3)] == [0, 0, 0]
    for key in ("a", "b", "c"):
        buckets.take(key)
    assert len(buckets._levels) == 2
    assert (buckets.take("c"), buckets.take("a")) == (60, 0)


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("khong phai", None, True),
    ],
)
def test_tries_are_counted_per_machine(one: str, other: str | None, are_alike: bool) -> None:
    assert (address_key(one) == address_key(other)) is are_alike


@given(st.text(max_size=400))
def test_whatever_is_given_a_name_is_one_visible_line_without_folders(given_name: str) -> None:
    name = plain_name(given_name)
    assert 0 < len(name) <= 120
    assert name.isprintable() and not re.search(r"[/\\]", name)
    assert name not in (".", "..")
    assert plain_name(name) == name


def test_a_token_is_the_same_however_it_is_typed() -> None:
    assert (
        len({hash_of(t) for t in ("ABC01-2", "abco i2", " aBC0l 2\t", "ABC0\u20111\u20132")}) == 1
    )
    assert hash_of("ABC012") != hash_of("ABC013")


def test_an_address_of_two_agencies_speaks_for_none() -> None:
    day = date(2026, 10, 12)
    keys = {agency.code: agency.key for agency in all_agencies() if agency.is_valid_on(day)}
    both = [Contact(keys[code], "chung@sonla.example", None, None) for code in ("SNV", "STC")]
    one = Contact(keys["SNV"], "Rieng@SonLa.example", date(2026, 1, 1), None)
    senders = Senders([*both, one], all_agencies())
    assert senders.agency("chung@sonla.example", day) is None
    found = senders.agency(" rieng@sonla.EXAMPLE", day)
    assert found is not None and found.code == "SNV"
    assert senders.agency("rieng@sonla.example", date(2025, 12, 31)) is None
    assert senders.agency("", day) is None


def test_every_contact_of_the_book_is_found_while_its_agency_exists() -> None:
    assert known_senders().agency("cchc.vpubnd@sonla.example", date(2026, 10, 12)) is not None


def test_companions_go_along_and_are_taken_alone() -> None:
    def named(*names: str) -> list[dict[str, Any]]:
        return [{"name": name} for name in names]

    companions = read_door_settings().mailbox.companions
    assert without_companions(named("a.PDF", "b.xlsx"), companions) == named("b.xlsx")
    assert without_companions(named("a.pdf", "b.docx"), companions) == named("a.pdf", "b.docx")


def test_the_data_files_hold_what_the_code_asks_for() -> None:
    assert set(door_sentences()) == set(get_args(DoorRefusal))
    assert not any("{" in sentence for sentence in door_sentences().values())
    kinds = {rule["kind"] for rule in automatic_rules()}
    assert kinds == {"", "bounce", "absence", "ours", "machine", "list"}
    for rule in automatic_rules():
        re.compile(rule["matches"])
        assert rule["source"]
    for told in read_page_words()["troubles"].values():
        assert told["text"].format(mib=1, seconds=2)
        assert 400 <= told["status"] <= 503


def test_a_misspelt_setting_is_named() -> None:
    given_yml = copy.deepcopy(source_yml("agency_reports"))
    given_yml["doors"]["mailbox"]["mail_mb"] = given_yml["doors"]["mailbox"].pop("mail_mib")
    with pytest.raises(ContractError, match=r"source\.yml.*mail_mb"):
        door_settings_from(given_yml)
