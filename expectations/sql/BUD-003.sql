-- Publications that lack forms although they were due.
with publications as (
    select
        responsible_agency_key as agency_key,
        cast(date_trunc('month', due_on) as date) as period_start,
        publication_key,
        label_vi,
        label_en,
        -- settlement.117.commune is form 117 to its publisher; a unit's form has no number
        regexp_replace(
            regexp_replace(
                regexp_replace(missing_form_keys, '[a-z]+[.]([0-9]+)[.][a-z]+', '\1', 'g'),
                '[a-z]+[.]unit', 'biểu của đơn vị dự toán', 'g'
            ),
            chr(59), ', ', 'g'
        ) as missing_forms
    from marts.fct_publication
    where
        state = 'incomplete'
        and is_expected
        and due_on >= :first_month
        and due_on < :end_month
)

select
    agency_key,
    period_start,
    count(*) as record_count,
    left(string_agg(label_vi, ', ' order by publication_key), 300) as documents_vi,
    left(string_agg(label_en, ', ' order by publication_key), 300) as documents,
    left(string_agg(missing_forms, ', ' order by publication_key), 300) as forms
from publications
group by agency_key, period_start
