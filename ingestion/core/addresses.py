"""Which addresses may be asked for: known sites only, and no way into our own network.

Links come from pages that others write. A link is followed only to a site of the allow-list, and a
name is resolved once, checked, and connected to by the checked address, so that it cannot mean
another machine a moment later (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Gives the IP addresses of (host, port)."""


class AddressRefused(Exception):
    """An address that is not asked for; the message never repeats it."""


class NameUnknown(Exception):
    """A host name without an address."""


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port: what is allowed as a whole or not at all.

    Attributes:
        is_own: an operator set it as a connection, so it may lie in our own network.
    """

    scheme: str
    host: str
    port: int
    is_own: bool = False

    def __str__(self) -> str:
        """As the start of an address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


class Allowed:
    """The allow-list of a source's sites.

    Args:
        own: addresses of connections; exactly their scheme, host and port.
        hosts: further host names, asked for by http and https on their usual ports only.
    """

    def __init__(self, own: Iterable[str], hosts: Iterable[str]) -> None:
        self._origins: dict[tuple[str, str, int], Origin] = {}
        for host in hosts:
            for scheme, port in _PORTS.items():
                self._origins[scheme, host.lower(), port] = Origin(scheme, host.lower(), port)
        for address in own:
            scheme, host, port = _parts(address)
            self._origins[scheme, host, port] = Origin(scheme, host, port, is_own=True)

    def origin_of(self, address: str) -> Origin:
        """The allowed site that an address lies on.

        Raises:
            AddressRefused: it lies on none, or is no plain address of a web page.
        """
        found = self._origins.get(_parts(address))
        if found is None:
            raise AddressRefused("the address lies on a site that is not on the allow-list")
        return found


def _parts(address: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address."""
    if len(address) > _LONGEST or not address.isprintable() or "\\" in address:
        raise AddressRefused("the address is too long or holds signs that no address has")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise AddressRefused("the address cannot be taken apart") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise AddressRefused("the address is none of a web server")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("the address holds a user name")
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]


def joined(base: str, link: str) -> str:
    """A link of a page as a full address, percent-encoded, without its fragment.

    Raises:
        AddressRefused: it climbs above the root of its site or cannot be taken apart.
    """
    link = link.strip()
    try:
        if _climbs_out(urlsplit(base).path, urlsplit(link).path):
            raise AddressRefused("the link climbs above the root of its site")
        parts = urlsplit(urljoin(base, link))
    except ValueError:
        raise AddressRefused("the address cannot be taken apart") from None
    path = quote(parts.path, safe="/%:=&;,+$!*'()~@")
    query = quote(parts.query, safe="/%:=&;,+$!*'()~@?")
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def _climbs_out(base: str, link: str) -> bool:
    depth = 0 if link.startswith("/") else len([step for step in base.split("/")[:-1] if step])
    for step in link.split("/"):
        depth += -1 if step == ".." else step not in ("", ".")
        if depth < 0:
            return True
    return False


async def resolve_by_system(host: str, port: int) -> list[str]:
    """Addresses of a host by the system's resolver.

    Raises:
        NameUnknown: it has none.
    """
    import asyncio

    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NameUnknown(f"no address is known for {host}") from None
    return [str(entry[4][0]) for entry in found]


async def checked_ip(origin: Origin, resolve: Resolve = resolve_by_system) -> str:
    """The IP address to connect to.

    Raises:
        AddressRefused: a foreign name leads into a private, local or otherwise special network.
        NameUnknown: the name has no address.
    """
    found = await resolve(origin.host, origin.port)
    if not found:
        raise NameUnknown(f"no address is known for {origin.host}")
    if not origin.is_own:
        for text in found:
            ip = ipaddress.ip_address(text.partition("%")[0])
            mapped = getattr(ip, "ipv4_mapped", None) or ip
            if not mapped.is_global or mapped.is_multicast:
                raise AddressRefused("the name leads into a network that is not public")
    return found[0]
