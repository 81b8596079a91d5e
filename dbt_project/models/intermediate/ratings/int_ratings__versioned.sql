{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='rating_code',
        post_hook="{{ analyze_after_full_build() }}",
        indexes=[
            {'columns': ['rating_code']},
            {'columns': ['dossier_code']},
            {'columns': ['rated_month']},
            {'columns': ['_period']},
            {'columns': ['_seen_load_id']},
            {'columns': ['_batch_no']},
        ]
    )
}}

{{
    version_log(
        candidates=ref('int_ratings__candidates'),
        key='rating_code',
        resource='ratings',
        columns=['dossier_code', 'score', 'rated_month'],
        months=['rated_month'],
        tie_break=['dossier_code', 'score'],
    )
}}
