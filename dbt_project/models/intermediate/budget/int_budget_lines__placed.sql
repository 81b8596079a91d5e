{#-
  The number cells of the versions shown now, each with the publication that it belongs to. A cell is a leaf
  when no other row is a part of its row and the row does not merely re-add others: leaves sum once.
-#}
{{
    config(
        pre_hook="{{ plan_for_many_rows() }}",
        indexes=[{'columns': ['version_key', 'form_key']}, {'columns': ['agency_key', 'form_key']}]
    )
}}

with

documents as (

    select * from {{ ref('int_budget_documents__located') }}
    where is_current

),

lines as (

    select * from {{ ref('stg_budget_publications__lines') }}

),

read_lines as (

    select
        lines.*,
        documents.document_key,
        documents.door,
        documents.agency_key,
        documents.document_kind,
        documents.budget_year,
        documents.period_type,
        documents.period_start,
        documents.published_on,
        documents.has_period_conflict,
        documents.content_budget_year,
        documents.content_period_type
    from documents
    inner join lines
        on
            documents.version_key = lines.version_key
            and documents.reading_load_id = lines._load_id
            and documents.reading_period = lines._period

),

parents as (

    select distinct
        version_key,
        table_no,
        parent_line_no
    from read_lines
    where parent_line_no is not null

),

numbered as (

    select
        read_lines.*,
        coalesce(read_lines.item_code, read_lines.item_folded) as item_key,
        row_number() over (
            partition by
                read_lines.version_key, read_lines.form_key, read_lines.measure_code,
                coalesce(read_lines.item_code, read_lines.item_folded)
            order by read_lines.table_no, read_lines.line_no, read_lines._cell
        ) as item_no
    from read_lines

)

select
    numbered.version_key,
    numbered.document_key,
    numbered.door,
    numbered._file_sha256,
    numbered._sheet,
    numbered._cell,
    numbered.table_no,
    numbered.agency_key,
    numbered.document_kind,
    numbered.form_key,
    numbered.budget_year,
    numbered.period_type,
    numbered.period_start,
    numbered.published_on,
    numbered.has_period_conflict,
    numbered.content_budget_year,
    numbered.content_period_type,
    numbered.line_no,
    numbered.parent_line_no,
    numbered.mark,
    numbered.level,
    numbered.item_code,
    numbered.item_text,
    numbered.item_key,
    numbered.item_no,
    numbered.row_kind,
    numbered.is_hidden,
    parents.parent_line_no is null and numbered.row_kind <> 'total' as is_leaf,
    numbered.measure_code,
    numbered.number_state,
    numbered.value,
    numbered.unit_code,
    numbered.unit_factor,
    case
        when numbered.number_state = 'value' and numbered.unit_code = 'vnd'
            then numbered.value * numbered.unit_factor
    end as value_vnd,
    numbered.hold_code,
    numbered.hold_vi,
    numbered._period,
    numbered._load_id,
    numbered._row_number
from numbered
left join parents
    on
        numbered.version_key = parents.version_key
        and numbered.table_no = parents.table_no
        and numbered.line_no = parents.parent_line_no
