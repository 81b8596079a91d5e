"""How much of a file is read at most. A file beyond a bound is refused, never read in part.

The values leave an order of magnitude above the largest budget publication known (a settlement
report of some 300 pages; workbooks of 10 sheets and 0.8 MB) and keep a reading below 512 MB.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a reader takes from one file.

    Attributes:
        file_bytes: size of the file as it came.
        parts: entries of a zip container.
        part_bytes: one part of a container, inflated.
        container_bytes: all parts that are read, inflated.
        inflation: how many times larger than its compressed form a part may be, from
            ``inflation_from_bytes`` inflated bytes on.
        inflation_from_bytes: see ``inflation``; small parts may repeat themselves.
        sheets: sheets, tables of a page or a PDF.
        cells: cells of the rectangles that hold values, all sheets together; empty cells between
            values count, as they cost the same.
        columns: columns of one sheet.
        shared_strings: different texts of a workbook, and styles of one.
        merged: merged ranges of one sheet.
        text_characters: of one cell; longer text is cut and the cell marked ``truncated``.
        facts: labelled facts of an XML file.
        line_characters: one line of a CSV file.
        depth: nesting of elements in XML and HTML.
        pages: of a PDF.
        page_objects: characters, lines, rectangles, curves and images of one page of a PDF.
        document_objects: the same, all pages together.
        page_stream_bytes: content streams of one page of a PDF, inflated.
        form_depth: forms drawn within forms of a PDF.
    """

    file_bytes: int = 32 * 1024 * 1024
    parts: int = 2_000
    part_bytes: int = 48 * 1024 * 1024
    container_bytes: int = 80 * 1024 * 1024
    inflation: int = 200
    inflation_from_bytes: int = 4 * 1024 * 1024
    sheets: int = 300
    cells: int = 1_000_000
    columns: int = 1_024
    shared_strings: int = 200_000
    merged: int = 20_000
    text_characters: int = 8_000
    facts: int = 100
    line_characters: int = 200_000
    depth: int = 100
    pages: int = 400
    page_objects: int = 30_000
    document_objects: int = 1_000_000
    page_stream_bytes: int = 16 * 1024 * 1024
    form_depth: int = 10


BOUNDS = Bounds()
