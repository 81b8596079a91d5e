-- Files whose content changed while the portal goes on stating the old date, by the month
-- of the change.
with last_day as (
    select max(checked_on) as checked_on
    from marts.fct_open_data_publisher
    where checked_on <= cast(:as_of at time zone 'Asia/Ho_Chi_Minh' as date)
),

changes as (
    select
        changes.entity,
        changes.what,
        changes.dataset_key,
        changes.resource_key,
        changes.agency_key,
        changes.changed_on,
        changes.dataset_title,
        changes.resource_name,
        last_day.checked_on
    from marts.fct_open_data_change as changes
    inner join last_day
        on
            changes.changed_on <= last_day.checked_on
            and changes.changed_on > last_day.checked_on - cast(:recent_days as integer)
),

standing as (
    select changed.*
    from changes as changed
    where
        changed.entity = 'resource'
        and changed.what = 'silently_changed'
        and not exists (
            select 1 from changes as later
            where
                later.changed_on > changed.changed_on
                and (
                    later.resource_key = changed.resource_key
                    and later.what in ('content_changed', 'moved', 'removed')
                    or later.dataset_key = changed.dataset_key
                    and later.entity = 'dataset'
                    and later.what in ('edited', 'removed')
                )
        )
),

files as (
    select
        agency_key,
        checked_on,
        resource_key,
        cast(date_trunc('month', changed_on) as date) as period_start,
        min(
            '“' || left(coalesce(resource_name, resource_key), 80) || '” (bộ dữ liệu “'
            || left(coalesce(dataset_title, dataset_key), 100) || '”)'
        ) as file_vi,
        min(
            '“' || left(coalesce(resource_name, resource_key), 80) || '” (dataset “'
            || left(coalesce(dataset_title, dataset_key), 100) || '”)'
        ) as file_en,
        row_number() over (
            partition by agency_key, date_trunc('month', changed_on)
            order by min(dataset_title), resource_key
        ) as place
    from standing
    group by agency_key, checked_on, resource_key, date_trunc('month', changed_on)
)

select
    files.agency_key,
    files.period_start,
    count(*) as record_count,
    min(rules.severity) as severity,
    files.checked_on,
    string_agg(case when files.place <= 3 then files.file_vi end, '; ' order by files.place)
    || case when count(*) > 3 then '; …' else '.' end as files_vi,
    string_agg(case when files.place <= 3 then files.file_en end, '; ' order by files.place)
    || case when count(*) > 3 then '; …' else '.' end as files
from files
inner join reference.open_data_rules as rules
    on
        files.checked_on >= rules.valid_from
        and files.checked_on < coalesce(rules.valid_to, date '9999-12-31')
where rules.rule_id = :rule_id
group by files.agency_key, files.period_start, files.checked_on
