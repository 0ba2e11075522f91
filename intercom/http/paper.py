"""The sign beside a door as a drawing, and the drawing as SVG and as PDF.

One layout in millimetres, of boxes and lines of text; two small writers. The PDF uses the fonts that every
reader has (ISO 32000-1, 9.6.2.2), so nothing has to be installed and no font is shipped; they know the
letters of Western European languages. Names in other scripts are in the SVG and on the printable page, and
are left out of the PDF rather than shown as question marks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import segno

WIDTH, HEIGHT = 210.0, 297.0
"""A4. A6 is the same at half its size."""
QR = 92.0
"""Side of the code without the white around it: 92 mm on A4, 46 mm on A6."""
QUIET = 4
"""Modules of white around the code (ISO/IEC 18004 6.3.8)."""
_POINT = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; `ink`: 0 is black, 1 white."""

    x: float
    y: float
    width: float
    height: float
    ink: float = 0.0


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text; `y` is its base line, `size` its height."""

    x: float
    y: float
    size: float
    text: str
    bold: bool = False
    ink: float = 0.0


Part = Box | Text


@dataclass(frozen=True, slots=True)
class Sign:
    """What a sign says, in the language of its site. `steps`: word and sentence of each."""

    plate: str
    site: str
    entrance: str
    address: str
    """As the code holds it."""
    typed: str
    """As people type it."""
    word: str
    title: str
    steps: Sequence[tuple[str, str]]
    typed_label: str
    word_label: str
    foot: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A page. `scale`: 1 is A4, 0.5 is A6."""

    parts: Sequence[Part]
    scale: float = 1.0
    title: str = ""


def drawn(sign: Sign, scale: float = 1.0) -> Drawing:
    """The sign on paper, black on white."""
    left, right = 16.0, WIDTH - 16.0
    parts: list[Part] = [
        Box(left, 16, 30, 20),
        Text(left + 15 - _wide(sign.plate, 11, True) / 2, 30, 11, sign.plate, True, 1.0),
        *_line(52, 25, 10.5, sign.site, right - 52, bold=True),
        *_line(52, 35, 7.5, sign.entrance, right - 52),
        Box(left, 43, right - left, 2.6),
        *_line(left, 78, 27, sign.title, right - left, bold=True),
    ]
    top = 92.0
    parts += _code(sign.address, left, top)
    step_left = left + QR + QR * QUIET / 29
    for number, (word, sentence) in enumerate(sign.steps):
        y = top + number * 32
        parts.append(Box(step_left, y, right - step_left, 1.1))
        parts += _line(step_left, y + 10, 7.5, f"{number + 1}  {word}", right - step_left, bold=True)
        parts += _wrapped(step_left, y + 17, 4.6, sentence, right - step_left)
    y = top + QR + 14
    parts.append(Box(left, y, right - left, 1.1))
    parts += _line(left, y + 8, 4.6, sign.typed_label, right - left)
    parts += _line(left, y + 19, 9, sign.typed, right - left, bold=True)
    parts += _line(left, y + 31, 4.6, sign.word_label, right - left)
    parts += _line(left, y + 43, 10, sign.word, right - left, bold=True)
    parts.append(Box(left, y + 49, right - left, 1.1))
    parts += _line(left, HEIGHT - 18, 5, sign.foot, right - left)
    return Drawing(parts, scale, f"{sign.site} {sign.plate} · {sign.entrance}")


def _code(address: str, x: float, y: float) -> Iterable[Part]:
    """The squares of the code, a box for each run in a row; QUIET modules around stay white."""
    matrix = segno.make(address, error="q", micro=False).matrix
    side = QR / len(matrix)
    for row, modules in enumerate(matrix):
        start = None
        for column, dark in enumerate((*modules, 0)):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                yield Box(x + start * side, y + row * side, (column - start) * side, side)
                start = None


def _line(x: float, y: float, size: float, text: str, width: float, *, bold: bool = False) -> Iterable[Part]:
    """A line that fits: smaller where it is long."""
    if text:
        yield Text(x, y, min(size, size * width / max(1.0, _wide(text, size, bold))), text, bold)


