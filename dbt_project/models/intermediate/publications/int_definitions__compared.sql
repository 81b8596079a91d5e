{#-
  One row: what the figures depend on beside raw data (the agency map, corrections, parameters,
  formulas) as fingerprints, and what of it changed since the last publication.
-#}
{{ config(materialized='view') }}

with

definitions as (

    select
        {{ fingerprint(ref('agencies'), [
            'agency_key', 'agency_code', 'name_vi', 'kind', 'parent_code', 'valid_from', 'valid_to'
        ]) }}
        || {{ fingerprint(ref('agency_succession'), [
            'predecessor_key', 'successor_key', 'effective_on', 'kind', 'share'
        ]) }}
        || {{ fingerprint(ref('agency_source_codes'), [
            'source', 'unit_code', 'agency_code', 'valid_from', 'valid_to'
        ]) }} as agency_map,
        {{ fingerprint(ref('dossiers'), ['correction_id', 'dossier_code', 'field', 'expect', 'value']) }}
        || {{ fingerprint(ref('readings'), [
            'correction_id', 'indicator_code', 'reading_code', 'agency_key', 'agency_code', 'agency_on',
            'month_start', 'expect_numerator', 'expect_denominator', 'numerator', 'denominator'
        ]) }} as corrections,
        {{ fingerprint(ref('indicator_parameters'), ['indicator_code', 'parameter', 'value']) }}
        || {{ fingerprint(ref('open_data_rules'), [
            'rule_id', 'criterion', 'level', 'severity', 'valid_from', 'valid_to'
        ]) }}
        || {{ fingerprint(ref('open_data_rule_parameters'), [
            'rule_id', 'parameter', 'value', 'valid_from', 'valid_to'
        ]) }}
        || {{ fingerprint(ref('open_data_formats'), [
            'spelling', 'format_code', 'is_machine_readable', 'also_is'
        ]) }}
        || {{ fingerprint(ref('open_data_licences'), ['licence', 'licence_code', 'is_open']) }}
        || {{ fingerprint(ref('open_data_frequencies'), ['frequency', 'frequency_code', 'most_days']) }}
        || {{ fingerprint(ref('open_data_reasons'), ['reason_code', 'state']) }}
        || {{ fingerprint(ref('report_forms'), ['form_code', 'form_version', 'resource', 'reports_for']) }}
        || {{ fingerprint(ref('report_fields'), [
            'form_code', 'form_version', 'field_code', 'nature', 'indicator_code', 'reading_code', 'part'
        ]) }}
        || {{ fingerprint(ref('report_parameters'), ['parameter', 'value']) }} as parameters,
        {{ fingerprint(ref('formula_versions'), [
            'indicator_code', 'formula_version', 'valid_from', 'valid_to'
        ]) }} as formulas

),

publications as (

    select
        *,
        row_number() over (order by publication_id desc) as recency
    from {{ source('ops', 'publication') }}

),

last_publication as (

    select * from publications
    where recency = 1

),

seen as (

    select
        seen.source_code,
        seen.newest_load_id > coalesce(max(given.newest_load_id), -2) as is_newly_loaded
    from {{ ref('int_sources__seen') }} as seen
    left join {{ source('ops', 'publication_source') }} as given on seen.source_code = given.source
    group by seen.source_code, seen.newest_load_id

),

loaded as (

    select coalesce({{ any_of('is_newly_loaded') }}, false) as is_newly_loaded from seen

)

select
    definitions.agency_map,
    definitions.corrections,
    definitions.parameters,
    definitions.formulas,
    last_publication.publication_id is null as is_first,
    loaded.is_newly_loaded,
    coalesce(definitions.agency_map <> last_publication.agency_map, false) as is_agency_map_changed,
    coalesce(definitions.corrections <> last_publication.corrections, false) as is_corrections_changed,
    coalesce(definitions.parameters <> last_publication.parameters, false) as is_parameters_changed,
    coalesce(definitions.formulas <> last_publication.formulas, false) as is_formulas_changed
from definitions
cross join loaded
left join last_publication on 1 = 1
