"""``cchc demo``: the whole pipeline on the simulated province, through the real scheduler."""
