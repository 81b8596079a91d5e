"""How publishers word what they publish: titles, form numbers, periods, names of files."""

from __future__ import annotations

from typing import Final

from sandbox.budget.forms import form_of
from sandbox.budget.members import lower_word
from sandbox.budget.obligations import DocumentKind, Obligation, Period
from sandbox.budget.publishers import Level

STAGES: Final[dict[DocumentKind, str]] = {
    "draft_estimate": "Dự toán trình HĐND",
    "decided_estimate": "Dự toán HĐND quyết định",
    "execution": "Tình hình thực hiện dự toán",
    "settlement": "Quyết toán",
}

_QUARTERS: Final = ("I", "II", "III", "IV")
_SCOPES: Final[dict[Level, str]] = {
    "province": "ngân sách địa phương",
    "district": "ngân sách huyện",
    "commune": "ngân sách xã",
    "unit": "thu, chi ngân sách nhà nước",
}
_COUNCILS: Final[dict[Level, str]] = {
    "province": "HĐND tỉnh",
    "district": "HĐND huyện",
    "commune": "HĐND xã",
}
_SLUGS: Final[dict[DocumentKind, str]] = {
    "draft_estimate": "du-toan-trinh",
    "decided_estimate": "du-toan",
    "execution": "thuc-hien",
    "settlement": "quyet-toan",
}
# How one form number is written; publishers keep to one way.
_NUMBER_FORMS: Final = ("Biểu số {}/CK-NSNN", "{}/CK-NSNN", "Biểu {}", "B{}", "Biểu số {}")


def quarter_of(period: Period) -> str:
    """Return the Roman number of a period's quarter, such as ``III``."""
    return _QUARTERS[(period.start.month - 1) // 3]


def period_on_page(period: Period, budget_year: int) -> str:
    """Return a period as the web page writes it, such as ``6 tháng đầu năm 2026``."""
    return {
        "year": f"Năm {budget_year}",
        "quarter": f"Quý {quarter_of(period)}/{budget_year}",
        "half_year": f"6 tháng đầu năm {budget_year}",
        "nine_months": f"9 tháng năm {budget_year}",
    }[period.type]


def period_on_portal(period: Period, budget_year: int) -> str:
    """Return a period as the Ministry's portal writes it (``YearTextMonthOrPeriod``)."""
    return {
        "year": f"Năm {budget_year}",
        "quarter": f"Quý {quarter_of(period)}/{budget_year}",
        "half_year": f"6 tháng/{budget_year}",
        "nine_months": f"9 tháng/{budget_year}",
    }[period.type]


def title_of(owed: Obligation, name: str) -> str:
    """Return the title of a whole document."""
    level, year = owed.publisher.level, owed.budget_year
    scope, council = _SCOPES[level], _COUNCILS.get(level)
    period = period_on_page(owed.period, year)
    period = period[0].lower() + period[1:]
    if owed.kind == "execution":
        return f"Công khai tình hình thực hiện dự toán {scope} {period} của {name}"
    if owed.kind == "settlement":
        return f"Công khai quyết toán {scope} {period} của {name}"
    if owed.kind == "draft_estimate":
        return f"Công khai dự toán {scope} {period} trình {council} của {name}"
    decided = f"đã được {council} quyết định" if council else "được giao"
    return f"Công khai dự toán {scope} {period} {decided} của {name}"


def form_title(form_key: str, owed: Obligation) -> str:
    """Return the title of one form of a document."""
    period = period_on_page(owed.period, owed.budget_year)
    lower = lower_word(owed.period.end)
    return form_of(form_key).title.format(
        year=owed.budget_year,
        last_year=owed.budget_year - 1,
        period=period.lower(),
        PERIOD=period.upper(),
        lower=lower,
        LOWER=lower.upper(),
    )


def form_text(form_keys: tuple[str, ...], manner: float) -> str:
    """Return the numbers of some forms in one of the ways they are written; units have none.

    Args:
        form_keys: such as ``settlement.62.province``.
        manner: in [0, 1), chooses the way.
    """
    numbers = [number for number in (form_number(key) for key in form_keys) if number]
    if not numbers:
        return ""
    return _NUMBER_FORMS[int(manner * len(_NUMBER_FORMS))].format(", ".join(numbers))


def form_number(form_key: str) -> str:
    """Return the number in a form's key, or nothing: ``settlement.62.province`` is ``62``."""
    parts = form_key.split(".")
    return parts[1] if len(parts) == 3 else ""


def file_stem(owed: Obligation, form_keys: tuple[str, ...], manner: float) -> str:
    """Return the name of a file without its ending, tidy or as people name them."""
    year, number = owed.budget_year, form_number(form_keys[0]) if form_keys else ""
    if len(form_keys) == 1 and number:
        return f"B{number}_CK-NSNN_{year}" if manner < 0.6 else f"Biểu {number} năm {year}"
    if manner < 0.5:
        return f"cong-khai-{_SLUGS[owed.kind]}-{year}-{owed.publisher.code}"
    if manner < 0.8:
        return f"CK {STAGES[owed.kind]} {year}"
    return f"{STAGES[owed.kind]} {year} (sửa lần cuối)"
