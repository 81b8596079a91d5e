"""How reports are spoilt on paper and in their bytes; ``behaviours.yml`` says what each is."""

from sandbox.reports.spoiling import cells, days, identity, numbers, structure, texts
from sandbox.reports.spoiling.contents import NAMED_OTHERWISE, spoil_bytes
from sandbox.reports.spoiling.scene import Scene, spoil_paper

__all__ = [
    "NAMED_OTHERWISE",
    "Scene",
    "cells",
    "days",
    "identity",
    "numbers",
    "spoil_bytes",
    "spoil_paper",
    "structure",
    "texts",
]
