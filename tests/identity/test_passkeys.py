"""What a browser answers in the name of an authenticator, bent in every way."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from intercom.domain.errors import PasskeyRefused
from intercom.domain.factors import Factor, FactorKind
from intercom.domain.ids import AccountId, FactorId
from intercom.identity.passkeys import WebAuthnPasskeys
from tests.fakes.soft_key import SoftKey

RULES = WebAuthnPasskeys("https://door.example", "Birkenhof 12")
KEY = SoftKey("https://door.example", "door.example")
CREATION, NEW = RULES.creation(AccountId("anna"), "anna@example.org", "Anna Lind", [])
REQUEST, ASKED = RULES.request([])
MADE, USED = KEY.make(CREATION), KEY.use(REQUEST)
PASSKEY = RULES.made(MADE, NEW)
FACTOR = Factor(
    FactorId("one"),
    AccountId("anna"),
    FactorKind.PASSKEY,
    credential=PASSKEY.credential,
    public_key=PASSKEY.public_key,
    uses=0,
    confirmed=True,
)


def test_what_is_asked_for_is_a_passkey_that_is_found_alone_and_unlocked() -> None:
    asked = json.loads(CREATION)
    assert asked["rp"] == {"id": "door.example", "name": "Birkenhof 12"}
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["attestation"] == "none"
    assert json.loads(REQUEST)["userVerification"] == "required"
    assert not json.loads(REQUEST).get("allowCredentials")
    known, _ = RULES.request([PASSKEY.credential])
    assert [c["id"] for c in json.loads(known)["allowCredentials"]] == [PASSKEY.credential]


def test_honest_answers_are_taken() -> None:
    assert (PASSKEY.credential, PASSKEY.count) == (KEY.credential, 1)
    assert RULES.used(USED, ASKED, FACTOR) == 1
    assert RULES.claims(USED) == (KEY.credential, ASKED)


def test_an_answer_to_another_question_is_refused() -> None:
    with pytest.raises(PasskeyRefused):
        RULES.made(MADE, ASKED)
    with pytest.raises(PasskeyRefused):
        RULES.used(USED, NEW, FACTOR)
    with pytest.raises(PasskeyRefused):
        RULES.used(MADE, NEW, FACTOR)
    with pytest.raises(PasskeyRefused):
        RULES.made(USED, ASKED)


BENT = st.one_of(
    st.tuples(st.just("flip"), st.integers(0, 400), st.integers(1, 255)),
    st.tuples(st.just("cut"), st.integers(0, 400), st.just(0)),
    st.tuples(st.just("grow"), st.integers(0, 400), st.integers(1, 255)),
)


def bent(answer: str, part: str, how: tuple[str, int, int]) -> str:
    """The answer with one of its parts changed."""
    given = json.loads(answer)
    data = bytearray(base64url_to_bytes(given["response"][part]))
    kind, at, by = how
    at %= len(data)
    if kind == "flip":
        data[at] ^= by
    elif kind == "cut":
        del data[at:]
    else:
        data[at:at] = bytes([by]) * by
    given["response"][part] = bytes_to_base64url(bytes(data))
    return json.dumps(given)


@settings(max_examples=300, deadline=None)
@given(how=BENT, part=st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]))
def test_a_bent_answer_is_refused_and_nothing_breaks(how: tuple[str, int, int], part: str) -> None:
    with pytest.raises(PasskeyRefused):
        RULES.used(bent(USED, part, how), ASKED, FACTOR)


@settings(max_examples=300, deadline=None)
@given(how=BENT, part=st.sampled_from(["clientDataJSON", "attestationObject"]))
def test_a_bent_new_passkey_breaks_nothing(how: tuple[str, int, int], part: str) -> None:
    try:
        made = RULES.made(bent(MADE, part, how), NEW)
    except PasskeyRefused:
        return
    # without attestation nothing is signed yet: another key is simply another key
    assert made.public_key


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "id",
                        "rawId",
                        "type",
                        "response",
                        "clientDataJSON",
                        "attestationObject",
                        "signature",
                        "x",
                    ]
                ),
                inner,
                max_size=6,
            )
        ),
        max_leaves=20,
    )
)
def test_json_of_any_shape_breaks_nothing(answer: object) -> None:
    text = json.dumps(answer)
    for check in (
        lambda: RULES.claims(text),
        lambda: RULES.made(text, NEW),
        lambda: RULES.used(text, ASKED, FACTOR),
    ):
        with pytest.raises(PasskeyRefused):
            check()
