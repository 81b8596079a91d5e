with

procedures as (

    select * from {{ ref('int_procedures__resolved') }}

)

select
    procedure_code as procedure_key,
    procedure_code,
    name_vi,
    field_code,
    field_name_vi,
    owner_agency_key,
    service_level as level,
    is_eligible,
    statutory_days,
    statutory_unit,
    yields_result,
    has_fee,
    is_listed,
    _load_id
from procedures
