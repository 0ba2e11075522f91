"""Proxies in front of the server: only what they say of a visitor's address is believed."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

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
