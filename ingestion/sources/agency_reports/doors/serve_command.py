"""``cchc reports serve``: run the upload door."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import click
import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from ingestion.core.environment import engine, landing_url
from ingestion.core.landing import Landing
from ingestion.sources.agency_reports.doors.settings import UploadSettings, read_door_settings
from ingestion.sources.agency_reports.doors.upload import make_app
from ingestion.sources.agency_reports.intake import Intake

_LOOPBACK = "127.0.0.1"
_IDLE_SECONDS = 10
_ROLE = "cchc_ingest"


def protocol_with_patience(header_seconds: float) -> type[H11Protocol]:
    """The HTTP protocol that hangs up on who takes too long to say what he wants.

    uvicorn bounds the time between requests, not the time that the lines of one may take.
    """

    class Impatient(H11Protocol):
        _waiting: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._watch()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch()

        def connection_lost(self, exc: Exception | None) -> None:
            self._forget()
            super().connection_lost(exc)

        def _watch(self) -> None:
            if self.conn.their_state is not h11.IDLE:
                self._forget()
            elif self._waiting is None:
                self._waiting = self.loop.call_later(header_seconds, self.transport.close)

        def _forget(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None

    return Impatient


class _AnnouncingServer(uvicorn.Server):
    """Prints where it listens once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            scheme = "https" if self.config.is_ssl else "http"
            click.echo(f"ready {scheme}://{host}:{port}")
            click.get_text_stream("stdout").flush()


def server(
    app: FastAPI,
    bounds: UploadSettings,
    *,
    proxy: str | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
) -> uvicorn.Server:
    """The HTTP server of the app, with the bounds that are kept below it.

    Args:
        app: from `make_app`.
        bounds: of the door.
        proxy: address of the reverse proxy whose word on the client's address counts.
        certificate: for TLS.
        key: of the certificate.
    """
    return _AnnouncingServer(
        uvicorn.Config(
            app,
            http=protocol_with_patience(bounds.header_seconds),
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=proxy is not None,
            forwarded_allow_ips=proxy or "",
            limit_concurrency=bounds.connections,
            timeout_keep_alive=_IDLE_SECONDS,
            h11_max_incomplete_event_size=32 * 1024,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
    )


@click.command(name="serve")
@click.option("--host", default=_LOOPBACK, show_default=True)
@click.option("--port", default=8096, show_default=True, help="0 takes a free port.")
@click.option("--certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--behind-proxy", "proxy", help="Address of the reverse proxy that speaks TLS.")
@click.option("--synthetic", is_flag=True, help="What comes is simulated; the page says so.")
def serve(
    host: str,
    port: int,
    certificate: Path | None,
    key: Path | None,
    proxy: str | None,
    synthetic: bool,
) -> None:
    """Run the page on which agencies upload their reports / Trang nộp báo cáo.

    Tokens travel with the files, so another address than loopback needs TLS: a certificate, or a
    reverse proxy that has one.

    \b
    Example:
      cchc reports serve --port 8096
      cchc reports serve --host 0.0.0.0 --behind-proxy 10.0.0.5
    """  # noqa: D301  # click wants the backspace itself
    if host not in (_LOOPBACK, "localhost", "::1") and not (certificate or proxy):
        raise click.UsageError("Beyond this machine: --certificate and --key, or --behind-proxy.")
    bounds = read_door_settings()
    bound = _listening(host, port)
    warehouse = engine(_ROLE)
    try:
        with Intake(warehouse, Landing(landing_url()), bounds.upload.readings_at_once) as intake:
            app = make_app(intake, warehouse, settings=bounds, is_synthetic=synthetic)
            runs = server(app, bounds.upload, proxy=proxy, certificate=certificate, key=key)
            runs.run(sockets=[bound])
    except ssl.SSLError as error:
        raise click.ClickException(f"certificate and key do not fit: {error.reason}") from None
    finally:
        bound.close()
        warehouse.dispose()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from None
    return bound
