"""A report on paper, for those who spoil it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, TypeVar

from sandbox.budget.paper import Ink, Place
from sandbox.budget.styles import Draw
from sandbox.reports.behaviours import Behaviour, NotApplicable
from sandbox.reports.draft import Draft, Entry, Expect
from sandbox.reports.styles import Style
from sandbox.reports.subject import Subject

_T = TypeVar("_T")
_MEASURED: Final = ("count", "amount", "decimal", "level")
DraftOf = Callable[[Subject], Draft]


class Scene:
    """A report and what is to be done with it.

    Args:
        draft: the report.
        subject: what it is about.
        style: how it is printed.
        behaviour: what is done.
        draft_of: draws the report of another subject in the same style.
    """

    def __init__(
        self, draft: Draft, subject: Subject, style: Style, behaviour: Behaviour, draft_of: DraftOf
    ) -> None:
        self.draft = draft
        self.subject = subject
        self.style = style
        self.behaviour = behaviour
        self.draft_of = draft_of
        self.draw = Draw(
            behaviour.behaviour_id, subject.owner.key, subject.form_code, str(subject.period)
        )

    def one_of(self, name: str, choices: Sequence[_T]) -> _T:
        """Choose by chance.

        Raises:
            NotApplicable: there is nothing to choose from.
        """
        if not choices:
            raise NotApplicable(self.behaviour.behaviour_id)
        chosen: _T = self.draw.one_of(name, choices)
        return chosen

    def figures(self, *types: str, least: int = 0) -> list[Entry]:
        """Entries with a figure of some types (default: all that are measured) and size."""
        return [
            entry
            for entry in self.draft.numbers()
            if entry.field.type in (types or _MEASURED)
            and isinstance(entry.value, Decimal)
            and entry.value >= least
            and self.draft.place(entry.ink)
        ]

    def one_figure(self, *types: str, least: int = 0) -> Entry:
        """One of them by chance."""
        return self.one_of("figure", self.figures(*types, least=least))

    def days(self) -> list[Entry]:
        """Entries with a day.

        Raises:
            NotApplicable: there are none.
        """
        found = self.draft.of_type("date")
        if not found:
            raise NotApplicable("no days")
        return found

    def touch(self, entry: Entry, expect: Expect | None = None) -> None:
        """Say that a cell is touched."""
        entry.expect = expect or self.behaviour.expect

    def write(self, entry: Entry, text: str | Decimal | None, expect: Expect | None = None) -> None:
        """Write something else into a cell; what it should say stays its answer."""
        entry.ink.value, entry.ink.number_format = text, "General"
        self.touch(entry, expect)

    def rewrite_figures(self, rewrite: Callable[[Decimal], str], least: int = 0) -> None:
        """Write all figures from a size on in another way.

        Raises:
            NotApplicable: there are none.
        """
        found = self.figures(least=least)
        if not found:
            raise NotApplicable("no such figures")
        for entry in found:
            self.write(entry, rewrite(entry.number))

    def ink(self, name: str) -> Ink:
        """A cell of the title block.

        Raises:
            NotApplicable: the report has no such cell.
        """
        ink = self.draft.inks.get(name)
        if ink is None or self.draft.place(ink) is None:
            raise NotApplicable(f"no {name}")
        return ink

    def text_of(self, name: str) -> str:
        """What stands in a cell of the title block."""
        return str(self.ink(name).value or "")

    def place_of(self, entry: Entry) -> Place:
        """Where an entry stands.

        Raises:
            NotApplicable: it was taken away.
        """
        place = self.draft.place(entry.ink)
        if place is None:
            raise NotApplicable(entry.field.code)
        return place


PaperBehaviour = Callable[[Scene], None]
_ON_PAPER: Final[dict[str, PaperBehaviour]] = {}


def on_paper(make: PaperBehaviour) -> PaperBehaviour:
    """Register what is done on paper under the name of its function."""
    _ON_PAPER[make.__name__] = make
    return make


def spoil_paper(scene: Scene) -> None:
    """Do on paper what the behaviour is.

    Raises:
        NotApplicable: nothing there to do it with.
    """
    if not scene.behaviour.is_clean:
        for entry in scene.draft.entries:
            if entry.expect == "right":
                entry.expect = "right_or_refused"
    _ON_PAPER[scene.behaviour.behaviour_id](scene)
