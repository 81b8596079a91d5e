"""What was published when: publications, and every value as it was known from each of them.

All tables are append-only. dbt writes them in the transaction that swaps the mart; a trigger
refuses to change or remove a row for everybody, owner and superuser included.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = """
set local role cchc_owner;

create table ops.publication (
    publication_id bigint generated always as identity primary key,
    published_at timestamptz not null unique default clock_timestamp(),
    agency_map text not null,
    corrections text not null,
    parameters text not null,
    formulas text not null,
    restated_reason text check (length(restated_reason) > 0),
    first_count integer not null,
    late_data_count integer not null,
    correction_count integer not null,
    formula_count integer not null,
    agency_map_count integer not null,
    held_count integer not null,
    is_synthetic boolean not null
);
comment on table ops.publication is
'Lần công bố: một dòng cho mỗi lần bảng chỉ tiêu thay đổi / one row per publication of the mart';
comment on column ops.publication.agency_map is
'Dấu vân tay của danh mục đơn vị, kế thừa, mã nguồn / fingerprint of the agency map';
comment on column ops.publication.restated_reason is
'Lý do công bố lại có chủ đích / why changes without evidence were published on purpose';

create table ops.publication_source (
    publication_id bigint not null references ops.publication,
    source text not null,
    newest_load_id bigint not null,
    data_as_of timestamptz not null,
    primary key (publication_id, source)
);
comment on table ops.publication_source is
'Số liệu của từng nguồn tại lần công bố / what each source had given by a publication';

create table ops.publication_evidence (
    publication_id bigint not null references ops.publication,
    stream text not null,
    month_start date not null,
    row_count bigint not null,
    evidence numeric not null,
    primary key (stream, month_start, publication_id)
);
comment on table ops.publication_evidence is
'Dấu vân tay các dòng gốc của từng tháng, khi đổi / fingerprint of a month''s raw rows, on change';

create table ops.publication_change (
    publication_id bigint not null references ops.publication,
    indicator_code text not null,
    cause text not null,
    is_held boolean not null,
    change_count integer not null,
    largest_change numeric,
    first_period date not null,
    last_period date not null,
    primary key (publication_id, indicator_code, cause, is_held)
);
comment on table ops.publication_change is
'Giá trị thay đổi theo nguyên nhân, kể cả bị giữ do khóa kỳ / changes by cause, held ones too';

create table ops.indicator_vintage (
    publication_id bigint not null references ops.publication,
    indicator_code text not null,
    reading_code text not null,
    agency_key integer not null,
    period_type text not null,
    period_start date not null,
    basis text not null,
    is_present boolean not null,
    cause text not null
    check (cause in ('first', 'late_data', 'correction', 'formula', 'agency_map')),
    agency_level text not null,
    is_headline boolean not null,
    numerator numeric(38, 6),
    denominator numeric(38, 6),
    factor numeric(38, 6) not null,
    value numeric(38, 6),
    value_state text not null,
    value_status text not null check (value_status in ('estimate', 'preliminary', 'official')),
    is_small_number boolean not null,
    is_corrected boolean not null,
    formula_version integer not null,
    series_no integer not null,
    break_keys text,
    data_as_of timestamptz not null,
    primary key (
        indicator_code, reading_code, agency_key, period_type, period_start, basis, publication_id
    )
);
create index on ops.indicator_vintage (publication_id);
comment on table ops.indicator_vintage is
'Giá trị chỉ tiêu theo từng lần công bố, ghi khi thay đổi / each value as first known, on change';
comment on column ops.indicator_vintage.is_present is
'false: từ lần công bố này không còn dòng / the row is gone from this publication on';

create table ops.indicator_doubt (
    publication_id bigint not null references ops.publication,
    indicator_code text not null,
    agency_key integer not null,
    period_type text not null,
    period_start date not null,
    quality_state text not null check (quality_state in ('ok', 'findings', 'held')),
    primary key (indicator_code, agency_key, period_type, period_start, publication_id)
);
comment on table ops.indicator_doubt is
'Trạng thái phát hiện của giá trị, ghi khi thay đổi / open findings about a value, on change';

create function ops.refuse_rewriting() returns trigger language plpgsql as $$
begin
    raise exception 'ops.% is append-only: % refused', tg_table_name, lower(tg_op)
    using hint = 'Declare a correction (seeds/corrections) or re-open the period instead.';
end $$;

reset role;
"""

APPEND_ONLY = (
    "publication",
    "publication_source",
    "publication_evidence",
    "publication_change",
    "indicator_vintage",
    "indicator_doubt",
)


def upgrade() -> None:
    """Apply."""
    op.execute(STATEMENTS)
    op.execute("set local role cchc_owner")
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete or truncate on ops.{table}"
            " for each statement execute function ops.refuse_rewriting()"
        )
        # "Always": neither a session that plays a replica nor a restored dump goes around it.
        op.execute(f"alter table ops.{table} enable always trigger append_only")
        op.execute(f"grant select, insert on ops.{table} to cchc_transform")
        op.execute(f"grant select on ops.{table} to auditor")
    op.execute("reset role")
