"""An IMAP server (pymap) with one mailbox in memory; mails are put into it by IMAP APPEND.

``sandbox.mailbox.delivery`` does that. The server speaks no TLS: it is for this machine only.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from argparse import Namespace

import click
from proxyprotocol.reader import ProxyProtocolReader
from proxyprotocol.version import ProxyProtocolVersion
from pymap.backend.dict import Config, DictBackend
from pymap.imap import IMAPServer

from sandbox.listening import LOOPBACK, listening_socket, say_ready

USER = "bao-cao@sonla.example"
"""The mailbox of the demonstration, and its login."""
_LONGEST_MAIL = 256 * 1024 * 1024  # also what no real server takes, for tests of the reader's bound


async def serve(bound: socket.socket, user: str, password: str) -> None:
    """Serve one empty mailbox until the process is asked to end.

    Args:
        bound: where to listen.
        user: login name, the mailbox's address.
        password: for the login.
    """
    loop = asyncio.get_running_loop()
    settings = Namespace(
        host=LOOPBACK,
        port=bound.getsockname()[1],
        debug=False,
        cert=None,
        key=None,
        tls=False,
        proxy_protocol=None,
        passlib_cfg=None,
        demo_data=False,
        demo_user=user,
        demo_password=password,
    )
    backend, config = await DictBackend.init(settings, max_append_len=_LONGEST_MAIL)
    if not isinstance(config, Config):
        raise TypeError(f"pymap made a {type(config).__name__} for a mailbox in memory")
    config.apply_context()
    reader = ProxyProtocolReader(ProxyProtocolVersion.get(None))
    connected = reader.get_callback(IMAPServer(backend.login, config))
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    server = await asyncio.start_server(connected, sock=bound)
    say_ready(bound)
    await stop.wait()
    server.close()  # not waited for: a client that stays connected must not keep us


@click.command(name="mailbox")
@click.option("--port", default=8143, show_default=True, help="0 takes a free port.")
@click.option("--user", default=USER, show_default=True)
@click.option("--password", default="sandbox", envvar="CCHC_SANDBOX_PASSWORD")
def mailbox_command(port: int, user: str, password: str) -> None:
    """Run the mailbox for reports (IMAP) on a loopback port."""
    asyncio.run(serve(listening_socket(port), user, password))
