{#- On no day does a label, accents and case aside, stand for two service levels. -#}
{% test labels_mean_one_level(model) %}

select one.label_vi
from {{ model }} as one
inner join {{ model }} as other
    on
        {{ fold_accents('one.label_vi') }} = {{ fold_accents('other.label_vi') }}
        and coalesce(one.valid_from, cast('0001-01-01' as date))
        < coalesce(other.valid_to, cast('9999-12-31' as date))
        and coalesce(other.valid_from, cast('0001-01-01' as date))
        < coalesce(one.valid_to, cast('9999-12-31' as date))
group by one.label_vi
having count(*) > 1

{% endtest %}
