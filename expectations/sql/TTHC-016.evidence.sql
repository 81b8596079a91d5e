select
    period_start,
    agency_key,
    indicator_code,
    reading_code,
    numerator,
    denominator,
    value
from marts.fct_indicator_reading
where
    agency_key = :agency_key
    and indicator_code = 'TTHC-01'
    and reading_code = 'eligible_full'
    and basis = 'current'
    and period_type = 'month'
    and period_start in (:previous_start, :period_start)
order by period_start
