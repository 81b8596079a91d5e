"""The simulated systems of the demo as local services."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from ingestion.core.environment import repo_root, var_dir
from ingestion.embedded import processes

NAMES = ("sandbox-api", "sandbox-mail")


def mail_folder() -> Path:
    """Where the mail catcher leaves what the agencies would have received."""
    return var_dir() / "demo" / "mails"


def start(scale: float, seed: int) -> bool:
    """Start one-stop system and mail catcher; their connections go into their notes.

    A service that runs with other settings is replaced.

    Returns:
        Whether one was started: what runs with the old connections has to start again.

    Raises:
        ServiceError: one did not start; the end of its log is in the message.
    """
    wanted = {"scale": str(scale), "seed": str(seed)}
    running = processes.find("sandbox-api")
    if running and not wanted.items() <= running.notes.items():
        processes.stop("sandbox-api")
    before = {service.pid for service in processes.running()}
    port, password = processes.free_port(), secrets.token_urlsafe(12)
    processes.start(
        "sandbox-api",
        _module("sandbox.api", "--port", str(port), "--scale", str(scale), "--seed", str(seed)),
        env={**_environment(), "CCHC_SANDBOX_USER": "demo", "CCHC_SANDBOX_PASSWORD": password},
        ready=processes.announced_url,
        notes={**wanted, "AIRFLOW_CONN_TTHC": f"http://demo:{password}@127.0.0.1:{port}/"},
    )
    port = processes.free_port()
    processes.start(
        "sandbox-mail",
        _module("sandbox.mail", "--port", str(port), "--folder", str(mail_folder())),
        env=_environment(),
        ready=processes.announced_url,
        notes={
            "AIRFLOW_CONN_SMTP_DEFAULT": f"smtp://127.0.0.1:{port}/?disable_tls=true"
            "&disable_ssl=true"
        },
    )
    return any(service.pid not in before for service in processes.running())


def stop() -> None:
    """Stop both."""
    for name in NAMES:
        processes.stop(name)


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(repo_root())}
