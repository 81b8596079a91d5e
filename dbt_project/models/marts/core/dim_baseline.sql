with

measured as (

    select * from {{ ref('int_baselines__measured') }}

),

rules as (

    select * from {{ ref('baseline_grades') }}

),

triggered as (

    select
        measured.indicator_code,
        measured.agency_key,
        measured.year,
        rules.rule_key,
        rules.grade,
        rules.reason_vi,
        row_number() over (
            partition by measured.indicator_code, measured.agency_key, measured.year, rules.criterion
            order by rules.grade desc, rules.rule_key asc
        ) as severity
    from measured
    inner join rules
        on
            (rules.criterion = 'no_value' and measured.value is null)
            or (rules.criterion = 'unallocated' and measured.is_unallocated)
            or (rules.criterion = 'inexact_succession' and measured.is_inexact)
            or (rules.criterion = 'small_number' and measured.is_small_number)
            or (rules.criterion = 'break_inside' and measured.break_keys is not null)
            or (rules.criterion = 'break_since' and measured.break_keys_since is not null)
            or (
                rules.criterion = 'completeness_below'
                and coalesce(measured.completeness_share, 0) < rules.threshold
            )

),

-- of rules of one kind the hardest speaks; the worst grade of all kinds stands
graded as (

    select
        indicator_code,
        agency_key,
        year,
        max(grade) as grade,
        {{ joined_texts('reason_vi', 'rule_key') }} as reason_vi
    from triggered
    where severity = 1
    group by indicator_code, agency_key, year

)

select
    measured.indicator_code,
    measured.agency_key,
    measured.year,
    'current' as basis,
    measured.numerator,
    measured.denominator,
    measured.value,
    measured.value_state,
    measured.formula_version,
    measured.method,
    measured.source_code,
    measured.load_count,
    measured.periods_due,
    measured.periods_accepted,
    measured.completeness_share,
    measured.break_keys,
    measured.break_keys_since,
    coalesce(graded.grade, 'A') as grade,
    coalesce(graded.reason_vi, 'Đủ kỳ, chuỗi không gãy, cơ quan quy đổi trọn') as reason_vi,
    coalesce(graded.grade, 'A') = 'D' as needs_signoff
from measured
left join graded
    on
        measured.indicator_code = graded.indicator_code
        and measured.agency_key = graded.agency_key
        and measured.year = graded.year
