"""The form id: it says what a workbook was made for, and any change of it is noticed."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.core.environment import ConfigurationError
from ingestion.core.period import Period
from ingestion.ledger.due import all_agencies
from ingestion.sources.agency_reports.forms import read_forms
from ingestion.sources.agency_reports.identity import (
    FormId,
    FormKey,
    issue,
    parse,
    read_form_key,
)

KEY = FormKey("an example of a form key")
VARIABLE = "AIRFLOW_CONN_AGENCY_REPORTS"
PRINTED = "BC-CCHC-Q.2/SNV/2026-Q3/"
SNV = FormId("BC-CCHC-Q", 2, "SNV", 119, Period.parse("2026-Q3"))

periods = st.one_of(
    st.builds("{:04d}-Q{}".format, st.integers(2021, 2031), st.integers(1, 4)),
    st.builds("{:04d}-H{}".format, st.integers(2021, 2031), st.integers(1, 2)),
    st.builds("{:04d}-{:02d}".format, st.integers(2021, 2031), st.integers(1, 12)),
    st.builds("{:04d}".format, st.integers(2021, 2031)),
).map(Period.parse)
form_ids = st.builds(
    lambda form, version, unit, period: FormId(form, version, unit.code, unit.key, period),
    st.sampled_from([form.code for form in read_forms().all]),
    st.integers(1, 99),
    st.sampled_from([unit for unit in all_agencies() if not unit.is_technical]),
    periods,
)
letters = st.one_of(
    st.sampled_from(string.ascii_letters + string.digits + "-./ "),
    st.characters(),
)


def test_it_is_printed_as_documented() -> None:
    printed = issue(SNV, KEY)

    assert printed.startswith(PRINTED)
    check = printed.removeprefix(PRINTED)
    assert len(check) == 9
    assert check[4] == "-"
    assert not set(check) & set("ILOU"), "letters that are taken for digits on paper"


@given(form_ids)
def test_what_was_issued_is_read_back(form_id: FormId) -> None:
    assert parse(issue(form_id, KEY), KEY) == form_id
    assert parse(f"  {issue(form_id, KEY)}\n", KEY) == form_id


@given(form_ids, st.data())
def test_any_changed_character_is_noticed(form_id: FormId, data: st.DataObject) -> None:
    printed = issue(form_id, KEY)
    at = data.draw(st.integers(0, len(printed) - 1), label="at")
    letter = data.draw(letters, label="letter")
    changed = printed[:at] + letter + printed[at + 1 :]
    if changed.strip() != printed:
        assert parse(changed, KEY) == "broken"


@given(form_ids, st.data())
def test_a_lost_an_added_and_an_exchanged_character_are_noticed(
    form_id: FormId, data: st.DataObject
) -> None:
    printed = issue(form_id, KEY)
    at = data.draw(st.integers(0, len(printed) - 2), label="at")
    letter = data.draw(letters, label="letter")
    lost = printed[:at] + printed[at + 1 :]
    added = printed[: at + 1] + letter + printed[at + 1 :]
    exchanged = printed[:at] + printed[at + 1] + printed[at] + printed[at + 2 :]
    for changed in (lost, added, exchanged):
        if changed.strip() != printed:
            assert parse(changed, KEY) == "broken"


@given(form_ids, form_ids)
def test_a_check_code_fits_no_other_id(one: FormId, other: FormId) -> None:
    if one != other:
        moved = issue(other, KEY).rsplit("/", 1)[0] + "/" + issue(one, KEY).rsplit("/", 1)[1]
        assert parse(moved, KEY) == "broken"


@given(st.text(max_size=60))
def test_any_other_text_is_no_id(text: str) -> None:
    assert parse(text, KEY) == ("broken" if text.strip() else "absent")


@pytest.mark.parametrize("text", [None, "", "   ", "\n"])
def test_nothing_is_told_from_something_wrong(text: str | None) -> None:
    assert parse(text, KEY) == "absent"


def test_a_code_that_two_agencies_had_is_told_by_the_check_code() -> None:
    before = FormId("BC-CCHC-Q", 1, "SNV", 107, Period.parse("2024-Q3"))
    after = FormId("BC-CCHC-Q", 1, "SNV", 119, Period.parse("2024-Q3"))

    assert issue(before, KEY) != issue(after, KEY)
    assert parse(issue(before, KEY), KEY) == before
    assert parse(issue(after, KEY), KEY) == after


def test_another_key_and_an_agency_that_is_none_do_not_fit() -> None:
    printed = issue(SNV, KEY)

    assert parse(printed, FormKey("another form key of ours")) == "broken"
    assert parse(printed, KEY, agencies=[]) == "broken"
    made_up = FormId("BC-CCHC-Q", 2, "SNW", 119, Period.parse("2026-Q3"))
    assert parse(issue(made_up, KEY), KEY) == "broken"


def test_a_text_beyond_measure_is_not_looked_at() -> None:
    assert parse("BC" + "-A" * 2_000_000, KEY) == "broken"


def test_the_key_shows_nowhere() -> None:
    assert "example" not in repr(KEY)
    assert "example" not in str(KEY)
    with pytest.raises(ConfigurationError, match="at least 16 characters") as told:
        FormKey("short secret")
    assert "short secret" not in str(told.value)


def test_the_key_is_read_from_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "imap://box@mail.example/?form_key=an+example+of+a+form+key")

    assert read_form_key() == KEY


@pytest.mark.parametrize(
    "value",
    [None, "imap://box:a-password@mail.example/", "imap://box@mail.example/?form_key=", "{]"],
)
def test_without_a_key_it_is_said_what_to_do(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)

    with pytest.raises(ConfigurationError, match=f"form_key=.*{VARIABLE}") as told:
        read_form_key()
    assert "a-password" not in str(told.value)
