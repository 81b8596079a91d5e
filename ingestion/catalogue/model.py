"""The catalogue as typed values, for the code that uses it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Reading:
    """One way to read an indicator where the plan or the law leaves several open."""

    code: str
    name_vi: str
    name_en: str
    definition_vi: str


@dataclass(frozen=True)
class FormulaVersion:
    """A way of counting an indicator and the months that are counted so.

    Attributes:
        version: Number from 1 on.
        valid_from: First month, as its first day.
        valid_to: First month that is counted otherwise (exclusive); None while it is valid, and
            equal to ``valid_from`` when a later version restates all its months.
        document: The deciding document.
        note: Our remark; may be empty.
    """

    version: int
    valid_from: date
    valid_to: date | None
    document: str
    note: str


@dataclass(frozen=True)
class Indicator:
    """One indicator file.

    Attributes mirror the file (``dbt_project/indicators/README.md``); ``parameters`` maps a
    name to its number, ``owners`` lists agency codes, those named in the plan first, and
    ``formula_versions`` stand in ascending order.
    """

    code: str
    formula_versions: tuple[FormulaVersion, ...]
    name_vi: str
    name_en: str
    definition_vi: str
    definition_en: str
    numerator_vi: str
    denominator_vi: str
    unit: str
    decimals: int
    direction: str
    frequency: str
    due_days: int
    rollup: str
    source: str
    source_detail_vi: str
    plausible_min: float | None
    plausible_max: float | None
    min_sample: int
    owners: tuple[str, ...]
    legal_basis: tuple[str, ...]
    caveats_vi: tuple[str, ...]
    readings: tuple[Reading, ...]
    headline_reading: str
    parameters: dict[str, float]
    is_context: bool

    @property
    def formula_version(self) -> int:
        """The newest formula version."""
        return self.formula_versions[-1].version

    @property
    def mart_name(self) -> str:
        """Name of the mart, ``ind_tthc_01`` for TTHC-01."""
        return "ind_" + self.code.lower().replace("-", "_")


@dataclass(frozen=True)
class Phase:
    """A stretch of the plan; ``end`` is exclusive, both are None where the plan names none.

    ``tiles_plan`` marks the phases that cover the plan without gap or overlap.
    """

    code: str
    name_vi: str
    start: date | None
    end: date | None
    tiles_plan: bool


@dataclass(frozen=True)
class Target:
    """One place where the plan asks for a figure.

    Attributes:
        key: Stable key, equal to ``plan_ref`` for a row of Phụ lục I.
        indicator: Code of the indicator.
        plan_ref: Where it stands, ``PL1.I.4`` or ``I.2.a``.
        phase: Phase code.
        operator: ``>=``, ``>``, ``approx`` or ``=``.
        value: The figure, in the unit of the indicator.
        tolerance: Half-width for ``approx``; None until the owner sets one, and then no
            judgement is possible.
        tolerance_basis_vi: Who set the tolerance, or that nobody has.
        owners: Agency codes.
        wording_vi: The plan's words, faults included.
        note_vi: Our remark; may be empty.
    """

    key: str
    indicator: str
    plan_ref: str
    phase: str
    operator: str
    value: float
    tolerance: float | None
    tolerance_basis_vi: str
    owners: tuple[str, ...]
    wording_vi: str
    note_vi: str


@dataclass(frozen=True)
class Catalogue:
    """Everything the plan asks for, in the order of the indicator codes and of the plan."""

    indicators: tuple[Indicator, ...]
    phases: tuple[Phase, ...]
    targets: tuple[Target, ...]

    def indicator(self, code: str) -> Indicator | None:
        """The indicator of a code, letter case aside."""
        wanted = code.upper()
        return next((item for item in self.indicators if item.code.upper() == wanted), None)

    def targets_of(self, code: str) -> tuple[Target, ...]:
        """The targets of an indicator."""
        return tuple(target for target in self.targets if target.indicator == code)


def build_catalogue(indicator_values: list[dict[str, Any]], plan: dict[str, Any]) -> Catalogue:
    """Turn checked documents into typed values.

    Args:
        indicator_values: Contents of the indicator files, already valid.
        plan: Content of targets.yml, already valid.
    """
    indicators = sorted((_indicator(value) for value in indicator_values), key=lambda i: i.code)
    owners = {indicator.code: indicator.owners for indicator in indicators}
    return Catalogue(
        indicators=tuple(indicators),
        phases=tuple(
            Phase(
                code=item["code"],
                name_vi=item["name_vi"],
                start=_date(item["start"]),
                end=_date(item["end"]),
                tiles_plan=item["tiles_plan"],
            )
            for item in plan["phases"]
        ),
        targets=tuple(_target(item, owners[item["indicator"]]) for item in plan["targets"]),
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _indicator(value: dict[str, Any]) -> Indicator:
    owners = sorted(value["owners"], key=lambda owner: owner["basis"] != "plan")
    return Indicator(
        code=value["code"],
        formula_versions=formula_versions(value["formula_versions"]),
        name_vi=value["name"]["vi"],
        name_en=value["name"]["en"],
        definition_vi=value["definition"]["vi"],
        definition_en=value["definition"]["en"],
        numerator_vi=(value["numerator"] or {}).get("vi", ""),
        denominator_vi=(value["denominator"] or {}).get("vi", ""),
        unit=value["unit"],
        decimals=value["decimals"],
        direction=value["direction"],
        frequency=value["frequency"],
        due_days=value["due_days"],
        rollup=value["rollup"],
        source=value["source"]["system"],
        source_detail_vi=value["source"]["detail_vi"],
        plausible_min=value["plausible"]["min"],
        plausible_max=value["plausible"]["max"],
        min_sample=value["min_sample"],
        owners=tuple(owner["agency"] for owner in owners),
        legal_basis=tuple(value["legal_basis"]),
        caveats_vi=tuple(value["caveats_vi"]),
        readings=tuple(
            Reading(item["code"], item["name"]["vi"], item["name"]["en"], item["definition_vi"])
            for item in value["readings"]
        ),
        headline_reading=value["headline_reading"],
        parameters={name: item["value"] for name, item in value.get("parameters", {}).items()},
        is_context=value["is_context"],
    )


def formula_versions(items: list[dict[str, Any]]) -> tuple[FormulaVersion, ...]:
    """The versions with the months for which each one counts.

    A month is counted by the highest version whose ``valid_from`` is not later, so a version ends
    where any later one begins.

    Args:
        items: the ``formula_versions`` of an indicator file, already valid and ascending.
    """
    versions: list[FormulaVersion] = []
    later: date | None = None
    for item in reversed(items):
        start = date.fromisoformat(item["valid_from"])
        declared = _date(item.get("valid_to"))
        ends = [end for end in (declared, later) if end is not None]
        end = max(start, min(ends)) if ends else None
        versions.append(
            FormulaVersion(item["version"], start, end, item["document"], item.get("note", ""))
        )
        later = min(start, later) if later else start
    return tuple(reversed(versions))


def _target(item: dict[str, Any], indicator_owners: tuple[str, ...]) -> Target:
    return Target(
        key=item["key"],
        indicator=item["indicator"],
        plan_ref=item["plan_ref"],
        phase=item["phase"],
        operator=item["operator"],
        value=item["value"],
        tolerance=item.get("tolerance"),
        tolerance_basis_vi=item.get("tolerance_basis_vi", ""),
        owners=tuple(item.get("owners", indicator_owners)),
        wording_vi=item["wording_vi"],
        note_vi=item.get("note_vi", ""),
    )
