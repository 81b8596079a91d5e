{#-
  Every number cell with what is held against it, the file's own reason first, and whether its version is
  the one that counts: where several doors show the same form, one of them does.
-#}
{{ config(indexes=[{'columns': ['agency_key', 'form_key', 'budget_year']}]) }}

with

lines as (

    select * from {{ ref('int_budget_lines__placed') }}

),

comparisons as (

    select * from {{ ref('int_budget_forms__compared') }}

),

forms as (

    select distinct
        lines.version_key,
        lines.form_key,
        lines.agency_key,
        lines.budget_year,
        lines.period_type,
        lines.period_start,
        lines.door,
        lines.published_on,
        lines.has_period_conflict,
        coalesce(comparisons.is_stale, false) as is_stale,
        coalesce(comparisons.is_slip, false) as is_slip,
        comparisons.stale_cell_count,
        comparisons.slip_against,
        comparisons.slip_against_form_key
    from lines
    left join comparisons
        on lines.version_key = comparisons.version_key and lines.form_key = comparisons.form_key

),

ranked as (

    select
        *,
        row_number() over (
            partition by agency_key, form_key, budget_year, period_type, period_start
            order by
                case when has_period_conflict or is_stale or is_slip then 1 else 0 end asc,
                case door when 'ckns' then 0 when 'web' then 1 else 2 end asc,
                coalesce(published_on, cast('1900-01-01' as date)) desc,
                version_key asc
        ) as preference
    from forms

),

-- one cell about 1,000 times its own past while the rest of its form is not
slipped_cells as (

    select
        lines.version_key,
        lines.form_key,
        lines.measure_code,
        lines.item_key,
        lines.item_no
    from lines
    inner join lines as others
        on
            lines.agency_key = others.agency_key
            and lines.form_key = others.form_key
            and lines.period_type = others.period_type
            and extract(month from lines.period_start) = extract(month from others.period_start)
            and lines.item_key = others.item_key
            and lines.item_no = others.item_no
            and lines.measure_code = others.measure_code
            and lines.budget_year <> others.budget_year
            and abs(lines.budget_year - others.budget_year) <= {{ var('budget_years_compared') }}
    where lines.agency_key > 0 and lines.value_vnd <> 0 and others.value_vnd <> 0
    group by lines.version_key, lines.form_key, lines.measure_code, lines.item_key, lines.item_no
    having
        sum(case when {{ is_slip('lines.value_vnd', 'others.value_vnd') }} then 1 else 0 end) * 2 > count(*)

),

held as (

    select
        lines.*,
        ranked.preference = 1
        and lines.agency_key > 0
        and lines.budget_year is not null
        and lines.period_start is not null as is_counted,
        ranked.is_stale,
        ranked.is_slip,
        ranked.stale_cell_count,
        ranked.slip_against,
        ranked.slip_against_form_key,
        case
            when lines.hold_code is not null then lines.hold_code
            when lines.number_state <> 'value' then null
            when lines.has_period_conflict then 'period_conflict'
            when ranked.is_stale then 'stale_copy'
            when ranked.is_slip then 'unit_slip'
            when slipped_cells.version_key is not null then 'cell_slip'
        end as settled_code
    from lines
    inner join ranked on lines.version_key = ranked.version_key and lines.form_key = ranked.form_key
    left join slipped_cells
        on
            lines.version_key = slipped_cells.version_key
            and lines.form_key = slipped_cells.form_key
            and lines.measure_code = slipped_cells.measure_code
            and lines.item_key = slipped_cells.item_key
            and lines.item_no = slipped_cells.item_no

)

select
    version_key,
    document_key,
    door,
    _file_sha256,
    _sheet,
    _cell,
    table_no,
    agency_key,
    document_kind,
    form_key,
    budget_year,
    period_type,
    period_start,
    line_no,
    parent_line_no,
    mark,
    level,
    item_code,
    item_text,
    row_kind,
    is_hidden,
    is_leaf,
    is_counted,
    measure_code,
    value,
    unit_code,
    unit_factor,
    value_vnd,
    case
        when number_state = 'value' and settled_code is not null then 'held'
        else number_state
    end as state,
    settled_code as hold_code,
    case settled_code
        when hold_code then hold_vi
        when 'period_conflict'
            then
                'Kỳ trong tệp (' || coalesce(content_period_type, '') || ' '
                || coalesce(cast(content_budget_year as {{ dbt.type_string() }}), '')
                || ') khác kỳ của bản ghi công khai: chưa dùng số này'
        when 'stale_copy'
            then
                'Biểu này trùng ' || cast(stale_cell_count as {{ dbt.type_string() }})
                || ' số với biểu cùng loại năm trước: có thể là bản sao cũ'
        when 'unit_slip'
            then
                'Các số của biểu chênh khoảng 1.000 hoặc 1.000.000 lần so với '
                || case slip_against
                    when 'year' then 'biểu này của năm khác'
                    else 'biểu ' || slip_against_form_key
                end
                || ': có thể ghi sai đơn vị tính'
        when 'cell_slip'
            then
                'Số này chênh khoảng 1.000 hoặc 1.000.000 lần so với năm khác: '
                || 'có thể ghi sai dấu phân cách'
    end as hold_vi,
    is_stale,
    is_slip,
    has_period_conflict,
    _period,
    _load_id,
    _row_number
from held