def _wrapped(x: float, y: float, size: float, text: str, width: float) -> Iterable[Part]:
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and _wide(longer, size, False) > width:
            yield Text(x, y, size, line)
            y, longer = y + size * 1.35, word
        line = longer
    yield Text(x, y, size, line)


def _wide(text: str, size: float, bold: bool) -> float:
    """About how wide a text is: the mean of Helvetica's letters, with room to spare."""
    narrow = sum(c in "iIjl.,:;'|!-/ " for c in text)
    return size * ((len(text) - narrow) * (0.62 if bold else 0.57) + narrow * 0.31)


# -- SVG ----------------------------------------------------------------------------------------------


def svg(drawing: Drawing) -> str:
    """The drawing as an SVG image of its true size."""
    width, height = WIDTH * drawing.scale, HEIGHT * drawing.scale
    inner = "".join(_svg_part(part) for part in drawing.parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" font-family="Helvetica, Arial, sans-serif">'
        f"<title>{escape(drawing.title)}</title>"
        f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#fff"/>{inner}</svg>'
    )


def _svg_part(part: Part) -> str:
    fill = ' fill="#fff"' if part.ink else ""
    match part:
        case Box(x, y, width, height):
            return f'<rect x="{x:.3f}" y="{y:.3f}" width="{width:.3f}" height="{height:.3f}"{fill}/>'
        case Text(x, y, size, text, bold):
            weight = ' font-weight="700"' if bold else ""
            # a line's size is told by the height of its capitals; a font's by its em
            return f'<text x="{x:.3f}" y="{y:.3f}" font-size="{size:.3f}"{weight}{fill}>{escape(text)}</text>'


# -- PDF ----------------------------------------------------------------------------------------------


def pdf(drawings: Sequence[Drawing]) -> bytes:
    """The drawings as pages of a PDF (ISO 32000-1): a tree of pages, two fonts, a stream of strokes each."""
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    catalog, pages = add(b""), add(b"")
    fonts = [
        add(b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>" % name)
        for name in (b"Helvetica", b"Helvetica-Bold")
    ]
    resources = b"<< /Font << /F0 %d 0 R /F1 %d 0 R >> >>" % (fonts[0], fonts[1])
    kids: list[int] = []
    for drawing in drawings:
        strokes = b"\n".join(_pdf_part(part, drawing.scale) for part in drawing.parts)
        stream = add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(strokes), strokes))
        box = b"[0 0 %.2f %.2f]" % (
            WIDTH * drawing.scale * _POINT,
            HEIGHT * drawing.scale * _POINT,
        )
        kids.append(
            add(
                b"<< /Type /Page /Parent %d 0 R /MediaBox %s /Contents %d 0 R /Resources %s >>"
                % (pages, box, stream, resources)
            )
        )
    objects[catalog - 1] = b"<< /Type /Catalog /Pages %d 0 R >>" % pages
    objects[pages - 1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (
        len(kids),
        b" ".join(b"%d 0 R" % kid for kid in kids),
    )
    return _written(objects, catalog)


def _pdf_part(part: Part, scale: float) -> bytes:
    unit = scale * _POINT
    match part:
        case Box(x, y, width, height, ink):
            corner = (HEIGHT - y - height) * unit
            return b"%g g %.3f %.3f %.3f %.3f re f" % (
                ink,
                x * unit,
                corner,
                width * unit,
                height * unit,
            )
        case Text(x, y, size, text, bold, ink):
            return b"%g g BT /F%d %.3f Tf %.3f %.3f Td (%s) Tj ET" % (
                ink,
                1 if bold else 0,
                size * unit,
                x * unit,
                (HEIGHT - y) * unit,
                _letters(text),
            )


def _letters(text: str) -> bytes:
    """The text in the letters that the fonts have: ł becomes l, what has no such letter is left out."""
    plain = "".join(
        c if c.encode("cp1252", "ignore") else unicodedata.normalize("NFKD", c.translate(_OWN))
        for c in unicodedata.normalize("NFC", text)
    )
    written = plain.encode("cp1252", "ignore")
    return written.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


_OWN = str.maketrans({"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ħ": "h", "ı": "i", "ŋ": "n"})


def _written(objects: Sequence[bytes], catalog: int) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places: list[int] = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        catalog,
        start,
    )
    return bytes(out)
