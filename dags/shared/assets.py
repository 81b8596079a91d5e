"""The assets that tie one DAG to the next. Their order is the pipeline."""

from airflow.sdk import Asset

RAW_TTHC = Asset("raw/tthc")
"""Days of the one-stop system are in ``raw``; the event's ``extra`` says which and how many."""

RAW_BUDGET = Asset("raw/budget_publications")
"""Budget documents and what their files say are in ``raw``; ``extra`` says which days changed."""

RAW_OPEN_DATA = Asset("raw/open_data_portal")
"""Snapshots of the open-data portal are in ``raw``; ``extra`` says of which days."""

RAW_AGENCY_REPORTS = Asset("raw/agency_reports")
"""Reports that agencies delivered are in ``raw``; ``extra`` says of which days of receipt."""

INDICATORS = Asset("marts/indicators")
"""The marts hold what ``raw`` held when the build began."""

FINDINGS = Asset("ops/findings")
"""``ops.finding`` is up to date with the marts."""

SHOWN = Asset("marts/findings")
"""The marts show the findings and cells of the last check."""
