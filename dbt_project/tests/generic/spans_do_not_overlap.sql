{#- At most one row of each key counts on any day; gaps are allowed, an empty `valid_to` is open. -#}
{% test spans_do_not_overlap(model, columns) %}

with

followed as (

    select
        {{ columns | join(', ') }},
        valid_from,
        valid_to,
        lead(valid_from) over (partition by {{ columns | join(', ') }} order by valid_from) as next_from
    from {{ model }}

)

select * from followed
where
    valid_to <= valid_from
    or next_from < coalesce(valid_to, cast('9999-12-31' as date))

{% endtest %}
