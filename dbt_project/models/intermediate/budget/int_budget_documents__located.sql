{#-
  Whose document each version is, of which kind and for which period: the publisher by the name of the day,
  the kind by the form (content before record), then by the words of the record; the period by the record
  before the content. Where the two contradict each other it is said and nothing is guessed.
-#}
with

documents as (

    select * from {{ ref('int_budget_documents__versioned') }}

),

forms as (

    select
        *,
        {{ dotted_part('form_key', 1) }} as stage,
        case
            when {{ dotted_part('form_key', 3) }} = '' then {{ dotted_part('form_key', 2) }}
            else {{ dotted_part('form_key', 3) }}
        end as form_level
    from {{ ref('int_budget_forms__found') }}

),

names as (

    select * from {{ ref('int_budget_publishers__named') }}
    where not is_ambiguous

),

levels as (

    select distinct
        agency_key,
        publisher_level
    from {{ ref('int_budget_publishers__named') }}

),

answering as (

    select distinct agencies.agency_key
    from {{ ref('int_agencies__all') }} as agencies
    inner join {{ ref('budget_disclosure_rules') }} as rules on agencies.agency_code = rules.responsible_code

),

-- who is told instead of the publisher
told as (

    select distinct
        rules.publisher_level,
        agencies.agency_key,
        agencies.valid_from,
        coalesce(agencies.valid_to, cast('9999-12-31' as date)) as valid_to
    from {{ ref('int_agencies__all') }} as agencies
    inner join {{ ref('budget_disclosure_rules') }} as rules on agencies.agency_code = rules.responsible_code

),

succession as (

    select * from {{ ref('int_agencies__succeeded') }}
    where is_exact

),

terms as (

    select * from {{ ref('budget_terms') }}

),

-- one answer per version; more than one is none
of_content as (

    select
        version_key,
        case when count(distinct stage) = 1 then max(stage) end as stage,
        case when count(distinct form_level) = 1 then max(form_level) end as form_level,
        case when count(distinct period_type) = 1 then max(period_type) end as period_type,
        case when count(distinct period_start) = 1 then max(period_start) end as period_start,
        case when count(distinct budget_year) = 1 then max(budget_year) end as budget_year
    from forms
    where known_by = 'content'
    group by version_key

),

of_record as (

    select
        version_key,
        max(stage) as stage,
        max(form_level) as form_level
    from forms
    where known_by = 'record'
    group by version_key

),

worded as (

    select
        documents.version_key,
        terms.concept,
        terms.meaning,
        terms.period_month,
        row_number() over (
            partition by documents.version_key, terms.concept order by terms.rank, terms.term
        ) as preference
    from documents
    inner join terms
        on
            ' ' || case terms.concept
                when 'stage' then coalesce(documents.stage_folded, {{ fold_accents('documents.title') }})
                else coalesce(documents.period_folded, {{ fold_accents('documents.title') }})
            end || ' ' like '% ' || terms.term || ' %'

),

named as (

    select
        documents.version_key,
        names.agency_key,
        row_number() over (
            partition by documents.version_key
            order by case when names.name_folded = documents.publisher_folded then 0 else 1 end
        ) as preference
    from documents
    inner join names
        on
            names.name_folded in (documents.publisher_folded, documents.publisher_short)
            and documents.known_on >= names.valid_from
            and documents.known_on < names.valid_to

),

-- a publisher that had ended signs for its one exact heir of the day
followed as (

    select
        documents.version_key,
        succession.heir_key as agency_key,
        row_number() over (
            partition by documents.version_key order by names.valid_to desc, names.agency_key asc
        ) as preference
    from documents
    inner join names
        on
            names.name_folded in (documents.publisher_folded, documents.publisher_short)
            and documents.known_on >= names.valid_to
    inner join succession
        on
            names.agency_key = succession.agency_key
            and documents.known_on >= succession.heir_from
            and documents.known_on < coalesce(succession.heir_to, cast('9999-12-31' as date))

),

joined as (

    select
        documents.*,
        coalesce(named.agency_key, followed.agency_key, -1) as named_agency_key,
        case
            when named.agency_key is not null then 'name'
            when followed.agency_key is not null then 'heir_of_name'
            else 'none'
        end as agency_mapping,
        coalesce(of_content.stage, of_record.stage, stage_words.meaning) as stage,
        coalesce(of_content.form_level, of_record.form_level) as form_level,
        of_content.period_type as content_period_type,
        of_content.period_start as content_period_start,
        of_content.budget_year as content_budget_year,
        period_words.meaning as stated_period_type,
        period_words.period_month as stated_period_month
    from documents
    left join of_content on documents.version_key = of_content.version_key
    left join of_record on documents.version_key = of_record.version_key
    left join worded as stage_words
        on
            documents.version_key = stage_words.version_key
            and stage_words.concept = 'stage'
            and stage_words.preference = 1
    left join worded as period_words
        on
            documents.version_key = period_words.version_key
            and period_words.concept = 'period'
            and period_words.preference = 1
    left join named on documents.version_key = named.version_key and named.preference = 1
    left join followed on documents.version_key = followed.version_key and followed.preference = 1

),

dated as (

    select
        joined.*,
        -- who answers for the province's budget publishes it beside its own
        case
            when joined.form_level = 'province' and answering.agency_key is not null then {{ province_key() }}
            else joined.named_agency_key
        end as agency_key,
        case joined.stage
            when 'draft' then 'draft_estimate'
            when 'decided' then 'decided_estimate'
            else coalesce(joined.stage, 'unknown')
        end as document_kind,
        coalesce(joined.stated_budget_year, joined.content_budget_year) as budget_year,
        case
            when joined.stage in ('draft', 'decided', 'settlement') then 'year'
            else coalesce(joined.stated_period_type, joined.content_period_type)
        end as period_type,
        case
            when joined.stage in ('draft', 'decided', 'settlement') then 1
            when joined.stated_period_type is not null then joined.stated_period_month
            else cast(extract(month from joined.content_period_start) as integer)
        end as period_month
    from joined
    left join answering on joined.named_agency_key = answering.agency_key

)

select
    dated.version_key,
    dated.document_key,
    dated.door,
    dated.is_current,
    dated.agency_key,
    coalesce(told.agency_key, dated.agency_key) as responsible_agency_key,
    dated.agency_mapping,
    coalesce(levels.publisher_level, dated.form_level) as publisher_level,
    dated.publisher_name,
    dated.title,
    dated.form_text,
    dated.form_number,
    dated.stage,
    dated.document_kind,
    dated.budget_year,
    dated.period_type,
    case
        when dated.budget_year between 1990 and 2100 and dated.period_month is not null
            then {{ day_of('dated.budget_year', 'dated.period_month', 1) }}
    end as period_start,
    coalesce(dated.content_budget_year <> dated.stated_budget_year, false)
    or (
        dated.stage = 'execution'
        and coalesce(
            dated.content_period_type <> dated.stated_period_type and dated.content_period_type <> 'year'
            or dated.content_period_type = dated.stated_period_type
            and extract(month from dated.content_period_start) <> dated.stated_period_month,
            false
        )
    ) as has_period_conflict,
    dated.content_budget_year,
    dated.content_period_type,
    dated.content_period_start,
    dated.approved_on,
    dated.published_on,
    dated.known_on,
    dated.page_url,
    dated.file_url,
    dated.file_name,
    dated.file_sha256,
    dated.file_bytes,
    dated.file_kind,
    dated.file_problem_code,
    dated.reading_state,
    dated.reason_code,
    dated.reason_vi,
    dated.reader_version,
    coalesce(dated.reading_state in ('read', 'partly_read'), false) as is_machine_readable,
    dated.value_count,
    dated.refused_count,
    dated.held_count,
    dated.remark_codes,
    dated._period,
    dated._load_id,
    dated._row_number,
    dated.reading_period,
    dated.reading_load_id
from dated
left join levels on dated.agency_key = levels.agency_key
left join told
    on
        levels.publisher_level = told.publisher_level
        and dated.known_on >= told.valid_from
        and dated.known_on < told.valid_to
