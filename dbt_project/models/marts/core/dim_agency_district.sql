select * from {{ ref('int_agencies__districts') }}
