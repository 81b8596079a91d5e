{{ config(indexes=[{'columns': ['agency_key', 'document_kind', 'budget_year']}]) }}

with

publications as (

    select * from {{ ref('int_publications__judged') }}

)

select
    cast(agency_key as {{ dbt.type_string() }}) || '/' || document_kind || '/'
    || coalesce(cast(budget_year as {{ dbt.type_string() }}), '') || '/' || coalesce(period_type, '') || '/'
    || coalesce(cast(period_start as {{ dbt.type_string() }}), '') as publication_key,
    agency_key,
    responsible_agency_key,
    publisher_level,
    document_kind,
    budget_year,
    period_type,
    period_start,
    {{ publication_label('vi') }} as label_vi,
    {{ publication_label('en') }} as label_en,
    rule_key,
    legal_basis,
    certainty,
    is_expected,
    anchor_on,
    due_basis,
    due_on,
    is_published,
    cast(document_count as integer) as document_count,
    approved_on,
    first_published_on,
    published_on,
    cast(required_count as integer) as forms_required,
    cast(found_count as integer) as forms_found,
    missing_form_keys,
    is_complete,
    is_machine_readable,
    has_period_conflict,
    cast(days_late as integer) as days_late,
    state,
    cast(not_loaded_days as integer) as not_loaded_days,
    as_of_on,
    {{ end_of_day('as_of_on') }} as data_as_of
from publications
