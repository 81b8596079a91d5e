{#- Each public dataset × rule × day: met or not, why, and which files it is about. -#}
{%- set days = touched_open_data_days() -%}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=["{{ plan_for_many_rows() }}", "{{ delete_days('checked_on', touched_open_data_days()) }}"],
        post_hook="{{ analyze_after_build() }}",
        indexes=[
            {'columns': ['checked_on', 'dataset_key', 'rule_id'], 'unique': true},
            {'columns': ['agency_key', 'checked_on']},
            {'columns': ['dataset_key']},
            {'columns': ['_load_id']},
        ]
    )
}}

with

datasets as (

    select * from {{ ref('int_open_datasets__judged') }}
    where dataset_state = 'active' and {{ in_touched_days('checked_on', days) }}

),

resources as (

    select * from {{ ref('int_open_resources__judged') }}
    where {{ in_touched_days('checked_on', days) }}

),

rules as (

    select * from {{ ref('int_open_data_rules__effective') }}
    where level = 'dataset' and {{ in_touched_days('checked_on', days) }}

),

reasons as (

    select * from {{ ref('open_data_reasons') }}

),

file_verdicts as (

    {% for criterion in file_criteria() %}
    select
        checked_on,
        dataset_id,
        '{{ criterion }}' as criterion,
        resource_id,
        position,
        '“' || coalesce(name, resource_id) || '”' || coalesce(' (' || format_text || ')', '') as file_vi,
        {{ criterion }}_reason as reason_code,
        {% if criterion == 'declared_format' -%}
        'khai báo ' || coalesce(format_text, media_type) || ', nội dung là ' || upper(real_format)
        {%- elif criterion == 'readable_table' -%}
        coalesce(
            trim(trailing '.' from table_problem_vi),
            case when {{ criterion }}_reason = 'not_utf8' then 'mã ' || encoding end
        )
        {%- elif criterion == 'no_personal_data' -%}
        cast(personal_count as {{ dbt.type_string() }}) || ' giá trị'
        || coalesce(' ở cột ' || personal_columns, '')
        {%- elif criterion == 'link_alive' -%}
        'từ ' || cast(problem_first_on as {{ dbt.type_string() }})
        {%- else -%}
        cast(null as {{ dbt.type_string() }})
        {%- endif %} as evidence_vi
    from resources

    {{ 'union all' if not loop.last }}
    {% endfor %}

),

told as (

    select
        file_verdicts.*,
        {{ verdict_state('file_verdicts.reason_code', 'reasons.state') }} as state,
        file_verdicts.file_vi || ': ' || reasons.reason_vi
        || coalesce(' (' || file_verdicts.evidence_vi || ')', '') as sentence_vi
    from file_verdicts
    left join reasons on file_verdicts.reason_code = reasons.reason_code

),

-- failed files first, then those of which something is unknown, in the portal's order
ranked as (

    select
        told.*,
        row_number() over (
            partition by checked_on, dataset_id, criterion
            order by
                case state when 'failed' then 0 when 'not_judged' then 1 when 'passed' then 2 else 3 end,
                position, resource_id
        ) as file_rank
    from told

),

summed as (

    select
        checked_on,
        dataset_id,
        criterion,
        min(
            case state when 'failed' then 0 when 'passed' then 1 when 'not_judged' then 2 else 3 end
        ) as state_rank,
        max(case when file_rank = 1 then reason_code end) as reason_code,
        max(case when file_rank = 1 then sentence_vi end) as first_sentence_vi,
        sum(case when state = 'failed' then 1 else 0 end) as failed_count,
        {{ joined_texts("case when state = 'failed' then resource_id end", 'position, resource_id') }}
            as failed_resource_ids,
        max(case when state = 'failed' and file_rank = 1 then sentence_vi end) as sentence_1,
        max(case when state = 'failed' and file_rank = 2 then sentence_vi end) as sentence_2,
        max(case when state = 'failed' and file_rank = 3 then sentence_vi end) as sentence_3
    from ranked
    group by checked_on, dataset_id, criterion

),

criteria as (

    {% for criterion in file_criteria() %}
    select
        '{{ criterion }}' as criterion,
        {{ 'true' if criterion in criteria_that_need_a_file() else 'false' }} as needs_a_file

    {{ 'union all' if not loop.last }}
    {% endfor %}

),

