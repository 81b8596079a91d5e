{#-
  What publications show about the finance tasks of Phụ lục II, year by year: the date that the plan names
  beside the date that the law names. Where the two contradict each other both stand there.
-#}
with

tasks as (

    select * from {{ ref('dim_plan_task') }}

),

evidence as (

    select * from {{ ref('finance_task_evidence') }}

),

publications as (

    select * from {{ ref('fct_publication') }}
    where agency_key = {{ province_key() }} and period_type = 'year'

),

looked_at as (

    select * from {{ ref('int_budgets__as_of') }}

),

years as (

    select distinct year from {{ ref('dim_date') }}

),

task_years as (

    select
        tasks.task_ref,
        tasks.task_number,
        tasks.task_vi,
        tasks.deadline_vi,
        evidence.document_kind,
        evidence.note_vi,
        years.year,
        years.year - evidence.year_offset as budget_year,
        case
            when tasks.deadline_month is not null
                then
                    {{ add_days(
                        add_months(
                            "cast(cast(years.year as " ~ dbt.type_string() ~ ") || '-' || cast(tasks.deadline_month as "
                            ~ dbt.type_string() ~ ") || '-01' as date)", 1
                        ), -1
                    ) }}
        end as due_by_plan
    from evidence
    inner join tasks on evidence.task_ref = tasks.task_ref
    inner join years
        on
            extract(year from tasks.deadline_start) <= years.year
            and extract(year from tasks.deadline_end) > years.year
    inner join looked_at on years.year <= extract(year from looked_at.last_day)

),

-- how the rest of the law sees the same document of the same budget year
ruled as (

    select
        task_years.*,
        publications.publication_key,
        publications.due_on as due_by_law,
        publications.due_basis,
        publications.legal_basis,
        publications.approved_on,
        publications.published_on,
        publications.state
    from task_years
    left join publications
        on
            task_years.document_kind = publications.document_kind
            and task_years.budget_year = publications.budget_year

)

select
    task_ref as task_key,
    cast(year as integer) as year,
    task_vi,
    deadline_vi,
    document_kind,
    cast(budget_year as integer) as budget_year,
    publication_key,
    due_by_plan,
    due_by_law,
    due_basis,
    legal_basis,
    approved_on,
    published_on,
    state,
    published_on <= due_by_plan as is_by_plan,
    published_on <= due_by_law as is_by_law,
    case
        when due_by_law < {{ month_of('due_by_plan') }}
            then 'Hạn theo luật sớm hơn tháng mà Kế hoạch nêu: chờ cơ quan chủ quản quyết định'
        when {{ month_of('due_by_law') }} > {{ month_of('due_by_plan') }}
            then 'Hạn theo luật muộn hơn tháng mà Kế hoạch nêu'
    end as conflict_vi,
    note_vi
from ruled
