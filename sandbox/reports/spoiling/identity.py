"""Whose report it says it is, of which form and period."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Final

from sandbox.reports.behaviours import NotApplicable
from sandbox.reports.figures import Filled
from sandbox.reports.handmade import period_text
from sandbox.reports.owed import Office, all_offices, following
from sandbox.reports.spoiling.scene import Scene, on_paper
from sandbox.reports.subject import subject_of

_LOOK_ALIKE: Final = str.maketrans("ABCEHKMOPTXabceopxy", "АВСЕНКМОРТХаЬсеорху")
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISSPELT: Final = (("ng", "n"), ("ch", "tr"), ("h", ""), ("i", "y"), ("ơ", "o"))


@on_paper
def others_name_typed(scene: Scene) -> None:
    """Type another office's name over the own one; the id stays."""
    ink = scene.ink("agency")
    own = scene.subject.owner.name
    ink.value = str(ink.value).replace(own, _other(scene).name)
    if own in str(ink.value):
        raise NotApplicable("the name is not printed as it is")


@on_paper
def others_id_pasted(scene: Scene) -> None:
    """Paste the id of another office of the kind."""
    other = replace(scene.subject, owner=_other(scene), filled=Filled({}, frozenset()))
    scene.ink("form_id").value = scene.draft_of(other).inks["form_id"].value


@on_paper
def homoglyph_id(scene: Scene) -> None:
    """Write the id with letters of another script that look the same."""
    text = scene.text_of("form_id")
    head, _, tail = text.partition("/")
    scene.ink("form_id").value = f"{head.translate(_LOOK_ALIKE)}/{tail}"


@on_paper
def name_without_accents(scene: Scene) -> None:
    """Leave the accents of the office's name out."""
    ink = scene.ink("agency")
    plain = str(ink.value).replace("đ", "d").replace("Đ", "D")
    ink.value = "".join(
        letter
        for letter in unicodedata.normalize("NFD", plain)
        if not unicodedata.combining(letter)
    )


@on_paper
def name_misspelt(scene: Scene) -> None:
    """Misspell the office's name."""
    ink = scene.ink("agency")
    for right, wrong in _MISSPELT:
        found = re.search(right, str(ink.value), re.IGNORECASE)
        if found:
            ink.value = f"{str(ink.value)[: found.start()]}{wrong}{str(ink.value)[found.end() :]}"
            return
    raise NotApplicable("nothing to misspell")


@on_paper
def title_of_other_period(scene: Scene) -> None:
    """Let the title speak of the period before."""
    before = following(scene.subject.period, -1)
    scene.ink("period").value = period_text(before, scene.style, "other", scene.subject.owner.key)


@on_paper
def no_period(scene: Scene) -> None:
    """Say no period."""
    scene.ink("period").value = None
    for ink in scene.draft.texts():
        ink.value = re.sub(r"\b20\d\d\b", "", str(ink.value))


@on_paper
def tampered_period(scene: Scene) -> None:
    """Type the period before into the id."""
    before = following(scene.subject.period, -1)
    _change(scene, str(scene.subject.period), str(before))


@on_paper
def tampered_agency(scene: Scene) -> None:
    """Type another agency's code into the id, and its name above it."""
    other = _other(scene)
    own = scene.subject.owner
    _change(scene, f"/{own.code}/", f"/{other.code}/")
    ink = scene.ink("agency")
    ink.value = str(ink.value).replace(own.name, other.name)


@on_paper
def tampered_check(scene: Scene) -> None:
    """Mistype the last letter of the check code."""
    text = scene.text_of("form_id")
    letter = _LETTERS[(_LETTERS.index(text[-1]) + 7) % len(_LETTERS)]
    scene.ink("form_id").value = text[:-1] + letter


@on_paper
def tampered_version(scene: Scene) -> None:
    """Type another version into the id."""
    version = scene.subject.version.version
    _change(scene, f".{version}/", f".{version + 1}/")


@on_paper
def id_removed(scene: Scene) -> None:
    """Delete the id."""
    scene.ink("form_id").value = None


@on_paper
def id_retyped(scene: Scene) -> None:
    """Type the id in small letters with blanks between its parts."""
    scene.ink("form_id").value = scene.text_of("form_id").lower().replace("/", " / ")


@on_paper
def other_table(scene: Scene) -> None:
    """Send a list of meetings: nothing of the report is in it."""
    paper = scene.draft.paper
    del scene.draft.papers[1:]
    paper.cells.clear()
    paper.merged.clear()
    paper.put(1, 1, "LỊCH HỌP CƠ QUAN", bold=True)
    for column, label in enumerate(("STT", "Ngày", "Nội dung", "Số người dự"), 1):
        paper.put(3, column, label, bold=True)
    for row in range(1, 9):
        paper.put(3 + row, 1, str(row))
        paper.put(3 + row, 2, f"{row + 3:02d}/10/2026")
        paper.put(3 + row, 3, "Họp giao ban tuần")
        paper.put(3 + row, 4, str(10 + row))
    for entry in scene.draft.entries:
        entry.value, entry.expect = None, "empty"


@on_paper
def two_reports(scene: Scene) -> None:
    """Put the report of the period before on a second sheet."""
    subject = scene.subject
    before = following(subject.period, -1)
    try:
        other = subject_of(
            subject.owner, subject.form_code, before, subject.received_on, subject.figures,
            subject.by,
        )  # fmt: skip
        paper = scene.draft_of(other).paper
    except LookupError as error:
        raise NotApplicable("no such form then") from error
    paper.name = f"{paper.name} (2)"
    scene.draft.papers.append(paper)


def _change(scene: Scene, old: str, new: str) -> None:
    text = scene.text_of("form_id")
    if old not in text:
        raise NotApplicable(f"no {old} in the id")
    scene.ink("form_id").value = text.replace(old, new, 1)


def _other(scene: Scene) -> Office:
    own = scene.subject.owner
    others = [
        office
        for office in all_offices()
        if office.kind == own.kind
        and office.exists_on(scene.subject.received_on)
        and office.name != own.name
        and office.code != own.code
    ]
    return scene.one_of("other", others)
