"""Alembic migrations of what dbt must not own: schemas, roles, grants, ``raw`` and ``ops``."""

from __future__ import annotations

from pathlib import Path

from ingestion.core.environment import engine


def upgrade(url: str | None = None) -> None:
    """Bring a warehouse to the newest schema; one transaction, so all of it or nothing.

    Args:
        url: the warehouse's SQLAlchemy URL; default `ingestion.core.environment.warehouse_url`.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    # Doubled: Alembic reads its options through a parser that interpolates percent signs.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    warehouse = engine(url=url)
    try:
        with warehouse.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        warehouse.dispose()
