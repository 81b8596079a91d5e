"""Taking a delivery in, step by step; every step can be repeated, so a killed run is finished."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from ingestion.core.landing import Landing
from ingestion.sources.agency_reports.intake.delivery import Delivery
from ingestion.sources.agency_reports.intake.receipt import Receipt


class Intake:
    """Takes deliveries in. Thread-safe; use as a context manager."""

    def __init__(self, engine: Engine, landing: Landing) -> None:
        """Prepare.

        Args:
            engine: the warehouse, as ``cchc_ingest``.
            landing: where files, readings and judgements are kept.
        """
        self._engine = engine
        self._landing = landing

    def __enter__(self) -> Self:
        """Enter."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes that files are read in."""

    def take(self, delivery: Delivery) -> Receipt:
        """Keep, register, read and judge a file; taken again it is the same delivery.

        Raises:
            IngestionError: our own fault (landing, database); the door hands it over again later.
        """
        raise NotImplementedError

    def receipt(self, receipt_no: str) -> Receipt | None:
        """The receipt of an earlier delivery; None where there is none or it is not judged yet."""
        raise NotImplementedError

    def told(self, receipt_no: str) -> None:
        """Note that a door handed the receipt to the sender (``response`` or ``file``)."""
        raise NotImplementedError
