"""An SMTP server on the loopback address: keeps every mail as ``.eml``, delivers nothing."""

from __future__ import annotations

import asyncio
import hashlib
import signal
from pathlib import Path

import click
from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.listening import listening_socket, say_ready


class FolderHandler:
    """Stores mails in a folder as ``<number>-<digest>.eml``; the envelope comes first as X-headers.

    Args:
        folder: made when missing; numbering goes on after the mails it holds.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._count = len(list(folder.glob("*.eml")))

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store one mail (called by aiosmtpd)."""
        content = envelope.content or b""
        body = content if isinstance(content, bytes) else content.encode()
        head = f"X-Envelope-From: {envelope.mail_from}\r\n" + "".join(
            f"X-Envelope-To: {recipient}\r\n" for recipient in envelope.rcpt_tos
        )
        self._count += 1
        digest = hashlib.sha256(body).hexdigest()[:12]
        path = self._folder / f"{self._count:05d}-{digest}.eml"
        # Written aside and renamed, so that a reader never meets half a mail.
        partial = path.with_suffix(".partial")
        partial.write_bytes(head.encode() + body)
        partial.rename(path)
        return "250 OK"


async def _serve(folder: Path, port: int) -> None:
    handler = FolderHandler(folder)
    loop = asyncio.get_running_loop()
    bound = listening_socket(port)
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="sandbox.example", enable_SMTPUTF8=True, loop=loop),
        sock=bound,
    )
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    async with server:
        say_ready(bound)
        await stop.wait()


@click.command(name="mail")
@click.option("--port", default=8025, show_default=True, help="0 takes a free port.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Where the .eml files go.",
)
def mail_command(port: int, folder: Path) -> None:
    """Run the mail catcher on a loopback port."""
    asyncio.run(_serve(folder, port))
