{#-
  Every delivery with what it says by itself: its form, the period it is about, and two fingerprints of its
  figures by which copies are found. `repeats` is the receipt of an earlier delivery of the same file for the same
  report: a repeated file changes nothing. `is_candidate`: it was not refused and says something, so it may count.
-#}
{{
    config(
        pre_hook="{{ plan_for_many_rows() }}",
        post_hook="{{ analyze_after_build() }}",
        indexes=[{'columns': ['submission_id'], 'unique': true}]
    )
}}

with

submissions as (

    select * from {{ ref('stg_agency_reports__submissions') }}

),

reported as (

    select * from {{ ref('stg_agency_reports__values') }}
    where cell_state = 'accepted' and number_value is not null

),

forms as (

    select distinct
        form_code,
        resource,
        reports_for
    from {{ ref('report_forms') }}

),

fields as (

    select
        form_code,
        form_version,
        field_code,
        nature
    from {{ ref('report_fields') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

figures as (

    select
        submissions.submission_id,
        {{ joined_texts(
            "reported.field_code || '=' || " ~ figure_text('reported.number_value'),
            'reported.field_code'
        ) }} as all_figures,
        {{ joined_texts(
            "case when fields.nature = 'flow' then reported.field_code || '=' || "
            ~ figure_text('reported.number_value') ~ " end",
            'reported.field_code'
        ) }} as flow_figures,
        sum(case when reported.number_value <> 0 then 1 else 0 end) as nonzero_count,
        sum(case when reported.number_value <> 0 and fields.nature = 'flow' then 1 else 0 end)
            as nonzero_flow_count
    from submissions
    inner join reported
        on
            submissions.submission_id = reported.submission_id
            and submissions._load_id = reported._load_id
    inner join fields
        on
            submissions.form_code = fields.form_code
            and submissions.form_version = fields.form_version
            and reported.field_code = fields.field_code
    group by submissions.submission_id

),

ordered as (

    select
        submissions.*,
        first_value(submissions.receipt_no) over (
            partition by
                submissions.file_sha256, submissions.agency_key, submissions.form_code,
                submissions.period_type, submissions.period_start
            order by submissions.received_at, submissions.receipt_no
        ) as first_receipt_no
    from submissions

)

select
    ordered.submission_id,
    ordered.receipt_no,
    ordered.door,
    ordered.received_at,
    ordered.received_on,
    ordered.claimed_agency_code,
    ordered.file_sha256,
    ordered.file_name,
    ordered.file_kind,
    ordered.byte_count,
    ordered.agency_key,
    ordered.agency_code,
    ordered.form_code,
    forms.resource,
    forms.reports_for,
    ordered.form_version,
    ordered.form_id_state,
    ordered.period_type,
    ordered.period_start,
    periods.period_end,
    ordered.value_status,
    ordered.state,
    ordered.hollow_kind,
    ordered.reason_code,
    ordered.reason_vi,
    ordered.remark_codes,
    ordered.asked_count,
    ordered.required_count,
    ordered.filled_count,
    ordered.accepted_count,
    ordered.problem_count,
    ordered.completeness,
    ordered.judged_with,
    case when ordered.first_receipt_no <> ordered.receipt_no then ordered.first_receipt_no end as repeats,
    ordered.first_receipt_no = ordered.receipt_no
    and ordered.state in ('accepted', 'partial')
    and ordered.agency_key is not null
    and forms.form_code is not null
    and periods.period_end is not null as is_candidate,
    md5(figures.all_figures) as figures_key,
    md5(figures.flow_figures) as flows_key,
    cast(coalesce(figures.nonzero_count, 0) as integer) as nonzero_count,
    cast(coalesce(figures.nonzero_flow_count, 0) as integer) as nonzero_flow_count,
    ordered._period,
    ordered._load_id
from ordered
left join forms on ordered.form_code = forms.form_code
left join periods
    on ordered.period_type = periods.period_type and ordered.period_start = periods.period_start
left join figures on ordered.submission_id = figures.submission_id
