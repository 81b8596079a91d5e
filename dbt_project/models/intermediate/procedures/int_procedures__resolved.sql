{#-
  Each procedure as it was listed last. `procedure_version` changes whenever something changes that a
  dossier's figures depend on, so that these dossiers are looked at again.
-#}
with

snapshots as (

    select * from {{ ref('int_procedures__monthly_snapshots') }}

),

ranked as (

    select
        snapshots.*,
        row_number() over (partition by procedure_code order by month_start desc) as recency,
        max(month_start) over () as last_month
    from snapshots

)

select
    procedure_code,
    name_vi,
    field_code,
    field_name_vi,
    owner_agency_key,
    service_level,
    is_eligible,
    statutory_days,
    statutory_unit,
    yields_result,
    has_fee,
    month_start = last_month as is_listed,
    {{ procedure_version('procedure_code', [
        'field_code', 'statutory_days', 'statutory_unit', 'yields_result', 'has_fee'
    ]) }} as procedure_version,
    _load_id
from ranked
where recency = 1
