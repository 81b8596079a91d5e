{#- The cells of the reports that count now: one row per asked field of each. -#}
{{
    config(
        pre_hook="{{ plan_for_many_rows() }}",
        post_hook="{{ analyze_after_build() }}"
    )
}}

with

reports as (

    select * from {{ ref('int_reports__judged') }}
    where is_counted

),

reported as (

    select * from {{ ref('stg_agency_reports__values') }}

),

fields as (

    select * from {{ ref('report_fields') }}

)

select
    reports.submission_id,
    reports.receipt_no,
    reports.agency_key,
    case when reports.reports_for = 'province' then {{ province_key() }} else reports.agency_key end
        as counted_agency_key,
    reports.form_code,
    reports.resource,
    reports.form_version,
    reports.period_type,
    reports.period_start,
    reports.period_end,
    reports.value_status,
    reports.received_at,
    reported.section_code,
    reported.row_code,
    reported.column_code,
    reported.field_code,
    fields.label_vi,
    fields.unit_vi,
    fields.type as field_type,
    fields.nature,
    coalesce(fields.weight, 1) as weight,
    fields.indicator_code,
    fields.reading_code,
    fields.part,
    reported.cell_state,
    reported.cell_state in ('accepted', 'nil') as is_counted,
    reported.sheet,
    reported.cell,
    reported.raw_text,
    reported.number_value,
    reported.text_value,
    reported.date_value,
    reported.choice_code,
    reported.problem_code,
    reported.problem_vi
from reports
inner join reported
    on
        reports.submission_id = reported.submission_id
        and reports._load_id = reported._load_id
left join fields
    on
        reports.form_code = fields.form_code
        and reports.form_version = fields.form_version
        and reported.field_code = fields.field_code
