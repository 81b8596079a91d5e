"""Why a file is not read, in a sentence its sender can act on: what, why, what to do.

`refuse` is the one place that words refusals of readers; those of the reading process itself
(time, memory) are in `ingestion.reading.isolation`.
"""

from __future__ import annotations

from ingestion.reading.grid import FileRefused

_RESAVE = "hãy mở tệp bằng phần mềm bảng tính, lưu lại thành .xlsx rồi gửi lại"

_SENTENCES = {
    "empty_file": "Tệp rỗng (0 byte), không có nội dung để đọc; hãy tải lại hoặc gửi lại tệp.",
    "file_too_large": "Tệp lớn hơn mức cho phép ({most} MB) nên không đọc; "
    "hãy tách nhỏ tệp hoặc bỏ ảnh chèn rồi gửi lại.",
    "password": "Tệp được đặt mật khẩu nên không đọc được; "
    "hãy bỏ mật khẩu rồi công khai hoặc gửi lại.",
    "truncated_file": f"Tệp bị thiếu phần cuối hoặc hỏng khi truyền; hãy tải lại, hoặc {_RESAVE}.",
    "broken_workbook": f"Cấu trúc bảng tính bị hỏng ({{where}}) nên không lấy số nào; {_RESAVE}.",
    "broken_xml": "Tệp XML sai cấu trúc ({where}) nên không lấy số nào; "
    "hãy kết xuất lại từ phần mềm rồi gửi lại.",
    "broken_html": f"Trang HTML không đọc được ({{where}}) nên không lấy số nào; {_RESAVE}.",
    "broken_pdf": "Tệp PDF bị hỏng ({where}) nên không lấy số nào; "
    "hãy xuất lại PDF từ bản gốc rồi gửi lại.",
    "zip_bomb": "Phần nén trong tệp bung ra lớn bất thường ({where}) nên không mở; "
    f"{_RESAVE}, hoặc kiểm tra nguồn gốc tệp.",
    "too_many_parts": "Tệp nén chứa quá nhiều mục (hơn {most}) nên không mở; "
    f"{_RESAVE}, hoặc kiểm tra nguồn gốc tệp.",
    "duplicate_parts": "Tệp nén có hai mục cùng tên ({where}) nên không biết mục nào là thật; "
    f"{_RESAVE}.",
    "nested_archive": "Tệp là gói nén chứa tệp khác chứ không phải bảng tính; "
    "hãy giải nén rồi gửi từng tệp.",
    "too_many_strings": "Bảng tính có quá nhiều chuỗi hoặc kiểu ô (hơn {most}) nên không đọc; "
    "hãy chỉ giữ lại các biểu công khai rồi gửi lại.",
    "too_many_cells": "Vùng ô có dữ liệu quá lớn ({where}) nên không đọc; "
    "hãy xóa các ô thừa nằm xa bảng rồi lưu lại.",
    "too_many_sheets": "Tệp có quá nhiều trang tính hoặc bảng (hơn {most}) nên không đọc; "
    "hãy tách thành nhiều tệp.",
    "too_many_merged": "Trang tính có quá nhiều vùng gộp ô ({where}) nên không đọc; "
    "hãy bỏ gộp các ô thừa rồi lưu lại.",
    "xml_entities": "Nội dung XML khai báo thực thể hoặc DTD ({where}), không được phép "
    "vì có thể dùng để tấn công; hãy kết xuất lại tệp không có khai báo này.",
    "xml_encoding": f"Phần XML của tệp không ở bảng mã UTF-8 ({{where}}) nên không đọc; {_RESAVE}.",
    "duplicate_cells": "Một ô xuất hiện hai lần trong trang tính ({where}) nên không biết giá trị "
    f"nào là thật; {_RESAVE}.",
    "polyglot": "Tệp vừa là {where} nên không biết đọc theo loại nào; "
    "hãy gửi lại đúng một loại tệp.",
    "xlsb": f"Tệp là bảng tính nhị phân .xlsb, chưa đọc được; {_RESAVE}.",
    "ods": f"Tệp là bảng tính OpenDocument (.ods), chưa đọc được; {_RESAVE}.",
    "spreadsheetml_2003": f"Tệp là bảng tính XML của Excel 2003, chưa đọc được; {_RESAVE}.",
    "mhtml": f"Tệp là trang web lưu một tệp (MHTML), chưa đọc được; {_RESAVE}.",
    "old_workbook": f"Tệp là bảng tính Excel đời rất cũ (trước 1997), chưa đọc được; {_RESAVE}.",
    "word_document": "Tệp là văn bản Word, không phải bảng tính; "
    "hãy công khai kèm tệp .xlsx hoặc PDF của biểu.",
    "picture": "Tệp là ảnh chụp, không có số liệu dạng chữ; "
    "hãy công khai kèm tệp .xlsx, hoặc cho người nhập và xác nhận.",
    "archive": "Tệp là gói nén ({where}); hãy giải nén rồi gửi từng tệp.",
    "unknown_kind": "Không nhận ra loại tệp theo nội dung; "
    "hãy gửi tệp .xlsx, .xls, .xml, .csv hoặc .pdf.",
    "not_a_table": "Không có bảng nào trong tệp; hãy kiểm tra đã gửi đúng tệp biểu.",
    "undecodable": "Không xác định được bảng mã chữ của tệp văn bản; "
    "hãy lưu lại ở bảng mã UTF-8 rồi gửi lại.",
    "nul_bytes": "Tệp văn bản chứa ký tự rỗng (NUL), có thể bị hỏng hoặc không phải văn bản; "
    "hãy lưu lại ở bảng mã UTF-8 rồi gửi lại.",
    "line_too_long": "Tệp CSV có dòng dài hơn {most} ký tự nên không đọc; "
    "hãy kiểm tra ký tự xuống dòng rồi gửi lại.",
    "unclosed_quote": "Tệp CSV có dấu nháy kép mở mà không đóng (dòng {where}) nên không biết "
    "ô kết thúc ở đâu; hãy sửa dòng đó rồi gửi lại.",
    "ragged_rows": "Các dòng của tệp CSV có số ô khác nhau (dòng {where}) nên không biết số nào "
    "thuộc cột nào; hãy sửa hoặc kết xuất lại tệp.",
    "mixed_delimiters": "Tệp CSV dùng lẫn nhiều dấu phân cách cột nên không biết cột nào ra cột "
    "nào; hãy kết xuất lại với một dấu phân cách.",
    "header_only": "Tệp chỉ có dòng tiêu đề, không có dòng số liệu; hãy kiểm tra và gửi lại.",
    "duplicate_header": "Hai cột của tệp có cùng tiêu đề ({where}) nên không biết cột nào là thật; "
    "hãy đặt tên cột khác nhau rồi gửi lại.",
    "too_deep": "Cấu trúc tệp lồng nhau quá sâu nên không đọc; hãy kết xuất lại tệp.",
    "too_many_pages": "Tệp PDF có hơn {most} trang nên không đọc; hãy tách riêng từng biểu.",
    "too_many_objects": "Trang PDF có quá nhiều đối tượng ({where}) nên không đọc; "
    "hãy xuất lại PDF từ bản gốc hoặc gửi tệp .xlsx.",
    "too_many_facts": "Tệp XML có quá nhiều thuộc tính (hơn {most}) nên không đọc; "
    "hãy kết xuất lại tệp.",
}


def refuse(code: str, where: str = "", most: int = 0) -> FileRefused:
    """The refusal for a code.

    Args:
        code: a key of the sentences.
        where: the part, sheet, page or line; our own words or checked ones only.
        most: the bound that was passed.
    """
    return FileRefused(code, _SENTENCES[code].format(where=where or "tệp", most=most))
