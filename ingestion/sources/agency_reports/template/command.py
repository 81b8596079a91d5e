"""``cchc template``: write the workbooks that an agency owes for a period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

import click
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

    CƠ_QUAN là mã hoặc tên (không cần dấu); KỲ như 2026-09, 2026-Q3, 2026. Thoát mã 4 khi không có
    biểu nào phải nộp hoặc biểu đã có.
    """
    asked = _agency(ctx, agency, period)
    try:
        wanted = _forms(asked, period, form_code)
        if not wanted:
            message = f"{asked.name_vi} ({asked.code}) không phải nộp biểu nào cho kỳ {period}."
            click.echo(message, err=True)
            ctx.exit(EXIT_REFUSED)
        key = _key(wanted, period)
        previous = _previous(wanted, asked, period)
        written = {
            out / f"{form.code}_{asked.code}_{period}.xlsx": write_template(
                form, asked, period, key, previous.get(form), due_on=due_on
            )
            for form, due_on in wanted.items()
        }
    except (FormsError, NoVersion) as error:
        click.echo(str(error), err=True)
        ctx.exit(EXIT_REFUSED)
    except ConfigurationError as error:
        click.echo(str(error), err=True)
        ctx.exit(EXIT_FAILED)
    for path, content in written.items():
        if not force and path.exists() and path.read_bytes() != content:
            # It may be half filled in by now.
            click.echo(f"{path} đã có; hãy chọn --out khác hoặc dùng --force.", err=True)
            ctx.exit(EXIT_REFUSED)
    out.mkdir(parents=True, exist_ok=True)
    for path, content in written.items():
        path.write_bytes(content)
        click.echo(str(path))


def _agency(ctx: click.Context, query: str, period: Period) -> Agency:
    """The unit meant, as it was on the last day of the period, or before if it ended by then.

    Raises:
        click.UsageError: none or several fit.
    """
    units = [unit for unit in all_agencies() if not unit.is_technical]
    found: list[Agency] = []
    for day in (period.end - timedelta(days=1), period.start):
        found = found or find_agencies(units, query, day)
    wanted = fold(query)
    exact = [unit for unit in found if wanted in (fold(unit.code), fold(unit.name_vi))]
    found = exact or found
    if len(found) == 1:
        return found[0]
    if not found:
        raise click.UsageError(f"không có cơ quan “{query}” trong kỳ {period}", ctx)
    named = ", ".join(f"{unit.name_vi} ({unit.code})" for unit in found[:_MOST_NAMED])
    more = "…" if len(found) > _MOST_NAMED else ""
    raise click.UsageError(f"“{query}” có thể là {named}{more}; hãy dùng mã", ctx)


def _forms(agency: Agency, period: Period, form_code: str | None) -> Mapping[Form, date | None]:
    """The forms to write, with the day on which each is due where it is owed."""
    owed = {report.form: report.due_on for report in due_reports(agency, period)}
    if form_code is None:
        return dict(owed)
    forms = read_forms()
    form = forms.by_code(form_code.strip().upper())
    if form is None:
        codes = ", ".join(each.code for each in forms.all)
        raise click.UsageError(f"không có mẫu “{form_code}”; có: {codes}")
    return {form: owed.get(form)}


def _key(forms: Mapping[Form, date | None], period: Period) -> FormKey | None:
    """The form key, where a form needs one."""
    versions = [form.version_on(period.start) for form in forms]
    return read_form_key() if any(v and v.has_form_id for v in versions) else None


def _previous(
    forms: Iterable[Form], agency: Agency, period: Period
) -> Mapping[Form, Mapping[str, str]]:
    """Accepted values of the period before; none without a warehouse that could say them."""
    try:
        warehouse = environment.engine("cchc_ingest")
        return {form: previous_values(warehouse, form, agency.key, period) for form in forms}
    except (ConfigurationError, OperationalError, ProgrammingError):
        click.echo("Không hỏi được kho: cột Kỳ trước để trống.", err=True)
        return {}
