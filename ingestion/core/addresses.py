"""Which addresses may be asked for: known sites only, and no way into our own network.

Links come from pages that others write. A link is followed only to a site of the allow-list, or,
where a source's links lead everywhere, to any public machine on the usual ports. A name is resolved
once, checked, and connected to by the checked address, so that it cannot mean another machine a
moment later (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import idna

_PORTS = {"http": 80, "https": 443}
_PATH = "/%:=&;,+$!*'()~@"  # left as they are in a path
_QUERY = _PATH + "?"
_LONGEST = 2000
_LONGEST_HOST = 253  # RFC 1035 2.3.4, without the last dot
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
"""A last label that makes browsers and the C library read a host as an IPv4 address."""

_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # RFC 4291 2.4: all that is routed as one's own
_NOT_FOR_US = tuple(
    map(
        ipaddress.ip_network,
        (
            "2001::/32",  # Teredo (RFC 4380) and 6to4 (RFC 3056) carry an IPv4 address within
            "2002::/16",
            "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
            "192.0.0.0/24",  # protocol assignments (RFC 6890); a cloud's metadata lies there too
            "3fff::/20",  # documentation (RFC 9637), which older Pythons take for public
            "168.63.129.16/32",  # a public number that is the cloud's own service on Azure
        ),
    )
)

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
        any_public: links may also lead to any other machine, on the usual ports, whose every
            address is public.
    """

    def __init__(
        self, own: Iterable[str], hosts: Iterable[str], *, any_public: bool = False
    ) -> None:
        self._any_public = any_public
        self._origins: dict[tuple[str, str, int], Origin] = {}
        for name in hosts:
            host = _host(name)
            for scheme, port in _PORTS.items():
                self._origins[scheme, host, port] = Origin(scheme, host, port)
        for address in own:
            scheme, host, port = _parts(address)
            self._origins[scheme, host, port] = Origin(scheme, host, port, is_own=True)

    def origin_of(self, address: str) -> Origin:
        """The site that an address lies on, if it may be asked.

        Raises:
            AddressRefused: it lies on none, or is no plain address of a web page.
        """
        parts = _parts(address)
        found = self._origins.get(parts)
        if found is None and self._any_public and parts[2] == _PORTS[parts[0]]:
            return Origin(*parts)
        if found is None:
            raise AddressRefused("the address lies on a site that is not on the allow-list")
        return found

    def listed(self, address: str) -> Origin:
        """The site of the allow-list proper that an address lies on.

        Raises:
            AddressRefused: it lies on none, whatever else links may lead to.
        """
        found = self._origins.get(_parts(address))
        if found is None:
            raise AddressRefused("the address lies on a site that is not on the allow-list")
        return found

    def lists(self, origin: Origin) -> bool:
        """Whether a site is one of the allow-list proper."""
        return (origin.scheme, origin.host, origin.port) in self._origins


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
    host = _ip_6(parts.hostname) if "[" in parts.netloc else _host(parts.hostname)
    return parts.scheme, host, _PORTS[parts.scheme] if port is None else port


def _host(name: str) -> str:
    """A host's name as it is asked for: lower case, ASCII (IDNA 2008), without its last dot.

    A name that others read as a number (``2130706433``, ``0x7f.1``, ``0177.0.0.1``) is refused, as
    is anything that is not all letters, digits, ``-``, ``_`` and dots.
    """
    try:
        plain = name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise AddressRefused("the name of the host is none") from None
    host = plain.lower().removesuffix(".")
    if len(host) > _LONGEST_HOST or not _HOST.fullmatch(host):
        raise AddressRefused("the name of the host is none")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise AddressRefused("the host is a number in a disguise") from None
    return host


def _ip_6(text: str) -> str:
    try:
        ip = ipaddress.IPv6Address(text)
    except ValueError:
        raise AddressRefused("the host is no address of a machine") from None
    if ip.scope_id is not None:
        raise AddressRefused("the host is an address of this machine's own network")
    return str(ip)


def encoded(path: str, query: str) -> str:
    """Path and query as they are sent: percent-encoded once, whatever was encoded before."""
    sent = quote(path or "/", safe=_PATH)
    return f"{sent}?{quote(query, safe=_QUERY)}" if query else sent


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
    path = quote(parts.path, safe=_PATH)
    query = quote(parts.query, safe=_QUERY)
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
    found = [origin.host] if _is_ip(origin.host) else await resolve(origin.host, origin.port)
    if not found:
        raise NameUnknown(f"no address is known for {origin.host}")
    if not origin.is_own and not all(is_public(text) for text in found):
        raise AddressRefused("the name leads into a network that is not public")
    return found[0]


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public internet's machines and nothing else.

    IPv6 addresses that carry an IPv4 one within (IPv4-mapped, NAT64, 6to4, Teredo) are not, save
    for the mapped form of a public one: where such a packet comes out is not ours to say.
    """
    try:
        ip = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip not in _GLOBAL_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _NOT_FOR_US)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
