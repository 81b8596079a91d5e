{#- The criteria of POBI 2017-2019 that a publication itself shows, as facts; no score is made of them. -#}
with

publications as (

    select * from {{ ref('fct_publication') }}
    where state not in ('not_due', 'not_judged')

),

criteria as (

    select
        publication_key,
        'availability' as criterion,
        is_published as is_passed,
        case when is_published then 'Đã công khai' else 'Chưa thấy công khai' end as detail_vi
    from publications
    where is_published or state = 'missing'

    union all

    select
        publication_key,
        'timeliness' as criterion,
        case
            when published_on <= due_on then true
            when published_on > due_on or state = 'missing' then false
        end as is_passed,
        case
            when published_on > due_on
                then 'Muộn ' || cast(days_late as {{ dbt.type_string() }}) || ' ngày'
            when published_on <= due_on then 'Đúng hạn'
            when state = 'missing' then 'Chưa thấy công khai'
            else 'Chưa biết hạn hoặc ngày công khai'
        end as detail_vi
    from publications

    union all

    select
        publication_key,
        'completeness' as criterion,
        case when is_published then is_complete end as is_passed,
        case
            when not is_published then 'Chưa thấy công khai'
            when is_complete is null then 'Chưa rõ danh mục biểu phải công khai'
            when is_complete then 'Đủ ' || cast(forms_required as {{ dbt.type_string() }}) || ' biểu'
            else 'Thiếu biểu: ' || missing_form_keys
        end as detail_vi
    from publications

    union all

    select
        publication_key,
        'convenience' as criterion,
        case when is_published then is_machine_readable end as is_passed,
        case
            when not is_published then 'Chưa thấy công khai'
            when is_machine_readable then 'Mọi tệp đọc được bằng máy'
            else 'Có tệp không đọc được bằng máy'
        end as detail_vi
    from publications

)

select
    criteria.publication_key,
    publications.agency_key,
    publications.document_kind,
    publications.budget_year,
    publications.period_type,
    publications.period_start,
    criteria.criterion,
    criteria.is_passed,
    criteria.detail_vi
from criteria
inner join publications on criteria.publication_key = publications.publication_key
