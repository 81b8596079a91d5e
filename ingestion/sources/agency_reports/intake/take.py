"""Taking a delivery in, step by step; every step can be repeated, so a killed run is finished.

keep the file → register it with its receipt number → read it in the isolated process → judge →
keep the judgement → enter it. A run that is killed between two steps leaves a delivery without a
judgement; whoever comes next (the door that hands it over again, or `Intake.finish_pending`) goes
on with the same delivery under the same receipt number.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine

from ingestion.core.errors import IngestionError
from ingestion.core.landing import Landing
from ingestion.core.log import event
from ingestion.sources.agency_reports.doors.refusals import door_sentences
from ingestion.sources.agency_reports.forms import SOURCE
from ingestion.sources.agency_reports.identity import read_form_key
from ingestion.sources.agency_reports.intake import register
from ingestion.sources.agency_reports.intake.answering import Answers
from ingestion.sources.agency_reports.intake.delivery import Delivery
from ingestion.sources.agency_reports.intake.judgements import keep_judgement
from ingestion.sources.agency_reports.intake.receipt import Receipt
from ingestion.sources.agency_reports.intake.register import Registered
from ingestion.sources.agency_reports.judging.in_force import law_in_force
from ingestion.sources.agency_reports.judging.judge import judge
from ingestion.sources.agency_reports.judging.judgement import Claim, Judgement
from ingestion.sources.agency_reports.reading.reader import Reader, Reading

logger = logging.getLogger(__name__)

_FACTS = (
    "state",
    "agency_key",
    "agency_code",
    "form_code",
    "form_version",
    "period_type",
    "period_start",
    "hollow_kind",
    "reason_code",
    "judged_with",
)


class Intake:
    """Takes deliveries in. Thread-safe; use as a context manager."""

    def __init__(self, engine: Engine, landing: Landing, workers: int = 1) -> None:
        """Prepare.

        Args:
            engine: the warehouse, as ``cchc_ingest``.
            landing: where files, readings and judgements are kept.
            workers: processes that read at a time.
        """
        self._engine = engine
        self._landing = landing
        self._workers = workers
        self._reader = Reader(landing, workers)
        self._answers = Answers(engine, landing)

    def __enter__(self) -> Self:
        """Enter."""
        self._reader.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes that files are read in."""
        self._reader.__exit__(kind, error, trace)

    def take(self, delivery: Delivery) -> Receipt:
        """Keep, register, read and judge a file; taken again it is the same delivery.

        Raises:
            IngestionError: our own fault (landing, database); the door hands it over again later.
            ConfigurationError: there is no form key; the file is kept and registered meanwhile.
        """
        registered = self.register(delivery)
        if not registered.is_judged:
            registered = self._finish(registered, delivery.content)
        return self._answers.receipt(registered)

    def register(self, delivery: Delivery) -> Registered:
        """Only keep and register; `finish_pending` does the rest."""
        kept = self._landing.keep(SOURCE, delivery.content)
        return register.register(self._engine, delivery, kept)

    def finish_pending(self, first: date = date.min, last: date = date.max) -> int:
        """Finish what was registered and not judged, received between two days, both included.

        Returns:
            How many deliveries were finished.

        Raises:
            IngestionError: some could not be finished; the others are.
        """
        waiting = register.received(self._engine, first, last, only_pending=True)
        # Reading takes long and is shared out; judging goes in order of receipt, because a report
        # is held against those that came before it.
        with ThreadPoolExecutor(self._workers, thread_name_prefix="read") as pool:
            for _ in pool.map(self._read_ahead, waiting):
                pass
        failed: list[str] = []
        for registered in waiting:
            try:
                self._finish(registered)
            except IngestionError as error:
                event(logger, "a delivery is not judged", receipt=registered.receipt_no, why=error)
                failed.append(registered.receipt_no)
        if failed:
            raise IngestionError(f"not judged, see the log: {', '.join(failed)}")
        return len(waiting)

    def _read_ahead(self, registered: Registered) -> None:
        """Have a file read; the reading is kept. What goes wrong is told when it is judged."""
        with suppress(IngestionError):
            self._reading(registered, None)

    def judge_again(self, registered: Registered) -> Registered:
        """Judge a delivery as the present code and forms do; the earlier judgement is kept too."""
        return self._finish(registered)

    def receipt(self, receipt_no: str) -> Receipt | None:
        """The receipt of an earlier delivery; None where there is none or it is not judged yet."""
        registered = register.by_receipt_no(self._engine, receipt_no)
        if registered is None or not registered.is_judged:
            return None
        return self._answers.receipt(registered)

    def told(self, receipt_no: str) -> None:
        """Note that a door handed the receipt to the sender (``response`` or ``file``)."""
        register.note_told(self._engine, receipt_no)

    def _finish(self, registered: Registered, content: bytes | None = None) -> Registered:
        judgement = self._judged(registered, content)
        path = keep_judgement(self._landing, registered.submission_id, judgement)
        judged = register.store_judged(self._engine, registered, _facts(judgement), path)
        if judged.hollow_kind is None and self._answers.copied_from(judged) is not None:
            register.note_hollow(self._engine, judged, "copied")
            judged = replace(judged, hollow_kind="copied")
        event(
            logger,
            "report judged",
            receipt=judged.receipt_no,
            door=judged.door,
            state=judged.state,
            form=judged.form_code,
            reason=judged.reason_code,
        )
        return judged

    def _judged(self, registered: Registered, content: bytes | None) -> Judgement:
        claim = Claim(registered.claimed_agency_code, registered.received_on, registered.door)
        return judge(self._reading(registered, content), law_in_force(read_form_key()), claim)

    def _reading(self, registered: Registered, content: bytes | None) -> Reading:
        sentence = door_sentences().get(registered.reason_code or "")
        if sentence is not None and not registered.was_read:
            return {
                "state": "refused",
                "reason_code": registered.reason_code,
                "reason_vi": sentence,
            }
        if content is None:
            content = self._landing.kept(SOURCE, registered.file_sha256)
        return self._reader.reading_of(content, registered.file_name)


def _facts(judgement: Judgement) -> dict[str, Any]:
    """What ``ops.submission`` says of a delivery as a whole."""
    return {name: getattr(judgement, name) for name in _FACTS}
