"""The simulated portal in a thread, for tests of the adapters."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from sandbox.portal import Portal
from sandbox.portal.app import PortalOptions, make_app
from tests.unit.open_data.portals import DAY


@pytest.fixture(scope="module")
def portal() -> Portal:
    return Portal(7, 0.05)


@pytest.fixture(scope="module")
def site(portal: Portal) -> Iterator[str]:
    """Its address; misbehaviour may be ordered."""
    app = make_app(portal, DAY, PortalOptions(with_chaos=True))
    config = uvicorn.Config(app, port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        thread.join(0.02)
    assert server.started
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
