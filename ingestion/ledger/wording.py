"""The Vietnamese sentences of the ledger: why a cell is not accepted, and what to do about it."""

from __future__ import annotations

from datetime import date
from typing import Final

SYSTEM_REASONS: Final = {
    ("failed", "source"): "Hệ thống nguồn không trả được dữ liệu của kỳ này.",
    ("failed", "ours"): "Lỗi của kho dữ liệu khi lấy hoặc nạp kỳ này.",
    ("missing", "source"): "Nguồn chưa có tệp dữ liệu nào cho kỳ này.",
    ("missing", "ours"): "Kho dữ liệu chưa lấy kỳ này.",
}
"""Why nothing was loaded for a whole source, by outcome and cause."""

NOTHING_SENT: Final = (
    "Đã nạp đủ dữ liệu của hệ thống trong kỳ nhưng không có hồ sơ nào do đơn vị tiếp nhận."
)
NOT_PUBLISHED: Final = "Đã xem đủ các ngày công khai mà chưa thấy văn bản đến hạn."
REPORT_NOT_SENT: Final = "Đã quá hạn, hộp nhận báo cáo vẫn mở mà đơn vị chưa gửi báo cáo."
NOT_LOADED: Final = "Đơn vị đã gửi tệp nhưng kho dữ liệu chưa nạp xong."
HOLLOW_REPORTS: Final = {
    "empty": "Báo cáo nhận ngày {on} để trống, chưa tính là đã nộp.",
    "zero": "Báo cáo nhận ngày {on} toàn số 0 mà không khai không phát sinh, chưa tính là đã nộp.",
    "copied": "Báo cáo nhận ngày {on} chép lại số của báo cáo khác, chưa tính là đã nộp.",
}
"""Why a hollow report does not count, by kind."""

EXCUSE_WITHDRAWN: Final = "Việc miễn đã bị rút lại, kỳ này chưa được nạp."
NOT_OWED: Final = "Theo danh mục nghĩa vụ hiện nay, đơn vị không phải báo cáo kỳ này."

OUTCOMES: Final = {
    "accepted": "đã nạp",
    "missing": "thiếu",
    "excused": "được miễn",
    "failed": "không nạp được",
    "undecided": "chưa quyết",
}
"""Outcomes as officers read them."""

CAUSES: Final = {"source": "hệ thống nguồn", "ours": "kho dữ liệu", "agency": "đơn vị"}
"""On whose side the reason lies."""

REMEDIES: Final = {
    "source": "Báo đơn vị vận hành hệ thống nguồn; khi nguồn chạy lại thì nạp lại kỳ này: {load}",
    "ours": "Người vận hành kho xem nhật ký, sửa rồi nạp lại kỳ này: {load}",
    "agency": (
        "Đơn vị gửi bù qua hệ thống một cửa; nếu thật sự không phát sinh thì lập văn bản để ghi "
        "vào excused_cells.csv."
    ),
    None: "Kỳ này chưa được quyết. {undecided}",
}
"""What to do, by cause."""

REPORT_REMEDY: Final = (
    "Đơn vị điền mẫu (cchc template {agency} {period}) và nộp qua hộp nhận báo cáo, phải sửa thì "
    "nộp lại cả tệp; nếu được miễn thì lập văn bản để ghi vào excused_cells.csv."
)
"""What an agency is to do about a report."""

UNDECIDED_SYSTEM: Final = "Hãy nạp: {load}"
UNDECIDED_AGENCY: Final = "Nạp đủ dữ liệu hệ thống của kỳ, dựng mart, rồi chạy: {settle}"


def shadowed(days: int, first: str, reason: str | None) -> str:
    """Why an agency's cell cannot be judged: periods of the whole source that did not come."""
    counted = f"{days} kỳ dữ liệu của hệ thống không về đủ, sớm nhất {first}"
    return f"Không kết luận về đơn vị: {counted}. {reason or ''}".rstrip()


def excused(reason: str, document: str, office: str) -> str:
    """Why a cell is excused."""
    return f"{reason} (theo {document}, {office})"


def forms_missing(form_keys: str) -> str:
    """Why a publication does not count as come: some of its forms are not there."""
    return f"Đã công khai nhưng thiếu biểu: {form_keys}"


def report_partial(received_on: date, problems: int) -> str:
    """Why a report is not whole yet: cells that are to be mended."""
    return f"Báo cáo nhận ngày {received_on:%d/%m/%Y} còn {problems} ô phải sửa hoặc bổ sung."


def report_refused(received_on: date, reason: str | None) -> str:
    """Why what came is no report."""
    return f"Tệp nhận ngày {received_on:%d/%m/%Y} bị từ chối. {reason or ''}".rstrip()
