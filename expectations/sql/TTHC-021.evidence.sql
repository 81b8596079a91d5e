-- The first day of the period for which nothing came; BI roles may not read ops.ledger itself.
select
    date_day,
    is_working_day
from marts.dim_date
where date_day = :period_start
