{#- Corrections of dossiers that no load has brought: mistyped, or their day is not loaded yet. -#}
{% test dossier_corrections_found(model) %}

select correction_id from {{ model }}
where not is_found

{% endtest %}
