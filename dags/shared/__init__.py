"""Wiring that several DAGs share. Nothing here works or reads anything when it is imported."""
