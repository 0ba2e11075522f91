"""Files that browsers are given to keep."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web


def headers(name: str, kind: str = "text/csv; charset=utf-8") -> dict[str, str]:
    """Of a file that is kept under `name`, and by nobody on its way."""
    return {
        "Content-Type": kind,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }


def file(text: str, name: str) -> web.Response:
    """A spreadsheet's file."""
    return web.Response(body=text.encode(), headers=headers(name))


async def streamed(request: web.Request, lines: AsyncIterator[str], name: str) -> web.StreamResponse:
    """A spreadsheet's file, as it is written."""
    response = web.StreamResponse(headers=headers(name))
    await response.prepare(request)
    async for part in lines:
        await response.write(part.encode())
    await response.write_eof()
    return response
