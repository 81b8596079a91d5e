"""The back-fills as data: what is valid, and how a fault is told to the officer who wrote it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from ingestion.backfill.orders import (
    FOLDER,
    BackfillRefused,
    find_order,
    read_orders,
    require_open,
)
from ingestion.core.source import read_source

GOOD = yaml.safe_load((FOLDER / "2021_2025.yml").read_text())


def written(folder: Path, name: str = "2021_2025", **changes: object) -> Path:
    value = {**GOOD, "name": name, **changes}
    plain = {key: item for key, item in value.items() if item is not ...}
    (folder / f"{name}.yml").write_text(yaml.safe_dump(plain, allow_unicode=True))
    return folder


def test_the_baseline_is_asked_for_with_all_resources() -> None:
    order = find_order("2021_2025")
    assert (order.first, order.last) == (date(2021, 1, 1), date(2025, 12, 31))
    assert set(order.sources["tthc"]) == set(read_source("tthc").resources)
    assert order.covers(date(2021, 1, 1))
    assert order.covers(date(2025, 12, 31))
    assert not order.covers(date(2026, 1, 1))
    require_open(order)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reason": ...}, "thiếu khóa “reason”"),
        ({"reson": "x"}, "khóa lạ “reson” (có phải “reason”?)"),
        ({"name": "khac"}, "phải trùng tên tệp “2021_2025”"),
        ({"name": 20212025}, "name: “20212025” phải là chuỗi"),
        ({"first": date(2021, 1, 2)}, "first: phải là ngày đầu tháng"),
        ({"last": date(2025, 12, 30)}, "last: phải là ngày cuối tháng"),
        ({"last": "2025-02-31"}, "last: “2025-02-31” không phải ngày có thật"),
        ({"last": "31/12/2025"}, "last: “31/12/2025” không đúng dạng"),
        ({"last": date(2020, 12, 31)}, "last: đứng trước first"),
        ({"sources": {"tthx": ["dossiers"]}}, "không có nguồn “tthx”"),
        ({"sources": {"tthc": ["dossier"]}}, "sources.tthc: không có “dossier”"),
        ({"sources": {"tthc": []}}, "trống hoặc quá ngắn"),
        ({"concurrency": 0}, "0 nhỏ hơn 1"),
        ({"concurrency": "2"}, "“2” phải là số nguyên"),
        ({"status": "xong"}, "“xong” không nằm trong planned, approved, closed"),
        ({"asked_by": ""}, "asked_by: trống hoặc quá ngắn"),
    ],
)
def test_a_fault_is_told_in_vietnamese_with_its_line(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    folder = written(tmp_path)
    value = {**GOOD, **changes}
    plain = {key: item for key, item in value.items() if item is not ...}
    (folder / "2021_2025.yml").write_text(yaml.safe_dump(plain, allow_unicode=True))
    with pytest.raises(BackfillRefused) as refused:
        read_orders(folder)
    assert message in str(refused.value)
    assert "ingestion/backfills/2021_2025.yml:" in str(refused.value)


def test_a_file_that_is_no_yaml_is_told_and_not_raised(tmp_path: Path) -> None:
    (tmp_path / "broken.yml").write_text("name: [")
    with pytest.raises(BackfillRefused, match=r"broken\.yml:\d+: YAML hỏng"):
        read_orders(tmp_path)


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    written(tmp_path, "one", concurrency=99)
    written(tmp_path, "two", status="open")
    with pytest.raises(BackfillRefused) as refused:
        read_orders(tmp_path)
    assert len(str(refused.value).splitlines()) == 2


def test_without_a_name_the_only_approved_one_is_meant(tmp_path: Path) -> None:
    written(tmp_path, "old", status="closed")
    written(tmp_path, "now")
    assert find_order(folder=tmp_path).name == "now"
    written(tmp_path, "too")
    with pytest.raises(BackfillRefused, match="2 đợt đang mở; có: now, old, too"):
        find_order(folder=tmp_path)
    with pytest.raises(BackfillRefused, match="Không có đợt nạp bù “never”"):
        find_order("never", tmp_path)


@pytest.mark.parametrize(("status", "why"), [("planned", "chưa được duyệt"), ("closed", "đã đóng")])
def test_what_nobody_approved_is_not_run(tmp_path: Path, status: str, why: str) -> None:
    written(tmp_path, status=status)
    with pytest.raises(BackfillRefused, match=why):
        require_open(find_order("2021_2025", tmp_path))
