"""The hand-made marts of the check tests are those that dbt builds."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import yaml

from ingestion.catalogue.reports import report_tables
from ingestion.core.environment import repo_root
from ingestion.sources.agency_reports.forms import read_forms
from ingestion.sources.agency_reports.judging.settings import rules
from tests.integration.checked_marts import MARTS


def made_by_hand() -> dict[str, set[str]]:
    tables = re.findall(r"create table (\S+) \((.*?)\n?\);", MARTS, re.DOTALL)
    return {name: {column.split()[0] for column in columns.split(",")} for name, columns in tables}


def test_every_column_is_in_the_contract_of_its_mart() -> None:
    models = repo_root() / "dbt_project" / "models" / "marts"
    contracts = {
        f"marts.{model['name']}": {column["name"] for column in model["columns"]}
        for path in models.rglob("*.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
    }

    marts = {name: columns for name, columns in made_by_hand().items() if name.startswith("marts.")}
    assert marts
    for name, columns in marts.items():
        assert columns <= contracts[name], name


def test_every_reference_column_is_in_its_seed() -> None:
    folder = repo_root() / "dbt_project" / "seeds" / "reference"
    rendered = report_tables(read_forms().all, rules())
    for name, columns in made_by_hand().items():
        schema, table = name.split(".")
        if table in rendered:
            assert columns <= set(rendered[table][0]), name
        elif schema == "reference":
            with Path(folder / f"{table}.csv").open(encoding="utf-8") as file:
                assert columns <= set(next(csv.reader(file))), name
