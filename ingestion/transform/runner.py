"""Building the marts: the catalogue is rendered, then dbt builds and tests, then it is recorded."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text

from ingestion.catalogue.check import load_catalogue
from ingestion.catalogue.load import CatalogueFolder
from ingestion.catalogue.render import render_catalogue
from ingestion.core.environment import engine
from ingestion.core.errors import IngestionError
from ingestion.core.outcome import Outcome, recorded_step
from ingestion.transform.environment import dbt_environment, project_dir, target_dir
from ingestion.transform.revisions import unexplained_changes

RESTATING = (
    "seeds/reference/agencies.csv",
    "seeds/reference/agency_source_codes.csv",
    "seeds/reference/agency_succession.csv",
    "seeds/reference/open_data_*.csv",
    "seeds/reference/procedure_field_groups.csv",
    "seeds/reference/public_holidays.csv",
    "seeds/reference/service_levels.csv",
    "seeds/reference/working_day_swaps.csv",
    "seeds/catalogue/indicator_parameters.csv",
    "seeds/catalogue/report_*.csv",
    "seeds/corrections/dossiers.csv",
    "macros/**/*.sql",
    "models/staging/**/*.sql",
    "models/intermediate/**/*.sql",
    "models/marts/core/dim_date.sql",
    "models/marts/core/fct_dossier.sql",
    "models/marts/core/fct_open_dat*.sql",
    "models/marts/core/_core__models.yml",
    "models/marts/core/_open_data__models.yml",
    "seeds/_seeds.yml",
)
"""Files of the dbt project on which rows depend that an increment would leave as they are."""

logger = logging.getLogger(__name__)

_DBT = "from dbt.cli.main import cli; cli()"
_BUILD_LOCK = 20_260_701
_FINGERPRINT = "built from "


class BuildFailed(IngestionError):
    """dbt did not build everything; the message names what failed first."""


@dataclass(frozen=True)
class BuildSummary:
    """What one `build` did.

    Attributes:
        full_refresh: whether history was rebuilt.
        statuses: number of nodes (models, seeds, tests) by dbt's status.
        seconds: wall time inside dbt, start-up left out.
    """

    full_refresh: bool
    statuses: dict[str, int]
    seconds: float


SHOWS_RECORD = "stg_ops__findings+ stg_ops__ledger+"
"""The dbt selection of the marts that show findings, carry their doubt, or show the ledger."""


def run_dbt(arguments: Sequence[str], *, quiet: bool = False) -> int:
    """Run one dbt command in its own process.

    Args:
        arguments: what stands after ``dbt`` on the command line.
        quiet: keep dbt's progress lines off standard output; its log file has them.

    Returns:
        dbt's exit code: 0 done, 1 something failed, 2 dbt itself failed.
    """
    command = [sys.executable, "-c", _DBT, *(["--quiet"] if quiet else []), *arguments]
    environment = os.environ | dbt_environment()
    return subprocess.run(command, env=environment, cwd=project_dir(), check=False).returncode


def render_seeds() -> None:
    """Write the catalogue's seeds.

    Raises:
        CatalogueError: the catalogue is not valid; the seeds stay as they were.
    """
    folder = CatalogueFolder(project_dir())
    render_catalogue(load_catalogue(folder), folder.rendered)


def build(
    select: str | None = None,
    full_refresh: bool = False,
    *,
    quiet: bool = False,
    restate: str | None = None,
) -> BuildSummary:
    """Build and test the marts, or the part that a dbt selection names.

    Only months that new loads touch are computed again. When code or reference data changed on
    which older rows depend (`RESTATING`), the whole history is built again instead.

    Args:
        select: a dbt selection such as ``fct_target_progress+``.
        full_refresh: build the whole history again.
        quiet: see `run_dbt`.
        restate: why values may change that no data, correction, formula version or map explains;
            recorded with the publication. Locked periods stay as they are all the same.

    Raises:
        BuildFailed: a model or a test failed; the models downstream of it keep their last state.
            Values that changed without an explanation are named.
        CatalogueError: the catalogue is not valid; nothing was built.
    """
    with prepared_build(full_refresh, select) as step:
        arguments = ["build", "--exclude-resource-type", "unit_test"]  # those test the code
        arguments += ["--full-refresh"] if step.full_refresh else []
        arguments += ["--select", select] if select else []
        if restate:
            step.outcome.details["restate"] = restate
            arguments += ["--vars", json.dumps({"restate_reason": restate})]
        code = run_dbt(arguments, quiet=quiet)
        summary = _summary(target_dir() / "run_results.json", step.full_refresh, code)
        step.outcome.details |= {
            "statuses": summary.statuses,
            "seconds": round(summary.seconds, 1),
        }
    return summary


@dataclass(frozen=True)
class BuildStep:
    """A build that may begin.

    Attributes:
        full_refresh: whether dbt must build the whole history again.
        outcome: what will be recorded of it; add details while it runs.
    """

    full_refresh: bool
    outcome: Outcome


@contextmanager
def prepared_build(full_refresh: bool = False, select: str | None = None) -> Iterator[BuildStep]:
    """Everything around ``dbt build``; whoever runs dbt itself (Airflow) does it inside.

    Waits for another build to end, renders the catalogue's seeds, decides whether history must be
    built again, and afterwards records how it went.

    Args:
        full_refresh: build the whole history again in any case.
        select: the dbt selection to be built; None is everything.

    Raises:
        CatalogueError: the catalogue is not valid; nothing was built.
    """
    warehouse = engine("cchc_transform")
    try:
        with recorded_step(warehouse, Outcome("build")) as outcome, _alone(warehouse):
            render_seeds()
            fingerprint = _fingerprint(project_dir())
            restated = full_refresh or (select is None and _built_from(warehouse) != fingerprint)
            outcome.details |= {"full_refresh": restated, "select": select}
            try:
                yield BuildStep(restated, outcome)
            except Exception as error:
                _explain(warehouse, error)
                raise
            if select is None:
                _remember(warehouse, fingerprint)
    finally:
        warehouse.dispose()


def _explain(warehouse: Engine, error: Exception) -> None:
    """Say in the error itself what stopped publishing, whoever ran dbt."""
    message = unexplained_changes(warehouse)
    if message:
        logger.error("%s", message)
        error.args = (f"{error}\n{message}",)


@contextmanager
def _alone(warehouse: Engine) -> Iterator[None]:
    """Wait for another build to end: two at once would write the same tables."""
    with warehouse.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": _BUILD_LOCK})
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _BUILD_LOCK})


@contextmanager
def between_builds(warehouse: Engine) -> Iterator[None]:
    """Wait for a running build to end and let none begin: what is read fits together.

    Several readers may do so at once; any role that may connect can.
    """
    with warehouse.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("select pg_advisory_lock_shared(:key)"), {"key": _BUILD_LOCK})
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock_shared(:key)"), {"key": _BUILD_LOCK})


def _summary(results: Path, full_refresh: bool, code: int) -> BuildSummary:
    if code == 2 or not results.is_file():
        raise BuildFailed("dbt could not start the build; see var/dbt/logs/dbt.log.")
    document = json.loads(results.read_text(encoding="utf-8"))
    statuses = Counter(result["status"] for result in document["results"])
    failed = [r["unique_id"] for r in document["results"] if r["status"] in ("error", "fail")]
    if failed or code:
        raise BuildFailed(
            f"dbt: {len(failed)} failed ({', '.join(failed[:3])}), {statuses['skipped']} skipped; "
            "see var/dbt/logs/dbt.log."
        )
    return BuildSummary(full_refresh, dict(statuses), float(document["elapsed_time"]))


def _fingerprint(project: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted({path for pattern in RESTATING for path in project.glob(pattern)}):
        digest.update(path.relative_to(project).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


# The fingerprint lies in the comment of the schema that it describes: it is copied, restored and
# dropped together with the tables, and no table of ours is needed beside dbt's.
def _built_from(warehouse: Engine) -> str | None:
    with warehouse.connect() as connection:
        comment = connection.scalar(
            text("select obj_description(cast('intermediate' as regnamespace), 'pg_namespace')")
        )
    return str(comment).removeprefix(_FINGERPRINT) if comment else None


def _remember(warehouse: Engine, fingerprint: str) -> None:
    with warehouse.begin() as connection:
        # A hexadecimal digest: nothing in it needs quoting, and COMMENT takes no parameter.
        connection.execute(text(f"comment on schema intermediate is '{_FINGERPRINT}{fingerprint}'"))
