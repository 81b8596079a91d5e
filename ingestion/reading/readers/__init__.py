"""One reader for each kind of file; all give a `Document` (`ingestion.reading.grid`)."""
