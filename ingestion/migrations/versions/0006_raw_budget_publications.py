"""Raw tables of source ``budget_publications``: documents, readings, tables, lines.

The types are those of ``ingestion/sources/budget_publications/contract.yml``; a test holds the two
together.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

LINEAGE = """
    _source text not null,
    _resource text not null,
    _period text not null,
    _extract_id uuid not null,
    _load_id bigint not null,
    _loaded_at timestamptz not null,
    _row_number integer not null"""

TABLES = {
    "documents": """
    version_key text not null,
    document_key text not null,
    door text not null,
    publisher_name text,
    title text,
    form_text text,
    stage_text text,
    period_type_text text,
    period_text text,
    budget_year integer,
    circular_text text,
    currency_unit_text text,
    approved_text text,
    approved_on date,
    published_text text,
    published_on date,
    page_url text,
    file_url text,
    file_name text,
    file_sha256 text,
    file_bytes bigint,
    file_kind text,
    file_problem_code text,
    file_problem_vi text,
    http_validator text,
    first_seen_at timestamptz not null,
    is_current boolean not null""",
    "readings": """
    version_key text not null,
    _file_sha256 text not null,
    file_kind text,
    encoding text,
    state text not null,
    reason_code text,
    reason_vi text,
    reader_version text not null,
    table_count integer,
    value_count integer,
    refused_count integer,
    held_count integer,
    remark_codes text""",
    "tables": """
    version_key text not null,
    _file_sha256 text not null,
    _sheet text,
    table_no integer,
    form_key text,
    form_text text,
    title text,
    organisation text,
    unit_text text,
    unit_code text,
    unit_factor numeric,
    period_type text,
    period_start date,
    budget_year integer,
    line_count integer,
    value_count integer,
    refused_count integer,
    held_count integer""",
    "lines": """
    version_key text not null,
    _file_sha256 text not null,
    _sheet text,
    _cell text,
    table_no integer,
    form_key text,
    line_no integer,
    parent_line_no integer,
    mark text,
    level integer,
    item_code text,
    item_text text,
    row_kind text,
    is_hidden boolean,
    measure_code text,
    budget_year integer,
    period_type text,
    period_start date,
    state text,
    value numeric,
    unit_code text,
    unit_factor numeric,
    hold_code text,
    hold_vi text""",
}
REJECTED = """
    record_id text,
    field text,
    reason_code text not null,
    reason_vi text not null,
    record text"""


def upgrade() -> None:
    """Apply."""
    op.execute("set local role cchc_owner")
    for name, columns in TABLES.items():
        table = f"raw.budget_publications__{name}"
        op.execute(f"create table {table} ({LINEAGE},{columns}\n)")
        for column in ("_period", "_load_id", "version_key"):
            op.execute(f"create index on {table} ({column})")
    for name in ("documents", "readings"):
        table = f"raw.budget_publications__{name}__rejected"
        op.execute(f"create table {table} ({LINEAGE},{REJECTED}\n)")
        op.execute(f"create index on {table} (_period)")
    op.execute("grant select, insert, delete on all tables in schema raw to cchc_ingest")
    op.execute("grant select on all tables in schema raw to cchc_transform, auditor")
    op.execute("reset role")
