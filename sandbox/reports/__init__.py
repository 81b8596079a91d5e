"""Simulated offices that report: the forms they fill in, and everything they do wrong."""
