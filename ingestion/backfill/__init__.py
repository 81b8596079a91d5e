"""Back-fills of history: declared as data, run by Airflow, called done by the ledger only."""
