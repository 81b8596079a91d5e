select * from {{ ref('plan_tasks') }}
