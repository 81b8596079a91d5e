"""Binds servers, to the loopback address unless told otherwise, and says when they listen."""

from __future__ import annotations

import socket
from typing import Final

import click

LOOPBACK: Final = "127.0.0.1"


host_option = click.option(
    "--host", default=LOOPBACK, show_default=True, help="Another address is for a container."
)


def listening_socket(port: int, host: str = LOOPBACK) -> socket.socket:
    """Return a socket bound to an address; port 0 takes a free one.

    Raises:
        click.ClickException: the port is taken.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return bound


def say_ready(bound: socket.socket) -> None:
    """Print the one line that tells a waiting parent process where the server listens.

    The line has the same form for every server, the mail catcher included, so that one pattern
    finds the port.
    """
    click.echo(f"ready http://{LOOPBACK}:{bound.getsockname()[1]}")
    click.get_text_stream("stdout").flush()
