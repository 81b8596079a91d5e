{#-
  Each form of each version beside the same form of other years and beside other forms of the same
  publication: last year's figures again (a stale copy), or figures about 1,000 or 1,000,000 times those of
  the others (a slip of the unit). A slip needs most of what it is compared with against it; where there is
  only one to compare with, both are doubted, since neither is known to be right.
-#}
with

cells as (

    select
        version_key,
        form_key,
        agency_key,
        document_kind,
        budget_year,
        period_type,
        extract(month from period_start) as period_month,
        item_key,
        item_code,
        item_no,
        measure_code,
        value_vnd
    from {{ ref('int_budget_lines__placed') }}
    where value_vnd <> 0 and agency_key > 0 and budget_year is not null and measure_code is not null

),

-- amounts of the same row and column in the years around it
year_pairs as (

    select
        cells.version_key,
        cells.form_key,
        others.version_key as other_version_key,
        others.form_key as other_form_key,
        others.budget_year - cells.budget_year as year_distance,
        'year' as compared_with,
        {{ is_slip('cells.value_vnd', 'others.value_vnd') }} as is_slip,
        cells.value_vnd = others.value_vnd as is_equal
    from cells
    inner join cells as others
        on
            cells.agency_key = others.agency_key
            and cells.form_key = others.form_key
            and cells.period_type = others.period_type
            and cells.period_month = others.period_month
            and cells.item_key = others.item_key
            and cells.item_no = others.item_no
            and cells.measure_code = others.measure_code
            and cells.budget_year <> others.budget_year
            and abs(cells.budget_year - others.budget_year) <= {{ var('budget_years_compared') }}

),

-- the same item and measure in other forms of the publication, or in what settles what was executed
sibling_pairs as (

    select
        cells.version_key,
        cells.form_key,
        others.version_key as other_version_key,
        others.form_key as other_form_key,
        0 as year_distance,
        'sibling' as compared_with,
        {{ is_slip('cells.value_vnd', 'others.value_vnd') }} as is_slip,
        cells.value_vnd = others.value_vnd as is_equal
    from cells
    inner join cells as others
        on
            cells.agency_key = others.agency_key
            and cells.budget_year = others.budget_year
            and cells.period_type = others.period_type
            and cells.period_month = others.period_month
            and cells.item_code = others.item_code
            and cells.item_no = others.item_no
            and cells.measure_code = others.measure_code
            and (cells.form_key <> others.form_key or cells.version_key <> others.version_key)

),

pairs as (

    select * from year_pairs

    union all

    select * from sibling_pairs

),

paired_forms as (

    select
        version_key,
        form_key,
        other_version_key,
        other_form_key,
        year_distance,
        compared_with,
        count(*) as cell_count,
        sum(case when is_equal then 1 else 0 end) as equal_count,
        sum(case when is_slip then 1 else 0 end) as slip_count
    from pairs
    group by version_key, form_key, other_version_key, other_form_key, year_distance, compared_with

),

judged_pairs as (

    select
        *,
        year_distance = -1
        and cell_count >= {{ var('budget_stale_min_cells') }}
        and equal_count >= {{ var('budget_stale_min_share') }} * cell_count as is_stale,
        slip_count >= {{ var('budget_slip_min_share') }} * cell_count as is_slip
    from paired_forms
    where
        compared_with = 'sibling'
        or cell_count >= {{ var('budget_slip_min_cells') }}

)

select
    version_key,
    form_key,
    {{ any_of('is_stale') }} as is_stale,
    max(case when is_stale then other_version_key end) as stale_of_version_key,
    max(case when is_stale then equal_count end) as stale_cell_count,
    sum(case when compared_with = 'year' and is_slip then 1 else 0 end) * 2
    > sum(case when compared_with = 'year' then 1 else 0 end)
    or sum(case when compared_with = 'sibling' and is_slip then 1 else 0 end) * 2
    > sum(case when compared_with = 'sibling' then 1 else 0 end) as is_slip,
    max(case when is_slip then other_form_key end) as slip_against_form_key,
    max(case when is_slip then compared_with end) as slip_against
from judged_pairs
group by version_key, form_key
