{#-
  The open-data rules: which formula judges which criterion, and how days are taken in. A formula gives the
  code of a reason (seed open_data_reasons), which says whether the criterion is failed, not judged or not
  applicable; no reason means passed. Ids, severities and dates of the rules stand in seed open_data_rules.
-#}

{#- Criteria that each file is judged by; a dataset fails one when any of its files does. -#}
{% macro file_criteria() %}
    {{ return([
        'machine_readable_format', 'link_alive', 'readable_table', 'no_personal_data', 'declared_format',
    ]) }}
{% endmacro %}

{#- Criteria that say something of a dataset even when it has no file. -#}
{% macro criteria_that_need_a_file() %}
    {{ return(['machine_readable_format', 'link_alive']) }}
{% endmacro %}

{#- Criteria that a dataset is judged by as a whole. -#}
{% macro dataset_criteria() %}
    {{ return([
        'open_licence', 'known_publisher', 'title_and_description', 'contact', 'frequency_declared',
        'kept_up_to_date', 'data_dictionary', 'on_published_list',
    ]) }}
{% endmacro %}

{#- Parameters of the rules (seed open_data_rule_parameters), with the type of their value. -#}
{% macro open_data_parameters() %}
    {{ return([
        {'criterion': 'title_and_description', 'parameter': 'title_min_length', 'type': 'integer'},
        {'criterion': 'title_and_description', 'parameter': 'description_min_length', 'type': 'integer'},
        {'criterion': 'title_and_description', 'parameter': 'placeholders', 'type': 'text'},
        {'criterion': 'contact', 'parameter': 'good_classes', 'type': 'text'},
        {'criterion': 'link_alive', 'parameter': 'failed_looks', 'type': 'integer'},
        {'criterion': 'link_alive', 'parameter': 'passing_problems', 'type': 'text'},
        {'criterion': 'link_alive', 'parameter': 'unjudged_problems', 'type': 'text'},
        {'criterion': 'readable_table', 'parameter': 'good_encodings', 'type': 'text'},
        {'criterion': 'readable_table', 'parameter': 'utf8_formats', 'type': 'text'},
        {'criterion': 'readable_table', 'parameter': 'judged_formats', 'type': 'text'},
        {'criterion': 'data_dictionary', 'parameter': 'description_words', 'type': 'text'},
        {'criterion': 'has_live_dataset', 'parameter': 'obliged_kinds', 'type': 'text'},
    ]) }}
{% endmacro %}

{#- Aggregate: the value of a parameter; expects the relations `criteria` and `parameters`. -#}
{% macro open_data_parameter(parameter) -%}
    {%- set type = parameter.type if parameter.type != 'text' else dbt.type_string() -%}
    max(
        case
            when
                criteria.criterion = '{{ parameter.criterion }}'
                and parameters.parameter = '{{ parameter.parameter }}'
                then cast(parameters.value as {{ type }})
        end
    )
{%- endmacro %}

{#- Words of a text, folded: letters and digits only, one blank between. -#}
{% macro fold_words(text) -%}
    {{ return(adapter.dispatch('fold_words')(text)) }}
{%- endmacro %}

{% macro default__fold_words(text) -%}
    nullif(trim(regexp_replace({{ fold_accents(text) }}, '[^a-z0-9]+', ' ')), '')
{%- endmacro %}

{% macro postgres__fold_words(text) -%}
    nullif(trim(regexp_replace({{ fold_accents(text) }}, '[^a-z0-9]+', ' ', 'g')), '')
{%- endmacro %}

{#- A publisher's id, short name or title as it is compared: dashes are blanks, the office's word is gone. -#}
{% macro fold_publisher_id(text) -%}
    nullif({{ fold_publisher_name("replace(" ~ text ~ ", '-', ' ')") }}, '')
{%- endmacro %}

{#- An address or code as it is compared: lower case, without scheme, `www.` and the last slash. -#}
{% macro plain_address(text) -%}
    nullif(
        regexp_replace(regexp_replace(lower(trim({{ text }})), '^(https?://)?(www[.])?', ''), '/+$', ''), ''
    )
{%- endmacro %}

{#- Whether a list of words joined by semicolons has a word. -#}
{% macro is_listed(value, list) -%}
    ';' || {{ list }} || ';' like '%;' || {{ value }} || ';%'
{%- endmacro %}

{#- The days that a model has to take in: those of which something was loaded since its last build. -#}
{% macro touched_open_data_days() -%}
    {{ return(texts_of(
        'select checked_on from ' ~ ref('int_open_data_days__loaded')
        ~ ' where is_complete and newest_load_id > ' ~ held_maximum('_load_id')
    )) }}
{%- endmacro %}

{#- A predicate on a day; everything on a first or full build. -#}
{% macro in_touched_days(column, days) -%}
    {%- if not is_incremental() -%}
        {{ column }} is not null
    {%- elif days -%}
        {{ column }} in ({{ day_literals(days) }})
    {%- else -%}
        1 = 0
    {%- endif -%}
{%- endmacro %}

{#- The same for a period as it stands in raw, where the text is indexed. -#}
{% macro in_touched_periods(column, days) -%}
    {%- if not is_incremental() -%}
        {{ column }} is not null
    {%- elif days -%}
        {{ column }} in ({{ literals(days) }})
    {%- else -%}
        1 = 0
    {%- endif -%}
{%- endmacro %}

{#- Pre-hook: empty the days that are about to be recomputed, in the same transaction. -#}
{% macro delete_days(column, days) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ in_touched_days(column, days) }}
    {%- endif -%}
{%- endmacro %}

{#- Whether folded words hold one of the phrases of a list joined by semicolons, whole words only. -#}
{% macro names_fields(words, phrases) -%}
    {{ return(adapter.dispatch('names_fields')(words, phrases)) }}
{%- endmacro %}

{% macro postgres__names_fields(words, phrases) -%}
    {{ words }} ~ ('(^| )(' || replace({{ phrases }}, ';', '|') || ')( |$)')
{%- endmacro %}

{% macro default__names_fields(words, phrases) -%}
    {{ words }} rlike ('(^| )(' || replace({{ phrases }}, ';', '|') || ')( |$)')
{%- endmacro %}

{#- No reason is no fault; a reason that the seed does not know is one, and a test says so. -#}
{% macro verdict_state(reason_code, state) -%}
    case when {{ reason_code }} is null then 'passed' else coalesce({{ state }}, 'failed') end
{%- endmacro %}

{#-
  The days whose changes have to be told again: the touched ones, those after them, and those that called a
  dataset or file new, or new again, after a touched day.
-#}
{% macro touched_change_days() -%}
    {%- set days = touched_open_data_days() -%}
    {%- set loaded = ref('int_open_data_days__loaded') -%}
    {%- if not days -%}{{ return([]) }}{%- endif -%}
    {{ return(texts_of(
        'select checked_on from ' ~ loaded ~ ' where checked_on in (' ~ day_literals(days) ~ ')'
        ~ ' union select next_on from ' ~ loaded ~ ' where checked_on in (' ~ day_literals(days) ~ ')'
        ~ ' union select changed_on from ' ~ this ~ ' where what in (' ~ literals(['added', 'returned', 'moved'])
        ~ ") and changed_on > cast('" ~ days[0] ~ "' as date)"
    )) }}
{%- endmacro %}

{#- Days as SQL literals. -#}
{% macro day_literals(days) -%}
    {% for day in days %}cast('{{ day }}' as date){{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{#- A number for what was loaded of a resource on a day; expects a row of int_open_data_days__loaded. -#}
{% macro day_evidence(resource) -%}
    {{- row_evidence(
        "'" ~ resource ~ " ' || cast(checked_on as " ~ dbt.type_string() ~ ")", resource ~ '_load_id'
    ) -}}
{%- endmacro %}
