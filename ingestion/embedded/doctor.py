"""What this machine and installation need, each found or not, and how to mend it."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ingestion.core.environment import ConfigurationError, engine, landing_url, repo_root, var_dir
from ingestion.core.source import source_names
from ingestion.embedded.postgres import packaged_binaries
from ingestion.embedded.processes import ServiceError

SPACE_NEEDED_GIB = 3


@dataclass(frozen=True)
class Check:
    """One thing looked at.

    Attributes:
        name: what was looked at.
        is_ok: whether it is as it should be.
        found: what was found.
        remedy: what to do if it is not.
        is_needed: False for what only some uses need.
    """

    name: str
    is_ok: bool
    found: str
    remedy: str
    is_needed: bool = True


def diagnose() -> list[Check]:
    """Look at everything, in the order in which one would mend it."""
    return [
        _python(),
        _space(),
        _server_binaries(),
        *_warehouse(),
        _landing(),
        *[_connection(name) for name in (*source_names(), "smtp_default")],
        _form_key(),
    ]


def _python() -> Check:
    version = sys.version.split()[0]
    is_ok = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Check("Python", is_ok, version, "Install Python 3.11 to 3.13, then `make clean`.")


def _space() -> Check:
    folder = next(path for path in [var_dir(), *var_dir().parents] if path.exists())
    free = shutil.disk_usage(folder).free / 2**30
    return Check(
        "Disk space",
        free >= SPACE_NEEDED_GIB,
        f"{free:.0f} GiB free at {folder}",
        f"Free {SPACE_NEEDED_GIB} GiB, or set CCHC_VAR to a folder on another disk.",
    )


def _server_binaries() -> Check:
    if os.environ.get("WAREHOUSE_URL"):
        return Check("PostgreSQL binaries", True, "not needed: WAREHOUSE_URL is set", "")
    given = os.environ.get("CCHC_POSTGRES_BIN")
    if given:
        is_ok = (Path(given) / "postgres").exists()
        return Check(
            "PostgreSQL binaries", is_ok, given, "CCHC_POSTGRES_BIN must hold `postgres`, `initdb`."
        )
    try:
        return Check("PostgreSQL binaries", True, str(packaged_binaries()), "")
    except ServiceError as error:
        return Check("PostgreSQL binaries", False, "package missing", str(error))


def _warehouse() -> list[Check]:
    try:
        with engine().connect() as connection:
            version: str = connection.execute(text("show server_version")).scalar_one()
            schema = connection.execute(text("select to_regclass('ops.schema_version')")).scalar()
            state = (
                connection.execute(text("select version_num from ops.schema_version")).scalar()
                if schema
                else None
            )
    except ConfigurationError as error:
        return [Check("Warehouse", False, "no address", str(error))]
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        return [Check("Warehouse", False, reason, "Run `cchc up`, or look at WAREHOUSE_URL.")]
    newest = max(
        path.name[:4] for path in (repo_root() / "ingestion/migrations/versions").glob("0*.py")
    )
    return [
        Check(
            "Warehouse",
            int(str(version).split(".")[0]) >= 15,
            f"PostgreSQL {version}",
            "Use PostgreSQL 15 or later.",
        ),
        Check("Schema", state == newest, f"version {state}, newest {newest}", "Run `cchc up`."),
    ]


def _landing() -> Check:
    url = landing_url()
    if "://" in url:
        return Check("Landing zone", True, url, "")
    parent = next(path for path in [Path(url), *Path(url).parents] if path.exists())
    return Check(
        "Landing zone",
        os.access(parent, os.W_OK),
        url,
        "Make it writable or set CCHC_LANDING.",
    )


def _connection(name: str) -> Check:
    variable = f"AIRFLOW_CONN_{name.upper()}"
    is_set = bool(os.environ.get(variable))
    return Check(
        f"Connection {name}",
        is_set,
        "set" if is_set else "not set",
        f"Set {variable}=http://user:password@host:port/ (`cchc demo` plays a synthetic one).",
        is_needed=False,
    )


def _form_key() -> Check:
    # Imported here: reading the forms takes a moment that other commands need not wait for.
    from ingestion.sources.agency_reports.identity import read_form_key

    try:
        read_form_key()
    except ConfigurationError as error:
        return Check("Form key of reports", False, "not usable", str(error), is_needed=False)
    return Check("Form key of reports", True, "set", "", is_needed=False)
