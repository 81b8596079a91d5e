"""The judgement of a reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ingestion.catalogue.agencies import Agency
from ingestion.sources.agency_reports.forms_model import Form
from ingestion.sources.agency_reports.judging.judgement import Claim, Judgement


def judge(
    reading: Mapping[str, Any],
    forms: Sequence[Form],
    agencies: Sequence[Agency],
    claim: Claim,
    *,
    form_key: str,
) -> Judgement:
    """Say what a reading is worth. Depends on nothing but its arguments.

    Args:
        reading: from `ingestion.sources.agency_reports.reading.reader.Reader.reading_of`; that of a
            refused file is judged too, into a refusal.
        forms: every form, all versions.
        agencies: every agency through the eras.
        claim: what the door knows.
        form_key: secret that form ids are checked with.
    """
    raise NotImplementedError
