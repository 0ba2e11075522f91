"""An authenticator in software: makes and uses passkeys as a phone does (Web Authentication Level 3, 6)."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url, encode_cbor

UP, UV, AT = 0x01, 0x04, 0x40
"""Flags of authenticator data: somebody is there, somebody was verified, a key is attached (6.1)."""


@dataclass
class SoftKey:
    """One passkey for `origin`. Change its fields to have it lie."""

    origin: str
    rp_id: str
    flags: int = UP | UV
    count: int = 1
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def credential(self) -> str:
        """Its id."""
        return bytes_to_base64url(self.id)

    def _said(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, more: bytes = b"", flags: int = 0) -> bytes:
        return (
            sha256(self.rp_id.encode()).digest() + bytes([self.flags | flags]) + self.count.to_bytes(4) + more
        )

    def make(self, options: str) -> str:
        """The answer to creation options (7.1), without attestation."""
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attached = bytes(16) + len(self.id).to_bytes(2) + self.id + encode_cbor(public)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(attached, AT)}
        said = self._said("webauthn.create", json.loads(options)["challenge"])
        return self._answer({"clientDataJSON": said, "attestationObject": encode_cbor(attestation)})

    def use(self, options: str, account: str = "anna") -> str:
        """The answer to request options (7.2)."""
        said = self._said("webauthn.get", json.loads(options)["challenge"])
        data = self._data()
        signature = self.key.sign(data + sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": said,
                "authenticatorData": data,
                "signature": signature,
                "userHandle": account.encode(),
            }
        )

    def _answer(self, response: dict[str, bytes]) -> str:
        answer: dict[str, Any] = {
            "id": self.credential,
            "rawId": self.credential,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {name: bytes_to_base64url(value) for name, value in response.items()},
        }
        return json.dumps(answer)
