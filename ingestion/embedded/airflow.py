"""Airflow on the embedded default: configured, migrated, started and stopped without a container.

The processes in `COMPONENTS` run each in a session of its own, so that stopping ends the whole
group: ``airflow standalone`` leaves orphans on SIGTERM. Everything Airflow keeps
lies under ``var/airflow``; its metadata is the database ``airflow`` of the embedded PostgreSQL,
or what ``AIRFLOW__DATABASE__SQL_ALCHEMY_CONN`` says.

Any ``AIRFLOW__*`` or ``AIRFLOW_CONN_*`` variable of the caller wins over what is set here.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
from cryptography.fernet import Fernet
from sqlalchemy.engine import URL, make_url

from ingestion.core.environment import (
    TIMEZONE,
    landing_url,
    repo_root,
    var_dir,
    warehouse_url,
)
from ingestion.embedded import postgres, processes
from ingestion.embedded.airflow_client import AirflowClient
from ingestion.embedded.processes import Service, ServiceError

LOGIN: Final = "admin"
"""The one account of the embedded user interface."""

COMPONENTS: Final = ("api-server", "scheduler", "dag-processor")
"""What runs, in the order it is started; service names are ``airflow-<component>``.

No triggerer: no task defers (see ``dags/shared/models.py``).
"""

PARALLELISM: Final = 4
"""Task processes at a time. Each holds about 300 MB and, while it starts, one core."""

_METADATA: Final = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"

_PRELOAD = '''\
"""Written by ingestion.embedded.airflow; loaded by every Airflow process as it starts.

The scheduler forks its task processes. What is imported before the fork is not imported again in
each task, which takes seconds off every task on a small machine.
"""

import sys

if "scheduler" in sys.argv:
    import airflow.sdk.execution_time.task_runner  # noqa: F401
    import cosmos.airflow.task_group  # noqa: F401
    import cosmos.operators.watcher  # noqa: F401
    import dbt.cli.main  # noqa: F401
    import httpx  # noqa: F401
    import adbc_driver_postgresql.dbapi  # noqa: F401
'''


def home() -> Path:
    """``AIRFLOW_HOME`` of this installation: ``var/airflow``."""
    return var_dir() / "airflow"


def environment(port: int | None = None) -> dict[str, str]:
    """The whole environment of an Airflow process of this installation.

    Args:
        port: the port of the API server; default the running one's, else the last one used.

    Returns:
        Our own environment plus every setting. It holds secrets: never print it.
    """
    port = port or _last_port()
    address = f"http://127.0.0.1:{port}"
    settings = {
        **_connections(),
        "AIRFLOW_HOME": str(home()),
        "CCHC_ROOT": str(repo_root()),
        "CCHC_VAR": str(var_dir()),
        "CCHC_LANDING": landing_url(),
        "WAREHOUSE_URL": warehouse_url(),
        "PYTHONPATH": _python_path(),
        "AIRFLOW__CORE__DAGS_FOLDER": str(repo_root() / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home() / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # A new installation does nothing until somebody says so.
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        # Dates that people type (`airflow backfill create --from-date`) are local days.
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": TIMEZONE.key,
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(PARALLELISM),
        "AIRFLOW__CORE__FERNET_KEY": _secret("fernet_key", lambda: Fernet.generate_key().decode()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{LOGIN}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(password_file()),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": _secret("api_secret_key"),
        "AIRFLOW__API_AUTH__JWT_SECRET": _secret("jwt_secret"),
        # DAG files change rarely and cost seconds of CPU to read (cosmos).
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__PRINT_STATS_INTERVAL": "600",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home() / "logs"),
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__COSMOS__CACHE_DIR": str(home() / "cosmos"),
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "AIRFLOW__COSMOS__ENABLE_ORJSON_PARSER": "True",
        "AIRFLOW__COSMOS__ENABLE_MEMORY_OPTIMISED_IMPORTS": "True",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        "GX_ANALYTICS_ENABLED": "False",
        "SCARF_ANALYTICS": "False",
        "DO_NOT_TRACK": "1",
    }
    if _METADATA not in os.environ:
        settings[_METADATA] = postgres.default_cluster().url("airflow", "postgresql+psycopg2")
    given = {key: value for key, value in os.environ.items() if key.startswith("AIRFLOW_")}
    given.pop("AIRFLOW_HOME", None)
    return {**os.environ, **settings, **given}


def password_file() -> Path:
    """Where the password of `LOGIN` is (JSON, mode 0600); made on first use."""
    path = home() / "secrets" / "passwords.json"
    if not path.exists():
        _write_secret(path, json.dumps({LOGIN: secrets.token_urlsafe(12)}))
    return path


def password() -> str:
    """The password of `LOGIN`."""
    return str(json.loads(password_file().read_text())[LOGIN])


def migrate() -> None:
    """Create the metadata tables or bring them up to date.

    Raises:
        ServiceError: Airflow could not; the end of its output is in the message.
    """
    if _METADATA not in os.environ:
        postgres.default_cluster().start()
    _prepare_home()
    result = subprocess.run(
        [*_airflow(), "db", "migrate"],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if result.returncode != 0:
        raise ServiceError(f"airflow db migrate failed:\n{result.stderr[-3000:]}")


def start(timeout: float = 180.0, *, migrated: bool = False) -> Service:
    """Migrate, start all components and wait until they are healthy; harmless when they run.

    Args:
        timeout: seconds until all must be healthy.
        migrated: the caller has just called `migrate`.

    Returns:
        The API server, with the address of user interface and REST API.

    Raises:
        ServiceError: a component ended or was not healthy in time; the end of its log is in
            the message.
    """
    running = processes.find("airflow-api-server")
    if not running and not migrated:
        migrate()
    _prepare_home()
    port = int(running.url.rsplit(":", 1)[1]) if running else processes.free_port()
    (home() / "port").write_text(str(port))
    settings = environment(port)
    address = f"http://127.0.0.1:{port}"
    started = {}
    for component in COMPONENTS:
        # The API server reads the logs from the same disk; nobody needs them served on 0.0.0.0.
        options = ["--skip-serve-logs"] if component == "scheduler" else []
        started[component] = processes.start(
            f"airflow-{component}",
            [*_airflow(), component, *options],
            ready=lambda _log: address,  # all start at once; their health is awaited below
            env=settings,
            timeout=timeout,
            notes={"login": LOGIN, "password file": str(password_file())},
        )
    _wait_until_healthy(address, timeout)
    return started["api-server"]


def stop() -> bool:
    """Stop all components with every task they run; False when none ran."""
    # The scheduler first: it must not start tasks on a vanishing API server.
    order = ("scheduler", "dag-processor", "api-server")
    stopped = [processes.stop(f"airflow-{component}") for component in order]
    return any(stopped)


def client() -> AirflowClient:
    """A client of the running REST API.

    Raises:
        ServiceError: Airflow does not run.
    """
    service = processes.find("airflow-api-server")
    if service is None:
        raise ServiceError("Airflow does not run here; start it with `cchc airflow`.")
    return AirflowClient(service.url, LOGIN, password())


def components() -> dict[str, str]:
    """The state of every component: ``healthy``, ``unhealthy`` or ``down``."""
    server = processes.find("airflow-api-server")
    try:
        health = AirflowClient.read_health(server.url) if server else {}
    except httpx.HTTPError:
        health = {}
    return {
        name: _component_health(name, health) if processes.find(f"airflow-{name}") else "down"
        for name in COMPONENTS
    }


def metadata_url() -> str:
    """The SQLAlchemy URL of Airflow's metadata database, driver psycopg 3."""
    given = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
    url: URL = make_url(given or postgres.default_cluster().url("airflow"))
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _component_health(component: str, health: dict[str, str]) -> str:
    key = {"dag-processor": "dag_processor", "api-server": "metadatabase"}.get(component, component)
    return health.get(key) or "unhealthy"


