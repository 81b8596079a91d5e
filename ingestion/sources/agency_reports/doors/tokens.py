"""Upload tokens: one long random word per agency; the warehouse holds its hash only.

A token is 130 random bits in Crockford's base 32, in groups that can be read out and typed; case,
spaces and dashes do not matter, nor do the letters that look like digits. Guessing one is hopeless,
so its plain SHA-256 is safe to keep (slow hashes protect the short passwords that people choose).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import Engine, text

from ingestion.catalogue.agencies import Agency
from ingestion.core.environment import TIMEZONE
from ingestion.core.log import keep_secret, quote_foreign
from ingestion.ledger.due import all_agencies

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26
_GROUP = 5
_LONGEST_TYPED = 200
_LOOKALIKES = str.maketrans("OIL", "011", " -\u00a0\u2010\u2011\u2013\t")
_SHORTEST_REFERENCE = 6

TokenState = Literal["valid", "not_yet", "expired", "revoked"]

_ISSUE = text("""
    insert into ops.upload_token (token_sha256, agency_code, note, valid_from, valid_to)
    values (:token_sha256, :agency_code, :note, :valid_from, :valid_to)
""")
_FIND = text("""
    select agency_code from ops.upload_token
    where
        token_sha256 = :token_sha256 and revoked_at is null
        and valid_from <= :at and valid_to > :at
""")
_LIST = text("""
    select token_sha256, agency_code, note, valid_from, valid_to, revoked_at
    from ops.upload_token
    order by agency_code, valid_from, token_sha256
""")
_REVOKE = text("""
    update ops.upload_token set revoked_at = :at
    where revoked_at is null and token_sha256 = :token_sha256
""")


class TokenError(ValueError):
    """What was asked for cannot be done; the message says why."""


@dataclass(frozen=True)
class TokenInfo:
    """What is known of a token; the token itself nobody knows but its agency.

    Attributes:
        reference: start of its hash, by which it is revoked.
    """

    token_sha256: str
    agency_code: str
    note: str | None
    valid_from: datetime
    valid_to: datetime
    revoked_at: datetime | None

    @property
    def reference(self) -> str:
        """Enough of the hash to name it."""
        return self.token_sha256[:10]

    def state(self, at: datetime) -> TokenState:
        """Whether it opens the door."""
        if self.revoked_at is not None and self.revoked_at <= at:
            return "revoked"
        if at < self.valid_from:
            return "not_yet"
        return "valid" if at < self.valid_to else "expired"


class Tokens:
    """The tokens in ``ops.upload_token``. Thread-safe."""

    def __init__(
        self,
        engine: Engine,
        agencies: Iterable[Agency] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Prepare.

        Args:
            engine: the warehouse, as ``cchc_ingest``.
            agencies: the units of every era; None: those of the seed.
            clock: what time it is.
        """
        self._engine = engine
        self._agencies = tuple(all_agencies() if agencies is None else agencies)
        self._clock = clock

    def issue(self, agency_code: str, days: int, note: str = "") -> str:
        """Make a token for an agency that exists today.

        Returns:
            The token: to be shown once and written nowhere.

        Raises:
            TokenError: there is no such agency today, or the days are not positive.
        """
        now = self._clock()
        if days <= 0:
            raise TokenError(f"a token of {days} days would never be valid")
        if self._agency(agency_code, now) is None:
            raise TokenError(f"no agency {agency_code!r} today: see `cchc catalogue agency`")
        plain = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        token = "-".join(plain[i : i + _GROUP] for i in range(0, _LENGTH, _GROUP))
        keep_secret(token)
        row = {
            "token_sha256": hash_of(token),
            "agency_code": agency_code,
            "note": quote_foreign(note) or None,
            "valid_from": now,
            "valid_to": now + timedelta(days=days),
        }
        with self._engine.begin() as connection:
            connection.execute(_ISSUE, row)
        return token

    def owner(self, token: str) -> Agency | None:
        """Whose token it is; None if it is none, expired or revoked, or the agency is gone.

        The reasons are not told apart: whoever tries tokens shall learn nothing.
        """
        if not token or len(token) > _LONGEST_TYPED:
            return None
        now = self._clock()
        asked = {"token_sha256": hash_of(token), "at": now}
        with self._engine.connect() as connection:
            agency_code = connection.execute(_FIND, asked).scalar()
        return None if agency_code is None else self._agency(agency_code, now)

    def all(self) -> list[TokenInfo]:
        """Every token that was ever issued, by agency."""
        with self._engine.connect() as connection:
            return [TokenInfo(**row) for row in connection.execute(_LIST).mappings()]

    def revoke(self, reference: str) -> TokenInfo:
        """Shut a token out, at once and for ever.

        Args:
            reference: start of its hash, as `TokenInfo.reference` or longer.

        Raises:
            TokenError: it names no token or several, or the token is revoked already.
        """
        wanted = reference.strip().lower()
        found = [known for known in self.all() if known.token_sha256.startswith(wanted)]
        if len(wanted) < _SHORTEST_REFERENCE or len(found) != 1:
            raise TokenError(f"{reference!r} names no single token: see `cchc reports token list`")
        with self._engine.begin() as connection:
            row = {"token_sha256": found[0].token_sha256, "at": self._clock()}
            if not connection.execute(_REVOKE, row).rowcount:
                raise TokenError(f"token {found[0].reference} is revoked already")
        return found[0]

    def _agency(self, code: str, at: datetime) -> Agency | None:
        day = at.astimezone(TIMEZONE).date()
        return next(
            (
                agency
                for agency in self._agencies
                if agency.code == code and agency.is_valid_on(day) and not agency.is_technical
            ),
            None,
        )


def hash_of(token: str) -> str:
    """SHA-256 of a token however it was typed."""
    normal = token.strip().upper().translate(_LOOKALIKES)
    return hashlib.sha256(normal.encode("utf-8", "replace")).hexdigest()
