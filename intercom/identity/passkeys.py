"""Passkeys (Web Authentication Level 3), for one address: every answer must come from a page of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from intercom.domain.errors import PasskeyRefused
from intercom.domain.factors import Factor
from intercom.domain.ids import AccountId
from intercom.ports import NewPasskey

_MILLISECONDS = 300_000


class WebAuthnPasskeys:
    """`ports.PasskeyRules`. `url`: where people reach the server; its host is the relying party's id
    (WebAuthn 5.1.2), so passkeys are lost if it changes."""

    def __init__(self, url: str, house: str) -> None:
        parts = urlsplit(url)
        self._id = parts.hostname or "localhost"
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._house = house

    def creation(self, account: AccountId, email: str, name: str, known: Sequence[str]) -> tuple[str, str]:
        """See `ports.PasskeyRules.creation`: findable without an e-mail, and the person is verified."""
        options = generate_registration_options(
            rp_id=self._id,
            rp_name=self._house,
            user_id=account.encode(),
            user_name=email,
            user_display_name=name,
            timeout=_MILLISECONDS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(known),
        )
        return options_to_json(options), bytes_to_base64url(options.challenge)

    def made(self, answer: str, challenge: str) -> NewPasskey:
        """See `ports.PasskeyRules.made`."""
        try:
            made = verify_registration_response(
                credential=answer,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._id,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError, IndexError) as error:
            raise PasskeyRefused from error
        return NewPasskey(
            bytes_to_base64url(made.credential_id),
            bytes_to_base64url(made.credential_public_key),
            made.sign_count,
        )

    def request(self, known: Sequence[str]) -> tuple[str, str]:
        """See `ports.PasskeyRules.request`."""
        options = generate_authentication_options(
            rp_id=self._id,
            timeout=_MILLISECONDS,
            allow_credentials=_descriptors(known) or None,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options), bytes_to_base64url(options.challenge)

    def claims(self, answer: str) -> tuple[str, str]:
        """See `ports.PasskeyRules.claims`."""
        try:
            given: Any = json.loads(answer)
            said: Any = json.loads(base64url_to_bytes(given["response"]["clientDataJSON"]))
            credential, challenge = given["id"], said["challenge"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise PasskeyRefused from None
        if not (isinstance(credential, str) and isinstance(challenge, str)):
            raise PasskeyRefused
        return credential, challenge

    def used(self, answer: str, challenge: str, passkey: Factor) -> int:
        """See `ports.PasskeyRules.used`; a counter that does not grow is a copied key (WebAuthn 7.2)."""
        try:
            used = verify_authentication_response(
                credential=answer,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._id,
                expected_origin=self._origin,
                credential_public_key=base64url_to_bytes(passkey.public_key or ""),
                credential_current_sign_count=passkey.uses,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError, IndexError) as error:
            raise PasskeyRefused from error
        return used.new_sign_count


def _descriptors(credentials: Sequence[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(credential)) for credential in credentials]