def _wait_until_healthy(address: str, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    waiting = set(COMPONENTS)
    while waiting:
        for component in COMPONENTS:
            if processes.find(f"airflow-{component}") is None:
                raise ServiceError(_trouble(component, "ended while starting"))
        try:
            health = AirflowClient.read_health(address)
        except httpx.HTTPError:
            health = {}
        waiting = {name for name in COMPONENTS if _component_health(name, health) != "healthy"}
        if waiting and time.monotonic() > deadline:
            late = sorted(waiting)[0]
            raise ServiceError(_trouble(late, f"was not healthy after {timeout:.0f} s"))
        time.sleep(0.3 if waiting else 0)


def _trouble(component: str, what: str) -> str:
    log = processes.log_file(f"airflow-{component}")
    return f"The Airflow {component} {what}. Its log, {log}, ends:\n{processes.tail(log)}"


def _airflow() -> list[str]:
    # Not the console script: its first line breaks on a path with a space.
    return [sys.executable, "-m", "airflow"]


def _connections() -> dict[str, str]:
    """The connections that local services (the sandbox) left in their notes."""
    return {
        name: value
        for service in processes.running()
        for name, value in service.notes.items()
        if name.startswith("AIRFLOW_CONN_")
    }


def _python_path() -> str:
    given = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(repo_root()), *([given] if given else [])])


def _prepare_home() -> None:
    for folder in ("logs", "plugins", "config", "secrets"):
        (home() / folder).mkdir(parents=True, exist_ok=True)
    (home() / "secrets").chmod(0o700)
    (home() / "config" / "airflow_local_settings.py").write_text(_PRELOAD)


def _last_port() -> int:
    path = home() / "port"
    return int(path.read_text()) if path.exists() else 8080


def _secret(name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(32)) -> str:
    """A random value that stays the same: made once, kept with mode 0600."""
    path = home() / "secrets" / name
    if not path.exists():
        _write_secret(path, make())
    return path.read_text()


def _write_secret(path: Path, value: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    processes.write_private(path, value)
