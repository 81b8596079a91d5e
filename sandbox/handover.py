"""Who finishes the dossiers that a desk leaves open when its agency ends."""

from __future__ import annotations

import numpy as np

from sandbox.clock import DAY
from sandbox.desks import Desk, rosters
from sandbox.lives import Lives
from sandbox.procedures import Procedure, owner_of
from sandbox.randomness import Ints, uniform
from sandbox.succession import Heirs


class Handover:
    """Finds the desk that has a dossier in hand at an instant.

    Dossiers of a department go to the department that has their field from then on, those of a
    commune to the one it was merged into; those of a district's desk to the department in charge
    or to a commune of the former district, by the level that decides on the procedure now. The
    code of a dossier never changes.

    Args:
        desks: of all eras.
        procedures: the catalogue.
        heirs: which agencies took over from which.
    """

    def __init__(
        self, desks: tuple[Desk, ...], procedures: tuple[Procedure, ...], heirs: Heirs
    ) -> None:
        self._end = np.array([desk.end_day for desk in desks], dtype=np.int64)
        self._owners: dict[int, Ints] = {}
        self._is_province = np.array([p.level == "province" for p in procedures])
        # Procedures of level province that a department, or a district's desk at its end, leaves.
        self._goes_up = np.array([desk.kind == "department" for desk in desks])
        # One search serves all desks: the cumulated sizes of the heirs of desk i run from i to i+1.
        bounds, choices, has_heirs = [], [], np.zeros(len(desks), dtype=bool)
        at_work = {roster.first_day: roster.desks for roster in rosters(desks)}
        for desk in desks:
            following = at_work.get(desk.end_day, ())
            if following and desk.end_day not in self._owners:
                self._owners[desk.end_day] = np.array(
                    [owner_of(p.field_code, following).number for p in procedures], dtype=np.int64
                )
            found = _heirs_of(desk, desks, following, heirs)
            if desk.kind == "district" and all(heir.kind == "commune" for heir in found):
                self._goes_up[desk.number] = True
            if found:
                sizes = np.cumsum([heir.size for heir in found])
                bounds.append(desk.number + sizes / sizes[-1])
                choices.append(np.array([heir.number for heir in found], dtype=np.int64))
                has_heirs[desk.number] = True
        self._bounds, self._choices = np.concatenate(bounds), np.concatenate(choices)
        self._has_heirs = has_heirs

    def holders(self, lives: Lives, instants: Ints) -> Ints:
        """Return the numbers of the desks that have dossiers in hand at instants, one each."""
        holders = lives.desk.copy()
        is_over = instants >= self._end[lives.desk] * DAY
        rows = np.flatnonzero(is_over)
        if not len(rows):
            return holders
        desk, procedure = lives.desk[rows], lives.procedure[rows]
        found = np.searchsorted(
            self._bounds, desk + uniform(lives.keys[rows], "heir"), side="right"
        )
        heirs = self._choices[np.minimum(found, len(self._choices) - 1)]
        holders[rows] = np.where(self._has_heirs[desk], heirs, desk)
        goes_up = self._goes_up[desk] & self._is_province[procedure]
        for day, owners in self._owners.items():
            up = goes_up & (self._end[desk] == day)
            holders[rows[up]] = owners[procedure[up]]
        return holders


def _heirs_of(
    desk: Desk, desks: tuple[Desk, ...], following: tuple[Desk, ...], heirs: Heirs
) -> list[Desk]:
    same = [other for other in following if other.agency_key == desk.agency_key]
    if same or desk.kind == "department":
        return same
    if desk.kind == "district":
        renamed = [other for other in following if other.unit_code == desk.unit_code]
        if renamed:
            return renamed
        communes = [
            other
            for other in desks
            if other.district_code == desk.district_code
            and other.kind == "commune"
            and other.end_day == desk.end_day
        ]
        keys = {key for commune in communes for key in heirs.get(commune.agency_key, ())}
    else:
        keys = set(heirs.get(desk.agency_key, ()))
    return [other for other in following if other.agency_key in keys]
