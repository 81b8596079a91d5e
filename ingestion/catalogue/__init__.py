"""The plan as data: reading, checking and rendering indicators, targets and agencies."""
