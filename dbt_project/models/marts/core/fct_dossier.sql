{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='dossier_code',
        on_schema_change='fail',
        pre_hook="{{ delete_vanished_dossiers() }}",
        post_hook="{{ analyze_after_full_build() }}",
        indexes=[
            {'columns': ['dossier_code'], 'unique': true},
            {'columns': ['received_month', 'agency_key']},
            {'columns': ['finished_month', 'agency_key']},
            {'columns': ['is_open']},
            {'columns': ['_load_id']},
            {'columns': ['_batch_no']},
        ]
    )
}}

{%- set watermark = held_maximum('_batch_no') -%}

with

counting as (

    select * from {{ ref('int_dossiers__versioned') }}
    where
        is_latest and is_present
        {% if is_incremental() %}and _batch_no > {{ watermark }}{% endif %}

),

dossiers as (

    select * from {{ ref('int_dossiers__corrected') }}

),

supplements as (

    select * from {{ ref('stg_tthc__supplements') }}

),

procedures as (

    select * from {{ ref('int_procedures__resolved') }}

),

agency_codes as (

    select * from {{ ref('int_agency_codes__effective') }}

),

agency_names as (

    select * from {{ ref('int_agency_names__unique') }}

),

days as (

    select * from {{ ref('dim_date') }}

),

winning as (

    select
        dossiers.*,
        counting.received_month,
        counting.finished_month,
        counting._batch_no,
        {{ local_date('dossiers.received_at') }} as received_on,
        dossiers.status_code in ('finished', 'returned') as is_finished
    from counting
    inner join dossiers
        on
            -- this names one raw row; a third condition makes the planner expect a single match
            -- overall and go by index: right for an increment, endless for the whole history
            counting._load_id = dossiers._load_id
            and counting._row_number = dossiers._row_number
            {% if is_incremental() %}and counting.dossier_code = dossiers.dossier_code{% endif %}

),

waits as (

    -- the first request and the first answer: with one supplement, its waiting time
    select
        winning.dossier_code,
        {{ days_between('min(supplements.requested_at)', 'min(supplements.answered_at)') }} as wait_days
    from winning
    inner join supplements
        on
            winning.dossier_code = supplements.dossier_code
            and winning.updated_at = supplements.updated_at
            and winning._load_id = supplements._load_id
    where winning.supplement_count > 0
    group by winning.dossier_code

),

-- few names, many dossiers: each is folded once
distinct_names as (

    select distinct unit_name
    from winning
    where unit_name is not null

),

unit_names as (

    select
        unit_name,
        {{ fold_unit_name('unit_name') }} as name_folded
    from distinct_names

),

-- the code of the unit decides, even after the unit's end; its name only where the code says nothing
located as (

    select
        winning.*,
        coalesce(agency_codes.agency_key, agency_names.agency_key, -1) as agency_key,
        case
            when agency_codes.agency_key is not null then agency_codes.agency_mapping
            when agency_names.agency_key is not null then 'name'
            else 'none'
        end as agency_mapping,
        coalesce(agency_names.agency_key <> agency_codes.agency_key, false) as is_unit_name_other
    from winning
    left join agency_codes
        on
            winning.unit_code = agency_codes.unit_code
            and winning.received_on >= agency_codes.valid_from
            and winning.received_on < agency_codes.valid_to
    left join unit_names on winning.unit_name = unit_names.unit_name
    left join agency_names
        on
            unit_names.name_folded = agency_names.name_folded
            and winning.received_on >= agency_names.valid_from
            and winning.received_on < agency_names.valid_to

),

joined as (

    select
        located.*,
        coalesce(located.field_code, procedures.field_code) as settled_field_code,
        procedures.yields_result,
        procedures.statutory_days,
        procedures.statutory_unit,
        cast(waits.wait_days as numeric(38, 6)) as supplement_wait_days,
        coalesce(procedures.has_fee, located.charged_fee_count > 0)
        and not (located.fee_count > 0 and located.charged_fee_count = 0) as has_fee_obligation,
        days.working_day_number + cast(ceiling(procedures.statutory_days) as integer) as due_working_day
    from located
    left join waits on located.dossier_code = waits.dossier_code
    left join procedures on located.procedure_code = procedures.procedure_code
    left join days on located.received_on = days.date_day

),

with_deadline as (

    select
        joined.*,
        case joined.statutory_unit
            when 'working_day' then {{ end_of_day('due_days.date_day') }}
            when 'day'
                then {{ end_of_day(add_days('joined.received_on', 'ceiling(joined.statutory_days)')) }}
            when 'hour' then {{ shift_days('joined.received_at', 'joined.statutory_days / 24') }}
        end as statutory_due_at,
        case
            when joined.is_finished
                then coalesce(joined.finished_at, joined.returned_at, joined.updated_at)
        end as settled_at
    from joined
    left join days as due_days
        on
            joined.due_working_day = due_days.working_day_number
            and due_days.is_working_day

)

select
    dossier_code,
    agency_key,
    procedure_code,
    settled_field_code as field_code,
    status_code,
    channel,
    applicant_kind,
    payment_channel,
    submitted_at,
    received_at,
    due_at,
    finished_at,
    returned_at,
    rejected_at,
    updated_at,
    statutory_due_at,
    received_month,
    finished_month,
    supplement_count,
    supplement_wait_days,
    is_finished,
    status_code = 'withdrawn' as is_withdrawn,
    not is_finished and status_code not in ('refused', 'withdrawn', 'stopped') as is_open,

    -- as vendors do: no appointment date counts as on time
    case
        when is_finished then coalesce(settled_at <= due_at, true)
    end as is_on_time_system,

    -- Decision 766 item 2.1 on the statutory days; the appointment date only where none are known
    case
        when not is_finished then null
        when supplement_count > 1 then false
        else
            {{ shift_days('settled_at', '-greatest(coalesce(supplement_wait_days, 0), 0)') }}
            <= coalesce(statutory_due_at, due_at)
    end as is_on_time_recomputed,
    yields_result,
    linked_result_count > 0 as has_result_link,
    linked_result_count > input_as_result_count as has_valid_e_result,
    digitised_document_count > 0 as has_digitised_document,
    is_marked_digitised
    or (submission_place = 'national_portal' and digitised_document_count > 0) as is_flagged_digitised,
    reused_document_count > 0 as has_reused_document,
    has_fee_obligation,
    charged_fee_count,
    document_count,
    digitised_document_count,
    reused_document_count,
    result_count,
    linked_result_count,
    input_as_result_count,
    summary_class,
    identity_class,
    vneid_flag,
    unit_code,
    unit_name,
    agency_key <> -1 as is_agency_mapped,
    agency_mapping,
    is_unit_name_other,
    date_formats,
    correction_id,
    _period,
    _load_id,
    _batch_no
from with_deadline
