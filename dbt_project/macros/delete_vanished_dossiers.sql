{#- Pre-hook of fct_dossier: dossiers whose last version left raw, in the same transaction. -#}
{% macro delete_vanished_dossiers() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where dossier_code in (
            select dossier_code from {{ ref('int_dossiers__versioned') }}
            where is_latest and not is_present and _batch_no > {{ held_maximum('_batch_no') }}
        )
    {%- endif -%}
{%- endmacro %}
