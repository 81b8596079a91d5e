{#-
  Which forms each version of a document holds: those that its content shows (with the period that it
  states), and the one that its record names, for files that no program can read.
-#}
with

documents as (

    select * from {{ ref('int_budget_documents__versioned') }}

),

tables as (

    select * from {{ ref('stg_budget_publications__tables') }}
    where form_key is not null

),

forms as (

    select distinct
        form_key,
        form_number
    from {{ ref('budget_required_forms') }}
    where form_number is not null

),

shown as (

    select
        documents.version_key,
        tables.form_key,
        max(tables.period_type) as period_type,
        max(tables.period_start) as period_start,
        max(tables.budget_year) as budget_year,
        count(
            distinct cast(tables.budget_year as {{ dbt.type_string() }}) || tables.period_type
        ) as period_count
    from documents
    inner join tables
        on
            documents.version_key = tables.version_key
            and documents.reading_load_id = tables._load_id
            and documents.reading_period = tables._period
    group by documents.version_key, tables.form_key

)

select
    version_key,
    form_key,
    'content' as known_by,
    -- a content that states two periods states none
    case when period_count <= 1 then period_type end as period_type,
    case when period_count <= 1 then period_start end as period_start,
    case when period_count <= 1 then budget_year end as budget_year
from shown

union all

select
    documents.version_key,
    forms.form_key,
    'record' as known_by,
    cast(null as {{ dbt.type_string() }}) as period_type,
    cast(null as date) as period_start,
    cast(null as integer) as budget_year
from documents
inner join forms on documents.form_number = forms.form_number
left join shown on documents.version_key = shown.version_key and forms.form_key = shown.form_key
where shown.version_key is null
