"""Reports that agencies fill in: forms, doors, reading, judging, receipts. See README.md."""
