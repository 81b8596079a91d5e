-- Dossiers under a unit code that had ended before their receipt, by the unit's one successor.
with dossiers as (
    select
        received_month,
        unit_code,
        cast(received_at at time zone 'Asia/Ho_Chi_Minh' as date) as received_on
    from marts.fct_dossier
    where
        received_month >= :first_month
        and received_month < :end_month
        and not is_agency_mapped
        and unit_code is not null
),

ended_codes as (
    select
        agency_source_codes.unit_code,
        agency_source_codes.valid_to,
        dim_agency.agency_key
    from reference.agency_source_codes
    inner join marts.dim_agency
        on
            agency_source_codes.agency_code = dim_agency.agency_code
            and coalesce(dim_agency.valid_from, date '1900-01-01') < agency_source_codes.valid_to
            and coalesce(dim_agency.valid_to, date '9999-12-31') >= agency_source_codes.valid_to
    where agency_source_codes.source = 'tthc' and agency_source_codes.valid_to is not null
),

successors as (
    select
        predecessor_key,
        case when count(distinct successor_key) = 1 then min(successor_key) end as successor_key
    from reference.agency_succession
    group by predecessor_key
)

select
    coalesce(successors.successor_key, -1) as agency_key,
    dossiers.received_month as period_start,
    count(*) as record_count,
    string_agg(distinct dossiers.unit_code, ', ' order by dossiers.unit_code) as unit_codes
from dossiers
inner join ended_codes
    on dossiers.unit_code = ended_codes.unit_code and dossiers.received_on >= ended_codes.valid_to
left join successors on ended_codes.agency_key = successors.predecessor_key
group by coalesce(successors.successor_key, -1), dossiers.received_month
