"""Intake: what every door ends in. A delivered file is kept, registered, read, judged, answered."""

from ingestion.sources.agency_reports.intake.delivery import (
    Delivery,
    DeliveryDoor,
    ReplyBy,
)
from ingestion.sources.agency_reports.intake.receipt import AcceptedCell, CellToMend, Receipt
from ingestion.sources.agency_reports.intake.take import Intake

__all__ = [
    "AcceptedCell",
    "CellToMend",
    "Delivery",
    "DeliveryDoor",
    "Intake",
    "Receipt",
    "ReplyBy",
]
