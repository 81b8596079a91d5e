"""Windows that were loaded and are not what the sites offer now: late documents, new files."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

from sqlalchemy import Engine

from ingestion.core import environment
from ingestion.core.connection import read_connection
from ingestion.core.extractor import Workplace
from ingestion.core.landing import Landing
from ingestion.core.period import Period
from ingestion.core.source import Source, read_source
from ingestion.ledger.obligations import periods_due
from ingestion.sources.budget_publications.extractor import Documents, make_client
from ingestion.sources.budget_publications.known import loaded_windows
from ingestion.sources.budget_publications.settings import SOURCE, read_settings


def changed_windows(first: date, last: date, *, base_url: str | None = None) -> list[Period]:
    """Windows of the look-back before a run that must be loaded again.

    Args:
        first: first day of the run.
        last: last day of the run; windows that end in between are loaded anyway.
        base_url: another address than the connection's.

    Returns:
        Windows that were loaded before, ended before ``first`` and hold other documents, facts or
        files now, in order. Files that are new have been kept by then.

    Raises:
        SourceUnavailable: a listing does not come.
        DataRefused: a listing must not be believed.
        ValueError: ``last`` lies before ``first``.
    """
    if last < first:
        raise ValueError(f"the last day {last} lies before the first {first}")
    source = read_source(SOURCE)
    engine = environment.engine("cchc_ingest")
    try:
        with engine.connect() as connection:
            loaded = loaded_windows(connection)
        since = first - timedelta(days=read_settings().look_back_days)
        due = periods_due(SOURCE, "documents", since, first - timedelta(days=1))
        windows = [period for period in due if str(period) in loaded]
        return asyncio.run(_changed(source, engine, windows, base_url)) if windows else []
    finally:
        engine.dispose()


async def _changed(
    source: Source, engine: Engine, windows: list[Period], base_url: str | None
) -> list[Period]:
    landing_url = environment.landing_url()
    workplace = Workplace(Landing(landing_url), landing_url, engine)
    async with make_client(source, read_connection(source.connection), base_url) as client:
        documents = Documents(source, workplace, client)
        return [
            period for period in windows if documents.is_changed(await documents.window(period))
        ]
