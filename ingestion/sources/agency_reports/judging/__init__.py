"""Judging a reading: what counts, what has to be mended, what is refused. Pure."""
