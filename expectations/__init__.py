"""Checks of agency data: rules, findings and the digests that tell an agency what to mend.

Three kinds of checks never mix: contracts judge the shape of a file, dbt tests judge our own
logic, and this package judges the agency's numbers. It stops nobody; it makes findings.
"""

ROLE = "cchc_alert"
"""The database role of this package: reads the marts; writes findings, notices and outcomes."""
