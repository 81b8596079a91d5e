"""Receipts in official Vietnamese: as text, as a page, as JSON; and sending them by mail."""
