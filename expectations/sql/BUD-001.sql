-- Publications that fell due in a month and were never seen.
with publications as (
    select
        responsible_agency_key as agency_key,
        cast(date_trunc('month', due_on) as date) as period_start,
        publication_key,
        label_vi,
        label_en
    from marts.fct_publication
    where
        state = 'missing'
        and is_expected
        and due_on >= :first_month
        and due_on < :end_month
)

select
    agency_key,
    period_start,
    count(*) as record_count,
    left(string_agg(label_vi, ', ' order by publication_key), 300) as documents_vi,
    left(string_agg(label_en, ', ' order by publication_key), 300) as documents
from publications
group by agency_key, period_start
