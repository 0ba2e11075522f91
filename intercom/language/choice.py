"""Which language somebody reads."""

from __future__ import annotations

from intercom.domain.language import LANGUAGES

_LONGEST = 500


def negotiate(accepted: str = "", *, chosen: str | None = None, site: str | None = None) -> str:
    """A language that the server speaks: what was chosen, what the browser accepts, the site's, English.

    `accepted`: an Accept-Language header (RFC 9110 12.5.4); what is wrong in it is passed over.
    """
    if chosen in LANGUAGES:
        return chosen
    for language in _wishes(accepted[:_LONGEST]):
        if language in LANGUAGES:
            return language
    return site if site in LANGUAGES else "en"


def _wishes(accepted: str) -> list[str]:
    """The languages without their regions ("de-CH" is content with "de"), dearest first."""
    wishes: list[tuple[float, str]] = []
    for wish in accepted.split(","):
        language, _, weight = wish.partition(";")
        try:
            dear = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if 0 < dear <= 1:
            wishes.append((dear, language.strip().lower().partition("-")[0]))
    return [language for _, language in sorted(wishes, key=lambda wish: -wish[0])]
