"""``cchc template``: which workbooks it writes, for whom, and what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from ingestion.sources.agency_reports.template.command import template_command

VARIABLE = "AIRFLOW_CONN_AGENCY_REPORTS"


@pytest.fixture(autouse=True)
def installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A form key and no warehouse."""
    monkeypatch.setenv(VARIABLE, "imap://box@mail.example/?form_key=an+example+of+a+form+key")
    monkeypatch.setenv("CCHC_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("WAREHOUSE_URL", raising=False)


def run(out: Path, *arguments: str) -> Result:
    return CliRunner().invoke(template_command, [*arguments, "--out", str(out)])


@pytest.mark.parametrize(
    ("agency", "period", "expected"),
    [
        ("SNV", "2026-Q3", ["BC-CCHC-Q_SNV_2026-Q3", "BC-NV-Q_SNV_2026-Q3"]),
        ("so noi vu", "2026-Q3", ["BC-CCHC-Q_SNV_2026-Q3", "BC-NV-Q_SNV_2026-Q3"]),
        ("stc", "2026-09", ["BC-DN-T_STC_2026-09"]),
        ("moc chau", "2026-Q3", ["BC-CCHC-Q_03980_2026-Q3", "BC-NV-Q_03980_2026-Q3"]),
        ("Huyện Mai Sơn", "2023", ["BC-DTBD-N_125_2023"]),
        # It began after the year that it reports on.
        ("NHNNKV3", "2025", ["BC-TTKDTM-N_NHNNKV3_2025"]),
        ("SNV", "2024", ["BC-CSN-N_SNV_2024", "BC-DTBD-N_SNV_2024", "BC-HL-N_SNV_2024"]),
    ],
)
def test_it_writes_what_the_agency_owes(
    tmp_path: Path, agency: str, period: str, expected: list[str]
) -> None:
    told = run(tmp_path / "new", agency, period)

    assert told.exit_code == 0, told.output
    written = sorted(path.stem for path in (tmp_path / "new").iterdir())
    assert written == expected
    assert sorted(Path(line).stem for line in told.stdout.splitlines()) == expected
    assert "Không hỏi được kho: cột Kỳ trước để trống." in told.stderr
    for path in (tmp_path / "new").iterdir():
        assert openpyxl.load_workbook(path).sheetnames == ["Báo cáo", "Hướng dẫn"]


def test_a_form_may_be_asked_for_by_its_code(tmp_path: Path) -> None:
    told = run(tmp_path, "SNV", "2026-Q3", "--form", "bc-nv-q")

    assert told.exit_code == 0
    assert [path.stem for path in tmp_path.glob("*.xlsx")] == ["BC-NV-Q_SNV_2026-Q3"]


def test_everybody_gets_a_folder(tmp_path: Path) -> None:
    told = run(tmp_path, "all", "2026-09")
    assert told.exit_code == 0
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.xlsx")] == [
        "STC/BC-DN-T_STC_2026-09.xlsx"
    ]

    told = run(tmp_path / "legal", "all", "2026-Q1", "--form", "BC-VB-Q")
    assert told.exit_code == 0
    assert [path.parent.name for path in (tmp_path / "legal").rglob("*.xlsx")] == ["STP"]
    assert run(tmp_path / "none", "all", "2026-H1").exit_code == 4


def test_the_due_date_is_printed(tmp_path: Path) -> None:
    run(tmp_path, "SNV", "2026-Q3", "--form", "BC-CCHC-Q")

    (path,) = tmp_path.glob("*.xlsx")
    assert openpyxl.load_workbook(path)["Báo cáo"]["C6"].value == "15/10/2026"


def test_a_workbook_that_may_be_half_filled_is_kept(tmp_path: Path) -> None:
    run(tmp_path, "STC", "2026-09")
    (path,) = tmp_path.glob("*.xlsx")
    fresh = path.read_bytes()

    assert run(tmp_path, "STC", "2026-09").exit_code == 0, "the same again does no harm"
    path.write_bytes(b"half filled in")
    refused = run(tmp_path, "STC", "2026-09")

    assert refused.exit_code == 4
    assert "đã có" in refused.stderr
    assert path.read_bytes() == b"half filled in"
    assert run(tmp_path, "STC", "2026-09", "--force").exit_code == 0
    assert path.read_bytes() == fresh


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("DIENLUC", "2026-Q3"), 4, "không phải nộp biểu nào cho kỳ 2026-Q3"),
        (("SYT", "2026", "--form", "BC-CSN-N"), 4, "không hỏi Sở Y tế"),
        (("SNV", "2025-Q3", "--form", "BC-NV-Q"), 4, "no version for 2025-Q3"),
        (("SNV", "2026-Q5"), 2, "không phải kỳ báo cáo"),
        (("Sở Mây", "2026-Q3"), 2, "không có cơ quan “Sở Mây”"),
        (("chiềng", "2026-Q3"), 2, "hãy dùng mã"),
        (("SNV", "2026-Q3", "--form", "BC-XX"), 2, "có: BC-BM-N, BC-CCHC-Q"),
    ],
)
def test_what_cannot_be_written_is_said(
    tmp_path: Path, arguments: tuple[str, ...], exit_code: int, said: str
) -> None:
    told = run(tmp_path, *arguments)

    assert told.exit_code == exit_code
    assert said in told.output
    assert not list(tmp_path.glob("*.xlsx"))


def test_without_a_form_key_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)

    told = run(tmp_path, "STC", "2026-09")

    assert told.exit_code == 1
    assert "form_key=" in told.stderr
    assert VARIABLE in told.stderr
    assert run(tmp_path, "STC", "2025-09").exit_code == 0, "old forms carry no id"
