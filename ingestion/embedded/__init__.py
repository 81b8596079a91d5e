"""The services a single machine needs when nothing is given: PostgreSQL and Airflow."""
