"""What a door hands over: a file, when and how it came, and how its sender is answered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from ingestion.core.environment import TIMEZONE

DeliveryDoor = Literal["inbox", "mailbox", "upload", "archive"]
ReplyBy = Literal["mail", "response", "file", "none"]


@dataclass(frozen=True)
class Delivery:
    """One file that came through a door.

    Attributes:
        content: its bytes; never shown in ``repr``.
        file_name: as the sender called it; words of others.
        received_at: when it came, with a time zone. A delivery that is taken again after a crash
            keeps the time that was registered first.
        key: what tells this delivery from another one of the same file, the same whenever the door
            hands it over again: a Message-ID, the file's place and time. Empty: the moment of
            receipt tells it, so handing it over again is another delivery.
        claimed_agency_code: whom the door knows the sender to be; None: the door cannot know.
        reply_by: how the receipt goes back: ``mail`` (sent by `send_receipts`), ``response`` (the
            door answers), ``file`` (the door writes it beside), ``none``.
        reply_to: the address of a mail; a known contact of an organisation.
        reply_thread: Message-ID that the receipt answers.
        is_synthetic: whether it is simulated.
        refused_with: a reason code of ``receipts/wording.yml`` with which the door itself refuses
            it, such as ``unknown_sender``; the file is kept and registered, and not read.
        stated_bytes: size of a file that the door did not take over because it is too large.
    """

    content: bytes = field(repr=False)
    file_name: str
    door: DeliveryDoor
    received_at: datetime
    key: str = ""
    claimed_agency_code: str | None = None
    reply_by: ReplyBy = "none"
    reply_to: str | None = None
    reply_thread: str | None = None
    is_synthetic: bool = False
    refused_with: str | None = None
    stated_bytes: int | None = None

    def __post_init__(self) -> None:
        """Refuse a moment that nobody can place."""
        if self.received_at.tzinfo is None:
            raise ValueError("received_at needs a time zone")
        if self.reply_by == "mail" and not self.reply_to:
            raise ValueError("a receipt by mail needs an address")

    @property
    def byte_count(self) -> int:
        """Size of the file as sent."""
        return len(self.content) if self.stated_bytes is None else self.stated_bytes

    @property
    def sha256(self) -> str:
        """Hash of the file, lower-case hex."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def received_on(self) -> date:
        """The local day of receipt: the period of raw that it belongs to."""
        return self.received_at.astimezone(TIMEZONE).date()

    @property
    def submission_id(self) -> str:
        """Identity of the delivery: the same when a door hands the same one over again."""
        told = self.key or self.received_at.astimezone(TIMEZONE).isoformat()
        parts = (self.door, told, self.file_name, self.sha256)
        return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
