"""Everything that knows the source systems; runs and is tested without Airflow."""
