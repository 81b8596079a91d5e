{#-
  How an increment knows what to do. Two ideas, no clock:

  * The watermark of a model is a number in the rows it already holds: the highest load it has
    seen (`_seen_load_id`, in a version log) or the highest batch of a log (`_batch_no`, in what
    is built from that log). A failed run leaves the watermark where it was.
  * A version log (`version_log`) keeps for each record the version that counts now and every
    month it ever counted in, so that a reader of the log knows the months to recompute when a
    record moved or vanished.

  Watermarks and the other short lists are put into the SQL as literals: the planner then knows how
  few rows are new and goes by index, however long the history is.
-#}

{#- The highest value of a column that this model already holds; `-1` on a first or full build. -#}
{% macro held_maximum(column) -%}
    {%- if execute and is_incremental() -%}
        {%- set held = run_query('select max(' ~ column ~ ') from ' ~ this) -%}
        {{ return(held.columns[0].values()[0] if held.columns[0].values()[0] is not none else -1) }}
    {%- endif -%}
    {{ return(-1) }}
{%- endmacro %}

{#- The keys whose state changed in a log after a batch, as a sub-query. -#}
{% macro changed_keys(log, key, batch_no) -%}
    select {{ key }} from {{ log }} where is_latest and _batch_no > {{ batch_no }}
{%- endmacro %}

{#-
  A predicate on month columns: the months in which records changed after a batch ever counted.
  Everything on a first or full build.
-#}
{% macro in_touched_months(column, months) -%}
    {%- if not is_incremental() -%}
        {{ column }} is not null
    {%- elif months -%}
        {{ column }} in ({% for month in months %}cast('{{ month }}' as date){{ ', ' if not loop.last }}{% endfor %})
    {%- else -%}
        1 = 0
    {%- endif -%}
{%- endmacro %}

{#- The texts that a query of one column gives, in order; empty on a first or full build. -#}
{% macro texts_of(query) -%}
    {%- set texts = [] -%}
    {%- if execute and is_incremental() -%}
        {%- for value in run_query(query).columns[0].values() if value is not none -%}
            {%- do texts.append(value | string) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(texts | sort) }}
{%- endmacro %}

{#- A list of texts as SQL literals. -#}
{% macro literals(texts) -%}
    {% for value in texts %}'{{ value | replace("'", "''") }}'{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{#- The months that the sub-queries give (one date column each); empty on a full build. -#}
{% macro months_of(subqueries) -%}
    {{ return(texts_of(subqueries | join(' union '))) }}
{%- endmacro %}

{#- Pre-hook: empty the months that are about to be recomputed, in the same transaction. -#}
{% macro delete_months(column, months) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ in_touched_months(column, months) }}
    {%- endif -%}
{%- endmacro %}

{#-
  The SQL of a version log: which version of each record counts, and since which batch.

  The newest version by the server's update time wins; ties go to the later period, then to the
  content, never to the order of loading. Earlier versions stay in raw. A record whose last version
  left raw (its period was loaded again without it) stays as a row with `is_present` false.

  Arguments:
    candidates: relation with one row per version: the key, `updated_at`, `_period`, `_load_id`,
      `_row_number` and the columns below.
    key: name of the key column.
    resource: the resource in ops.load, to see periods that were loaded again.
    columns: further columns to carry.
    months: those of `columns` that say in which months the record counts.
    tie_break: columns that order equal versions of one period.
    extra_touched: further sub-query of keys to look at again.

  Periods that were loaded again may have lost records: what counted from them is looked at again.
-#}
{% macro version_log(candidates, key, resource, columns, months, tie_break, extra_touched=none) -%}
{%- set watermark = held_maximum('_seen_load_id') -%}
{%- set periods = texts_of(
    'select distinct period from ' ~ source('ops', 'load') ~ " where source = 'tthc' and resource = '"
    ~ resource ~ "' and load_id > " ~ watermark
) -%}
with

{% if is_incremental() %}
touched as (

    select {{ key }} from {{ candidates }} where _load_id > {{ watermark }}

    {% if periods %}
    union

    select {{ key }} from {{ this }} where is_latest and _period in ({{ literals(periods) }})
    {% endif %}

    {% if extra_touched %}
    union

    {{ extra_touched }}
    {% endif %}

),
{% endif %}

ranked as (

    select
        {{ key }},
        updated_at,
        _period,
        _load_id,
        _row_number,
        {% for column in columns %}{{ column }},
        {% endfor %}
        row_number() over (
            partition by {{ key }}
            order by updated_at desc, _period desc, {{ tie_break | join(', ') }}, _row_number
        ) as version_rank
    from {{ candidates }}
    {% if is_incremental() %}
    where {{ key }} in (select touched.{{ key }} from touched)
    {% endif %}

),

winning as (

    select * from ranked where version_rank = 1

),

-- loads are committed in the order of their ids, each with its rows in one transaction
seen as (

    select
        greatest(
            coalesce(max(load_id), -1),
            coalesce((select max(_load_id) from winning), -1)
        ) as load_id
    from {{ source('ops', 'load') }}
    where source = 'tthc' and resource = '{{ resource }}'

)

{% if is_incremental() %}
,

held as (

    select * from {{ this }}
    where {{ key }} in (select touched.{{ key }} from touched)

),

next_batch as (

    select coalesce(max(_batch_no), 0) + 1 as batch_no from {{ this }}

),

vanished as (

    select held.* from held
    left join winning on held.{{ key }} = winning.{{ key }}
    where held.is_latest and winning.{{ key }} is null

),

former as (

    select
        {{ key }},
        {% for month in months %}{{ month }},
        {% endfor %}
        max(_batch_no) as _batch_no
    from held
    group by {{ ([key] + months) | join(', ') }}

)
{% endif %}

select
    {{ key }},
    true as is_latest,
    true as is_present,
    updated_at,
    {% for column in columns %}{{ column }},
    {% endfor %}
    _period,
    _load_id,
    _row_number,
    (select load_id from seen) as _seen_load_id,
    cast({{ '(select batch_no from next_batch)' if is_incremental() else 1 }} as bigint) as _batch_no
from winning

{% if is_incremental() %}
union all

select
    {{ key }},
    true as is_latest,
    false as is_present,
    updated_at,
    {% for column in columns %}{{ column }},
    {% endfor %}
    _period,
    _load_id,
    _row_number,
    (select load_id from seen) as _seen_load_id,
    (select batch_no from next_batch) as _batch_no
from vanished

union all

select
    {{ key }},
    false as is_latest,
    true as is_present,
    null as updated_at,
    {% for column in columns %}{{ column if column in months else 'null' }} as {{ column }},
    {% endfor %}
    null as _period,
    null as _load_id,
    null as _row_number,
    null as _seen_load_id,
    _batch_no
from former
{% endif %}
{%- endmacro %}
