"""The simulated systems of the demo as local services."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import sys
from pathlib import Path
from urllib.parse import quote

from ingestion.core.environment import repo_root, var_dir
from ingestion.embedded import processes
from sandbox.budget.calendar import Calendar
from sandbox.budget.drop import drop_files, local_landing
from sandbox.mailbox.server import USER
from sandbox.reports.offices import SANDBOX_KEY

MAILBOX = "sandbox-mailbox"
NAMES = ("sandbox-api", "sandbox-mail", "sandbox-budget", "sandbox-portal", MAILBOX)


def mail_folder() -> Path:
    """Where the mail catcher leaves what the agencies would have received."""
    return var_dir() / "demo" / "mails"


def start(scale: float, seed: int, until: dt.date) -> bool:
    """Start all simulated systems and the mail catcher; their connections go into their notes.

    A service that runs with other settings is replaced.

    Args:
        scale: 1.0 is about 0.9 million dossiers a year; every publisher publishes.
        seed: of the province.
        until: the day of the budget site and of the portal.

    Returns:
        Whether one was started: what runs with the old connections has to start again.

    Raises:
        ServiceError: one did not start; the end of its log is in the message.
    """
    before = {service.pid for service in processes.running()}
    start_source(scale, seed)
    start_budget(until, seed, publishers=1.0)
    start_portal(until, seed, publishers=1.0)
    start_mailbox()
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


def start_source(scale: float, seed: int, fail_share: float = 0.0) -> bool:
    """Start the one-stop system alone; its connection goes into its notes.

    Args:
        scale: 1.0 is about 0.9 million dossiers a year.
        seed: of the province.
        fail_share: share of the windows that cannot be had, however often they are asked for.

    Returns:
        Whether it was started, or started again with other settings.

    Raises:
        ServiceError: it did not start; the end of its log is in the message.
    """
    wanted = {"scale": str(scale), "seed": str(seed), "fail_share": str(fail_share)}
    return _serve("sandbox-api", "sandbox.api", wanted, "TTHC", secrets.token_urlsafe(12))


def start_budget(
    until: dt.date, seed: int, publishers: float, fail_share: float = 0.0, crawl_delay: float = 0.01
) -> bool:
    """Start the budget site; its connection goes into its notes.

    Args:
        until: the day of the site, the last one that has happened.
        seed: of the province.
        publishers: share of the communes, districts and departments that publish, 0–1.
        fail_share: share of the months whose files cannot be had.
        crawl_delay: seconds between requests that ``robots.txt`` asks for.

    Returns:
        Whether it was started, or started again with other settings.

    Raises:
        ServiceError: it did not start; the end of its log is in the message.
    """
    wanted = {
        "until": str(until),
        "seed": str(seed),
        "publishers": str(publishers),
        "fail_share": str(fail_share),
        "crawl_delay": str(crawl_delay),
    }
    return _serve("sandbox-budget", "sandbox.budget.site", wanted, "BUDGET_PUBLICATIONS")


def start_portal(until: dt.date, seed: int, publishers: float) -> bool:
    """Start the open-data portal; its connection goes into its notes.

    It can be asked how it stood on an earlier day, which no real portal can.

    Args:
        until: the day of the portal, the last one that has happened.
        seed: of the province.
        publishers: share of the departments and communes that publish, 0–1.

    Returns:
        Whether it was started, or started again with other settings.

    Raises:
        ServiceError: it did not start; the end of its log is in the message.
    """
    wanted = {"until": str(until), "seed": str(seed), "publishers": str(publishers)}
    extra = "?as_of_header=X-As-Of"
    return _serve("sandbox-portal", "sandbox.portal", wanted, "OPEN_DATA_PORTAL", extra=extra)


def start_mailbox() -> bool:
    """Start the mailbox that offices send reports to; its connection goes into its notes.

    Returns:
        Whether it was started.

    Raises:
        ServiceError: it did not start; the end of its log is in the message.
    """
    if processes.find(MAILBOX):
        return False
    port, password = processes.free_port(), secrets.token_urlsafe(12)
    processes.start(
        MAILBOX,
        _module("sandbox.mailbox", "--port", str(port)),
        env={**_environment(), "CCHC_SANDBOX_PASSWORD": password},
        ready=processes.announced_url,
        notes={
            "port": str(port),
            "password": password,
            "AIRFLOW_CONN_AGENCY_REPORTS": f"imap://{quote(USER)}:{password}@127.0.0.1:{port}/"
            f"?form_key={SANDBOX_KEY.secret}&synthetic=true",
        },
    )
    return True


def bring_by_hand(until: dt.date, seed: int, publishers: float, first: dt.date) -> int:
    """Put the files of publishers without a page into the landing zone.

    Args:
        until: the day of the budget site.
        seed: of the province.
        publishers: share of the publishers, as of the budget site.
        first: what was brought before this day is left out.

    Returns:
        How many files were brought.
    """
    return len(drop_files(Calendar(until, seed, publishers), local_landing(), first))


def stop() -> None:
    """Stop all."""
    for name in NAMES:
        processes.stop(name)


def _serve(
    name: str,
    module: str,
    wanted: dict[str, str],
    connection: str,
    password: str | None = None,
    extra: str = "",
) -> bool:
    """Start a simulated source with the options ``wanted``, unless it runs with them.

    Args:
        name: of the service.
        module: what is run.
        wanted: its options; noted, to be compared the next time.
        connection: what follows ``AIRFLOW_CONN_``.
        password: of its user ``demo``, where it knows users.
        extra: query of the connection's address.
    """
    running = processes.find(name)
    if running and wanted.items() <= running.notes.items():
        return False
    processes.stop(name)
    port = processes.free_port()
    options = {"port": str(port), **wanted}
    arguments = [part for key, value in options.items() for part in (_option(key), value)]
    account = {"CCHC_SANDBOX_USER": "demo", "CCHC_SANDBOX_PASSWORD": password} if password else {}
    login = f"demo:{password}@" if password else ""
    address = f"http://{login}127.0.0.1:{port}/{extra}"
    processes.start(
        name,
        _module(module, *arguments),
        env={**_environment(), **account},
        ready=processes.announced_url,
        notes={**wanted, f"AIRFLOW_CONN_{connection}": address},
    )
    return True


def _option(key: str) -> str:
    return "--" + key.replace("_", "-")


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(repo_root())}
