"""Which addresses are taken apart how, and which machines are public (fault 53)."""

from __future__ import annotations

import asyncio

import pytest

from ingestion.core.addresses import (
    AddressRefused,
    Allowed,
    NameUnknown,
    checked_ip,
    is_public,
)

OWN = "http://127.0.0.1:8085/api"
OPEN = Allowed([OWN], ["files.sonla.gov.vn"], any_public=True)

REFUSED = {
    "decimal": "http://2130706433/",
    "decimal metadata": "http://2852039166/latest/meta-data/",
    "hexadecimal": "http://0x7f000001/",
    "hexadecimal parts": "http://0xa9.0xfe.0xa9.0xfe/",
    "octal": "http://0177.0.0.1/",
    "octal number": "http://017700000001/",
    "short": "http://127.1/",
    "shorter": "http://0/",
    "too many parts": "http://1.2.3.4.5/",
    "hexadecimal end": "http://name.0x7f/",
    "full-width digits in disguise": "http://２１３０７０６４３３/",
    "circled digits in disguise": "http://①②⑦.1/",
    "percent-encoded host": "http://127%2e0%2e0%2e1/",
    "percent-encoded letters": "http://%6d%65tadata/",
    "zone of a link": "http://[fe80::1%25eth0]/",
    "no IPv6": "http://[v1.fe]/",
    "open bracket": "http://[::1/",
    "file": "file:///etc/passwd",
    "ftp": "ftp://example.org/x.csv",
    "gopher": "gopher://example.org:6379/_FLUSHALL",
    "data": "data:text/csv;base64,MTsyCg==",
    "javascript": "javascript:alert(1)",
    "no scheme": "//example.org/x",
    "no host": "http:///x",
    "user": "http://example.org@127.0.0.1/",
    "user and word": "http://u:p@example.org/",
    "empty user": "http://@example.org/",
    "backslash": "http://example.org\\@127.0.0.1/",
    "backslash instead of slash": "http:\\\\example.org",
    "line feed": "http://example.org/\r\nX-As-Of: 2026-01-01",
    "tab in the host": "http://exam\tple.org/",
    "zero byte": "http://example.org\0.evil.example/",
    "blank in the host": "http://exam ple.org/",
    "invisible sign in the host": "http://exam\u200bple.org/",
    "quote in the host": "http://example.org'/",
    "empty label": "http://example..org/",
    "two last dots": "http://example.org../",
    "too long": "http://example.org/" + "x" * 2000,
    "host too long": "http://" + "a." * 130 + "org/",
    "label too long": "http://" + "a" * 64 + ".org/",
    "port of SSH": "http://example.org:22/",
    "port of a database": "http://example.org:5432/",
    "port of Redis over TLS": "https://example.org:6379/",
    "port of the other scheme": "http://example.org:443/",
    "port 0": "http://example.org:0/",
    "port too high": "http://example.org:65536/",
    "port no number": "http://example.org:8o/",
    "own machine, other port": "http://127.0.0.1:5432/",
    "own machine, other scheme": "https://127.0.0.1:8085/",
    "IDN that is none": "http://xn--\u1ea5/",
}


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED.keys())
def test_an_address_that_is_no_plain_one_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused) as refusal:
        OPEN.origin_of(address)
    assert address not in str(refusal.value)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("http://Files.SonLa.gov.vn/x", "files.sonla.gov.vn"),
        ("http://files.sonla.gov.vn./x", "files.sonla.gov.vn"),
        ("HTTP://EXAMPLE.org/x", "example.org"),
        ("http://bộ.vn/x", "xn--b-8xm.vn"),
        ("http://ＥＸＡＭＰＬＥ.org/x", "example.org"),
        ("http://example。org/x", "example.org"),
        ("http://du_lieu.example.org/x", "du_lieu.example.org"),
        ("http://93.184.216.34/x", "93.184.216.34"),
        ("http://[2606:2800:0220:0001::1]/x", "2606:2800:220:1::1"),
    ],
)
def test_names_of_one_host_are_one(address: str, host: str) -> None:
    assert OPEN.origin_of(address).host == host


def test_full_width_digits_become_the_address_that_is_then_checked() -> None:
    origin = OPEN.origin_of("http://１２７.０.０.１/")
    with pytest.raises(AddressRefused):
        asyncio.run(checked_ip(origin, _resolving("93.184.216.34")))


def test_metadata_is_asked_of_the_allow_list_proper_only() -> None:
    assert OPEN.listed(OWN).is_own
    assert not OPEN.listed("https://files.sonla.gov.vn/catalog.ttl").is_own
    with pytest.raises(AddressRefused):
        OPEN.listed("https://example.org/catalog.ttl")
    with pytest.raises(AddressRefused):
        Allowed([OWN], []).origin_of("https://example.org/x.csv")


NOT_PUBLIC = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.170.2",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "192.88.99.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::5db8:d822",
    "64:ff9b:1::1",
    "2002:7f00:1::1",
    "2001:0:53aa:64c::1",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "5f00::1",
    "localhost",
    "",
]


@pytest.mark.parametrize("ip", NOT_PUBLIC)
def test_special_networks_are_not_public(ip: str) -> None:
    assert not is_public(ip)


@pytest.mark.parametrize(
    "ip", ["93.184.216.34", "203.113.131.1", "2606:2800:220:1::1", "::ffff:93.184.216.34"]
)
def test_machines_of_the_internet_are_public(ip: str) -> None:
    assert is_public(ip)


def _resolving(*ips: str) -> object:
    async def resolve(host: str, port: int) -> list[str]:
        return list(ips)

    return resolve


@pytest.mark.parametrize("ip", NOT_PUBLIC)
@pytest.mark.parametrize("listed", ["files.sonla.gov.vn", "example.org"])
def test_a_name_with_one_address_that_is_not_public_is_refused(listed: str, ip: str) -> None:
    origin = OPEN.origin_of(f"http://{listed}/x.csv")
    for found in ([ip], ["93.184.216.34", ip], [ip, "93.184.216.34"]):
        with pytest.raises(AddressRefused):
            asyncio.run(checked_ip(origin, _resolving(*found)))  # type: ignore[arg-type]


def test_a_name_without_address_is_unknown() -> None:
    with pytest.raises(NameUnknown):
        asyncio.run(checked_ip(OPEN.origin_of("http://example.org/"), _resolving()))  # type: ignore[arg-type]


def test_a_number_is_never_looked_up() -> None:
    origin = OPEN.origin_of("http://10.0.0.1/")
    with pytest.raises(AddressRefused):
        asyncio.run(checked_ip(origin, _resolving("93.184.216.34")))  # type: ignore[arg-type]
