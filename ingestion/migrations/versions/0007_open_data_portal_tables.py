"""Raw tables of source ``open_data_portal``: datasets, resources, publishers, contents, lists.

The types are those of ``ingestion/sources/open_data_portal/contract.yml``; a test holds the two
together.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

LINEAGE = """
    _source text not null,
    _resource text not null,
    _period text not null,
    _extract_id uuid not null,
    _load_id bigint not null,
    _loaded_at timestamptz not null,
    _row_number integer not null"""

TABLES = {
    "datasets": """
    dataset_id text not null,
    name text,
    title text,
    description text,
    description_length integer,
    page_url text,
    publisher_id text,
    publisher_name text,
    licence_id text,
    licence_title text,
    licence_url text,
    is_open_stated boolean,
    contact_class text,
    frequency_text text,
    created_at timestamptz,
    modified_at timestamptz,
    state text not null,
    problem text,
    stated_resource_count integer,
    tags text,
    is_described boolean,
    way text,
    metadata_sha256 text not null""",
    "resources": """
    dataset_id text not null,
    resource_id text,
    position integer,
    role text,
    name text,
    description text,
    format_text text,
    media_type text,
    url text,
    url_problem_code text,
    size_bytes bigint,
    stated_hash text,
    has_datastore boolean,
    created_at timestamptz,
    modified_at timestamptz""",
    "publishers": """
    publisher_id text not null,
    name text,
    title text,
    dataset_count integer,
    state text not null""",
    "contents": """
    content_key text not null,
    dataset_id text not null,
    resource_id text not null,
    followed_from_id text,
    looked text not null,
    looked_at timestamptz,
    looked_on date,
    problem_code text,
    problem_vi text,
    problem_first_on date,
    failed_looks integer,
    content_sha256 text,
    byte_count bigint,
    is_sample boolean,
    http_validator text,
    inspector_version text,
    real_format text,
    encoding text,
    table_state text,
    table_problem_vi text,
    table_error_count integer,
    header_state text,
    row_count integer,
    column_count integer,
    personal_kinds text,
    personal_columns text,
    personal_count integer""",
    "list_entries": """
    content_key text not null,
    dataset_id text not null,
    resource_id text not null,
    position integer,
    title text,
    name text,
    publisher_name text""",
}
KEYS = {
    "datasets": "dataset_id",
    "resources": "dataset_id",
    "publishers": "publisher_id",
    "contents": "content_key",
    "list_entries": "content_key",
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
        table = f"raw.open_data_portal__{name}"
        op.execute(f"create table {table} ({LINEAGE},{columns}\n)")
        for column in ("_period", "_load_id", KEYS[name]):
            op.execute(f"create index on {table} ({column})")
    for name in ("datasets", "publishers", "contents"):
        table = f"raw.open_data_portal__{name}__rejected"
        op.execute(f"create table {table} ({LINEAGE},{REJECTED}\n)")
        op.execute(f"create index on {table} (_period)")
    op.execute("grant select, insert, delete on all tables in schema raw to cchc_ingest")
    op.execute("grant select on all tables in schema raw to cchc_transform, auditor")
    op.execute("reset role")
