"""Agency reports: raw tables, what was delivered at the doors, upload tokens, reminders.

The types of the raw tables are those of ``ingestion/sources/agency_reports/contract.yml``; a test
holds the two together.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

LINEAGE = """
    _source text not null,
    _resource text not null,
    _period text not null,
    _extract_id uuid not null,
    _load_id bigint not null,
    _loaded_at timestamptz not null,
    _row_number integer not null"""

TABLES = {
    "submissions": """
    submission_id text not null,
    _file_sha256 text not null,
    receipt_no text not null,
    door text not null,
    received_at timestamptz not null,
    claimed_agency_code text,
    file_name text,
    file_kind text,
    byte_count bigint,
    agency_key integer,
    agency_code text,
    form_code text,
    form_version integer,
    form_id_state text,
    period_type text,
    period_start date,
    value_status text,
    state text not null,
    hollow_kind text,
    reason_code text,
    reason_vi text,
    remark_codes text,
    asked_count integer,
    required_count integer,
    filled_count integer,
    accepted_count integer,
    problem_count integer,
    completeness numeric,
    judged_with text""",
    "values": """
    submission_id text not null,
    _file_sha256 text not null,
    _sheet text,
    _cell text,
    section_code text,
    row_code text,
    column_code text,
    field_code text,
    state text,
    raw_text text,
    number_value numeric,
    text_value text,
    date_value date,
    choice_code text,
    has_note boolean,
    problem_code text,
    problem_vi text""",
}
REJECTED = """
    record_id text,
    field text,
    reason_code text not null,
    reason_vi text not null,
    record text"""

OPERATIONS = """
create sequence ops.receipt_no_seq;

create table ops.submission (
    submission_id text primary key,
    receipt_no text not null unique,
    door text not null check (door in ('inbox', 'mailbox', 'upload', 'archive')),
    received_at timestamptz not null,
    received_on date not null,
    claimed_agency_code text,
    reply_by text not null check (reply_by in ('mail', 'response', 'file', 'none')),
    reply_to text,
    reply_thread text,
    file_name text not null,
    file_sha256 text not null check (length(file_sha256) = 64),
    byte_count bigint not null,
    is_synthetic boolean not null default false,
    repeats text references ops.submission,
    state text not null default 'received'
    check (state in ('received', 'accepted', 'partial', 'refused')),
    agency_key integer,
    agency_code text,
    form_code text,
    form_version integer,
    period_type text,
    period_start date,
    hollow_kind text check (hollow_kind in ('empty', 'zero', 'copied')),
    reason_code text,
    judgement_path text,
    judged_with text,
    judged_at timestamptz,
    receipt_state text not null default 'due'
    check (receipt_state in ('due', 'told', 'undeliverable', 'none')),
    receipt_told_at timestamptz,
    registered_at timestamptz not null default now(),
    check (state = 'received' or judgement_path is not null)
);
create index on ops.submission (received_on);
create index on ops.submission (file_sha256);
create index on ops.submission (agency_key, form_code, period_start);
create index on ops.submission (receipt_state) where receipt_state = 'due';
comment on table ops.submission is
'Tệp báo cáo đã nhận và biên nhận / deliveries of reports and their receipts';

create table ops.upload_token (
    token_sha256 text primary key check (length(token_sha256) = 64),
    agency_code text not null,
    note text,
    valid_from timestamptz not null default now(),
    valid_to timestamptz not null,
    revoked_at timestamptz
);
comment on table ops.upload_token is
'Mã nộp báo cáo qua mạng, chỉ lưu giá trị băm / upload tokens, as hashes only';

create table ops.reminder (
    source text not null,
    resource text not null,
    agency_key integer not null,
    period_type text not null,
    period_start date not null,
    grade text not null check (grade in ('T-3', 'T-1', 'T+0', 'T+2', 'T+5')),
    told_on date not null,
    primary key (source, resource, agency_key, period_type, period_start, grade)
);
comment on table ops.reminder is
'Nhắc hạn báo cáo đã gửi / reminders of due reports that were told';

alter table ops.ledger add column received_on date;
alter table ops.ledger add column completeness numeric;

alter table ops.manifest drop constraint manifest_origin_check;
alter table ops.manifest add constraint manifest_origin_check
check (origin in ('api', 'manual', 'inbox', 'mailbox', 'upload', 'archive'));

grant select, insert, update on ops.submission, ops.upload_token to cchc_ingest;
grant usage on sequence ops.receipt_no_seq to cchc_ingest;
grant select, insert on ops.reminder to cchc_alert;
grant select on ops.submission to cchc_alert;
grant update (receipt_state, receipt_told_at) on ops.submission to cchc_alert;
grant select on ops.submission, ops.upload_token, ops.reminder to auditor;
"""


def upgrade() -> None:
    """Apply."""
    op.execute("set local role cchc_owner")
    for name, columns in TABLES.items():
        table = f"raw.agency_reports__{name}"
        op.execute(f"create table {table} ({LINEAGE},{columns}\n)")
        for column in ("_period", "_load_id", "submission_id"):
            op.execute(f"create index on {table} ({column})")
    rejected = "raw.agency_reports__submissions__rejected"
    op.execute(f"create table {rejected} ({LINEAGE},{REJECTED}\n)")
    op.execute(f"create index on {rejected} (_period)")
    op.execute(OPERATIONS)
    op.execute("grant select, insert, delete on all tables in schema raw to cchc_ingest")
    op.execute("grant select on all tables in schema raw to cchc_transform, auditor")
    op.execute("reset role")
