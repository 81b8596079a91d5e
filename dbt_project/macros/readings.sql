{#-
  The formulas of the indicators that are read from dossiers and ratings: the only place where
  they stand. The monthly sums, the long list of readings and the drill-down SQL are rendered from
  here. Sources: Decision 766/QĐ-TTg item numbers as named; wording of the plan where it differs.
  Every numerator is counted within its denominator.

  A formula counts for the formula versions of the indicator that it names (`versions`; none named:
  version 1). Which months are counted by which version stands in indicators/*.yml; `cchc catalogue
  check` refuses a version without a formula and a formula without a version.
-#}

{#- Readings of the procedure list, a stock: condition of the denominator and of the numerator. -#}
{% macro procedure_readings() %}
    {{ return([
        {
            'indicator': 'TTHC-01', 'reading': 'eligible_full',
            'denominator': 'is_eligible',
            'numerator': "service_level = 'full'",
        },
    ]) }}
{% endmacro %}

{#- Readings of fct_dossier: condition of the denominator, of the numerator, month, unit counted. -#}
{% macro dossier_readings() %}
    {{ return([
        {
            'indicator': 'TTHC-02', 'reading': 'valid_e_result', 'month': 'finished_month',
            'denominator': 'coalesce(yields_result, true)',
            'numerator': 'has_valid_e_result',
        },
        {
            'indicator': 'TTHC-02', 'reading': 'as_reported', 'month': 'finished_month',
            'denominator': 'coalesce(yields_result, true)',
            'numerator': 'has_result_link',
        },
        {
            'indicator': 'TTHC-04', 'reading': 'both', 'month': 'finished_month',
            'denominator': 'is_finished',
            'numerator': 'has_digitised_document and has_valid_e_result',
        },
        {
            'indicator': 'TTHC-04', 'reading': 'dossiers', 'month': 'finished_month',
            'denominator': 'is_finished',
            'numerator': 'has_digitised_document',
        },
        {
            'indicator': 'TTHC-04', 'reading': 'results', 'month': 'finished_month',
            'denominator': 'is_finished',
            'numerator': 'has_valid_e_result',
        },
        {
            'indicator': 'TTHC-07', 'reading': 'per_received', 'month': 'received_month',
            'denominator': "status_code <> 'refused'",
            'numerator': 'has_reused_document',
        },
        {
            'indicator': 'TTHC-07', 'reading': 'per_digitised', 'month': 'received_month',
            'denominator': "status_code <> 'refused' and has_digitised_document",
            'numerator': 'has_reused_document',
        },
        {
            'indicator': 'TTHC-07', 'reading': 'flagged_766', 'month': 'received_month',
            'denominator': "status_code <> 'refused'",
            'numerator': 'is_flagged_digitised',
        },
        {
            'indicator': 'TTHC-08', 'reading': 'transactions_portal', 'month': 'received_month',
            'denominator': "charged_fee_count > 0 and payment_channel <> 'unpaid'",
            'numerator': "payment_channel = 'national_portal'",
            'weight': 'charged_fee_count',
        },
        {
            'indicator': 'TTHC-09', 'reading': 'dossiers_online', 'month': 'received_month',
            'denominator': "status_code <> 'refused' and has_fee_obligation",
            'numerator': "payment_channel in ('national_portal', 'local_gateway')",
        },
    ]) }}
{% endmacro %}

{#-
  Readings of ratings: which ratings count; satisfied = score from the indicator's parameter on
  (`parameter`; none named: satisfied_min_score).
-#}
{% macro rating_readings() %}
    {{ return([
        {'indicator': 'TTHC-03', 'reading': 'rating_online', 'denominator': "channel = 'online'"},
        {'indicator': 'TTHC-05', 'reading': 'rating', 'denominator': '1 = 1'},
        {'indicator': 'TTHC-06', 'reading': 'pooled', 'denominator': 'field_group is not null'},
        {'indicator': 'TTHC-06', 'reading': 'land', 'denominator': "field_group = 'land'"},
        {'indicator': 'TTHC-06', 'reading': 'construction', 'denominator': "field_group = 'construction'"},
        {'indicator': 'TTHC-06', 'reading': 'investment', 'denominator': "field_group = 'investment'"},
    ]) }}
{% endmacro %}

{#-
  Readings of budget publications, all of them stocks: the relation with a row per agency and month that
  says something (`from`), which of its rows (`where`), the parts. Of revenue, both parts are amounts in
  đồng of the whole year and only the province has them (`level`); the numerator is no part of the
  denominator (`is_share`: it may be larger, or below 0).
-#}
{% macro budget_readings() %}
    {{ return([
        {
            'indicator': 'TC-01', 'reading': 'excess', 'from': 'int_budget_revenues__yearly',
            'denominator': 'estimate_central_vnd',
            'numerator': 'actual_vnd - estimate_central_vnd',
            'level': 'province', 'is_share': false,
        },
        {
            'indicator': 'TC-01', 'reading': 'ratio', 'from': 'int_budget_revenues__yearly',
            'denominator': 'estimate_central_vnd',
            'numerator': 'actual_vnd',
            'level': 'province', 'is_share': false,
        },
        {
            'indicator': 'TC-01', 'reading': 'excess_council', 'from': 'int_budget_revenues__yearly',
            'denominator': 'estimate_council_vnd',
            'numerator': 'actual_vnd - estimate_council_vnd',
            'level': 'province', 'is_share': false,
        },
        {
            'indicator': 'TC-03a', 'reading': 'complete_on_time', 'from': 'int_publishing_units__monthly',
            'where': "publisher_level = 'unit'",
            'denominator': '1',
            'numerator': 'is_complete_on_time',
        },
        {
            'indicator': 'TC-03a', 'reading': 'published', 'from': 'int_publishing_units__monthly',
            'where': "publisher_level = 'unit'",
            'denominator': '1',
            'numerator': 'is_published',
        },
        {
            'indicator': 'TC-03b', 'reading': 'complete_on_time', 'from': 'int_publishing_units__monthly',
            'where': "publisher_level = 'commune'",
            'denominator': '1',
            'numerator': 'is_complete_on_time',
        },
        {
            'indicator': 'TC-03b', 'reading': 'published', 'from': 'int_publishing_units__monthly',
            'where': "publisher_level = 'commune'",
            'denominator': '1',
            'numerator': 'is_published',
        },
    ]) }}
{% endmacro %}

{#-
  Readings of the open-data portal, all of them stocks, of bodies obliged to publish: which of them
  (`where`), the parts. A month of which there is no snapshot has neither part.
-#}
{% macro open_data_readings() %}
    {{ return([
        {
            'indicator': 'SO-01', 'reading': 'all_critical_passed', 'from': 'int_open_bodies__monthly',
            'denominator': '1',
            'numerator': 'conforms',
        },
        {
            'indicator': 'SO-01', 'reading': 'departments_only', 'from': 'int_open_bodies__monthly',
            'where': "obligation_group = 'department'",
            'denominator': '1',
            'numerator': 'conforms',
        },
        {
            'indicator': 'SO-01', 'reading': 'graded_share', 'from': 'int_open_bodies__monthly',
            'denominator': 'judged_count',
            'numerator': 'passed_count',
        },
    ]) }}
{% endmacro %}

{#-
  Readings that the agencies' forms ask for. How they are counted stands in the forms alone
  (ingestion/sources/agency_reports/forms): which field is the numerator, the denominator or a figure by itself.
  `pooled` readings add up the parts of others of the same report.
-#}
{% macro report_readings() %}
    {{ return([
        {'indicator': 'BM-01', 'reading': 'confirmed'},
        {'indicator': 'BM-02', 'reading': 'confirmed'},
        {'indicator': 'BM-03', 'reading': 'confirmed'},
        {'indicator': 'BM-04', 'reading': 'confirmed'},
        {'indicator': 'CTX-01', 'reading': 'par_index'},
        {'indicator': 'CTX-01', 'reading': 'sipas'},
        {'indicator': 'CTX-01', 'reading': 'papi'},
        {'indicator': 'CTX-01', 'reading': 'pci'},
        {'indicator': 'CTX-01', 'reading': 'pobi'},
        {'indicator': 'CTX-01', 'reading': 'dti'},
        {'indicator': 'CV-01', 'reading': 'approved_in_force'},
        {'indicator': 'CV-02', 'reading': 'standard_met'},
        {'indicator': 'SO-02', 'reading': 'grdp'},
        {'indicator': 'SO-03', 'reading': 'assessed_level'},
        {'indicator': 'TC-02', 'reading': 'by_count'},
        {'indicator': 'TC-02', 'reading': 'by_value'},
        {'indicator': 'TC-04', 'reading': 'active_stock'},
        {'indicator': 'TC-04', 'reading': 'registered_stock'},
        {'indicator': 'TT-01', 'reading': 'reported'},
        {'indicator': 'TT-02', 'reading': 'reported'},
        {'indicator': 'TT-03', 'reading': 'reported'},
        {'indicator': 'TT-04', 'reading': 'reported'},
        {'indicator': 'TT-05', 'reading': 'reported'},
        {'indicator': 'TT-06', 'reading': 'reported'},
        {'indicator': 'TT-07', 'reading': 'reported'},
        {'indicator': 'TTHC-03', 'reading': 'survey'},
        {'indicator': 'TTHC-05', 'reading': 'survey'},
        {
            'indicator': 'TTHC-06', 'reading': 'survey',
            'pooled': ['survey_land', 'survey_construction', 'survey_investment'],
        },
        {'indicator': 'TTHC-06', 'reading': 'survey_land'},
        {'indicator': 'TTHC-06', 'reading': 'survey_construction'},
        {'indicator': 'TTHC-06', 'reading': 'survey_investment'},
    ]) }}
{% endmacro %}

{#-
  Readings that nobody reports yet: they stand as "not reported" beside the others of a one-stop indicator, or
  beside the reading of a report that is named (`beside`).
-#}
{% macro unreported_readings() %}
    {{ return([
        {'indicator': 'SO-02', 'reading': 'gdp', 'beside': 'grdp'},
        {'indicator': 'TTHC-05', 'reading': 'computed_766'},
    ]) }}
{% endmacro %}

{#- Column stem of a formula in the wide monthly tables: later formulas carry their first version. -#}
{% macro reading_column(reading) -%}
    {%- set first = reading.get('versions', [1]) | min -%}
    {{- reading.indicator | lower | replace('-', '_') ~ '_' ~ reading.reading -}}
    {{- '_v' ~ first if first > 1 -}}
{%- endmacro %}

{#- Join of a relation with monthly rows to the months in which a formula counts. -#}
{% macro join_valid_versions(reading, months) -%}
    inner join versions
        on
            versions.indicator_code = '{{ reading.indicator }}'
            and versions.formula_version in ({{ reading.get('versions', [1]) | join(', ') }})
            and {{ months }}.month_start >= versions.valid_from
            and {{ months }}.month_start < versions.valid_to
{%- endmacro %}

{#- `sum` of a reading's numerator or denominator over rows of fct_dossier or of the procedure list. -#}
{% macro reading_sum(reading, part) -%}
    sum(case
        when {{ reading.denominator }}{% if part == 'numerator' %} and {{ reading.numerator }}{% endif %}
            then {{ reading.get('weight', 1) }}
        else 0
    end)
{%- endmacro %}

{#- Column of a rating formula's lowest satisfied score. -#}
{% macro threshold_column(reading) -%}
    {{- reading.indicator | lower | replace('-', '_') ~ '_' ~ reading.get('parameter', 'satisfied_min_score') -}}
{%- endmacro %}

{#- The rating formulas, one for each parameter that they use. -#}
{% macro rating_thresholds() -%}
    {%- set columns, readings = [], [] -%}
    {%- for reading in rating_readings() if threshold_column(reading) not in columns -%}
        {%- do columns.append(threshold_column(reading)) -%}
        {%- do readings.append(reading) -%}
    {%- endfor -%}
    {{ return(readings) }}
{%- endmacro %}

{#- Codes of all readings of one indicator, in the order of the lists above. -#}
{% macro readings_of(indicator) -%}
    {%- set codes = [] -%}
    {%- for reading in procedure_readings() + dossier_readings() + rating_readings() + budget_readings()
        + open_data_readings() + report_readings() + unreported_readings()
        if reading.indicator == indicator and reading.reading not in codes -%}
        {%- do codes.append(reading.reading) -%}
    {%- endfor -%}
    {{ return(codes) }}
{%- endmacro %}

{#- The indicators of a list of formulas, as SQL literals. -#}
{% macro indicators_in(readings) -%}
    {%- set codes = [] -%}
    {%- for reading in readings if reading.indicator not in codes -%}
        {%- do codes.append(reading.indicator) -%}
    {%- endfor -%}
    {{- literals(codes) -}}
{%- endmacro %}

{#- Formulas whose numerator is no part of the denominator. -#}
{% macro ratios_beyond_shares() -%}
    {{ return(budget_readings() | selectattr('is_share', 'defined') | list) }}
{%- endmacro %}

{#- Formulas of figures that only the province has. -#}
{% macro readings_of_province() -%}
    {{ return(budget_readings() | selectattr('level', 'defined') | list) }}
{%- endmacro %}

{#- Condition that leaves to each formula of a reading its own months; empty where there is one only. -#}
{% macro drill_months(reading, formulas, month) -%}
    {%- if formulas | length > 1 -%}
    || ' and exists (select 1 from marts.dim_indicator_version as versions'
    || ' where versions.indicator_code = ''{{ reading.indicator }}'''
    || ' and versions.formula_version in ({{ reading.get('versions', [1]) | join(', ') }})'
    || ' and {{ month }} >= versions.valid_from'
    || ' and {{ month }} < coalesce(versions.valid_to, date ''9999-12-31''))'
    {%- endif -%}
{%- endmacro %}

{#- The part of a drill-down's condition that names the agency; `month` is the month that counts. -#}
{% macro drill_agency(month) -%}
    case agency_level
        when 'province' then ''
        when 'district'
            then
                ' and dim_agency.agency_key in (select agency_key from marts.dim_agency_district'
                || ' where district_key = ' || cast(agency_key as {{ dbt.type_string() }})
                || ' and {{ month }} >= valid_from and {{ month }} < valid_to)'
        else
            ' and dim_agency.' || case basis when 'as_was' then 'agency_key' else 'current_agency_key' end
            || ' = ' || cast(agency_key as {{ dbt.type_string() }})
    end
{%- endmacro %}

{#-
  SQL (as a text column) that lists the dossiers, ratings, procedures, publications, budget lines, bodies or cells of
  reports behind a row, with a flag for those in the numerator. Expects the columns agency_key, agency_level, basis, period_start, period_end.
-#}
{% macro drill_sql(indicator, reading_code) -%}
    {%- set formulas = [] -%}
    {%- for reading in procedure_readings() + dossier_readings() + rating_readings() + budget_readings()
        + open_data_readings() + report_readings()
        if reading.indicator == indicator and reading.reading == reading_code -%}
        {%- do formulas.append(reading) -%}
    {%- endfor -%}
    {%- for reading in dossier_readings() if reading in formulas -%}
    {{ "|| ' union all ' || " if reading != formulas[0] }}
    'select dossier_code, {{ reading.numerator | replace("'", "''") }} as in_numerator'
    || ' from marts.fct_dossier inner join marts.dim_agency using (agency_key)'
    || ' where {{ reading.denominator | replace("'", "''") }}'
    || ' and {{ reading.month }} >= date ''' || cast(period_start as {{ dbt.type_string() }}) || ''''
    || ' and {{ reading.month }} < date ''' || cast(period_end as {{ dbt.type_string() }}) || ''''
    {{ drill_months(reading, formulas, reading.month) }}
    || {{ drill_agency(reading.month) }}
    {%- endfor -%}
    {%- for reading in rating_readings() if reading in formulas -%}
    {{ "|| ' union all ' || " if reading != formulas[0] }}
    'select ratings.rating_code, ratings.score, fct_dossier.dossier_code'
    || ' from intermediate.int_ratings__versioned as ratings'
    || ' left join marts.fct_dossier using (dossier_code)'
    || ' left join reference.procedure_field_groups as groups on fct_dossier.field_code = groups.field_code'
    || ' inner join marts.dim_agency on coalesce(fct_dossier.agency_key, -1) = dim_agency.agency_key'
    || ' where ratings.is_latest and ratings.is_present and ratings.score is not null'
    || ' and {{ reading.denominator | replace("field_group", "groups.\"group\"") | replace("'", "''") }}'
    || ' and rated_month >= date ''' || cast(period_start as {{ dbt.type_string() }}) || ''''
    || ' and rated_month < date ''' || cast(period_end as {{ dbt.type_string() }}) || ''''
    {{ drill_months(reading, formulas, 'rated_month') }}
    || {{ drill_agency('rated_month') }}
    {%- endfor -%}
    {%- for reading in procedure_readings() if reading in formulas -%}
    {{ "|| ' union all ' || " if reading != formulas[0] }}
    'select month_start, procedure_code, {{ reading.numerator | replace("'", "''") }} as in_numerator'
    || ' from intermediate.int_procedures__monthly_snapshots as procedures'
    || ' inner join marts.dim_agency on procedures.owner_agency_key = dim_agency.agency_key'
    || ' where {{ reading.denominator | replace("'", "''") }} and month_start = (select max(month_start)'
    || ' from intermediate.int_procedures__monthly_snapshots where month_start >= date '''
    || cast(period_start as {{ dbt.type_string() }}) || ''' and month_start < date '''
    || cast(period_end as {{ dbt.type_string() }}) || ''')'
    {{ drill_months(reading, formulas, 'month_start') }}
    || {{ drill_agency('month_start') }}
    {%- endfor -%}
    {%- for reading in budget_readings() if reading in formulas -%}
    {{ "|| ' union all ' || " if reading != formulas[0] }}
    {%- if reading.get('level') == 'province' %}
    'select line_key, form_key, measure_code, published_value, unit_factor, value_vnd_million'
    || ' from marts.fct_budget_line where agency_key = {{ province_key() }} and is_counted'
    || ' and period_type = ''year'' and state = ''value'' and item_code = ''domestic_revenue'''
    || ' and form_key in (''settlement.63.province'', ''execution.60.province'')'
    || ' and measure_code in (''actual'', ''estimate_central'', ''estimate_council'')'
    || ' and period_start >= date ''' || cast(period_start as {{ dbt.type_string() }}) || ''''
    || ' and period_start < date ''' || cast(period_end as {{ dbt.type_string() }}) || ''''
    {%- else %}
    'select publication_key, document_kind, due_on, published_on, state,'
    || ' {{ "state = ''on_time''" if reading.reading == "complete_on_time" else "is_published" }} as in_numerator'
    || ' from marts.fct_publication inner join marts.dim_agency using (agency_key)'
    || ' where is_expected and {{ reading.where | replace("'", "''") }} and state <> ''not_judged'''
    || ' and due_on >= date ''' || {{ year_of_last_day('period_end') }} || '-01-01'''
    || ' and due_on < date ''' || cast(period_end as {{ dbt.type_string() }}) || ''''
    || ' and due_on <= as_of_on'
    {{ drill_months(reading, formulas, 'due_on') }}
    || {{ drill_agency('due_on') }}
    {%- endif %}
    {%- endfor -%}
    {%- for reading in open_data_readings() if reading in formulas -%}
    {{ "|| ' union all ' || " if reading != formulas[0] }}
    'select checked_on, agency_code, dataset_count, critical_failed_count, conforms as in_numerator'
    || ' from marts.fct_open_data_publisher inner join marts.dim_agency using (agency_key)'
    || ' where is_obliged'
    {%- if reading.where %}
    || ' and {{ reading.where | replace("'", "''") }}'
    {%- endif %}
    || ' and checked_on = (select max(checked_on) from marts.fct_open_data_publisher where checked_on >= date '''
    || cast(period_start as {{ dbt.type_string() }}) || ''' and checked_on < date '''
    || cast(period_end as {{ dbt.type_string() }}) || ''')'
    {{ drill_months(reading, formulas, 'checked_on') }}
    || {{ drill_agency('checked_on') }}
    {%- endfor -%}
    {%- for reading in report_readings() if reading in formulas -%}
    {{ "|| ' union all ' || " if reading != formulas[0] }}
    'select receipt_no, agency_code, sheet, cell, field_code, number_value, part <> ''denominator'' as in_numerator'
    || ' from marts.fct_report_cell inner join marts.dim_agency using (agency_key)'
    || ' where is_counted and indicator_code = ''{{ reading.indicator }}'' and reading_code = ''{{ reading.reading }}'''
    || ' and period_start >= date ''' || cast(period_start as {{ dbt.type_string() }}) || ''''
    || ' and period_end <= date ''' || cast(period_end as {{ dbt.type_string() }}) || ''''
    || ' and (nature = ''flow'' or period_end = (select max(period_end) from marts.fct_report_cell'
    || ' where indicator_code = ''{{ reading.indicator }}'' and period_start >= date '''
    || cast(period_start as {{ dbt.type_string() }}) || ''' and period_end <= date '''
    || cast(period_end as {{ dbt.type_string() }}) || '''))'
    {{ drill_months(reading, formulas, 'period_start') }}
    || {{ drill_agency('period_start') }}
    {%- endfor -%}
{%- endmacro %}
