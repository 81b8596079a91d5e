"""The Great Expectations suite on ``marts.fct_dossier``.

The suite lives in code only (its ids would change on every save), in an ephemeral context. All
expectations first run as BOOLEAN_ONLY, one pass over the window; only those that failed run again
as COMPLETE, which lists the breaking rows. Importing GX costs seconds, so it happens inside.
"""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from expectations import ROLE
from expectations.observation import Observation
from expectations.registry import Rule
from expectations.row_checks import Condition
from ingestion.core.environment import TIMEZONE, warehouse_url

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.expectations.expectation import Expectation

INDEX_COLUMNS = ["dossier_code", "agency_key", "received_month"]

# GX cuts the list of breaking rows at `partial_unexpected_count` (20 unless told) even in COMPLETE.
_ALL_ROWS = 2**31 - 1


class SuiteError(RuntimeError):
    """Great Expectations could not judge: our own fault, never an agency's."""


def check_dossiers(
    rules: Sequence[Rule], first_month: date, end_month: date, as_of: datetime
) -> list[Observation]:
    """Run the row checks of the gx rules on the dossiers received in a window.

    Args:
        rules: rules of engine gx.
        first_month: first month of receipt.
        end_month: the month after the last.
        as_of: the time of the data, aware.

    Returns:
        One observation per rule, agency and month with at least one breaking dossier; a dossier
        that breaks several checks of a rule is one record.

    Raises:
        SuiteError: an expectation raised, or the rows listed are not the rows counted.
    """
    # The window is a condition of every check: given a query instead of a table, GX fetches all of
    # its rows several times over, only to learn the names of the columns.
    window = (
        Condition("received_month", "at_least", first_month),
        Condition("received_month", "below", end_month),
    )
    expectations = [
        replace(check, when=(*window, *check.when)).expectation(
            {"rule_id": rule.id, "check": position}, as_of
        )
        for rule in rules
        for position, check in enumerate(rule.checks)
    ]
    if not expectations:
        return []
    with _Dossiers() as batch:
        judged = batch.validate(expectations, {"result_format": "BOOLEAN_ONLY"})
        failures = [_meta(result) for result in judged if not result.success]
        failed = [expectation for expectation in expectations if expectation.meta in failures]
        if not failed:
            return []
        complete = {
            "result_format": "COMPLETE",
            "unexpected_index_column_names": INDEX_COLUMNS,
            "partial_unexpected_count": _ALL_ROWS,
        }
        return _grouped(batch.validate(failed, complete))


class _Dossiers:
    """``marts.fct_dossier`` as a GX batch in a context of its own, as role ``cchc_alert``."""

    def __init__(self) -> None:
        # Set before the import: GX reads it then, and would otherwise report usage over the net.
        os.environ["GX_ANALYTICS_ENABLED"] = "False"
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        self._gx = gx
        logging.getLogger("great_expectations").setLevel(logging.WARNING)
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self._source = context.data_sources.add_postgres(
            "warehouse",
            connection_string=warehouse_url(),
            create_temp_table=False,
            kwargs={  # type: ignore[call-arg]  # missing in GX's own stub
                "connect_args": {
                    "options": f"-c timezone={TIMEZONE.key} -c role={ROLE}",
                    "application_name": "cchc expectations",
                }
            },
        )
        asset = self._source.add_table_asset(
            "dossiers", table_name="fct_dossier", schema_name="marts"
        )
        self._definition = asset.add_batch_definition_whole_table("all")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._source.get_engine().dispose()

    def validate(
        self, expectations: Sequence[Expectation], result_format: dict[str, Any]
    ) -> list[ExpectationValidationResult]:
        """One result per expectation, in GX's own order."""
        suite = self._gx.ExpectationSuite(name="dossiers", expectations=list(expectations))
        validation = self._definition.get_batch().validate(suite, result_format=result_format)
        results = list(validation.results)
        for result in results:
            _refuse_exception(result)
        if len(results) != len(expectations):
            raise SuiteError(f"{len(expectations)} expectations gave {len(results)} results")
        return results


def _meta(result: ExpectationValidationResult) -> dict[str, Any]:
    configuration = result.expectation_config
    if configuration is None:
        raise SuiteError("a result does not say which expectation it is of")
    return dict(configuration.meta)


def _refuse_exception(result: ExpectationValidationResult) -> None:
    information = result.exception_info or {}
    parts = [information] if "raised_exception" in information else list(information.values())
    for part in parts:
        if part.get("raised_exception"):
            rule_id = _meta(result)["rule_id"]
            raise SuiteError(f"{rule_id}: {part.get('exception_message')}")


def _grouped(results: Iterable[ExpectationValidationResult]) -> list[Observation]:
    codes: dict[tuple[str, int, date], set[str]] = defaultdict(set)
    for result in results:
        rule_id = _meta(result)["rule_id"]
        rows = result.result["unexpected_index_list"] or []
        if len(rows) != result.result["unexpected_count"]:
            raise SuiteError(
                f"{rule_id}: {result.result['unexpected_count']} rows counted, {len(rows)} listed"
            )
        for row in rows:
            month = row["received_month"]
            month = month.date() if isinstance(month, datetime) else month
            codes[(rule_id, row["agency_key"], month)].add(row["dossier_code"])
    return [
        Observation(rule_id, agency_key, month, len(found))
        for (rule_id, agency_key, month), found in sorted(codes.items())
    ]
