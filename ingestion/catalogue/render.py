"""Rendering the catalogue to the seed files that dbt loads."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

from ingestion.catalogue.model import Catalogue, Indicator, Target
from ingestion.catalogue.reports import Cell, Table, report_tables
from ingestion.sources.agency_reports.forms import read_forms
from ingestion.sources.agency_reports.judging.settings import rules

_INDICATOR_COLUMNS = (
    "indicator_code", "name_vi", "name_en", "definition_vi", "numerator_vi", "denominator_vi",
    "unit", "direction", "frequency", "due_days", "rollup", "source", "plausible_min",
    "plausible_max", "decimals", "min_sample", "owners", "legal_basis", "caveats_vi",
    "headline_reading", "is_context", "formula_version",
)  # fmt: skip
_READING_COLUMNS = (
    "indicator_code", "reading_code", "name_vi", "name_en", "definition_vi", "is_headline",
)  # fmt: skip
_VERSION_COLUMNS = (
    "indicator_code", "formula_version", "valid_from", "valid_to", "document", "note",
)  # fmt: skip
_TARGET_COLUMNS = (
    "target_key", "indicator_code", "plan_ref", "phase", "phase_start", "phase_end", "operator",
    "target_value", "tolerance", "tolerance_basis", "unit", "owners", "wording_vi", "note",
)  # fmt: skip


def render_catalogue(catalogue: Catalogue, folder: Path) -> list[Path]:
    """Write the generated seeds; the same catalogue and forms always give the same bytes.

    Args:
        catalogue: A valid catalogue.
        folder: Where to write (``dbt_project/seeds/catalogue``); created when missing.

    Returns:
        The files written, in name order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    tables = _tables(catalogue) | report_tables(read_forms().all, rules())
    for name, table in sorted(tables.items()):
        path = folder / f"{name}.csv"
        partial = path.with_suffix(".csv.part")
        partial.write_text(_csv(table), encoding="utf-8", newline="")
        partial.replace(path)
        written.append(path)
    return written


def _tables(catalogue: Catalogue) -> dict[str, Table]:
    units = {indicator.code: indicator.unit for indicator in catalogue.indicators}
    spans = {phase.code: (phase.start, phase.end) for phase in catalogue.phases}
    return {
        "indicators": (_INDICATOR_COLUMNS, [_indicator_row(i) for i in catalogue.indicators]),
        "indicator_readings": (
            _READING_COLUMNS,
            [
                (
                    i.code,
                    r.code,
                    r.name_vi,
                    r.name_en,
                    r.definition_vi,
                    r.code == i.headline_reading,
                )
                for i in catalogue.indicators
                for r in i.readings
            ],
        ),
        "indicator_parameters": (
            ("indicator_code", "parameter", "value"),
            [
                (i.code, name, value)
                for i in catalogue.indicators
                for name, value in sorted(i.parameters.items())
            ],
        ),
        "formula_versions": (
            _VERSION_COLUMNS,
            [
                (i.code, v.version, v.valid_from, v.valid_to, v.document, v.note)
                for i in catalogue.indicators
                for v in i.formula_versions
            ],
        ),
        "plan_phases": (
            ("phase", "name_vi", "phase_start", "phase_end", "tiles_plan"),
            [(p.code, p.name_vi, p.start, p.end, p.tiles_plan) for p in catalogue.phases],
        ),
        "targets": (
            _TARGET_COLUMNS,
            [
                _target_row(target, spans[target.phase], units[target.indicator])
                for target in catalogue.targets
            ],
        ),
    }


def _indicator_row(item: Indicator) -> tuple[Cell, ...]:
    return (
        item.code, item.name_vi, item.name_en, item.definition_vi, item.numerator_vi,
        item.denominator_vi, item.unit, item.direction, item.frequency, item.due_days,
        item.rollup, item.source, item.plausible_min, item.plausible_max, item.decimals,
        item.min_sample, ";".join(item.owners), "; ".join(item.legal_basis),
        " | ".join(item.caveats_vi), item.headline_reading, item.is_context, item.formula_version,
    )  # fmt: skip


def _target_row(
    target: Target, span: tuple[date | None, date | None], unit: str
) -> tuple[Cell, ...]:
    return (
        target.key, target.indicator, target.plan_ref, target.phase, *span, target.operator,
        target.value, target.tolerance, target.tolerance_basis_vi, unit, ";".join(target.owners),
        target.wording_vi, target.note_vi,
    )  # fmt: skip


def _csv(table: Table) -> str:
    columns, rows = table
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
