"""Codes of authenticator apps."""

from __future__ import annotations

import re

import pyotp
import pytest

from intercom.domain.ids import Secret
from intercom.identity.authenticator import TotpAuthenticator

APP = TotpAuthenticator()


@pytest.mark.parametrize(
    ("now", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_examples_of_rfc_6238_are_taken(now: int, code: str) -> None:
    secret = Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")  # "12345678901234567890", as in its appendix B
    assert APP.step(secret, code, now) == now // 30


@pytest.mark.parametrize(("off", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_step_to_either_side_is_taken_and_said(off: int, taken: bool) -> None:
    secret, now = APP.new_secret(), 1_800_000_000
    code = pyotp.TOTP(secret.reveal()).at(now + 30 * off)
    assert APP.step(secret, code, now) == ((now // 30 + off) if taken else None)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\x00" * 6, "0" * 10_000])
def test_what_is_no_code_is_not_taken(code: str) -> None:
    assert APP.step(APP.new_secret(), code, 1_800_000_000) is None


def test_secrets_are_all_different_and_of_160_bits() -> None:
    secrets = {APP.new_secret().reveal() for _ in range(50)}
    assert len(secrets) == 50
    assert all(re.fullmatch(r"[A-Z2-7]{32}", secret) for secret in secrets)


@pytest.mark.parametrize("house", ["Birkenhof 12", "A: B", "Höfe & <b>", "", "🏠 12", "x" * 200])
def test_the_address_names_the_house_and_the_person_whatever_they_are_called(house: str) -> None:
    secret = APP.new_secret()
    read = pyotp.parse_uri(APP.address(secret, "anna+1@example.org", house).reveal())
    assert isinstance(read, pyotp.TOTP)
    assert (read.secret, read.name) == (secret.reveal(), "anna+1@example.org")
    assert read.issuer


def test_the_picture_is_an_svg_that_scales_and_carries_nothing_but_paths() -> None:
    picture = APP.picture(APP.address(APP.new_secret(), "anna@example.org", "Birkenhof 12"))
    assert set(re.findall(r"<(\w+)", picture)) <= {"svg", "g", "path"}
    assert "viewBox" in picture
    assert not re.search(r"\son\w+=|style=|href", picture)
