{#- The periods of each key follow one another without a gap or an overlap, and the last one is open. -#}
{% test covers_every_day(model, key, first, end) %}

with

followed as (

    select
        {{ key }},
        {{ first }},
        {{ end }},
        lead({{ first }}) over (partition by {{ key }} order by {{ first }}) as next_first
    from {{ model }}

)

select * from followed
where {{ end }} is distinct from next_first

{% endtest %}
