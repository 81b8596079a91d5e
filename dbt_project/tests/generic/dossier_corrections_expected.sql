{#- Every correction of a dossier still meets the value that it corrects. -#}
{% test dossier_corrections_expected(model) %}

{{ fail_with_messages('select message_vi from ' ~ model ~ ' where is_found and not is_as_expected') }}

{% endtest %}
