select
    '“' || left(coalesce(removed.dataset_title, removed.dataset_key), 100) || '”' as dataset,
    removed.dataset_key,
    removed.changed_on,
    removed.previous_on
from marts.fct_open_data_change as removed
where
    removed.entity = 'dataset'
    and removed.what = 'removed'
    and removed.agency_key = :agency_key
    and date_trunc('month', removed.changed_on) = :period_start
    and removed.changed_on <= :checked_on
    and removed.changed_on > :checked_on - cast(:recent_days as integer)
    and not exists (
        select 1 from marts.fct_open_data_change as came
        where
            came.entity = 'dataset'
            and came.what in ('added', 'returned', 'moved')
            and came.changed_on <= :checked_on
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
order by removed.dataset_title, removed.dataset_key
