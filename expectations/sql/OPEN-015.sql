-- Datasets that left the portal, have not come back and have no successor of their name, by the
-- month in which they left. One that had to go (it failed the excusing rule) is not missed.
with last_day as (
    select max(checked_on) as checked_on
    from marts.fct_open_data_publisher
    where checked_on <= cast(:as_of at time zone 'Asia/Ho_Chi_Minh' as date)
),

changes as (
    select
        changes.dataset_key,
        changes.agency_key,
        changes.changed_on,
        changes.previous_on,
        changes.what,
        changes.dataset_title,
        last_day.checked_on
    from marts.fct_open_data_change as changes
    inner join last_day
        on
            changes.changed_on <= last_day.checked_on
            and changes.changed_on > last_day.checked_on - cast(:recent_days as integer)
    where changes.entity = 'dataset'
),

withdrawn as (
    select
        removed.dataset_key,
        removed.agency_key,
        removed.checked_on,
        cast(date_trunc('month', removed.changed_on) as date) as period_start,
        '“' || left(coalesce(removed.dataset_title, removed.dataset_key), 100) || '”' as title,
        row_number() over (
            partition by removed.agency_key, date_trunc('month', removed.changed_on)
            order by removed.dataset_title, removed.dataset_key
        ) as place
    from changes as removed
    where
        removed.what = 'removed'
        and not exists (
            select 1 from changes as came
            where
                came.what in ('added', 'returned', 'moved')
                and (
                    came.dataset_key = removed.dataset_key
                    and came.changed_on > removed.changed_on
                    or came.agency_key = removed.agency_key
                    and lower(came.dataset_title) = lower(removed.dataset_title)
                    and came.changed_on >= removed.changed_on
                )
        )
        and not exists (
            select 1 from marts.fct_open_dataset_check as checks
            where
                checks.dataset_key = removed.dataset_key
                and checks.checked_on = removed.previous_on
                and checks.rule_id = :excusing_rule
                and checks.state = 'failed'
        )
)

select
    withdrawn.agency_key,
    withdrawn.period_start,
    count(*) as record_count,
    min(rules.severity) as severity,
    withdrawn.checked_on,
    string_agg(
        case when withdrawn.place <= 3 then withdrawn.title end, '; ' order by withdrawn.place
    )
    || case when count(*) > 3 then '; …' else '.' end as datasets
from withdrawn
inner join reference.open_data_rules as rules
    on
        withdrawn.checked_on >= rules.valid_from
        and withdrawn.checked_on < coalesce(rules.valid_to, date '9999-12-31')
where rules.rule_id = :rule_id
group by withdrawn.agency_key, withdrawn.period_start, withdrawn.checked_on
