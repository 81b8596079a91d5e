{#-
  Publications and vintages: how a published value is compared, recorded and looked up.

  A vintage is a value as it was known from one publication on. Publications and vintages live in
  schema ops (Alembic 0005), which dbt may only add to.
-#}

{#- What identifies a published reading. -#}
{% macro reading_keys() -%}
    {{ return(['indicator_code', 'reading_code', 'agency_key', 'period_type', 'period_start', 'basis']) }}
{%- endmacro %}

{#- What is counted: a difference needs evidence (data, a correction, a formula, the map). -#}
{% macro counted_columns() -%}
    {{ return(['numerator', 'denominator', 'value_state', 'formula_version', 'is_corrected']) }}
{%- endmacro %}

{#- What the catalogue and the breaks say about a value: a difference is one of definition. -#}
{% macro defined_columns() -%}
    {{ return(['agency_level', 'is_headline', 'factor', 'is_small_number', 'series_no', 'break_keys']) }}
{%- endmacro %}

{#- The columns of fct_indicator_value, in its order. -#}
{% macro value_columns() -%}
    {{ return([
        'indicator_code', 'agency_key', 'agency_level', 'period_type', 'period_start', 'basis',
        'reading_code', 'numerator', 'denominator', 'factor', 'value', 'value_state', 'value_status',
        'is_small_number', 'is_corrected', 'formula_version', 'series_no', 'break_keys', 'data_as_of',
        'quality_state',
    ]) }}
{%- endmacro %}

{#- Whether any of the columns differs between two relations, NULL being a value. -#}
{% macro differs(columns, one, other) -%}
    ({% for column in columns %}{{ one }}.{{ column }} is distinct from {{ other }}.{{ column }}{{ ' or ' if not loop.last }}{% endfor %})
{%- endmacro %}

{#- Aggregate: texts in the order of `order_by`, joined by a semicolon; NULL when there are none. -#}
{% macro joined_texts(value, order_by) -%}
    {{ return(adapter.dispatch('joined_texts')(value, order_by)) }}
{%- endmacro %}

{% macro postgres__joined_texts(value, order_by) -%}
    string_agg({{ value }}, ';' order by {{ order_by }})
{%- endmacro %}

{% macro default__joined_texts(value, order_by) -%}
    nullif(array_join(sort_array(collect_list({{ value }})), ';'), '')
{%- endmacro %}

{#- A number for one raw row as it was loaded: sums of these tell whether two sets of rows are the same. -#}
{% macro row_evidence(key, load_id) -%}
    {{ return(adapter.dispatch('row_evidence')(key, load_id)) }}
{%- endmacro %}

{% macro postgres__row_evidence(key, load_id) -%}
    hashtextextended({{ key }}, {{ load_id }})
{%- endmacro %}

{% macro default__row_evidence(key, load_id) -%}
    xxhash64({{ key }}, {{ load_id }})
{%- endmacro %}

{#- One text for the content of a relation, whatever the order of its rows; a scalar sub-query. -#}
{% macro fingerprint(relation, columns) -%}
    {{ return(adapter.dispatch('fingerprint')(relation, columns)) }}
{%- endmacro %}

{% macro postgres__fingerprint(relation, columns) -%}
    (
        select md5(coalesce(string_agg(cast(listed as text), ';' order by cast(listed as text)), ''))
        from (select {{ columns | join(', ') }} from {{ relation }}) as listed
    )
{%- endmacro %}

{% macro default__fingerprint(relation, columns) -%}
    (
        select md5(array_join(sort_array(collect_list(to_json(struct({{ columns | join(', ') }})))), ';'))
        from {{ relation }}
    )
{%- endmacro %}

{#- Which raw rows a reading is counted from: rows of (indicator_code, reading_code, stream). -#}
{% macro reading_streams() -%}
    select
        'TTHC-01' as indicator_code,
        'eligible_full' as reading_code,
        'procedures' as stream
    {% for reading in dossier_readings() %}
    union
    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        '{{ 'dossiers_received' if reading.month == 'received_month' else 'dossiers_finished' }}' as stream
    {% endfor %}
    {% for reading in rating_readings() %}
    union
    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        'ratings' as stream
    {% endfor %}
    {% for reading in budget_readings() %}
    union
    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        'budgets' as stream
    {% endfor %}
    {% for reading in open_data_readings() %}
    union
    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        'open_data' as stream
    {% endfor %}
    {% for reading in report_readings() %}
    union
    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        'reports' as stream
    {% endfor %}
    {% for reading in unreported_readings() if reading.beside %}
    union
    select
        '{{ reading.indicator }}' as indicator_code,
        '{{ reading.reading }}' as reading_code,
        'reports' as stream
    {% endfor %}
{%- endmacro %}

{#- The reason given for publishing changes that nothing explains (`cchc marts build --restate`). -#}
{% macro restated_reason() -%}
    {{ return(var('restate_reason') | trim) }}
{%- endmacro %}

{#-
  Post-hook of fct_indicator_reading, inside the transaction that swaps the table: record what is
  published from now on. Either both are there or neither is.

  One statement, because all of it hangs on the one publication. There is a publication whenever
  something new was taken in: changed values, data, definitions, findings, held changes. A build of
  the same again leaves nothing. `remember_published` follows in the same transaction.
-#}
{% macro publish_readings() -%}
    {{ return(adapter.dispatch('publish_readings')()) }}
{%- endmacro %}

{% macro default__publish_readings() -%}
{%- endmacro %}

{% macro postgres__publish_readings() -%}
with

changed as (

    select * from {{ ref('int_readings__compared') }}
    where is_changed

),

held as (

    select * from {{ ref('int_readings__compared') }}
    where held_cause is not null

),

definitions as (

    select * from {{ ref('int_definitions__compared') }}

),

last_publication as (

    select
        publication_id,
        published_at,
        held_count
    from {{ source('ops', 'publication') }}
    order by publication_id desc
    limit 1

),

seen as (

    select * from {{ ref('int_sources__seen') }}

),

new_evidence as (

    select * from {{ ref('int_evidence__compared') }}
    where is_changed

),

doubts_then as (

    select distinct on (indicator_code, agency_key, period_type, period_start)
        indicator_code,
        agency_key,
        period_type,
        period_start,
        quality_state
    from {{ source('ops', 'indicator_doubt') }}
    order by indicator_code, agency_key, period_type, period_start, publication_id desc

),

-- a finding is about an agency's number in a period, whatever the reading and the map
doubts_now as (

    select
        indicator_code,
        agency_key,
        period_type,
        period_start,
        max(quality_state) as quality_state
    from {{ this }}
    where quality_state <> 'ok'
    group by indicator_code, agency_key, period_type, period_start

),

new_doubts as (

    select
        coalesce(doubts_now.indicator_code, doubts_then.indicator_code) as indicator_code,
        coalesce(doubts_now.agency_key, doubts_then.agency_key) as agency_key,
        coalesce(doubts_now.period_type, doubts_then.period_type) as period_type,
        coalesce(doubts_now.period_start, doubts_then.period_start) as period_start,
        coalesce(doubts_now.quality_state, 'ok') as quality_state
    from doubts_now
    full outer join doubts_then
        on
            doubts_now.indicator_code = doubts_then.indicator_code
            and doubts_now.agency_key = doubts_then.agency_key
            and doubts_now.period_type = doubts_then.period_type
            and doubts_now.period_start = doubts_then.period_start
    where coalesce(doubts_now.quality_state, 'ok') <> coalesce(doubts_then.quality_state, 'ok')

),

new_publication as (

    insert into {{ source('ops', 'publication') }} (
        published_at, agency_map, corrections, parameters, formulas, restated_reason, first_count,
        late_data_count, correction_count, formula_count, agency_map_count, held_count, is_synthetic
    )
    select
        -- the clock of publishing, later than any before even if the clock was set back
        greatest(
            clock_timestamp(),
            (select published_at + interval '1 microsecond' from last_publication)
        ),
        definitions.agency_map,
        definitions.corrections,
        definitions.parameters,
        definitions.formulas,
        nullif('{{ restated_reason() | replace("'", "''") }}', ''),
        {% for cause in ['first', 'late_data', 'correction', 'formula', 'agency_map'] %}
        (select count(*) from changed where changed.cause = '{{ cause }}'),
        {% endfor %}
        (select count(*) from held),
        (select coalesce(bool_or(is_synthetic), false) from {{ source('ops', 'load') }})
    from definitions
    where
        definitions.is_first
        or definitions.is_newly_loaded
        or definitions.is_agency_map_changed
        or definitions.is_corrections_changed
        or definitions.is_parameters_changed
        or definitions.is_formulas_changed
        or exists (select 1 from changed)
        or exists (select 1 from new_evidence)
        or exists (select 1 from new_doubts)
        or (select count(*) from held) <> (select held_count from last_publication)
    returning publication_id

),

new_sources as (

    insert into {{ source('ops', 'publication_source') }} (
        publication_id, source, newest_load_id, data_as_of
    )
    select
        new_publication.publication_id,
        seen.source_code,
        seen.newest_load_id,
        seen.data_as_of
    from new_publication
    cross join seen

),

published_evidence as (

    insert into {{ source('ops', 'publication_evidence') }} (
        publication_id, stream, month_start, row_count, evidence
    )
    select
        new_publication.publication_id,
        new_evidence.stream,
        new_evidence.month_start,
        new_evidence.row_count,
        new_evidence.evidence
    from new_publication
    cross join new_evidence

),

published_doubts as (

    insert into {{ source('ops', 'indicator_doubt') }} (
        publication_id, indicator_code, agency_key, period_type, period_start, quality_state
    )
    select
        new_publication.publication_id,
        new_doubts.indicator_code,
        new_doubts.agency_key,
        new_doubts.period_type,
        new_doubts.period_start,
        new_doubts.quality_state
    from new_publication
    cross join new_doubts

),

listed as (

    select
        indicator_code,
        cause,
        false as is_held,
        value - was_value as value_change,
        period_start
    from changed

    union all

    select
        indicator_code,
        held_cause as cause,
        true as is_held,
        pending_value - was_value as value_change,
        period_start
    from held

),

published_changes as (

    insert into {{ source('ops', 'publication_change') }} (
        publication_id, indicator_code, cause, is_held, change_count, largest_change, first_period,
        last_period
    )
    select
        new_publication.publication_id,
        listed.indicator_code,
        listed.cause,
        listed.is_held,
        count(*),
        max(abs(listed.value_change)),
        min(listed.period_start),
        max(listed.period_start)
    from new_publication
    cross join listed
    group by new_publication.publication_id, listed.indicator_code, listed.cause, listed.is_held

)

insert into {{ source('ops', 'indicator_vintage') }} (
    publication_id, {{ reading_keys() | join(', ') }}, is_present, cause,
    {{ vintage_columns() | join(', ') }}
)
select
    new_publication.publication_id,
    {% for column in reading_keys() %}changed.{{ column }},
    {% endfor %}
    changed.is_present,
    changed.cause,
    {% for column in vintage_columns() %}changed.{{ column }}{{ ',' if not loop.last }}
    {% endfor %}
from new_publication
cross join changed
{%- endmacro %}

{#-
  Post-hook after `publish_readings`: int_readings__published takes in what was just published, so that
  any later build, also of a part, compares with it.
-#}
{% macro remember_published() -%}
    {{ return(adapter.dispatch('remember_published')()) }}
{%- endmacro %}

{% macro default__remember_published() -%}
{%- endmacro %}

{% macro postgres__remember_published() -%}
delete from {{ ref('int_readings__published') }} as published
using {{ ref('int_readings__compared') }} as compared
where
    compared.is_changed
    {% for column in reading_keys() %}
    and published.{{ column }} = compared.{{ column }}
    {% endfor %};

insert into {{ ref('int_readings__published') }} (
    publication_id, is_present, {{ (reading_keys() + vintage_columns()) | join(', ') }}
)
select
    (select max(publication_id) from {{ source('ops', 'publication') }}) as publication_id,
    is_present,
    {{ (reading_keys() + vintage_columns()) | join(', ') }}
from {{ ref('int_readings__compared') }}
where is_changed
{%- endmacro %}

{#- What a vintage keeps of a value beside its key. -#}
{% macro vintage_columns() -%}
    {{ return([
        'agency_level', 'is_headline', 'numerator', 'denominator', 'factor', 'value', 'value_state',
        'value_status', 'is_small_number', 'is_corrected', 'formula_version', 'series_no', 'break_keys',
        'data_as_of',
    ]) }}
{%- endmacro %}

{#-
  Post-hook of fct_indicator_revision: marts.indicator_as_known_at(moment), the rows of
  fct_indicator_value as readers saw them at that moment; none before the first publication.

  Readers may call it without seeing schema ops: it runs as its owner, with a fixed search path. Its
  text names no database, so that it also works in a copy.
-#}
{% macro create_as_known_at() -%}
    {{ return(adapter.dispatch('create_as_known_at')()) }}
{%- endmacro %}

{% macro default__create_as_known_at() -%}
{%- endmacro %}

{% macro postgres__create_as_known_at() -%}
{%- set types = {} -%}
{%- if execute -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.name == 'fct_indicator_value' -%}
        {%- for name, column in node.columns.items() -%}{%- do types.update({name: column.data_type}) -%}{%- endfor -%}
    {%- endfor -%}
{%- endif -%}
drop function if exists {{ this.schema }}.indicator_as_known_at(timestamptz);
create function {{ this.schema }}.indicator_as_known_at(moment timestamptz)
returns table (
    {% for column in value_columns() %}{{ column }} {{ types[column] }}{{ ', ' if not loop.last }}{% endfor %}
)
language sql stable security definer set search_path = pg_catalog
as $known$
with

publication as (

    select max(publication_id) as publication_id from {{ source('ops', 'publication').include(database=false) }}
    where published_at <= moment

),

known as (

    select distinct on ({{ reading_keys() | join(', ') }}) vintages.*
    from {{ source('ops', 'indicator_vintage').include(database=false) }} as vintages
    where vintages.publication_id <= (select publication.publication_id from publication)
    order by {{ reading_keys() | join(', ') }}, vintages.publication_id desc

),

doubted as (

    select distinct on (indicator_code, agency_key, period_type, period_start) doubts.*
    from {{ source('ops', 'indicator_doubt').include(database=false) }} as doubts
    where doubts.publication_id <= (select publication.publication_id from publication)
    order by indicator_code, agency_key, period_type, period_start, doubts.publication_id desc

),

sources as (

    select
        indicators.indicator_code,
        given.data_as_of
    from {{ ref('dim_indicator').include(database=false) }} as indicators
    inner join {{ source('ops', 'publication_source').include(database=false) }} as given on indicators.source = given.source
    where given.publication_id = (select publication.publication_id from publication)

)

select
    {% for column in value_columns() %}
    {%- if column == 'data_as_of' %}coalesce(sources.data_as_of, known.data_as_of)
    {%- elif column == 'quality_state' %}coalesce(doubted.quality_state, 'ok')
    {%- else %}known.{{ column }}{% endif %}{{ ',\n    ' if not loop.last }}
    {%- endfor %}
from known
left join sources on known.indicator_code = sources.indicator_code
left join doubted
    on
        known.indicator_code = doubted.indicator_code
        and known.agency_key = doubted.agency_key
        and known.period_type = doubted.period_type
        and known.period_start = doubted.period_start
where known.is_present and known.is_headline
$known$;
comment on function {{ this.schema }}.indicator_as_known_at(timestamptz) is
'Giá trị chỉ tiêu như người đọc thấy tại một thời điểm / fct_indicator_value as it was known at a moment';
revoke all on function {{ this.schema }}.indicator_as_known_at(timestamptz) from public;
grant execute on function {{ this.schema }}.indicator_as_known_at(timestamptz)
to {{ config.get('grants')['select'] | join(', ') }}
{%- endmacro %}
