"""Files that browsers send: read as a stream up to a limit, and as text in the encoding that they have."""

from __future__ import annotations

import codecs

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from charset_normalizer import from_bytes

from intercom.domain.errors import BadFile, BadMessage, TooLarge
from intercom.domain.language import N_

_FIELD_BYTES = 4096
_OLD = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "mac_roman", "cp850"]
"""What spreadsheets without Unicode save, by country."""
_WESTERN = frozenset(map(chr, (*range(128), *range(0xC0, 0x100)))) | frozenset("ŠšŽžŒœŸ’ºª°\xa0")


async def received(request: web.Request, limit: int) -> dict[str, str | bytes]:
    """The parts of a form by their names; a file also gives its `name`.

    Raises `TooLarge` as soon as the file is longer than `limit` bytes, `BadMessage`.
    """
    given: dict[str, str | bytes] = {}
    try:
        parts = await request.multipart()
        while (part := await parts.next()) is not None:
            if not isinstance(part, BodyPartReader) or not part.name:
                raise BadMessage(N_("The body cannot be read."))
            is_file = part.name == "file"
            content = await _content(part, limit if is_file else _FIELD_BYTES)
            given[part.name] = content if is_file else content.decode()
            if is_file and part.filename:
                given["name"] = part.filename
    except (ValueError, AssertionError, RuntimeError, HttpProcessingError):
        raise BadMessage(N_("The body cannot be read.")) from None
    return given


async def _content(part: BodyPartReader, limit: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > limit:
            raise TooLarge(
                N_("This file is too large. At most %(most)s MB.", most=limit // 1_000_000), limit=limit
            )
    return bytes(content)


def decoded(content: bytes) -> str:
    """The text of a file: Unicode where it is, else the old encoding that makes most sense.

    Raises `BadFile`. May take a tenth of a second for some megabytes: not for the loop.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _by(content, encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    found = from_bytes(content[:200_000], cp_isolation=_OLD)
    best = found.best()
    if best is None:
        raise BadFile(N_("This is no table of text. Save it as CSV and choose it again."))
    western = next((one for one in found if one.encoding == "cp1252"), None)
    # most of Europe's spreadsheets save this one; its neighbours differ in a few letters only
    if western is not None and western.chaos <= best.chaos and _WESTERN.issuperset(str(western)):
        return _by(content, "cp1252")
    return _by(content, best.encoding)


def _by(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise BadFile(N_("This is no table of text. Save it as CSV and choose it again.")) from None
