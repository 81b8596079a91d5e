{#-
  Each agency × day: what it publishes as open data and whether it conforms. All bodies obliged on that day are
  there, also those that publish nothing, and whoever else publishes.
-#}
{%- set days = touched_open_data_days() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=["{{ plan_for_many_rows() }}", "{{ delete_days('checked_on', touched_open_data_days()) }}"],
        post_hook="{{ analyze_after_build() }}",
        indexes=[{'columns': ['checked_on', 'agency_key'], 'unique': true}, {'columns': ['_load_id']}]
    )
}}

with

days as (

    select
        checked_on,
        newest_load_id
    from {{ ref('int_open_data_days__loaded') }}
    where is_complete and {{ in_touched_days('checked_on', days) }}

),

parameters as (

    select
        checked_on,
        obliged_kinds
    from {{ ref('int_open_data_parameters__effective') }}

),

rules as (

    select * from {{ ref('int_open_data_rules__effective') }}
    where criterion in ('has_live_dataset', 'link_alive')

),

agencies as (

    select
        agency_key,
        kind,
        valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
    from {{ ref('int_agencies__all') }}

),

checks as (

    select * from {{ ref('fct_open_dataset_check') }}
    where {{ in_touched_days('checked_on', days) }}

),

bodies as (

    select
        days.checked_on,
        days.newest_load_id,
        agencies.agency_key,
        agencies.kind,
        agencies.agency_key > 0
        and days.checked_on >= agencies.valid_from
        and days.checked_on < agencies.valid_to
        and coalesce({{ is_listed('agencies.kind', 'parameters.obliged_kinds') }}, false) as is_obliged
    from days
    cross join agencies
    inner join parameters on days.checked_on = parameters.checked_on

),

-- whether the link is alive is the question that the rule about live datasets rests on
links as (

    select
        checks.checked_on,
        checks.dataset_key,
        checks.state as link_state
    from checks
    inner join rules on checks.checked_on = rules.checked_on and checks.rule_id = rules.rule_id

),

datasets as (

    select
        checks.checked_on,
        checks.agency_key,
        checks.dataset_key,
        max(links.link_state) as link_state,
        sum(case when checks.is_critical and checks.state = 'failed' then 1 else 0 end) as failed_count,
        sum(case when checks.is_critical and checks.state = 'passed' then 1 else 0 end) as passed_count
    from checks
    left join links on checks.checked_on = links.checked_on and checks.dataset_key = links.dataset_key
    group by checks.checked_on, checks.agency_key, checks.dataset_key

),

published as (

    select
        checked_on,
        agency_key,
        count(*) as dataset_count,
        sum(case when link_state = 'passed' then 1 else 0 end) as live_dataset_count,
        sum(case when link_state = 'not_judged' then 1 else 0 end) as unknown_count,
        sum(case when failed_count > 0 then 1 else 0 end) as failing_dataset_count,
        sum(failed_count) as failed_count,
        sum(passed_count) as passed_count
    from datasets
    group by checked_on, agency_key

),

judged as (

    select
        bodies.*,
        coalesce(published.dataset_count, 0) as dataset_count,
        coalesce(published.live_dataset_count, 0) as live_dataset_count,
        coalesce(published.failing_dataset_count, 0) as failing_dataset_count,
        -- a link that could not be looked at says neither yes nor no
        case
            when published.live_dataset_count > 0 then true
            when published.unknown_count > 0 then null
            else false
        end as has_live_dataset,
        coalesce(rules.is_critical, false) as is_live_critical,
        coalesce(published.failed_count, 0) as failed_count,
        coalesce(published.passed_count, 0) as passed_count
    from bodies
    left join published
        on bodies.checked_on = published.checked_on and bodies.agency_key = published.agency_key
    left join rules on bodies.checked_on = rules.checked_on and rules.criterion = 'has_live_dataset'
    where bodies.is_obliged or published.agency_key is not null

),

counted as (

    select
        judged.*,
        failed_count + case when is_live_critical and not has_live_dataset then 1 else 0 end
            as critical_failed_count,
        passed_count + case when is_live_critical and has_live_dataset then 1 else 0 end
            as critical_passed_count
    from judged

)

select
    agency_key,
    checked_on,
    is_obliged,
    case when is_obliged then kind end as obligation_group,
    cast(dataset_count as integer) as dataset_count,
    cast(live_dataset_count as integer) as live_dataset_count,
    cast(failing_dataset_count as integer) as failing_dataset_count,
    has_live_dataset,
    cast(critical_failed_count as integer) as critical_failed_count,
    cast(critical_passed_count as integer) as passed_count,
    cast(critical_passed_count + critical_failed_count as integer) as judged_count,
    dataset_count > 0 and critical_failed_count = 0 as conforms,
    newest_load_id as _load_id
from counted
