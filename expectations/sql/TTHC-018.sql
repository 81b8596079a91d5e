-- Dossiers whose unit code was never in the list of unit codes; TTHC-019 has the ended ones.
with dossiers as (
    select
        received_month,
        unit_code
    from marts.fct_dossier
    where
        received_month >= :first_month
        and received_month < :end_month
        and not is_agency_mapped
        and unit_code is not null
),

known_codes as (
    select distinct unit_code
    from reference.agency_source_codes
    where source = 'tthc'
)

select
    -1 as agency_key,
    dossiers.received_month as period_start,
    count(*) as record_count,
    string_agg(distinct dossiers.unit_code, ', ' order by dossiers.unit_code) as unit_codes
from dossiers
where
    not exists (
        select 1 from known_codes
        where known_codes.unit_code = dossiers.unit_code
    )
group by dossiers.received_month
