"""The settings of our own open data fit the contracts of the marts."""

from __future__ import annotations

from importlib.resources import files

import pytest

from dashboards.open_data.contracts import bilingual, contract
from dashboards.open_data.package import data_table
from dashboards.open_data.page import NOTES, _words
from dashboards.open_data.settings import load_publication
from dashboards.wording import Words
from ingestion.core.environment import ConfigurationError

CONTENT = files("dashboards.open_data").joinpath("publication.yml").read_text("utf-8")


def test_every_published_column_is_in_a_contract_and_described() -> None:
    publication = load_publication()
    for table in publication.tables:
        described = data_table(table)
        assert described.key, table.name
        assert set(described.key) <= set(table.columns), table.name
        for column in described.columns:
            assert column.meaning.vi, (table.name, column.name)
            assert column.title, (table.name, column.name)


def test_codes_are_declared_for_every_value_that_a_contract_allows() -> None:
    allowed = set(contract("dim_target").columns["operator"].values)
    coded = [table for table in load_publication().tables if "operator" in table.columns]
    assert len(coded) == 2
    for table in coded:
        assert set(table.codes["operator"]) == allowed


def test_withheld_columns_may_be_empty_and_marks_are_allowed() -> None:
    for table in load_publication().tables:
        if table.withheld:
            columns = {column.name: column for column in data_table(table).columns}
            assert not any(columns[name].is_required for name in table.withheld.columns)
            for name, mark in table.withheld.marks.items():
                assert not columns[name].values or mark in columns[name].values


def test_nothing_is_published_but_marts_without_a_person_or_a_dossier() -> None:
    assert {table.mart for table in load_publication().tables} == {
        *("fct_indicator_value", "fct_target_progress", "dim_indicator"),
        *("dim_target", "dim_agency", "dim_period"),
    }


def test_what_the_owner_has_to_decide_is_marked() -> None:
    assert {"publisher", "contact", "licence", "frequency"} <= set(load_publication().proposed)


def test_the_page_has_all_its_words() -> None:
    assert set(NOTES) <= set(_words())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("agency_code: SNV", "code: SNV", "missing or misshapen: 'agency_code'"),
        ("table: agencies, to", "table: agency, to", "points to agency .agency_key."),
        ("columns: [value, gap, is_met]", "columns: [wert]", "does not publish wert"),
    ],
)
def test_a_mistake_in_the_settings_is_named(old: str, new: str, message: str) -> None:
    assert old in CONTENT
    with pytest.raises(ConfigurationError, match=message):
        load_publication(CONTENT.replace(old, new))


def test_an_unknown_mart_is_named() -> None:
    with pytest.raises(ConfigurationError, match="fct_nothing"):
        contract("fct_nothing")


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("Mẫu số / denominator.", Words("Mẫu số", "denominator.")),
        ("a / b, 6 số lẻ / value.", Words("a / b, 6 số lẻ", "value.")),
        ("reported, zero.", Words("reported, zero.", "reported, zero.")),
    ],
)
def test_descriptions_are_split_at_the_last_stroke(description: str, words: Words) -> None:
    assert bilingual(description) == words
