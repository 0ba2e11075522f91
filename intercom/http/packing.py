"""Scripts, sheets and drawings leave the server compressed (RFC 9110 8.4.1): a visitor waits at a door."""

from __future__ import annotations

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

_PACKED = (".js", ".css", ".svg", ".json", ".webmanifest")


@web.middleware
async def packed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A middleware: what is text among the static files is packed, for browsers that unpack.

    Answers to whoever is signed in are not: they may hold a secret beside what somebody else chose.
    """
    response = await handler(request)
    text = request.path.startswith("/static/") and request.path.endswith(_PACKED)
    if text and not response.prepared and response.status == 200:
        response.enable_compression()
        response.headers.setdefault(hdrs.VARY, "Accept-Encoding")
    return response
