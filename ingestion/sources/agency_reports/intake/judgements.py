"""Judgements as landing keeps them: the record for raw, and what only the receipt says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import orjson
from isal import igzip, isal_zlib

from ingestion.core.errors import LandingCorrupted
from ingestion.core.landing import Landing
from ingestion.sources.agency_reports.forms import SOURCE
from ingestion.sources.agency_reports.judging.judgement import Judgement

_COMPRESSION = 2


@dataclass(frozen=True)
class KeptJudgement:
    """A judgement read back.

    Attributes:
        record: as it goes to raw.
        labels: of the record's ``values``, in their order.
        remarks: each ``code``, ``where``, ``message_vi``.
    """

    record: dict[str, Any]
    labels: list[str]
    remarks: list[dict[str, str]]

    @property
    def values(self) -> list[dict[str, Any]]:
        """The cells."""
        found: list[dict[str, Any]] = self.record.get("values", [])
        return found


def keep_judgement(landing: Landing, submission_id: str, judgement: Judgement) -> str:
    """Keep a judgement; the same one is the same file.

    Returns:
        Its path in landing.
    """
    folder = f"{SOURCE}/judgements/{judgement.judged_with}/{submission_id[:2]}"
    path = f"{folder}/{submission_id}.json.gz"
    document = {
        "record": judgement.as_record(),
        "labels": [cell.label_vi for cell in judgement.values],
        "remarks": [asdict(remark) for remark in judgement.remarks],
    }
    landing.put(path, igzip.compress(orjson.dumps(document), _COMPRESSION, mtime=0))
    return path


def kept_judgement(landing: Landing, path: str) -> KeptJudgement:
    """A kept judgement.

    Raises:
        LandingCorrupted: it is gone or damaged; `cchc reports reread` makes it again.
    """
    stored = landing.get(path)
    if stored is None:
        raise LandingCorrupted(f"kept judgement is missing: {path}")
    try:
        document = orjson.loads(isal_zlib.decompress(stored, wbits=isal_zlib.MAX_WBITS | 16))
        return KeptJudgement(**document)
    except (isal_zlib.error, orjson.JSONDecodeError, TypeError):
        raise LandingCorrupted(f"kept judgement was damaged: {path}") from None
