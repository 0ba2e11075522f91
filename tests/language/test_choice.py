"""Which language somebody reads."""

from __future__ import annotations

import pytest

from intercom import language


@pytest.mark.parametrize(
    ("accepted", "chosen", "site", "spoken"),
    [
        ("", None, None, "en"),
        ("de", None, "fr", "de"),
        ("de-CH, en;q=0.8", None, "fr", "de"),
        ("DE-ch", None, None, "de"),
        ("it, fr;q=0.4, es;q=0.9", None, "de", "es"),
        ("it, pt;q=0.5", None, "de", "de"),
        ("it, pt;q=0.5", None, "xx", "en"),
        ("*", None, "es", "es"),
        ("de;q=0, fr", None, None, "fr"),
        ("de;q=zebra, fr;q=0.1", None, None, "fr"),
        ("de;q=7, fr;q=0.1", None, None, "fr"),
        (";;;,,,q=,", None, "es", "es"),
        ("de", "fr", "es", "fr"),
        ("de", "klingon", "es", "de"),
        ("de", "", "es", "de"),
        ("x" * 100_000 + ",de", None, "fr", "fr"),
    ],
)
def test_a_choice_wins_then_the_browser_then_the_site(
    accepted: str, chosen: str | None, site: str | None, spoken: str
) -> None:
    assert language.negotiate(accepted, chosen=chosen, site=site) == spoken
