from __future__ import annotations

import pytest

from ingestion.embedded.doctor import diagnose


@pytest.mark.parametrize(
    ("connection", "is_ok"),
    [
        (None, False),
        ("imaps://thu:mat-khau@mail.example/", False),
        ("imaps://thu:mat-khau@mail.example/?form_key=ngan", False),
        ("imaps://thu:mat-khau@mail.example/?form_key=mot-khoa-bieu-du-dai", True),
    ],
)
def test_a_missing_or_short_form_key_is_told_without_it(
    connection: str | None, is_ok: bool, warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_AGENCY_REPORTS", raising=False)
    if connection:
        monkeypatch.setenv("AIRFLOW_CONN_AGENCY_REPORTS", connection)
    checks = {check.name: check for check in diagnose()}
    found = checks["Form key of reports"]
    assert (found.is_ok, found.is_needed) == (is_ok, False)
    assert checks["Connection agency_reports"].is_ok == bool(connection)
    assert "ngan" not in found.found + found.remedy
    assert "mot-khoa" not in found.found + found.remedy
