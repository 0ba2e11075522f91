"""CSV as spreadsheets write and read it (RFC 4180), and cells that no spreadsheet takes for a formula.

A cell that begins with `=`, `+`, `-` or `@` is run by spreadsheets, also where another delimiter than the
file's would make a new cell begin (OWASP, "CSV Injection"). An apostrophe before it makes it text; reading
takes it away again, so that every text comes back as it was.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence

from intercom.domain.errors import BadFile
from intercom.domain.language import N_

DELIMITERS = ",;\t"

_RUN = "[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_BARE = re.compile(rf"(^|[;,|\t])(\s*)('*)(?={_RUN})")
_KEPT = re.compile(rf"(^|[;,|\t])(\s*)'('*)(?={_RUN})")


def safe(cell: str) -> str:
    """The cell, written so that no spreadsheet runs it."""
    return _BARE.sub(r"\1\2'\3", cell)


def plain(cell: str) -> str:
    """What `safe` was given."""
    return _KEPT.sub(r"\1\2\3", cell)


def shown(cell: str, longest: int = 80) -> str:
    """A cell that somebody else wrote, fit to be shown: without characters that act on the text around it."""
    kinds = ((c, unicodedata.category(c)) for c in " ".join(cell[: longest * 4].split())[: longest + 1])
    text = "".join("\ufffd" if kind[0] == "C" or kind in ("Zl", "Zp") else c for c, kind in kinds)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def write(rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    """Lines of a file, each with its end."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def records(text: str, fit: Callable[[Sequence[str]], int]) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number that a spreadsheet gives it, the first is 1.

    The delimiter is the one by which the first row fits best, as `fit` counts. Raises `BadFile`.
    """
    lines = text.removeprefix("\ufeff")
    hint = re.match(r"sep=([,;\t])\r?\n", lines, re.IGNORECASE)
    if hint:
        lines = lines[hint.end() :]
    delimiter = hint[1] if hint else max(DELIMITERS, key=lambda d: fit(_first(lines, d)))
    for number, cells in enumerate(_parsed(lines, delimiter), start=2 if hint else 1):
        if any(cell.strip() for cell in cells):
            yield number, [plain(cell) for cell in cells]


def _first(text: str, delimiter: str) -> list[str]:
    for cells in _parsed(text, delimiter):
        if any(map(str.strip, cells)):
            return cells
    return []


def _parsed(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:
        raise BadFile(N_("This is no table of text. Save it as CSV and choose it again.")) from None
