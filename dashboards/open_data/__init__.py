"""Our own open data: the non-personal marts as files with a description that machines can read."""
