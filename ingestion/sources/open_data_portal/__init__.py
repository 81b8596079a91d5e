"""The open-data portal: who publishes what, and whether it meets the standard."""
