"""The marts that the checks read, made by hand, so that check tests need no dbt run.

tests/unit/expectations/test_marts_agree.py holds these columns against the dbt contracts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import count
from typing import Any

from sqlalchemy import Engine, create_engine, text

from ingestion.embedded.postgres import Cluster

MARTS = """
set role cchc_transform;
create table marts.dim_agency (
    agency_key integer, agency_code text, name_vi text, name_en text, kind text,
    valid_from date, valid_to date, is_current boolean
);
create table marts.dim_date (date_day date, is_working_day boolean);
create table marts.fct_dossier (
    dossier_code text primary key, agency_key integer, procedure_code text, status_code text,
    channel text, payment_channel text, submitted_at timestamptz, received_at timestamptz,
    due_at timestamptz, statutory_due_at timestamptz, finished_at timestamptz,
    returned_at timestamptz, updated_at timestamptz, received_month date, finished_month date,
    supplement_count integer, supplement_wait_days numeric, is_finished boolean,
    is_on_time_system boolean, is_on_time_recomputed boolean, yields_result boolean,
    has_result_link boolean, is_flagged_digitised boolean, document_count integer,
    digitised_document_count integer, result_count integer, linked_result_count integer,
    input_as_result_count integer, summary_class text, identity_class text, vneid_flag text,
    unit_code text, unit_name text, is_agency_mapped boolean
);
create table marts.fct_indicator_reading (
    indicator_code text, agency_key integer, period_type text, period_start date, basis text,
    reading_code text, numerator numeric, denominator numeric, value numeric
);
create table marts.fct_publication (
    publication_key text, agency_key integer, responsible_agency_key integer, document_kind text,
    label_vi text, label_en text, is_expected boolean, is_published boolean, due_on date,
    published_on date, days_late integer, missing_form_keys text, legal_basis text, state text,
    data_as_of timestamptz
);
create table marts.fct_publication_document (
    version_key text, agency_key integer, responsible_agency_key integer, is_current boolean,
    publisher_name text, label_vi text, label_en text, title text, form_text text,
    budget_year integer, content_budget_year integer, content_period_type text, known_on date,
    file_name text, page_url text, reading_state text, reason_vi text, has_period_conflict boolean
);
create table marts.fct_budget_line (
    line_key text, version_key text, form_key text, sheet text, cell text, item_text text,
    measure_code text, published_value numeric, state text, hold_code text, hold_vi text
);
create table marts.dim_open_dataset (dataset_key text, title text);
create table marts.fct_open_dataset_check (
    dataset_key text, rule_id text, checked_on date, agency_key integer, state text, severity text,
    reason_code text, detail_vi text, resource_count integer, failed_count integer,
    failed_resource_ids text
);
create table marts.fct_open_data_publisher (
    agency_key integer, checked_on date, is_obliged boolean, dataset_count integer,
    live_dataset_count integer, has_live_dataset boolean
);
create table marts.fct_open_data_change (
    changed_on date, previous_on date, entity text, what text, dataset_key text, resource_key text,
    agency_key integer, dataset_title text, resource_name text
);
create table marts.dim_period (period_type text, period_start date, label_vi text);
create table marts.fct_report (
    receipt_no text, agency_key integer, claimed_agency_code text, form_code text, resource text,
    period_type text, period_start date, received_at timestamptz, received_on date, file_name text,
    state text, hollow_kind text, copied_from text, reason_code text, reason_vi text,
    problem_count integer, completeness numeric, repeats text, is_current boolean
);
create table marts.fct_reporting_cell (
    source text, resource text, agency_key integer, period_type text, period_start date,
    due_on date, outcome text, cause text, reason_vi text, received_on date,
    working_days_late integer
);
create table reference.report_forms (
    form_code text, resource text, name_vi text, name_en text
);
create table reference.open_data_rules (
    rule_id text, severity text, valid_from date, valid_to date
);
create table reference.open_data_reasons (reason_code text, reason_vi text, reason_en text);
create table reference.agency_source_codes (
    source text, unit_code text, agency_code text, valid_from date, valid_to date
);
create table reference.agency_succession (
    predecessor_key integer, successor_key integer, effective_on date, kind text
);
create table reference.agency_contacts (
    agency_key integer, role text, email text, valid_from date, valid_to date
);
reset role;
"""

_numbers = count(1)


def make_warehouse(cluster: Cluster, template: str) -> str:
    """A database of its own with the migrations and empty marts; its URL."""
    name = f"checked_{next(_numbers)}"
    admin = create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name} template {template} strategy file_copy"))
    admin.dispose()
    url = cluster.url(name)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(MARTS)
    engine.dispose()
    return url


def load(engine: Engine, rows: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Insert rows of several tables."""
    tables: dict[tuple[str, tuple[str, ...]], list[dict[str, Any]]] = defaultdict(list)
    for table, row in rows:
        tables[(table, tuple(row))].append(row)
    with engine.begin() as connection:
        for (table, columns), values in tables.items():
            names = ", ".join(columns)
            marks = ", ".join(f":{column}" for column in columns)
            connection.execute(text(f"insert into {table} ({names}) values ({marks})"), values)
