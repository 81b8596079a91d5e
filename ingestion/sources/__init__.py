"""One package per source system: settings and contract as data, and a small extractor."""