by_files as (

    select
        datasets.checked_on,
        datasets.dataset_id,
        criteria.criterion,
        case summed.state_rank
            when 0 then 'failed'
            when 1 then 'passed'
            when 2 then 'not_judged'
            else 'not_applicable'
        end as file_state,
        case
            when summed.dataset_id is null
                then case when criteria.needs_a_file then 'no_resource' else 'nothing_to_check' end
            when summed.state_rank <> 1 then summed.reason_code
        end as reason_code,
        coalesce(summed.failed_count, 0) as failed_count,
        summed.failed_resource_ids,
        case
            when summed.state_rank = 0
                then
                    'Tệp ' || summed.sentence_1
                    || coalesce('; ' || summed.sentence_2, '')
                    || coalesce('; ' || summed.sentence_3, '')
                    || case
                        when summed.failed_count > 3
                            then
                                '; và ' || cast(summed.failed_count - 3 as {{ dbt.type_string() }})
                                || ' tệp khác'
                        else ''
                    end
            when summed.state_rank > 1 then 'Tệp ' || summed.first_sentence_vi
        end as detail_vi
    from datasets
    cross join criteria
    left join summed
        on
            datasets.checked_on = summed.checked_on
            and datasets.dataset_id = summed.dataset_id
            and criteria.criterion = summed.criterion

),

by_dataset as (

    {% for criterion in dataset_criteria() %}
    select
        checked_on,
        dataset_id,
        '{{ criterion }}' as criterion,
        {{ criterion }}_reason as reason_code,
        {% if criterion == 'open_licence' -%}
        'Giấy phép' || coalesce(' ghi “' || licence_text || '”', '')
        {%- elif criterion == 'known_publisher' -%}
        'Cơ quan công bố' || coalesce(' ghi “' || publisher_name || '”', '')
        {%- elif criterion in ('frequency_declared', 'kept_up_to_date') -%}
        'Tần suất' || coalesce(' ghi “' || frequency_text || '”', '')
        {%- if criterion == 'kept_up_to_date' %}
        || case
            when {{ criterion }}_reason = 'overdue'
                then
                    ', cập nhật lần cuối ' || cast(updated_on as {{ dbt.type_string() }}) || ', cách '
                    || cast({{ days_from('updated_on', 'checked_on') }} as {{ dbt.type_string() }})
                    || ' ngày, nhiều nhất là ' || cast(most_days as {{ dbt.type_string() }}) || ' ngày'
            else ''
        end
        {%- endif %}
        {%- elif criterion == 'on_published_list' -%}
        'Bộ dữ liệu “' || coalesce(title, name, dataset_id) || '”'
        {%- else -%}
        'Bộ dữ liệu'
        {%- endif %} as about_vi
    from datasets

    {{ 'union all' if not loop.last }}
    {% endfor %}

),

verdicts as (

    select
        by_files.checked_on,
        by_files.dataset_id,
        by_files.criterion,
        coalesce(case when by_files.detail_vi is null then reasons.state end, by_files.file_state) as state,
        by_files.reason_code,
        coalesce(by_files.detail_vi, 'Bộ dữ liệu: ' || reasons.reason_vi) as detail_vi,
        by_files.failed_count,
        by_files.failed_resource_ids
    from by_files
    left join reasons on by_files.reason_code = reasons.reason_code

    union all

    select
        by_dataset.checked_on,
        by_dataset.dataset_id,
        by_dataset.criterion,
        {{ verdict_state('by_dataset.reason_code', 'reasons.state') }} as state,
        by_dataset.reason_code,
        by_dataset.about_vi || ': ' || reasons.reason_vi as detail_vi,
        0 as failed_count,
        null as failed_resource_ids
    from by_dataset
    left join reasons on by_dataset.reason_code = reasons.reason_code

)

select
    datasets.dataset_id as dataset_key,
    rules.rule_id,
    verdicts.checked_on,
    coalesce(datasets.agency_key, -1) as agency_key,
    case verdicts.state when 'passed' then true when 'failed' then false end as passed,
    verdicts.state,
    rules.is_critical,
    rules.severity,
    verdicts.reason_code,
    verdicts.detail_vi,
    cast(datasets.resource_count as integer) as resource_count,
    cast(verdicts.failed_count as integer) as failed_count,
    verdicts.failed_resource_ids,
    datasets._load_id
from verdicts
inner join rules on verdicts.checked_on = rules.checked_on and verdicts.criterion = rules.criterion
inner join datasets
    on verdicts.checked_on = datasets.checked_on and verdicts.dataset_id = datasets.dataset_id
