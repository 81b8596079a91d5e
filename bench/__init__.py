"""Speed of the warehouse, each figure a ratio with both sides measured in one run."""
