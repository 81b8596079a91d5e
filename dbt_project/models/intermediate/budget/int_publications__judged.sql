{#-
  Each publication: publisher × kind of document × budget year × period, as it was owed and as it was found.
  A document is in place when the last of the forms found first stood there; a file replaced later does not
  make it late, and one form alone does not make it complete. What the source or we did not bring is nobody's
  omission: `not_judged`.
-#}
with

expected as (

    select * from {{ ref('int_publications__expected') }}

),

documents as (

    select * from {{ ref('int_budget_documents__located') }}

),

forms_found as (

    select * from {{ ref('int_budget_forms__found') }}

),

required_forms as (

    select * from {{ ref('budget_required_forms') }}

),

rules as (

    select * from {{ ref('budget_disclosure_rules') }}

),

agencies as (

    select * from {{ ref('int_agencies__all') }}

),

ambiguous as (

    select distinct agency_key from {{ ref('int_budget_publishers__named') }}
    where is_ambiguous

),

looked_at as (

    select * from {{ ref('int_budgets__as_of') }}

),

windows as (

    select * from {{ ref('int_budget_windows__loaded') }}

),

days as (

    select * from {{ ref('dim_date') }}

),

-- since when each form of a publication stands there, whatever happened to its file since
form_dates as (

    select
        documents.agency_key,
        documents.document_kind,
        documents.budget_year,
        documents.period_type,
        documents.period_start,
        coalesce(
            forms_found.form_key,
            case when documents.publisher_level = 'unit' then documents.stage || '.unit' end,
            'unknown'
        ) as form_key,
        min(documents.published_on) as published_on,
        {{ any_of('documents.is_current') }} as is_shown
    from documents
    left join forms_found on documents.version_key = forms_found.version_key
    where not documents.has_period_conflict
    group by
        documents.agency_key, documents.document_kind, documents.budget_year, documents.period_type,
        documents.period_start,
        coalesce(
            forms_found.form_key,
            case when documents.publisher_level = 'unit' then documents.stage || '.unit' end,
            'unknown'
        )

),

found as (

    select
        agency_key,
        document_kind,
        budget_year,
        period_type,
        period_start,
        max(publisher_level) as publisher_level,
        sum(case when is_current then 1 else 0 end) as document_count,
        min(case when is_current then approved_on end) as approved_on,
        min(published_on) as first_published_on,
        {{ any_of('is_current and published_on is null') }} as has_undated,
        {{ any_of('is_current and has_period_conflict') }} as has_period_conflict,
        {{ any_of('is_current and is_machine_readable') }} as is_any_machine_readable,
        {{ any_of('is_current and not is_machine_readable') }} as is_any_unreadable
    from documents
    group by agency_key, document_kind, budget_year, period_type, period_start
    having sum(case when is_current then 1 else 0 end) > 0

),

keys as (

    select
        agency_key,
        document_kind,
        budget_year,
        period_type,
        period_start
    from expected

    union

    select
        agency_key,
        document_kind,
        budget_year,
        period_type,
        period_start
    from found

),

-- the rule goes by the level of the publisher and the budget year, also for what nobody expected any more
ruled as (

    select
        keys.*,
        coalesce(expected.publisher_level, found.publisher_level) as publisher_level,
        expected.agency_key is not null as is_expected,
        expected.seen_from,
        rules.rule_key,
        rules.responsible_code,
        rules.anchor,
        rules.days,
        rules.day_kind,
        rules.legal_basis,
        rules.certainty,
        case
            when rules.anchor = 'period_end' then 'period_end'
            when rules.anchor in ('document_date', 'report_submitted') and found.approved_on is not null
                then 'document_date'
            when expected.latest_anchor_on is not null then 'statutory_latest'
            else 'unknown'
        end as due_basis,
        case
            when rules.anchor = 'period_end'
                then
                    {{ publication_period_end('keys.period_start', 'keys.period_type') }}
            when rules.anchor in ('document_date', 'report_submitted') and found.approved_on is not null
                then found.approved_on
            else expected.latest_anchor_on
        end as anchor_on,
        found.agency_key is not null as is_published,
        coalesce(found.document_count, 0) as document_count,
        found.approved_on,
        found.first_published_on,
        coalesce(found.has_undated, false) as has_undated,
        coalesce(found.has_period_conflict, false) as has_period_conflict,
        coalesce(found.is_any_machine_readable, false) as is_any_machine_readable,
        coalesce(found.is_any_unreadable, false) as is_any_unreadable
    from keys
    left join expected
        on
            keys.agency_key = expected.agency_key
            and keys.document_kind = expected.document_kind
            and keys.budget_year = expected.budget_year
            and keys.period_type = expected.period_type
            and keys.period_start = expected.period_start
    left join found
        on
            keys.agency_key = found.agency_key
            and keys.document_kind = found.document_kind
            and keys.budget_year is not distinct from found.budget_year
            and keys.period_type is not distinct from found.period_type
            and keys.period_start is not distinct from found.period_start
    left join rules
        on
            coalesce(expected.publisher_level, found.publisher_level) = rules.publisher_level
            and keys.document_kind = rules.document_kind
            and keys.period_type = rules.period_type
            and extract(month from keys.period_start) = rules.period_month
            and keys.budget_year >= rules.budget_year_from
            and keys.budget_year <= coalesce(rules.budget_year_to, 9999)

),

due as (

    select
        ruled.*,
        {{ due_on('ruled.anchor_on', 'ruled.days', 'ruled.day_kind', 'due_days.date_day') }} as due_on
    from ruled
    left join days as anchor_days on ruled.anchor_on = anchor_days.date_day
    left join days as due_days
        on
            ruled.day_kind = 'working'
            and due_days.is_working_day
            and anchor_days.working_day_number + ruled.days = due_days.working_day_number

),

-- the forms that the publication had to consist of, beside those that were found
form_counts as (

    select
        due.agency_key,
        due.document_kind,
        due.budget_year,
        due.period_type,
        due.period_start,
        count(*) as required_count,
        sum(case when coalesce(form_dates.is_shown, false) then 1 else 0 end) as found_count,
        max(case when form_dates.is_shown then form_dates.published_on end) as published_on,
        {{ any_of('form_dates.is_shown and form_dates.published_on is null') }} as has_undated_form,
        {{ joined_texts(
            'case when not coalesce(form_dates.is_shown, false) then required_forms.form_key end',
            'required_forms.form_key'
        ) }} as missing_form_keys
    from due
    inner join required_forms
        on
            due.publisher_level = required_forms.publisher_level
            and due.document_kind = required_forms.document_kind
            and due.budget_year >= required_forms.budget_year_from
            and due.budget_year <= coalesce(required_forms.budget_year_to, 9999)
    left join form_dates
        on
            due.agency_key = form_dates.agency_key
            and due.document_kind = form_dates.document_kind
            and due.budget_year = form_dates.budget_year
            and due.period_type = form_dates.period_type
            and due.period_start = form_dates.period_start
            and required_forms.form_key = form_dates.form_key
    group by due.agency_key, due.document_kind, due.budget_year, due.period_type, due.period_start

),

complete as (

    select
        due.*,
        form_counts.required_count,
        coalesce(form_counts.found_count, 0) as found_count,
        form_counts.missing_form_keys,
        -- where no list of forms is known, nothing is said about completeness
        case
            when not due.is_published then false
            when form_counts.required_count is not null
                then form_counts.found_count = form_counts.required_count
        end as is_complete,
        case
            when form_counts.found_count > 0 and not form_counts.has_undated_form
                then form_counts.published_on
            when coalesce(form_counts.found_count, 0) = 0 and not due.has_undated then due.first_published_on
        end as published_on,
        looked_at.last_day as as_of_on,
        coalesce(windows_to.not_loaded_before - windows_from.not_loaded_before, 0)
        + case when coalesce(windows_to.is_loaded, true) then 0 else 1 end as not_loaded_days,
        ambiguous.agency_key is not null as is_name_ambiguous
    from due
    cross join looked_at
    left join form_counts
        on
            due.agency_key = form_counts.agency_key
            and due.document_kind = form_counts.document_kind
            and due.budget_year = form_counts.budget_year
            and due.period_type = form_counts.period_type
            and due.period_start = form_counts.period_start
    left join windows as windows_from on due.seen_from = windows_from.date_day
    left join windows as windows_to on least(due.due_on, looked_at.last_day) = windows_to.date_day
    left join ambiguous on due.agency_key = ambiguous.agency_key

)

select
    complete.agency_key,
    complete.publisher_level,
    case
        when complete.responsible_code is null then complete.agency_key
        else coalesce(responsible.agency_key, complete.agency_key)
    end as responsible_agency_key,
    complete.document_kind,
    complete.budget_year,
    complete.period_type,
    complete.period_start,
    complete.rule_key,
    complete.legal_basis,
    complete.certainty,
    complete.is_expected,
    complete.anchor_on,
    complete.due_basis,
    complete.due_on,
    complete.is_published,
    complete.document_count,
    complete.approved_on,
    complete.first_published_on,
    complete.published_on,
    complete.required_count,
    complete.found_count,
    complete.missing_form_keys,
    complete.is_complete,
    complete.has_period_conflict,
    complete.is_published
    and complete.is_any_machine_readable
    and not complete.is_any_unreadable as is_machine_readable,
    case
        when complete.published_on > complete.due_on
            then {{ days_from('complete.due_on', 'complete.published_on') }}
    end as days_late,
    case
        when not complete.is_published and complete.due_on is null then 'unknown_date'
        when not complete.is_published and complete.due_on > complete.as_of_on then 'not_due'
        when not complete.is_published and (complete.not_loaded_days > 0 or complete.is_name_ambiguous)
            then 'not_judged'
        when not complete.is_published then 'missing'
        when not complete.is_complete and complete.due_on > complete.as_of_on then 'not_due'
        when not complete.is_complete then 'incomplete'
        when complete.published_on is null or complete.due_on is null then 'unknown_date'
        when complete.published_on <= complete.due_on then 'on_time'
        else 'late'
    end as state,
    complete.not_loaded_days,
    complete.as_of_on
from complete
left join agencies as responsible
    on
        complete.responsible_code = responsible.agency_code
        and coalesce(complete.due_on, complete.as_of_on) >= responsible.valid_from
        and coalesce(complete.due_on, complete.as_of_on)
        < coalesce(responsible.valid_to, cast('9999-12-31' as date))
