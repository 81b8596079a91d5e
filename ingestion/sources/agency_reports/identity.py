"""The form id: which form, agency and period a workbook was made for, and a check code.

Printed ``<form>.<version>/<agency>/<period>/<check>``, such as
``BC-CCHC-Q.2/SNV/2026-Q3/7F3K-9QXM``. The check code is the start of an HMAC-SHA256 under the form
key, so an id that was altered, or made up, does not fit. It proves where a workbook comes from, not
who filled it in.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from ingestion.catalogue.agencies import Agency
from ingestion.core.connection import read_connection
from ingestion.core.environment import ConfigurationError
from ingestion.core.period import Period
from ingestion.ledger.due import all_agencies
from ingestion.sources.agency_reports.forms import SOURCE

NoFormId = Literal["absent", "broken"]

LEAST_KEY_LENGTH = 16
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without the letters that are taken for digits when read from paper (Crockford)."""
_CHECK_LENGTH = 8
_LONGEST = 100
_PRINTED = re.compile(
    r"(?P<form>BC(?:-[A-Z0-9]+)+)\.(?P<version>[1-9]\d{0,2})/(?P<agency>[A-Z0-9-]{1,20})"
    r"/(?P<period>\d{4}(?:-[\dQH-]{2,5})?)/(?P<check>[0-9A-Z]{4}-[0-9A-Z]{4})",
    re.ASCII,
)


@dataclass(frozen=True)
class FormKey:
    """The secret under which form ids are issued. It never shows in ``repr``.

    Raises:
        ConfigurationError: it is shorter than `LEAST_KEY_LENGTH` characters.
    """

    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a key that could be guessed."""
        if len(self.secret) < LEAST_KEY_LENGTH:
            raise ConfigurationError(f"A form key has at least {LEAST_KEY_LENGTH} characters.")


@dataclass(frozen=True)
class FormId:
    """What a workbook was made for.

    Attributes:
        form_code: such as ``BC-CCHC-Q``.
        version: of the form.
        agency_code: of the agency on the days of the period.
        agency_key: of that agency; a code is used again in other eras.
        period: what the report speaks of.
    """

    form_code: str
    version: int
    agency_code: str
    agency_key: int
    period: Period


def read_form_key() -> FormKey:
    """The form key of this installation, from the connection of the source.

    Raises:
        ConfigurationError: the connection is not set, or has no form key, or a short one.
    """
    what_to_do = (
        f"add form_key=<{LEAST_KEY_LENGTH} or more random characters> to the extra of "
        f"AIRFLOW_CONN_{SOURCE.upper()}; forms are issued and checked with the same key"
    )
    try:
        secret = read_connection(SOURCE).extra.get("form_key")
    except ConfigurationError as error:
        raise ConfigurationError(f"No form key: {error}; {what_to_do}") from None
    if not secret:
        raise ConfigurationError(f"No form key: {what_to_do}")
    return FormKey(str(secret))


def issue(form_id: FormId, key: FormKey) -> str:
    """The id as printed."""
    check = _check_code(form_id, key)
    return f"{_statement(form_id)}/{check[:4]}-{check[4:]}"


def parse(
    text: str | None, key: FormKey, agencies: Iterable[Agency] | None = None
) -> FormId | NoFormId:
    """Read a printed id; nothing but the exact id is taken, blanks around it aside.

    Args:
        text: what stands where an id is printed.
        key: under which it must have been issued.
        agencies: other agencies than those of the seed.

    Returns:
        What it says; ``absent`` when nothing stands there; ``broken`` when it is no id, names an
        agency or a period that is none, or does not fit its check code.
    """
    printed = (text or "").strip()
    if not printed:
        return "absent"
    found = _PRINTED.fullmatch(printed) if len(printed) <= _LONGEST else None
    if not found:
        return "broken"
    try:
        period = Period.parse(found["period"])
    except ValueError:
        return "broken"
    for agency in all_agencies() if agencies is None else agencies:
        if agency.code != found["agency"]:
            continue
        # Bearers of a code in other eras do not fit: their key is part of what is checked.
        given = FormId(found["form"], int(found["version"]), agency.code, agency.key, period)
        if hmac.compare_digest(issue(given, key), printed):
            return given
    return "broken"


def _statement(form_id: FormId) -> str:
    return f"{form_id.form_code}.{form_id.version}/{form_id.agency_code}/{form_id.period}"


def _check_code(form_id: FormId, key: FormKey) -> str:
    stated = f"{_statement(form_id)}/{form_id.agency_key}".encode()
    number = int.from_bytes(hmac.digest(key.secret.encode(), stated, hashlib.sha256)[:5])
    return "".join(_LETTERS[number >> 5 * at & 31] for at in reversed(range(_CHECK_LENGTH)))
