"""How each kind of defect is made."""

from sandbox.budget.defects import PAPER_DEFECTS
from sandbox.budget.spoiling import arithmetic, numbers, structure, texts, units

MADE_BY = (arithmetic, numbers, structure, texts, units)
"""Modules that register what they make when they are imported."""
REGISTERED = frozenset(PAPER_DEFECTS)
