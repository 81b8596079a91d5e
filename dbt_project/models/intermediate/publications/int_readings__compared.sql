{#-
  Every reading as it is to be published, against what was published last: whether it changed, from
  what to what, and why. Evidence decides on the cause:

  * first: nothing of this indicator, reading and period was published before;
  * formula: the formula version differs and the catalogue's versions changed, or no data did; the
    versions changed and a later one counts in the period; also what the catalogue and the breaks say
    about a value (small number, series);
  * correction: the declared corrections changed and touch this value; also what a lock or its
    re-opening does, and what was restated on purpose;
  * late_data: loads since the last publication brought rows into the period or took some away; also
    a period that newer data closed;
  * agency_map: the map changed, the rows of the period did not, and it is not the province's value;
  * unexplained: anything else. A test then stops the build before the marts.

  In a locked period the values stay as they were published (`held_cause` says what would have
  changed them) unless a correction reaches that indicator and period: then everything in it is
  published anew, because the province's value is the sum of its units'.
-#}
with

valued as (

    select * from {{ ref('int_readings__valued') }}

),

published as (

    select * from {{ ref('int_readings__published') }}
    where is_present

),

definitions as (

    select * from {{ ref('int_definitions__compared') }}

),

locks as (

    select * from {{ ref('int_period_locks__effective') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

streams as (

    {{ reading_streams() }}

),

new_evidence as (

    select distinct
        evidence.stream,
        periods.period_type,
        periods.period_start
    from {{ ref('int_evidence__compared') }} as evidence
    inner join periods
        on evidence.month_start >= periods.period_start and evidence.month_start < periods.period_end
    where evidence.is_changed

),

-- a row stands for a reading as soon as its agency has any dossier or rating in the month
evidence as (

    select * from new_evidence

    union all

    select distinct
        'any' as stream,
        period_type,
        period_start
    from new_evidence
    where stream not in ('budgets', 'open_data', 'reports')

),

published_slices as (

    select
        indicator_code,
        reading_code,
        period_type,
        period_start,
        basis,
        {{ any_of("value_status = 'official'") }} as was_official
    from published
    group by indicator_code, reading_code, period_type, period_start, basis

),

corrected_periods as (

    select distinct
        indicator_code,
        period_type,
        period_start
    from valued
    where is_corrected

    union

    select distinct
        indicator_code,
        period_type,
        period_start
    from published
    where is_corrected

),

paired as (

    select
        {% for column in reading_keys() %}
        coalesce(valued.{{ column }}, published.{{ column }}) as {{ column }},
        {% endfor %}
        valued.indicator_code is not null as is_valued,
        published.indicator_code is not null as was_present,
        coalesce(valued.quality_state, 'ok') as quality_state,
        {% for column in vintage_columns() %}
        valued.{{ column }} as new_{{ column }},
        published.{{ column }} as was_{{ column }},
        {% endfor %}
        {{ differs(counted_columns(), 'valued', 'published') }}
        or valued.indicator_code is null or published.indicator_code is null as is_counted_otherwise,
        {{ differs(defined_columns(), 'valued', 'published') }} as is_defined_otherwise
    from valued
    full outer join published
        on
            valued.indicator_code = published.indicator_code
            and valued.reading_code = published.reading_code
            and valued.agency_key = published.agency_key
            and valued.period_type = published.period_type
            and valued.period_start = published.period_start
            and valued.basis = published.basis

),

informed as (

    select
        paired.*,
        locks.indicator_code is not null as is_locked,
        published_slices.indicator_code is not null as was_slice_published,
        coalesce(published_slices.was_official, false) as was_official,
        corrected_periods.indicator_code is not null as is_period_corrected,
        evidence.stream is not null and definitions.is_newly_loaded as has_new_rows,
        evidence.stream is not null as has_new_evidence
    from paired
    cross join definitions
    left join locks
        on
            paired.indicator_code = locks.indicator_code
            and paired.period_type = locks.period_type
            and paired.period_start = locks.period_start
    left join published_slices
        on
            paired.indicator_code = published_slices.indicator_code
            and paired.reading_code = published_slices.reading_code
            and paired.period_type = published_slices.period_type
            and paired.period_start = published_slices.period_start
            and paired.basis = published_slices.basis
    left join corrected_periods
        on
            paired.indicator_code = corrected_periods.indicator_code
            and paired.period_type = corrected_periods.period_type
            and paired.period_start = corrected_periods.period_start
    left join streams
        on paired.indicator_code = streams.indicator_code and paired.reading_code = streams.reading_code
    left join evidence
        on
            case
                when paired.is_valued and paired.was_present then coalesce(streams.stream, 'any')
                when streams.stream in ('procedures', 'budgets', 'open_data', 'reports') then streams.stream
                else 'any'
            end = evidence.stream
            and paired.period_type = evidence.period_type
            and paired.period_start = evidence.period_start

),

caused as (

    select
        informed.*,
        case
            when not informed.is_counted_otherwise and not informed.is_defined_otherwise then null
            when not informed.was_slice_published then 'first'
            when
                informed.new_formula_version <> informed.was_formula_version
                and (definitions.is_formulas_changed or not informed.has_new_rows)
                then 'formula'
            when
                -- a longer period that held a later formula already, with more of its months by it
                definitions.is_formulas_changed
                and informed.is_counted_otherwise
                and greatest(informed.new_formula_version, informed.was_formula_version) > 1
                then 'formula'
            when
                definitions.is_corrections_changed
                and (coalesce(informed.new_is_corrected, false) or coalesce(informed.was_is_corrected, false))
                then 'correction'
            when informed.is_counted_otherwise and informed.has_new_rows then 'late_data'
            when
                definitions.is_corrections_changed
                and informed.is_counted_otherwise
                and (informed.has_new_evidence or informed.is_period_corrected)
                then 'correction'
            when
                definitions.is_agency_map_changed
                and informed.agency_key <> {{ province_key() }}
                and (
                    informed.is_counted_otherwise
                    or informed.new_agency_level <> informed.was_agency_level
                )
                then 'agency_map'
            when not informed.is_counted_otherwise then 'formula'
            else 'unexplained'
        end as found_cause
    from informed
    cross join definitions

),

opened_periods as (

    select distinct
        indicator_code,
        period_type,
        period_start
    from caused
    where is_locked and found_cause = 'correction'

),

decided as (

    select
        caused.*,
        caused.is_locked
        and caused.was_slice_published
        and caused.found_cause is not null
        and opened_periods.indicator_code is null as is_held,
        case
            -- what waited behind a lock has its evidence in publications before the re-opening
            when
                caused.found_cause = 'unexplained'
                and caused.was_official
                and (not caused.is_locked or opened_periods.indicator_code is not null)
                then 'correction'
            else caused.found_cause
        end as settled_cause,
        case
            when caused.is_locked then 'official'
            -- forward only: what was closed does not become an estimate again
            when caused.new_value_status = 'estimate' and caused.was_value_status <> 'estimate'
                then 'preliminary'
            else caused.new_value_status
        end as settled_status
    from caused
    left join opened_periods
        on
            caused.indicator_code = opened_periods.indicator_code
            and caused.period_type = opened_periods.period_type
            and caused.period_start = opened_periods.period_start

),

settled as (

    select
        decided.*,
        case when decided.is_held then decided.was_present else decided.is_valued end as is_present,
        case
            when decided.is_held then null
            else decided.settled_cause
        end as value_cause,
        coalesce(decided.settled_status, decided.was_value_status) as value_status,
        case
            when not decided.is_valued or not decided.was_present then null
            when decided.settled_status = decided.was_value_status then null
            when 'official' in (decided.settled_status, decided.was_value_status) then 'correction'
            when definitions.is_newly_loaded then 'late_data'
            else 'unexplained'
        end as status_cause
    from decided
    cross join definitions

)

select
    {% for column in reading_keys() %}
    {{ column }},
    {% endfor %}
    is_present,
    coalesce(value_cause, status_cause) is not null as is_changed,
    {% if restated_reason() %}
    case coalesce(value_cause, status_cause)
        when 'unexplained' then 'correction'
        else coalesce(value_cause, status_cause)
    end as cause,
    {% else %}
    coalesce(value_cause, status_cause) as cause,
    {% endif %}
    case when is_held then settled_cause end as held_cause,
    {% for column in vintage_columns() if column not in ['value_status', 'data_as_of'] %}
    case
        when is_held and was_present or not is_valued then was_{{ column }}
        else new_{{ column }}
    end as {{ column }},
    {% endfor %}
    value_status,
    coalesce(new_data_as_of, was_data_as_of) as data_as_of,
    quality_state,
    was_numerator,
    was_denominator,
    was_value,
    was_value_status,
    was_formula_version,
    case when is_held then new_numerator end as pending_numerator,
    case when is_held then new_denominator end as pending_denominator,
    case when is_held then new_value end as pending_value
from settled
