"""The simulated province: source systems and synthetic data for the demo and the tests.

Nothing in ``ingestion``, ``dags`` or ``dbt_project`` imports this package. Every value it emits is
invented.
"""
