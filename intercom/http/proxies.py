"""Proxies in front of the server: only what they say of a visitor's address is believed."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_remotes import XForwardedFiltered
from multidict import MultiMapping


class _Addresses(XForwardedFiltered):
    """Takes the address alone: the house's name and its scheme are settings of its own."""

    def get_forwarded_proto(self, headers: MultiMapping[str]) -> list[str]:
        return []

    def get_forwarded_host(self, headers: MultiMapping[str]) -> list[str]:
        return []


def counted_as(address: str | None) -> str:
    """The address under which a visitor's tries are counted: of IPv6 the /64 network, because whoever has
    one address has 2^64 of them (RFC 6177)."""
    try:
        known = ip_address(address or "")
    except ValueError:  # a local socket has no address
        return address or "unknown"
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return f"{IPv6Address(int(known) >> 64 << 64)}/64"


def behind(proxies: Sequence[str]) -> Middleware:
    """A middleware that gives requests from these addresses or networks their visitor's address.

    That is the newest in X-Forwarded-For that is no proxy of ours: whatever stands before it, the visitor
    may have written. Everybody else's header is not looked at. Raises `ValueError` for what is no network.
    """
    networks = [ip_network(proxy) for proxy in proxies]
    addresses = _Addresses(networks)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            from_proxy = any(ip_address(request.remote or "") in network for network in networks)
        except ValueError:  # a local socket has no address
            from_proxy = False
        return await (addresses.middleware(request, handler) if from_proxy else handler(request))

    return middleware
