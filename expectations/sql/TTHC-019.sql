-- Dossiers under a unit code that had ended before their receipt and meant nobody on that day.
-- Told to the agency it counts for (the ended unit's heir, or by name), else to the one successor.
with codes as (
    select
        agency_source_codes.unit_code,
        dim_agency.agency_key,
        greatest(agency_source_codes.valid_from, dim_agency.valid_from) as begun_on,
        least(
            coalesce(agency_source_codes.valid_to, date '9999-12-31'),
            coalesce(dim_agency.valid_to, date '9999-12-31')
        ) as ended_on
    from reference.agency_source_codes
    inner join marts.dim_agency
        on
            agency_source_codes.agency_code = dim_agency.agency_code
            and agency_source_codes.valid_from < coalesce(dim_agency.valid_to, date '9999-12-31')
            and dim_agency.valid_from < coalesce(agency_source_codes.valid_to, date '9999-12-31')
    where agency_source_codes.source = 'tthc'
),

dossiers as (
    select
        dossier_code,
        agency_key,
        received_month,
        unit_code,
        is_agency_mapped,
        cast(received_at at time zone 'Asia/Ho_Chi_Minh' as date) as received_on
    from marts.fct_dossier
    where received_month >= :first_month and received_month < :end_month
),

outdated as (
    select
        dossiers.*,
        codes.agency_key as ended_key,
        row_number() over (
            partition by dossiers.dossier_code
            order by codes.ended_on desc
        ) as recency
    from dossiers
    inner join codes
        on dossiers.unit_code = codes.unit_code and dossiers.received_on >= codes.ended_on
    where
        -- codes are used again for other units
        not exists (
            select 1 from codes as valid_codes
            where
                valid_codes.unit_code = dossiers.unit_code
                and valid_codes.begun_on <= dossiers.received_on
                and valid_codes.ended_on > dossiers.received_on
        )
),

successors as (
    select
        predecessor_key,
        case when count(distinct successor_key) = 1 then min(successor_key) end as successor_key
    from reference.agency_succession
    group by predecessor_key
),

told as (
    select
        outdated.received_month,
        outdated.unit_code,
        outdated.is_agency_mapped,
        case
            when outdated.is_agency_mapped then outdated.agency_key
            else coalesce(successors.successor_key, -1)
        end as agency_key
    from outdated
    left join successors on outdated.ended_key = successors.predecessor_key
    where outdated.recency = 1
)

select
    agency_key,
    received_month as period_start,
    count(*) as record_count,
    string_agg(distinct unit_code, ', ' order by unit_code) as unit_codes,
    string_agg(distinct unit_code, ', ' order by unit_code)
    filter (where not is_agency_mapped) as unmapped_codes
from told
group by agency_key, received_month
