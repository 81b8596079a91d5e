"""The workbook that an office fills in: its words, where things stand, and writing it."""

from ingestion.sources.agency_reports.template.layout import Layout
from ingestion.sources.agency_reports.template.workbook import (
    NoVersion,
    layout_of,
    write_template,
)

__all__ = ["Layout", "NoVersion", "layout_of", "write_template"]
