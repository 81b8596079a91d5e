"""``cchc template``: write the workbooks that an agency owes for a period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import click
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, ProgrammingError

from ingestion.catalogue.agencies import Agency, find_agencies
from ingestion.catalogue.names import fold
from ingestion.core import environment
from ingestion.core.environment import ConfigurationError
from ingestion.core.period import Period
from ingestion.ledger.due import all_agencies
from ingestion.sources.agency_reports.forms import FormsError, due_reports, read_forms
from ingestion.sources.agency_reports.forms_model import Form
from ingestion.sources.agency_reports.identity import FormKey, read_form_key
from ingestion.sources.agency_reports.previous import previous_values
from ingestion.sources.agency_reports.template.workbook import NoVersion, write_template

EVERYBODY = "all"
EXIT_FAILED = 1
EXIT_REFUSED = 4
_MOST_NAMED = 8


class _Period(click.ParamType[Period]):
    name = "period"

    def convert(
        self, value: str | Period, param: click.Parameter | None, ctx: click.Context | None
    ) -> Period:
        if isinstance(value, Period):
            return value
        try:
            return Period.parse(value)
        except ValueError:
            self.fail(f"“{value}” không phải kỳ báo cáo (2026-09, 2026-Q3, 2026)", param, ctx)


@dataclass(frozen=True)
class _Wanted:
    """A workbook to write; without a due date where it is not owed."""

    form: Form
    agency: Agency
    period: Period
    due_on: date | None
    folder: Path

    @property
    def place(self) -> Path:
        """Where it goes, below the folder that a person named."""
        return self.folder / f"{self.form.code}_{self.agency.code}_{self.period}.xlsx"


@click.command("template")
@click.argument("agency", metavar="CƠ_QUAN")
@click.argument("period", metavar="KỲ", type=_Period())
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Thư mục ghi biểu (mặc định: thư mục hiện tại).",
)
@click.option("--form", "form_code", help="Chỉ mẫu này, dù cơ quan có phải nộp hay không.")
@click.option("--force", is_flag=True, help="Ghi đè biểu đã có.")
@click.pass_context
def template_command(
    ctx: click.Context,
    agency: str,
    period: Period,
    out: Path,
    form_code: str | None,
    *,
    force: bool,
) -> None:
    """Ghi biểu báo cáo Excel của một cơ quan cho một kỳ / write the workbooks of an agency.

    CƠ_QUAN là mã hoặc tên (không cần dấu), hoặc “all”: mọi cơ quan phải nộp, mỗi cơ quan một thư
    mục; KỲ như 2026-09, 2026-Q3, 2026. Thoát mã 4 khi không có biểu nào phải nộp hoặc biểu đã có.
    """
    try:
        only = None if form_code is None else _form(form_code)
        if agency == EVERYBODY:
            wanted = [
                w for unit in all_agencies() for w in _owed(unit, period, only, Path(unit.code))
            ]
        else:
            wanted = _asked_of(ctx, agency, period, only)
        if not wanted:
            click.echo(f"“{agency}”: không phải nộp biểu nào cho kỳ {period}.", err=True)
            ctx.exit(EXIT_REFUSED)
        written = _written(wanted, _key(wanted))
    except (FormsError, NoVersion) as error:
        click.echo(str(error), err=True)
        ctx.exit(EXIT_REFUSED)
    except ConfigurationError as error:
        click.echo(str(error), err=True)
        ctx.exit(EXIT_FAILED)
    for place, content in written.items():
        path = out / place
        if not force and path.exists() and path.read_bytes() != content:
            # It may be half filled in by now.
            click.echo(f"{path} đã có; hãy chọn --out khác hoặc dùng --force.", err=True)
            ctx.exit(EXIT_REFUSED)
    for place, content in written.items():
        path = out / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        click.echo(str(path))


def _owed(agency: Agency, period: Period, only: Form | None, folder: Path) -> list[_Wanted]:
    return [
        _Wanted(report.form, agency, period, report.due_on, folder)
        for report in due_reports(agency, period)
        if only in (None, report.form)
    ]


def _asked_of(ctx: click.Context, query: str, period: Period, only: Form | None) -> list[_Wanted]:
    """The workbooks of the agency meant: what it owes, else the one form that is asked for.

    A report may be owed by an agency that began after the period, on the day on which it is due;
    so what is owed decides between bearers of a name in different eras.

    Raises:
        click.UsageError: no agency fits, or several do.
    """
    units = [unit for unit in all_agencies() if not unit.is_technical]
    folded = fold(query)
    found = find_agencies(units, query)
    found = [u for u in found if folded in (fold(u.code), fold(u.name_vi))] or found
    owed = [wanted for unit in found for wanted in _owed(unit, period, only, Path())]
    if owed:
        _one_of(ctx, query, [wanted.agency for wanted in owed])
        return owed
    last_day = period.end - timedelta(days=1)
    there = [u for u in found if u.is_valid_on(last_day)]
    if not there:
        raise click.UsageError(f"không có cơ quan “{query}” trong kỳ {period}", ctx)
    agency = _one_of(ctx, query, there)
    return [] if only is None else [_Wanted(only, agency, period, None, Path())]


def _one_of(ctx: click.Context, query: str, units: Iterable[Agency]) -> Agency:
    """The agency that all of these are, in whatever era.

    Raises:
        click.UsageError: they are several.
    """
    by_code = {unit.code: unit for unit in units}
    if len(by_code) == 1:
        return next(iter(by_code.values()))
    some = [f"{unit.name_vi} ({code})" for code, unit in by_code.items()]
    named = ", ".join(some[:_MOST_NAMED]) + ("…" if len(some) > _MOST_NAMED else "")
    raise click.UsageError(f"“{query}” có thể là {named}; hãy dùng mã", ctx)


def _form(code: str) -> Form:
    forms = read_forms()
    form = forms.by_code(code.strip().upper())
    if form is None:
        codes = ", ".join(each.code for each in forms.all)
        raise click.UsageError(f"không có mẫu “{code}”; có: {codes}")
    return form


def _written(wanted: Iterable[_Wanted], key: FormKey | None) -> dict[Path, bytes]:
    """The workbooks, by their places."""
    previous = _Previous()
    return {
        each.place: write_template(
            each.form, each.agency, each.period, key, previous.of(each), due_on=each.due_on
        )
        for each in wanted
    }


def _key(wanted: Iterable[_Wanted]) -> FormKey | None:
    """The form key, where a form needs one."""
    versions = [each.form.version_on(each.period.start) for each in wanted]
    return read_form_key() if any(v and v.has_form_id for v in versions) else None


class _Previous:
    """Accepted values of the period before; none without a warehouse that could say them."""

    def __init__(self) -> None:
        self._warehouse: Engine | None = None
        self._is_silent = False

    def of(self, wanted: _Wanted) -> Mapping[str, str]:
        if self._is_silent:
            return {}
        try:
            self._warehouse = self._warehouse or environment.engine("cchc_ingest")
            return previous_values(self._warehouse, wanted.form, wanted.agency.key, wanted.period)
        except (ConfigurationError, OperationalError, ProgrammingError):
            click.echo("Không hỏi được kho: cột Kỳ trước để trống.", err=True)
            self._is_silent = True
            return {}
