"""What a dbt process needs to know: where the project is, and the warehouse's address in parts.

``dbt_project/profiles.yml`` reads the parts from environment variables, because dbt takes no URL.
The password's variable begins with ``DBT_ENV_SECRET``, which dbt masks in all it writes.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url

from ingestion.core.environment import TIMEZONE, repo_root, var_dir, warehouse_url


def project_dir() -> Path:
    """The dbt project."""
    return repo_root() / "dbt_project"


def target_dir() -> Path:
    """Where dbt leaves its manifest and run results."""
    return var_dir() / "dbt" / "target"


def dbt_environment(url: str | None = None) -> dict[str, str]:
    """The environment variables of a dbt process, to be added to the inherited ones.

    Args:
        url: another warehouse than `warehouse_url`.

    Raises:
        ConfigurationError: no warehouse is set up.
    """
    parts = make_url(url or warehouse_url())
    return {
        "CCHC_DBT_HOST": parts.host or "localhost",
        "CCHC_DBT_PORT": str(parts.port or 5432),
        "CCHC_DBT_USER": parts.username or "",
        "DBT_ENV_SECRET_WAREHOUSE_PASSWORD": parts.password or "",
        "CCHC_DBT_DATABASE": parts.database or "warehouse",
        "DBT_PROJECT_DIR": str(project_dir()),
        "DBT_PROFILES_DIR": str(project_dir()),
        "DBT_TARGET_PATH": str(target_dir()),
        "DBT_LOG_PATH": str(var_dir() / "dbt" / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_USE_COLORS": "false",
        # Read by libpq: many short statements gain nothing from just-in-time compilation.
        "PGOPTIONS": f"-c timezone={TIMEZONE.key} -c jit=off",
    }
