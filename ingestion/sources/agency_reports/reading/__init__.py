"""Reading a delivered report: which form it is, and what stands in its cells."""
