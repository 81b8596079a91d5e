"""Where this installation keeps things and how to reach its warehouse.

Every setting comes from an environment variable; what is unset falls back to the embedded
services' state under ``var/``. Nothing is read at import time.
"""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

TIMEZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""The time zone of every date in the data."""


class ConfigurationError(RuntimeError):
    """Something this installation needs is not set up; the message says what to do."""


def repo_root() -> Path:
    """The checkout that holds ``dags/``, ``dbt_project/`` and ``ingestion/``.

    ``CCHC_ROOT`` overrides it where the packages are installed away from the checkout.
    """
    given = os.environ.get("CCHC_ROOT")
    return Path(given).resolve() if given else Path(__file__).resolve().parents[2]


def var_dir() -> Path:
    """The folder for all local state: ``CCHC_VAR``, else ``<root>/var``."""
    given = os.environ.get("CCHC_VAR")
    return Path(given).resolve() if given else repo_root() / "var"


def landing_url() -> str:
    """The fsspec URL of the landing zone: ``CCHC_LANDING``, else ``var/landing``."""
    return os.environ.get("CCHC_LANDING") or str(var_dir() / "landing")


def open_data_url() -> str:
    """The fsspec URL that our own open data go to: ``CCHC_OPEN_DATA``, else ``var/open-data``."""
    return os.environ.get("CCHC_OPEN_DATA") or str(var_dir() / "open-data")


def open_data_base_url() -> str:
    """Where the public reads `open_data_url`: the address ``CCHC_OPEN_DATA_BASE``, else ""."""
    return os.environ.get("CCHC_OPEN_DATA_BASE", "")


def embedded_url_file() -> Path:
    """The file in which the embedded PostgreSQL leaves its warehouse URL (mode 0600)."""
    return var_dir() / "postgres" / "warehouse_url"


def warehouse_url() -> str:
    """The SQLAlchemy URL of the warehouse database, driver psycopg 3.

    Raises:
        ConfigurationError: neither ``WAREHOUSE_URL`` nor an embedded server is there.
    """
    given = os.environ.get("WAREHOUSE_URL")
    if not given:
        try:
            given = embedded_url_file().read_text().strip()
        except FileNotFoundError:
            raise ConfigurationError(
                "No warehouse: set WAREHOUSE_URL, or start the embedded one with `cchc up`."
            ) from None
    url = make_url(given)
    if url.get_backend_name() != "postgresql":
        raise ConfigurationError(
            f"WAREHOUSE_URL must be a PostgreSQL address, not {url.get_backend_name()}."
        )
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def libpq_url(url: str | None = None) -> str:
    """The same address in the plain form that libpq clients (psycopg, ADBC, psql) take."""
    parsed = make_url(url or warehouse_url())
    return parsed.set(drivername="postgresql").render_as_string(hide_password=False)


def engine(role: str | None = None, url: str | None = None) -> Engine:
    """A small connection pool on the warehouse.

    Args:
        role: the database role to act as (``cchc_ingest``, ``cchc_alert`` …); none keeps the
            login's own rights.
        url: another warehouse than `warehouse_url`.
    """
    options = f"-c timezone={TIMEZONE.key}"
    if role:
        options += f" -c role={role}"
    return create_engine(
        url or warehouse_url(),
        connect_args={"options": options, "application_name": f"cchc {role or 'admin'}"},
        pool_size=2,
        max_overflow=2,
        pool_pre_ping=True,
    )
