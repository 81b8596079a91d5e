{#-
  What every publisher had to publish: rules × publishers of the day × budget years. A publisher owes what falls
  due while it exists; a rule without a date that is known owes from the end of the year in which it falls.
  Only what could have been seen: the source must have been looked at since before the document was to come.
-#}
with

rules as (

    select * from {{ ref('budget_disclosure_rules') }}

),

publishers as (

    select * from {{ ref('int_agencies__all') }}
    where agency_key > 0

),

looked_at as (

    select * from {{ ref('int_budgets__as_of') }}
    where first_day is not null

),

years as (

    select distinct year as budget_year from {{ ref('dim_date') }}
    where year >= {{ var('budget_first_year') }}

),

days as (

    select * from {{ ref('dim_date') }}

),

yearly as (

    select
        rules.*,
        years.budget_year,
        {{ day_of('years.budget_year', 'rules.period_month', 1) }} as period_start
    from rules
    inner join years
        on
            rules.budget_year_from <= years.budget_year
            and coalesce(rules.budget_year_to, 9999) >= years.budget_year

),

anchored as (

    select
        yearly.*,
        case
            when yearly.anchor = 'period_end'
                then
                    {{ publication_period_end('yearly.period_start', 'yearly.period_type') }}
            when yearly.anchor_latest_month is not null
                then
                    {{ day_of(
                        'yearly.budget_year + yearly.anchor_year_offset', 'yearly.anchor_latest_month',
                        'yearly.anchor_latest_day'
                    ) }}
        end as latest_anchor_on,
        {{ day_of('yearly.budget_year + yearly.anchor_year_offset', 12, 31) }} as year_end_on
    from yearly

),

due as (

    select
        anchored.*,
        {{ due_on('anchored.latest_anchor_on', 'anchored.days', 'anchored.day_kind', 'due_days.date_day') }}
            as latest_due_on
    from anchored
    left join days as anchor_days on anchored.latest_anchor_on = anchor_days.date_day
    left join days as due_days
        on
            anchored.day_kind = 'working'
            and due_days.is_working_day
            and anchor_days.working_day_number + anchored.days = due_days.working_day_number

),

spanned as (

    select
        due.*,
        coalesce(due.latest_anchor_on, due.year_end_on) as owed_from,
        coalesce(due.latest_due_on, due.latest_anchor_on, due.year_end_on) as owed_to,
        case
            when due.anchor = 'period_end' then due.latest_anchor_on
            when due.latest_anchor_on is not null
                then {{ add_days('due.latest_anchor_on', '-' ~ var('budget_lookback_days')) }}
            else {{ day_of('due.budget_year + due.anchor_year_offset', 1, 1) }}
        end as seen_from
    from due

)

select
    publishers.agency_key,
    spanned.publisher_level,
    spanned.rule_key,
    spanned.document_kind,
    spanned.budget_year,
    spanned.period_type,
    spanned.period_start,
    spanned.latest_anchor_on,
    spanned.latest_due_on,
    spanned.seen_from,
    spanned.owed_to
from spanned
inner join publishers
    on
        ';' || spanned.publisher_kinds || ';' like '%;' || publishers.kind || ';%'
        and spanned.owed_from >= publishers.valid_from
        and spanned.owed_to < coalesce(publishers.valid_to, cast('9999-12-31' as date))
inner join looked_at
    on
        looked_at.first_day <= spanned.seen_from
        -- what is to come shows once its anchor is reached; undated things once their year is over
        and coalesce(spanned.latest_anchor_on, spanned.year_end_on) <= looked_at.last_day
