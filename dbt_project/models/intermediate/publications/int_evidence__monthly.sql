{#-
  For each month, which raw rows its figures are counted from, as one number: it changes exactly when
  a load brought rows into the month or took some away, and says nothing of agencies or formulas. It
  only depends on what raw holds, not on the order or the way it was built. What a unit has published counts
  until the end of the year in which it was due, and is compared with the years around: so the evidence of
  budgets is that of the budget years around the month and of the days of publishing looked at in them. That of the
  open-data portal is the loads of each day in the month. A report stands at the last month of its period, and is
  compared with the one before: so it is evidence of its own period and of the next.
-#}
{{ config(materialized='view') }}

with

dossier_parts as (

    select * from {{ ref('int_dossier_parts__monthly') }}

),

rating_parts as (

    select * from {{ ref('int_rating_parts__monthly') }}

),

procedures as (

    select * from {{ ref('int_procedures__monthly_snapshots') }}

),

budget_rows as (

    select
        coalesce(budget_year, cast(extract(year from known_on) as integer)) as year,
        {{ row_evidence('version_key', '_load_id') }} as evidence
    from {{ ref('int_budget_documents__located') }}

    union all

    select
        coalesce(budget_year, cast(extract(year from known_on) as integer)) as year,
        {{ row_evidence("'reading ' || version_key", 'reading_load_id') }} as evidence
    from {{ ref('int_budget_documents__located') }}
    where reading_load_id is not null

    union all

    select
        cast(extract(year from date_day) as integer) as year,
        {{ row_evidence("cast(date_day as " ~ dbt.type_string() ~ ")", 'load_id') }} as evidence
    from {{ ref('int_budget_windows__loaded') }}
    where is_loaded

),

budget_years as (

    select
        year,
        count(*) as row_count,
        sum(evidence) as evidence
    from budget_rows
    group by year

),

open_data_loads as (

    {% for resource in ['datasets', 'publishers', 'contents'] %}
    select
        {{ month_of('checked_on') }} as month_start,
        {{ day_evidence(resource) }} as evidence
    from {{ ref('int_open_data_days__loaded') }}
    where is_complete

    {{ 'union all' if not loop.last }}
    {% endfor %}

),

report_rows as (

    select
        {{ add_months('period_end', -1) }} as month_start,
        {{ row_evidence('submission_id', '_load_id') }} as evidence
    from {{ ref('int_reports__delivered') }}
    where period_end is not null

    union all

    select
        {{ add_months('period_end', months_in('period_type') ~ ' - 1') }} as month_start,
        {{ row_evidence("'before ' || submission_id", '_load_id') }} as evidence
    from {{ ref('int_reports__delivered') }}
    where period_end is not null

),

months as (

    select
        period_start as month_start,
        cast(extract(year from period_start) as integer) as year
    from {{ ref('dim_period') }}
    where period_type = 'month'

)

select
    'dossiers_received' as stream,
    month_start,
    cast(sum(received_count) as bigint) as row_count,
    sum(received_evidence) as evidence
from dossier_parts
where received_count > 0
group by month_start

union all

select
    'dossiers_finished' as stream,
    month_start,
    cast(sum(finished_count) as bigint) as row_count,
    sum(finished_evidence) as evidence
from dossier_parts
where finished_count > 0
group by month_start

union all

select
    'ratings' as stream,
    month_start,
    cast(sum(rating_count) as bigint) as row_count,
    sum(evidence) as evidence
from rating_parts
group by month_start

union all

select
    'procedures' as stream,
    month_start,
    count(*) as row_count,
    sum({{ row_evidence('procedure_code', '_load_id') }}) as evidence
from procedures
group by month_start

union all

select
    'budgets' as stream,
    months.month_start,
    cast(sum(budget_years.row_count) as bigint) as row_count,
    sum(budget_years.evidence) as evidence
from months
inner join budget_years
    on abs(months.year - budget_years.year) <= {{ var('budget_years_compared') }}
group by months.month_start

union all

select
    'open_data' as stream,
    month_start,
    count(*) as row_count,
    sum(evidence) as evidence
from open_data_loads
group by month_start

union all

select
    'reports' as stream,
    month_start,
    count(*) as row_count,
    sum(evidence) as evidence
from report_rows
group by month_start
