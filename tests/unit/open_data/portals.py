"""Small portals for tests: a server that answers by a function, and the adapter that reads it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ingestion.core.http import HttpLimits
from ingestion.core.web import WebClient
from ingestion.sources.open_data_portal.adapters import make_adapter
from ingestion.sources.open_data_portal.catalogue import Catalogue
from ingestion.sources.open_data_portal.settings import Portal, Settings, read_settings

DAY = dt.date(2026, 11, 20)
LIMITS = HttpLimits(
    concurrency=8,
    requests_per_second=2000,
    connect_seconds=5,
    request_seconds=20,
    response_mib=8,
    attempts=1,
    longest_wait_seconds=1,
)


@dataclass
class Answer:
    """What the server sends."""

    body: bytes
    kind: str = "application/json;charset=utf-8"
    status: int = 200


Answering = Callable[[str, Mapping[str, str]], Answer]


@contextmanager
def serving(answering: Answering) -> Iterator[str]:
    """A server on loopback; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            answer = answering(parts.path, dict(parse_qsl(parts.query)))
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):  # the client may have had enough
                self.wfile.write(answer.body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def settings_with(kind: str, **changes: Any) -> Settings:
    """The real settings, some of the kind's own or the portal's changed."""
    portal = read_settings().of_kind(kind).portal
    rules = getattr(portal, kind)
    own = {name: value for name, value in changes.items() if hasattr(rules, name)}
    others = {name: value for name, value in changes.items() if name not in own}
    portal = replace(portal, **{kind: replace(rules, **own)}, **others)
    return replace(read_settings(), portal=portal)


def read(url: str, kind: str, **changes: Any) -> Catalogue:
    """The catalogue of the portal at an address."""

    async def reading() -> Catalogue:
        async with WebClient(url, LIMITS) as client:
            return await make_adapter(client, settings_with(kind, **changes)).read(DAY)

    return asyncio.run(reading())


def portal_of(kind: str) -> Portal:
    """The portal's real settings."""
    return read_settings().of_kind(kind).portal


@dataclass
class Ckan:
    """A CKAN that answers as its attributes say.

    Attributes:
        cap: datasets in a page of a search at most.
        hidden: by name, the answer of ``package_show`` to a dataset that search does not give.
        datastores: columns by resource.
        instead: by action, what is answered whatever is asked.
        asked: every call.
    """

    packages: list[dict[str, Any]]
    organizations: list[dict[str, Any]]
    licences: list[dict[str, Any]]
    datastores: dict[str, list[dict[str, Any]]]
    hidden: dict[str, Answer]
    instead: dict[str, Answer]
    cap: int
    organizations_cap: int
    ignores_offset: bool
    asked: list[tuple[str, dict[str, str]]]

    def __init__(self, packages: list[dict[str, Any]], **others: Any) -> None:
        self.packages = packages
        self.organizations = others.get("organizations", [])
        self.licences = others.get("licences", [])
        self.datastores = others.get("datastores", {})
        self.hidden = others.get("hidden", {})
        self.instead = others.get("instead", {})
        self.cap = others.get("cap", 1000)
        self.organizations_cap = others.get("organizations_cap", 25)
        self.ignores_offset = others.get("ignores_offset", False)
        self.asked = []

    def __call__(self, path: str, query: Mapping[str, str]) -> Answer:
        action = path.rpartition("/")[2]
        self.asked.append((action, dict(query)))
        if action in self.instead:
            return self.instead[action]
        found = getattr(self, f"_{action}", lambda _: None)(query)
        if isinstance(found, Answer):
            return found
        return refusal(404, "Not Found Error") if found is None else envelope(found)

    def _package_search(self, query: Mapping[str, str]) -> object:
        assert query["sort"] == "id asc", "a search without a stable order"
        ordered = sorted(self.packages, key=lambda one: str(one["id"]))
        start, rows = int(query["start"]), min(int(query["rows"]), self.cap)
        return {"count": len(ordered), "results": ordered[start : start + rows]}

    def _package_list(self, _: Mapping[str, str]) -> object:
        return sorted([*(one["name"] for one in self.packages), *self.hidden])

    def _package_show(self, query: Mapping[str, str]) -> object:
        if query["id"] in self.hidden:
            return self.hidden[query["id"]]
        names = {one[key]: one for one in self.packages for key in ("id", "name")}
        return names.get(query["id"])

    def _organization_list(self, query: Mapping[str, str]) -> object:
        if "all_fields" not in query:
            return [one["name"] for one in self.organizations]
        start = 0 if self.ignores_offset else int(query["offset"])
        most = min(int(query["limit"]), self.organizations_cap)
        return self.organizations[start : start + most]

    def _organization_show(self, query: Mapping[str, str]) -> object:
        return next((one for one in self.organizations if one["name"] == query["id"]), None)

    def _datastore_search(self, query: Mapping[str, str]) -> object:
        fields = self.datastores.get(query["resource_id"])
        return None if fields is None else {"fields": [{"id": "_id", "type": "int"}, *fields]}

    def _license_list(self, _: Mapping[str, str]) -> object:
        return self.licences


def envelope(result: object) -> Answer:
    """A good answer of CKAN's."""
    return Answer(json.dumps({"help": "", "success": True, "result": result}).encode())


def refusal(status: int, kind: str) -> Answer:
    """A bad answer of CKAN's; status 200 is one that some portals give."""
    body = {"help": "", "success": False, "error": {"__type": kind, "message": "no"}}
    return Answer(json.dumps(body).encode(), status=status)


def package(number: int, resources: int = 1, **others: Any) -> dict[str, Any]:
    """A dataset as CKAN gives it."""
    made = {
        "id": f"id-{number:04}",
        "name": f"ten-{number:04}",
        "title": f"Bộ dữ liệu {number}",
        "notes": "Mô tả\nhai dòng",
        "owner_org": "org-1",
        "organization": {"id": "org-1", "name": "so-noi-vu", "title": "Sở Nội vụ"},
        "license_id": "cc-by",
        "metadata_created": "2026-01-02T03:04:05.000006",
        "metadata_modified": "2026-08-04T07:19:14.753556",
        "num_resources": resources,
        "private": False,
        "state": "active",
        "tags": [{"name": "nội vụ", "display_name": "nội vụ"}],
        "extras": [],
        "resources": [
            {
                "id": f"r-{number}-{position}",
                "name": f"Tệp {position}",
                "format": "CSV",
                "mimetype": "text/csv",
                "url": f"/files/{number}/{position}.csv",
                "size": "12",
                "datastore_active": position == 1,
            }
            for position in range(1, resources + 1)
        ],
    }
    return made | others
