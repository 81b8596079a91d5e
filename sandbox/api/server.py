"""Runs the API and says when it listens."""

from __future__ import annotations

import socket

import click
import uvicorn
from fastapi import FastAPI

from sandbox.api.app import ApiOptions, create_app
from sandbox.listening import LOOPBACK, host_option, listening_socket, say_ready
from sandbox.province import DEFAULT_SCALE, DEFAULT_SEED, Province


class _AnnouncingServer(uvicorn.Server):
    """Prints ``ready http://127.0.0.1:PORT`` once connections are accepted."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            say_ready(sockets[0])


def serve(app: FastAPI, port: int, host: str = LOOPBACK) -> None:
    """Serve until interrupted; port 0 takes a free one."""
    bound = listening_socket(port, host)
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_keep_alive=30)
    _AnnouncingServer(config).run(sockets=[bound])


@click.command(name="serve")
@host_option
@click.option("--port", default=8090, show_default=True, help="0 takes a free port.")
@click.option(
    "--scale", default=DEFAULT_SCALE, show_default=True, help="1.0 ≈ 0.9 million dossiers a year."
)
@click.option("--seed", default=DEFAULT_SEED, show_default=True)
@click.option("--user", default="sandbox", envvar="CCHC_SANDBOX_USER")
@click.option("--password", default="sandbox", envvar="CCHC_SANDBOX_PASSWORD")
@click.option("--session-seconds", default=3600, show_default=True, help="Life of a session.")
@click.option(
    "--rate", default=50.0, show_default=True, help="Calls a second per session; 0 = no limit."
)
@click.option("--chaos", is_flag=True, help="Offer POST /api/_chaos (misbehaviour on demand).")
@click.option(
    "--fail-share",
    default=0.0,
    type=click.FloatRange(0, 1),
    show_default=True,
    help="Share of windows that answer 503 until POST /api/_chaos/failures; implies --chaos.",
)
def serve_command(
    host: str,
    port: int,
    scale: float,
    seed: int,
    user: str,
    password: str,
    session_seconds: int,
    rate: float,
    chaos: bool,
    fail_share: float,
) -> None:
    """Run the simulated one-stop system."""
    options = ApiOptions(user, password, session_seconds, rate, chaos or fail_share > 0, fail_share)
    serve(create_app(Province(seed, scale), options), port, host)
