"""The tasks of the plan's Appendix II, and which of them an agency leads."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ingestion.catalogue.agencies import Agency
from ingestion.ledger.obligations import reference_folder

_KINDS_OF_SCOPE = {
    "departments": ("department",),
    "departments_communes": ("department", "commune"),
}


@dataclass(frozen=True)
class PlanTask:
    """One row of plan_tasks.csv, as far as a report needs it.

    Attributes:
        task_ref: such as ``PL2.II.1``.
        task_vi: as worded in the plan.
        expected_result_vi: what is to come of it; may be empty.
        deadline_vi: as worded in the plan.
        lead_scope: ``named``, ``departments`` or ``departments_communes``.
        lead_agencies: codes of the agencies that lead it, where they are named.
    """

    task_ref: str
    task_vi: str
    expected_result_vi: str
    deadline_vi: str
    lead_scope: str
    lead_agencies: tuple[str, ...]

    def is_led_by(self, agency: Agency) -> bool:
        """Whether the agency leads it, by its own name or with all agencies of its kind."""
        if self.lead_scope == "named":
            return agency.code in self.lead_agencies
        return agency.kind in _KINDS_OF_SCOPE[self.lead_scope]


def read_plan_tasks(path: Path | None = None) -> tuple[PlanTask, ...]:
    """The tasks in the plan's order.

    Args:
        path: another file than the seed.

    Raises:
        OSError: the file is not there.
    """
    return _read(path or reference_folder() / "plan_tasks.csv")


def tasks_led_by(agency: Agency, tasks: Iterable[PlanTask]) -> tuple[PlanTask, ...]:
    """The tasks that an agency leads, in the order given."""
    return tuple(task for task in tasks if task.is_led_by(agency))


@cache
def _read(path: Path) -> tuple[PlanTask, ...]:
    with path.open(encoding="utf-8", newline="") as stream:
        return tuple(
            PlanTask(
                task_ref=row["task_ref"],
                task_vi=row["task_vi"],
                expected_result_vi=row["expected_result_vi"],
                deadline_vi=row["deadline_vi"],
                lead_scope=row["lead_scope"],
                lead_agencies=tuple(filter(None, row["lead_agencies"].split(";"))),
            )
            for row in csv.DictReader(stream)
        )
