"""PDFs for tests: drawn with reportlab, or written object by object so that they can lie."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import font_source_sans_pro
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

pdfmetrics.registerFont(TTFont("Vn", font_source_sans_pro.font_files_ttf["SourceSansPro"]))

LEFT, TOP, HEIGHT = 60.0, 760.0, 18.0


def drawn(draw: Callable[[Canvas], None], **options: object) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=True, **options)
    canvas.setFont("Vn", 9)
    draw(canvas)
    canvas.save()
    return file.getvalue()


def table(
    canvas: Canvas,
    rows: Sequence[Sequence[str]],
    widths: Sequence[float] = (30, 180, 90, 90),
    top: float = TOP,
    ruled: bool = True,
) -> None:
    """A table: first two columns to the left, the others to the right, as offices print."""
    canvas.setFont("Vn", 9)
    for number, row in enumerate(rows):
        x, y = LEFT, top - HEIGHT * (number + 1)
        for column, (text, width) in enumerate(zip(row, widths, strict=True)):
            if ruled:
                canvas.rect(x, y, width, HEIGHT)
            if column < 2:
                canvas.drawString(x + 3, y + 5, text)
            else:
                canvas.drawRightString(x + width - 3, y + 5, text)
            x += width


def written(objects: Sequence[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A PDF of the given objects, numbered from 1."""
    content = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % place for place in places)
    content += b"trailer\n<< /Size %d %b >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        start,
    )
    return bytes(content)


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(data), extra, data)


def one_page(
    contents: bytes, resources: bytes = b"", others: Sequence[bytes] = (), count: int = 1
) -> bytes:
    """A page with the given content stream object; other objects are numbered from 5."""
    return written(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count %d >>" % count,
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << %b >> >>" % resources,
            contents,
            *others,
        ]
    )
