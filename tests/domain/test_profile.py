"""Browsers by name, phone numbers, requests to be deleted."""

from __future__ import annotations

import pytest

from intercom.domain import phone
from intercom.domain.ids import AccountId, SiteId
from intercom.domain.profile import DeletionRequest, browser

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 "
    "Version/26.0 Mobile/15E148 Safari/604.1"
)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (CHROME, "Chrome on Linux"),
        (
            CHROME.replace("X11; Linux x86_64", "Windows NT 10.0; Win64; x64") + " Edg/150.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:150.0) Gecko/20100101 Firefox/150.0",
            "Firefox on Mac",
        ),
        ("Mozilla/5.0 (Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0", "Firefox on Android"),
        (IPHONE, "Safari on iPhone"),
        (IPHONE.replace("Version/26.0", "CriOS/150.0"), "Chrome on iPhone"),
        ("curl/8.0", "A program"),
        ("", "A program"),
        ("Mozilla/5.0 (Windows NT 10.0)", "Windows"),
        ("<script>alert(1)</script>", "A program"),
    ],
)
def test_a_browser_is_named_as_people_call_it(agent: str, name: str) -> None:
    assert browser(agent) == name


@pytest.mark.parametrize(
    ("typed", "country", "stored", "here", "abroad"),
    [
        ("079 123 45 67", "CH", "+41791234567", "079 123 45 67", "+41 79 123 45 67"),
        ("+34 600-12-34-56", "CH", "+34600123456", "+34 600 12 34 56", "+34 600 12 34 56"),
        ("(030) 901820", "de", "+4930901820", "030 901820", "+49 30 901820"),
        ("٠٧٩١٢٣٤٥٦٧", "CH", "+41791234567", "079 123 45 67", "+41 79 123 45 67"),
        ("+1 202 555 0142", "", "+12025550142", "+1 202-555-0142", "+1 202-555-0142"),
    ],
)
def test_numbers_are_stored_alike_and_shown_as_in_the_country(
    typed: str, country: str, stored: str, here: str, abroad: str
) -> None:
    assert phone.number(typed, country) == stored
    assert phone.shown(stored, country) == here
    assert phone.shown(stored, "FR") == abroad


def test_what_is_stored_oddly_is_shown_as_it_is() -> None:
    assert phone.shown("odd", "CH") == "odd"


def test_a_request_knows_whose_consent_it_waits_for() -> None:
    here, there = SiteId("here"), SiteId("there")
    asked = DeletionRequest(AccountId("a"), 1.0, (here, there), (there,))
    assert asked.missing == (here,)
    assert DeletionRequest(AccountId("a"), 1.0, ()).missing == ()
