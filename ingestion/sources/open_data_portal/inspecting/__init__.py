"""What a published file holds: format by content, encoding, table, personal data.

Runs on hostile files, so in the processes of `ingestion.reading.isolation` only; the facts that
come out hold no value of a file. Words, patterns and bounds are `inspecting.yml`.
"""
