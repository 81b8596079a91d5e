{#- The months to recompute in the monthly sums: those in which a changed record counts or counted. -#}

{% macro touched_dossier_months() -%}
    {%- set log = ref('int_dossiers__versioned') -%}
    {%- set changed = changed_keys(log, 'dossier_code', held_maximum('_batch_no')) -%}
    {{ return(months_of([
        'select received_month from ' ~ log ~ ' where dossier_code in (' ~ changed ~ ')',
        'select finished_month from ' ~ log ~ ' where dossier_code in (' ~ changed ~ ')',
    ])) }}
{%- endmacro %}

{#- A rating also moves when its dossier changes agency, channel or field, or comes to be known. -#}
{% macro touched_rating_months() -%}
    {%- set log = ref('int_ratings__versioned') -%}
    {%- set changed = changed_keys(log, 'rating_code', held_maximum('_batch_no')) -%}
    {%- set dossiers = changed_keys(
        ref('int_dossiers__versioned'), 'dossier_code', held_maximum('_dossier_batch_no')
    ) -%}
    {{ return(months_of([
        'select rated_month from ' ~ log ~ ' where rating_code in (' ~ changed ~ ')',
        'select rated_month from ' ~ log ~ ' where is_latest and dossier_code in (' ~ dossiers ~ ')',
    ])) }}
{%- endmacro %}
