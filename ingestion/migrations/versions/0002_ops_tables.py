"""The operating record: manifest, loads, outcomes, ledger, findings, notices."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = """
set local role cchc_owner;

create sequence ops.load_id_seq;

create table ops.manifest (
    extract_id uuid not null,
    ordinal integer not null check (ordinal >= 1),
    source text not null,
    resource text not null,
    period text not null,
    origin text not null check (origin in ('api', 'manual')),
    is_synthetic boolean not null default false,
    landing_path text not null,
    sha256 text not null check (length(sha256) = 64),
    byte_count bigint not null,
    row_count integer not null,
    source_url text,
    fetched_at timestamptz not null default now(),
    primary key (extract_id, ordinal)
);
create index on ops.manifest (source, resource, period);
comment on table ops.manifest is
'Tệp đã hạ cánh: mỗi dòng một tệp bất biến / one row per immutable landed file';

create table ops.load (
    load_id bigint primary key,
    source text not null,
    resource text not null,
    period text not null,
    extract_id uuid not null,
    is_synthetic boolean not null default false,
    row_count integer not null,
    rejected_count integer not null,
    code_version text,
    loaded_at timestamptz not null default now()
);
create index on ops.load (source, resource, period);
comment on table ops.load is 'Lần nạp đã hoàn tất / one row per committed load';

create table ops.outcome (
    outcome_id bigint generated always as identity primary key,
    source text,
    resource text,
    period text,
    step text not null
    check (step in ('fetch', 'land', 'parse', 'load', 'build', 'check', 'notify')),
    state text not null check (state in ('ok', 'failed', 'skipped')),
    cause text check (cause in ('source', 'ours', 'agency')),
    extract_id uuid,
    load_id bigint,
    message text,
    details text,
    started_at timestamptz not null,
    finished_at timestamptz not null default now(),
    check (state <> 'failed' or cause is not null)
);
create index on ops.outcome (source, resource, period);
comment on table ops.outcome is 'Kết quả từng bước, tốt hay xấu / one row per step, good or bad';

create table ops.ledger (
    source text not null,
    resource text not null,
    agency_key integer not null,
    period_type text not null
    check (period_type in ('day', 'month', 'quarter', 'half_year', 'year')),
    period_start date not null,
    due_on date not null,
    outcome text not null check (outcome in ('accepted', 'missing', 'excused', 'failed')),
    cause text check (cause in ('source', 'ours', 'agency')),
    load_id bigint,
    row_count integer,
    rejected_count integer,
    decided_at timestamptz not null default now(),
    primary key (source, resource, agency_key, period_type, period_start),
    check (outcome = 'accepted' or cause is not null)
);
comment on table ops.ledger is
'Sổ kỳ báo cáo: cái gì phải có, cái gì đã đến / what was due and what came';

create table ops.finding (
    finding_key text primary key,
    rule_id text not null,
    agency_key integer not null,
    source text not null,
    indicator_code text,
    period_start date not null,
    severity text not null check (severity in ('critical', 'warning', 'info')),
    observed text not null,
    expected text not null,
    record_count integer not null,
    sentence_vi text not null,
    sentence_en text not null,
    evidence_sql text not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    cleared_at timestamptz
);
create index on ops.finding (agency_key) where cleared_at is null;
comment on table ops.finding is 'Phát hiện về số liệu của cơ quan / findings about agency data';

create table ops.notice (
    notice_id bigint generated always as identity primary key,
    agency_key integer not null,
    digest_on date not null,
    recipient text not null,
    subject text not null,
    message_id text not null unique,
    finding_count integer not null,
    state text not null check (state in ('sent', 'failed')),
    error text,
    sent_at timestamptz not null default now(),
    unique (agency_key, digest_on)
);
comment on table ops.notice is 'Thư đã gửi cho cơ quan / digests sent to agencies';

grant select, insert on ops.manifest, ops.load to cchc_ingest;
grant select, insert on ops.outcome to cchc_ingest, cchc_transform, cchc_alert;
grant select, insert, update on ops.ledger to cchc_ingest;
grant usage on sequence ops.load_id_seq to cchc_ingest;
grant select, insert, update on ops.finding, ops.notice to cchc_alert;
grant select on ops.manifest, ops.load, ops.ledger, ops.finding, ops.notice to cchc_transform;
grant select on ops.manifest, ops.load, ops.ledger, ops.schema_version to cchc_alert;
grant select on all tables in schema ops to auditor;
reset role;
"""


def upgrade() -> None:
    """Apply."""
    op.execute("alter table ops.schema_version owner to cchc_owner")
    op.execute(STATEMENTS)
