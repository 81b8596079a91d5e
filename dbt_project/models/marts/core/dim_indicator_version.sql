select
    indicator_code,
    formula_version,
    valid_from,
    valid_to,
    -- the newest of those that still count
    valid_to is null as is_current,
    document,
    note as note_vi
from {{ ref('formula_versions') }}
