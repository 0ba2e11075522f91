"""Signs on paper: the code is large enough, has white around it, and says what it should."""

from __future__ import annotations

import re

import pytest
import segno

from intercom.http.paper import HEIGHT, QR, QUIET, WIDTH, Box, Sign, Text, drawn, pdf, svg

ADDRESS = "https://bell.birkenhof.example/e/7k3m-9xqp4-vt2c"


def sign(**changes: str) -> Sign:
    given = {
        "plate": "12",
        "site": "Birkenhof",
        "entrance": "Street door",
        "address": ADDRESS,
        "typed": ADDRESS.partition("://")[2],
        "word": "batolu",
        "title": "Ring here",
        "typed_label": "Without a camera, type",
        "word_label": "Word",
        "foot": "No app, no account.",
        **changes,
    }
    return Sign(steps=[("Scan", "Point your phone’s camera at the square.")] * 3, **given)


def code(address: str) -> tuple[list[Box], float, float]:
    """The boxes of the code, and where its corner is."""
    side = QR / len(segno.make(address, error="q", micro=False).matrix)
    boxes = [
        p for p in drawn(sign(address=address)).parts if isinstance(p, Box) and abs(p.height - side) < 1e-9
    ]
    return boxes, min(b.x for b in boxes), min(b.y for b in boxes)


@pytest.mark.parametrize(
    "address", ["http://a.b/e/7k3m-9xqp4-vt2c", ADDRESS, ADDRESS.replace("bell", "b" * 60)]
)
def test_what_is_drawn_is_the_code_of_the_address(address: str) -> None:
    matrix = segno.make(address, error="q", micro=False).matrix
    boxes, left, top = code(address)
    side = QR / len(matrix)
    seen = {
        (round((b.y - top) / side), round((b.x - left) / side) + n)
        for b in boxes
        for n in range(round(b.width / side))
    }
    dark = {(r, c) for r, row in enumerate(matrix) for c, module in enumerate(row) if module}
    assert seen == dark


def test_it_is_ninety_millimetres_wide_on_a4_and_thirty_on_a6_with_white_around() -> None:
    assert QR >= 90
    assert QR / 2 >= 30
    boxes, left, top = code(ADDRESS)
    white = QUIET * QR / len(segno.make(ADDRESS, error="q", micro=False).matrix)
    assert left >= white
    for part in drawn(sign()).parts:
        if part in boxes:
            continue
        right, bottom = (
            (part.x + part.width, part.y + part.height) if isinstance(part, Box) else (WIDTH, part.y)
        )
        above = part.y if isinstance(part, Box) else part.y - part.size
        beside = part.x >= left + QR + white or right <= left - white
        assert beside or bottom <= top - white or above >= top + QR + white, part


def test_everything_is_on_the_page_however_long_it_is() -> None:
    long = sign(site="Residence of the very long name " * 3, entrance="Street door " * 9, typed=ADDRESS * 2)
    for part in drawn(long).parts:
        assert 0 <= part.x <= WIDTH
        assert 0 < part.y <= HEIGHT
        if isinstance(part, Text):
            assert part.size > 0


def test_the_picture_has_its_true_size_and_escapes_what_it_is_given() -> None:
    picture = svg(drawn(sign(site='<script>"&'), 0.5))
    assert 'width="105mm" height="148.5mm"' in picture
    assert "<script" not in picture
    assert "&lt;script&gt;&quot;&amp;" in picture


def test_a_pdf_finds_all_its_objects_and_leaves_out_letters_that_its_fonts_lack() -> None:
    body = pdf([drawn(sign(site="Łódź (東京) Ömer")), drawn(sign(), 0.5)])
    start = int(re.search(rb"startxref\n(\d+)\n", body)[1])
    assert body[start:].startswith(b"xref")
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n", body), 1):
        assert body[int(place) :].startswith(b"%d 0 obj" % number)
    for length, stream in re.findall(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", body, re.DOTALL):
        assert int(length) == len(stream)
    assert "(Lódz \\(\\) Ömer)".encode("cp1252") in body
    assert body.count(b"/Type /Page ") == 2
