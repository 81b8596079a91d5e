"""One page of a PDF as letters, rules and pictures with their places, within bounds.

pdfminer interprets the page; what it would draw is counted while it is drawn, so that a page of a
hundred thousand objects or of forms within forms ends early.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import (
    LTChar,
    LTContainer,
    LTCurve,
    LTImage,
    LTItem,
    LTLine,
    LTPage,
    LTRect,
)
from pdfminer.pdfcolor import PDFColorSpace
from pdfminer.pdfdevice import PDFTextSeq
from pdfminer.pdffont import PDFFont
from pdfminer.pdfinterp import (
    PDFGraphicState,
    PDFPageInterpreter,
    PDFResourceManager,
    PDFStackT,
    PDFTextState,
)
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import LITERALS_FLATE_DECODE, PDFStream, stream_value
from pdfminer.utils import MATRIX_IDENTITY, Matrix, PathSegment

from ingestion.reading.bounds import Bounds
from ingestion.reading.refusals import refuse

_UNSEEN_MODES = (3, 7)  # text rendering modes of ISO 32000-1, 9.3.6, that draw nothing
_THIN = 2.0  # points: a rectangle so thin is a rule
_SMALLEST_LETTER = 1.5
_COVERS_THE_PAGE = 0.5
_FORM_COST = 20  # objects that drawing a form counts for, at least
_AS_IS = MATRIX_IDENTITY
_TURNS = {(1, 0): 0, (0, 1): 90, (-1, 0): 180, (0, -1): 270}


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter; coordinates in points from the upper left corner of the page.

    Attributes:
        run: letters drawn one after the other have numbers one after the other.
        turn: degrees that the letter is turned against the page, counter-clockwise.
    """

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    run: int
    turn: int = 0

    @property
    def size(self) -> float:
        """Height of the letter as it reads."""
        return self.bottom - self.top if self.turn in (0, 180) else self.x1 - self.x0


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight rule: ``at`` is its place across, ``start`` to ``end`` along."""

    is_vertical: bool
    at: float
    start: float
    end: float


@dataclass(slots=True)
class PageContent:
    """What a page shows.

    Attributes:
        has_unseen_text: text that is there and not drawn, or too small or off the page.
        is_picture: a picture covers half of the page or more.
        objects: what it cost.
    """

    width: float
    height: float
    letters: list[Letter] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    has_unseen_text: bool = False
    is_picture: bool = False
    objects: int = 0


def read_page(
    page: PDFPage, resources: PDFResourceManager, number: int, bounds: Bounds
) -> PageContent:
    """Interpret one page; text that is turned on the page is read the right way up.

    Raises:
        FileRefused: the page draws more than allowed, or is broken.
    """
    where = f"trang {number}"
    check_streams(page.contents, where, bounds)
    content = _interpret(page, resources, where, bounds)
    turn = _prevailing_turn(content.letters)
    if turn:
        page.rotate = (page.rotate + turn) % 360
        content = _interpret(page, resources, where, bounds)
    return content


def check_streams(streams: Iterable[object], where: str, bounds: Bounds) -> None:
    """Refuse content streams that inflate beyond bounds or are cut off.

    pdfminer would take the readable beginning of a damaged stream for the whole.
    """
    left = bounds.page_stream_bytes
    for item in streams:
        stream = stream_value(item)
        if not isinstance(stream, PDFStream) or stream.rawdata is None or stream.decipher:
            continue
        filters = stream.get_filters()
        if not filters or filters[0][0] not in LITERALS_FLATE_DECODE:
            left -= len(stream.rawdata)
        else:
            inflater = zlib.decompressobj()
            try:
                left -= len(inflater.decompress(stream.rawdata, left + 1))
            except zlib.error as error:
                raise refuse("broken_pdf", where) from error
            if left >= 0 and not inflater.eof:
                raise refuse("broken_pdf", where)
        if left < 0:
            raise refuse("too_many_objects", where)


class _Budget:
    """Counts what a page draws."""

    def __init__(self, where: str, bounds: Bounds) -> None:
        self.where = where
        self.bounds = bounds
        self.spent = 0

    def spend(self, objects: int = 1) -> None:
        self.spent += objects
        if self.spent > self.bounds.page_objects:
            raise refuse("too_many_objects", self.where)


class _Device(PDFPageAggregator):
    """Collects what is drawn, and what would be drawn but is not to be seen."""

    def __init__(self, resources: PDFResourceManager, budget: _Budget) -> None:
        super().__init__(resources, laparams=None)
        self.budget = budget
        self._is_unseen = False
        self.has_unseen_text = False

    def render_string(
        self,
        textstate: PDFTextState,
        seq: PDFTextSeq,
        ncs: PDFColorSpace,
        graphicstate: PDFGraphicState,
    ) -> None:
        self._is_unseen = textstate.render in _UNSEEN_MODES
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(
        self,
        matrix: Matrix,
        font: PDFFont,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: PDFColorSpace,
        graphicstate: PDFGraphicState,
    ) -> float:
        self.budget.spend()
        advance = super().render_char(matrix, font, fontsize, scaling, rise, cid, ncs, graphicstate)
        if self._is_unseen:
            self.cur_item._objs.pop()
            self.has_unseen_text = True
        return advance

    def paint_path(
        self,
        gstate: PDFGraphicState,
        stroke: bool,
        fill: bool,
        evenodd: bool,
        path: Sequence[PathSegment],
    ) -> None:
        self.budget.spend(1 + len(path) // 8)
        super().paint_path(gstate, stroke, fill, evenodd, path)

    def render_image(self, name: str, stream: PDFStream) -> None:
        self.budget.spend()
        super().render_image(name, stream)


class _Interpreter(PDFPageInterpreter):
    """Bounds forms within forms."""

    def __init__(self, resources: PDFResourceManager, device: _Device, depth: int = 0) -> None:
        super().__init__(resources, device)
        self._counting = device
        self._depth = depth

    def dup(self) -> _Interpreter:
        return _Interpreter(self.rsrcmgr, self._counting, self._depth + 1)

    def do_Do(self, xobjid_arg: PDFStackT) -> None:
        budget = self._counting.budget
        budget.spend(_FORM_COST)
        if self._depth > budget.bounds.form_depth:
            raise refuse("too_many_objects", budget.where)
        super().do_Do(xobjid_arg)

    def render_contents(
        self, resources: dict[object, object], streams: Sequence[object], ctm: Matrix = _AS_IS
    ) -> None:
        if self._depth:
            check_streams(streams, self._counting.budget.where, self._counting.budget.bounds)
        super().render_contents(resources, streams, ctm=ctm)


def _interpret(
    page: PDFPage, resources: PDFResourceManager, where: str, bounds: Bounds
) -> PageContent:
    budget = _Budget(where, bounds)
    device = _Device(resources, budget)
    _Interpreter(resources, device).process_page(page)
    layout: LTPage = device.get_result()
    content = PageContent(layout.width, layout.height, objects=budget.spent)
    content.has_unseen_text = device.has_unseen_text
    run = 0
    for item in _leaves(layout):
        if isinstance(item, LTChar):
            run += 1
            letter = _letter(item, layout.height, run)
            if letter is None or not _is_on(letter, content):
                content.has_unseen_text = content.has_unseen_text or bool(item.get_text().strip())
            else:
                content.letters.append(letter)
        elif isinstance(item, LTImage):
            area = max(0.0, item.width) * max(0.0, item.height)
            if area > _COVERS_THE_PAGE * content.width * content.height:
                content.is_picture = True
        else:
            content.rules.extend(_rules(item, layout.height))
    return content


def _leaves(container: LTContainer[Any]) -> Iterator[Any]:
    for item in container:
        if isinstance(item, LTContainer):
            yield from _leaves(item)
        else:
            yield item


def _letter(item: LTChar, height: float, run: int) -> Letter | None:
    a, b, *_ = item.matrix
    direction = (0, 0)
    if abs(a) > 3 * abs(b):
        direction = (1 if a > 0 else -1, 0)
    elif abs(b) > 3 * abs(a):
        direction = (0, 1 if b > 0 else -1)
    turn = _TURNS.get(direction)
    if turn is None:  # slanted: a stamp or a watermark
        return None
    letter = Letter(
        item.get_text(), item.x0, item.x1, height - item.y1, height - item.y0, run, turn
    )
    return letter if letter.size >= _SMALLEST_LETTER else None


def _is_on(letter: Letter, page: PageContent) -> bool:
    x, y = (letter.x0 + letter.x1) / 2, (letter.top + letter.bottom) / 2
    return 0 <= x <= page.width and 0 <= y <= page.height


def _prevailing_turn(letters: list[Letter]) -> int:
    """The turn of nearly all letters; the page is turned back by it, clockwise."""
    counts: dict[int, int] = {}
    for letter in letters:
        if not letter.text.isspace():
            counts[letter.turn] = counts.get(letter.turn, 0) + 1
    if not counts:
        return 0
    turn = max(counts, key=lambda key: counts[key])
    return turn if counts[turn] * 5 > sum(counts.values()) * 4 else 0


def _rules(item: LTItem, height: float) -> Iterator[Rule]:
    if isinstance(item, LTRect) and not isinstance(item, LTLine):
        yield from _rules_of_box(item, height)
    elif isinstance(item, LTCurve):
        for (x0, y0), (x1, y1) in zip(item.pts, item.pts[1:], strict=False):
            if abs(x0 - x1) < 1:
                yield Rule(True, (x0 + x1) / 2, height - max(y0, y1), height - min(y0, y1))
            elif abs(y0 - y1) < 1:
                yield Rule(False, height - (y0 + y1) / 2, min(x0, x1), max(x0, x1))


def _rules_of_box(item: LTRect, height: float) -> Iterator[Rule]:
    x0, x1, top, bottom = item.x0, item.x1, height - item.y1, height - item.y0
    if item.fill and not item.stroke and _is_white(item.non_stroking_color):
        return
    if x1 - x0 < _THIN:
        yield Rule(True, (x0 + x1) / 2, top, bottom)
    elif bottom - top < _THIN:
        yield Rule(False, (top + bottom) / 2, x0, x1)
    else:
        yield from (Rule(True, x, top, bottom) for x in (x0, x1))
        yield from (Rule(False, y, x0, x1) for y in (top, bottom))


def _is_white(colour: object) -> bool:
    parts = colour if isinstance(colour, tuple | list) else (colour,)
    return len(parts) in (1, 3) and all(part == 1 for part in parts)
