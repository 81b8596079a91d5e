{#-
  Every delivery with the decisions that need the others: whether its figures are copied, whether it counts now,
  and what superseded it. Nothing depends on the order of loading.

  * A report is copied when every flow in it equals the agency's own report of the period before, or every figure
    equals another agency's report of the same period, and enough figures are not 0 (`report_parameters`). Of two
    equal reports the one received later is the copy.
  * A hollow report (all 0 without a nil declaration, or copied) is superseded by any other, and supersedes none.
  * Of the others the latest counts, as a whole. A refused or a repeated file never counts.
-#}
{{
    config(
        pre_hook="{{ plan_for_many_rows() }}",
        post_hook="{{ analyze_after_build() }}",
        indexes=[{'columns': ['submission_id'], 'unique': true}]
    )
}}

with

delivered as (

    select * from {{ ref('int_reports__delivered') }}

),

candidates as (

    select * from delivered
    where is_candidate and hollow_kind is null

),

parameters as (

    select
        max(case when parameter = 'copied_from_period_least_nonzero' then value end) as least_from_period,
        max(case when parameter = 'copied_from_agency_least_nonzero' then value end) as least_from_agency
    from {{ ref('report_parameters') }}

),

copied_from_before as (

    select
        later.submission_id,
        max(earlier.receipt_no) as copied_from
    from candidates as earlier
    inner join candidates as later
        on
            earlier.agency_key = later.agency_key
            and earlier.form_code = later.form_code
            and earlier.period_type = later.period_type
            and earlier.period_end = later.period_start
            and earlier.flows_key = later.flows_key
            and earlier.received_at < later.received_at
    cross join parameters
    where later.nonzero_flow_count >= parameters.least_from_period
    group by later.submission_id

),

copied_from_others as (

    select
        copies.submission_id,
        max(originals.receipt_no) as copied_from
    from candidates as originals
    inner join candidates as copies
        on
            originals.form_code = copies.form_code
            and originals.period_type = copies.period_type
            and originals.period_start = copies.period_start
            and originals.figures_key = copies.figures_key
            and originals.agency_key <> copies.agency_key
            and originals.received_at < copies.received_at
    cross join parameters
    where copies.nonzero_count >= parameters.least_from_agency
    group by copies.submission_id

),

told as (

    select
        delivered.*,
        case
            when delivered.hollow_kind is not null then delivered.hollow_kind
            when copied_from_before.submission_id is not null then 'copied'
            when copied_from_others.submission_id is not null then 'copied'
        end as hollow_as_a_whole,
        case
            when delivered.hollow_kind is null
                then coalesce(copied_from_before.copied_from, copied_from_others.copied_from)
        end as copied_from
    from delivered
    left join copied_from_before on delivered.submission_id = copied_from_before.submission_id
    left join copied_from_others on delivered.submission_id = copied_from_others.submission_id

),

ranked as (

    select
        submission_id,
        row_number() over (
            partition by agency_key, form_code, period_type, period_start
            order by
                case when hollow_as_a_whole is null then 0 else 1 end,
                received_at desc,
                receipt_no desc
        ) as recency,
        first_value(receipt_no) over (
            partition by agency_key, form_code, period_type, period_start
            order by
                case when hollow_as_a_whole is null then 0 else 1 end,
                received_at desc,
                receipt_no desc
        ) as current_receipt_no
    from told
    where is_candidate

)

select
    told.submission_id,
    told.receipt_no,
    told.door,
    told.received_at,
    told.received_on,
    told.claimed_agency_code,
    told.file_sha256,
    told.file_name,
    told.file_kind,
    told.byte_count,
    told.agency_key,
    told.agency_code,
    told.form_code,
    told.resource,
    told.reports_for,
    told.form_version,
    told.form_id_state,
    told.period_type,
    told.period_start,
    told.period_end,
    told.value_status,
    told.state,
    told.hollow_as_a_whole as hollow_kind,
    told.copied_from,
    told.reason_code,
    told.reason_vi,
    told.remark_codes,
    told.asked_count,
    told.required_count,
    told.filled_count,
    told.accepted_count,
    told.problem_count,
    told.completeness,
    told.judged_with,
    told.repeats,
    coalesce(ranked.recency = 1, false) as is_current,
    coalesce(ranked.recency = 1 and told.hollow_as_a_whole is null, false) as is_counted,
    case when ranked.recency > 1 then ranked.current_receipt_no end as superseded_by,
    told._period,
    told._load_id
from told
left join ranked on told.submission_id = ranked.submission_id
