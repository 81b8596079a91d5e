"""How the page groups, chooses and escapes, without a database."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files

import pytest

from dashboards import wording
from dashboards.scorecard import AgencyValue, Finding, Indicator, Point, Scorecard, Target
from dashboards.site import page

HOSTILE = "</script><script>alert(1)</script><b onclick=x>'\"&"

TARGET = Target(
    target_key="PL1.I.1",
    indicator_code="TTHC-01",
    plan_ref="PL1.I.1",
    phase="2026-2027",
    phase_start=date(2026, 1, 1),
    phase_end=date(2028, 1, 1),
    operator=">=",
    target_value=Decimal(100),
    unit="pct",
    owners="SNV",
    wording_vi="Nguyên văn",
    period_type=None,
    period_start=None,
    value=None,
    gap=None,
    is_met=None,
    status="no_value",
    reason_vi="Chưa kết nối nguồn",
    previous_value=None,
    trend=None,
    data_as_of=datetime(2026, 11, 20, tzinfo=UTC),
    open_finding_count=0,
    is_synthetic=False,
    numerator=None,
    denominator=None,
    value_status=None,
    quality_state=None,
    is_small_number=False,
)
INDICATOR = Indicator(
    indicator_code="TTHC-01",
    name_vi="Tên chỉ tiêu",
    name_en="Name",
    definition_vi="Định nghĩa",
    numerator_vi=None,
    denominator_vi=None,
    unit="pct",
    direction="up",
    frequency="month",
    source="tthc",
    decimals=1,
    min_sample=None,
    owners="SNV;LA",
    legal_basis="Một; Hai",
    caveats_vi="Ba | Bốn",
    headline_reading=None,
    formula_version="1",
    series=(),
    agencies=(),
    readings=(),
    findings=(),
)
FINDING = Finding(
    rule_id="TTHC-001",
    agency_key=7,
    agency_name_vi="Sở Nội vụ",
    agency_name_folded="so noi vu",
    indicator_code="TTHC-01",
    period_start=date(2026, 10, 1),
    severity="warning",
    observed="37",
    expected="0",
    sentence_vi="Câu tiếng Việt",
    sentence_en="English sentence",
    evidence_sql="select 1",
    first_seen_at=datetime(2026, 11, 1, tzinfo=UTC),
)


def card(
    *targets: Target, indicator: Indicator = INDICATOR, findings: tuple[Finding, ...] = ()
) -> Scorecard:
    codes = dict.fromkeys(target.indicator_code for target in targets)
    return Scorecard(
        targets=targets,
        indicators=tuple(replace(indicator, indicator_code=code) for code in codes),
        findings=findings,
        on_time=(),
        agency_names={"SNV": "Sở Nội vụ"},
    )


def agency(
    key: int, value: int | None, *, kind: str = "commune", small: bool = False
) -> AgencyValue:
    return AgencyValue(
        agency_key=key,
        name_vi=f"Xã {key}",
        name_folded=f"xa {key}",
        kind=kind,
        period_start=date(2026, 10, 1),
        value=None if value is None else Decimal(value),
        numerator=Decimal(value or 0),
        denominator=Decimal(100),
        value_state="reported",
        is_small_number=small,
    )


def test_targets_are_grouped_in_the_order_of_the_plan_measured_themes_first() -> None:
    groups = page.by_phase(
        [
            replace(TARGET, target_key="d", phase="2028-2030"),
            replace(TARGET, target_key="c", indicator_code="SO-01", value=Decimal(1)),
            replace(TARGET, target_key="b", indicator_code="TTHC-02"),
            replace(TARGET, target_key="a", indicator_code="TT-01"),
            replace(TARGET, target_key="e", phase="brand-new", indicator_code="ZZ-01"),
        ]
    )
    assert [group.phase for group in groups] == ["2026-2027", "2028-2030", "brand-new"]
    keys = [[target.target_key for target in theme.targets] for theme in groups[0].themes]
    assert keys == [["c"], ["a"], ["b"]]


def test_like_is_compared_with_like_and_small_numbers_are_left_out() -> None:
    chosen = page.extremes(
        [
            *(agency(key, 50 + key) for key in range(8)),
            agency(20, 99, small=True),
            agency(21, None),
            *(agency(30 + key, 10, kind="department") for key in range(5)),
        ]
    )
    assert [group.kind for group in chosen] == ["commune"], "five departments are too few"
    assert [a.agency_key for a in chosen[0].highest] == [7, 6, 5]
    assert [a.agency_key for a in chosen[0].lowest] == [0, 1, 2]


def test_long_lists_of_findings_say_how_many_are_left_out() -> None:
    findings = tuple(replace(FINDING, rule_id=f"TTHC-{n:03d}") for n in range(25))
    (group,) = page.findings_by_agency(findings)
    assert (len(group.shown), group.left_out, group.size) == (20, 5, 25)
    assert group.severities == (("warning", 25),)
    html = page.render(card(TARGET, findings=findings))
    assert re.search(r"5 <span[^>]*>phát hiện nữa", html)


def test_every_target_appears_with_its_reason() -> None:
    targets = [
        replace(TARGET, target_key=f"T{n}", plan_ref=f"T{n}", indicator_code=f"{theme}-0{n}")
        for n, theme in enumerate(wording.keys("theme"))
    ]
    html = page.render(card(*targets))
    assert re.findall(r'data-target="(\w+)"', html) == [f"T{n}" for n in range(len(targets))]
    assert html.count("Chưa kết nối nguồn") >= len(targets)


def test_everything_from_the_warehouse_is_escaped() -> None:
    strings = dict.fromkeys(
        ("plan_ref", "wording_vi", "reason_vi", "target_key", "operator", "trend"), HOSTILE
    )
    indicator = replace(
        INDICATOR, name_vi=HOSTILE, name_en=HOSTILE, caveats_vi=HOSTILE, source=HOSTILE
    )
    findings = (
        replace(
            FINDING,
            sentence_vi=HOSTILE,
            sentence_en=HOSTILE,
            observed=HOSTILE,
            severity=HOSTILE,
            agency_name_vi=HOSTILE,
            agency_name_folded=HOSTILE,
            evidence_sql=HOSTILE,
        ),
    )
    html = page.render(card(replace(TARGET, **strings), indicator=indicator, findings=findings))
    assert HOSTILE not in html
    assert html.count("</script>") == 1
    assert "<b onclick" not in html


def test_owners_are_named_and_lists_are_taken_apart() -> None:
    html = page.render(card(TARGET))
    assert "Sở Nội vụ, LA" in html
    for entry in ("Một", "Hai", "Ba", "Bốn"):
        assert f"<li>{entry}</li>" in html


def test_synthetic_data_is_said_loudly_and_real_data_is_not() -> None:
    assert "DỮ LIỆU MÔ PHỎNG" not in page.render(card(TARGET))
    html = page.render(card(replace(TARGET, is_synthetic=True)))
    assert '<aside class="synthetic"' in html
    assert "<title>[DỮ LIỆU MÔ PHỎNG]" in html


def test_both_languages_are_on_the_page() -> None:
    html = page.render(card(TARGET))
    assert (
        '<span class="vi" lang="vi">Chưa có số liệu</span><span class="en" lang="en">No data yet'
        in html
    )


def test_the_policy_names_the_hash_of_the_script_that_is_there() -> None:
    html = page.render(card(TARGET))
    for kind in ("style", "script"):
        (content,) = re.findall(rf"<{kind}>(.*?)</{kind}>", html, re.S)
        assert f"{kind}-src '{page.csp_hash(content)}'" in html
    assert not re.search(r"\sstyle=", html), "the policy would block it"


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_of_text_have_the_contrast_of_wcag_aa() -> None:
    style = files("dashboards.site").joinpath("templates/page.css").read_text("utf-8")
    colours = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", style))
    pairs = [(name, f"{name}-back") for name in ("good", "way", "slow", "far", "none")]
    pairs += [("ink", "paper"), ("soft", "paper"), ("soft", "faint"), ("navy", "faint")]
    for text, back in pairs:
        light, dark = sorted((luminance(colours[text]), luminance(colours[back])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{text} on {back}"


@pytest.mark.parametrize(
    ("unit", "value", "decimals", "said"),
    [
        ("level", "3", 0, "cấp độ 3"),
        ("milestone", "1", 0, "Hoàn thành"),
        ("milestone", "0", 0, "Chưa"),
        ("count", "5512", 0, "5.512 doanh nghiệp"),
        ("multiple", "27.4", 1, "27,4 lần GDP"),
    ],
)
def test_what_is_no_percentage_is_shown_as_people_say_it(
    unit: str, value: str, decimals: int, said: str
) -> None:
    target = replace(
        TARGET,
        unit=unit,
        value=Decimal(value),
        target_value=Decimal(9000),
        gap=Decimal(value) - 9000,
        status="behind",
        period_type="year",
        period_start=date(2026, 1, 1),
    )
    point = Point(
        date(2026, 1, 1), Decimal(value), Decimal(value), Decimal(1), "reported", None, "year"
    )
    shown = page.render(
        card(target, indicator=replace(INDICATOR, unit=unit, decimals=decimals, series=(point,)))
    )
    latest = re.search(r'class="num latest">.*?<b>(.*?)</b>', shown, re.DOTALL)
    assert latest is not None
    vietnamese = re.sub(r'<span class="en".*?</span>', "", latest.group(1))
    plain = re.sub(r"<.*?>", "", vietnamese).replace("&nbsp;", " ").replace("\xa0", " ")
    assert " ".join(plain.split()) == said
    assert "%" not in plain
