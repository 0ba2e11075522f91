"""Names of things, and the one way to hold a secret."""

from __future__ import annotations

from hashlib import sha256
from typing import NewType

SiteId = NewType("SiteId", str)
EntranceId = NewType("EntranceId", str)
FloorId = NewType("FloorId", str)
UnitId = NewType("UnitId", str)
"""A flat, or a company on a company site."""
EntryId = NewType("EntryId", str)
"""A line of the phonebook. Each resident of a unit has one, so it also names the resident there."""
LockId = NewType("LockId", str)
AccountId = NewType("AccountId", str)
"""A person, as the server knows them."""
InvitationId = NewType("InvitationId", str)
FactorId = NewType("FactorId", str)
SessionId = NewType("SessionId", str)
DeviceId = NewType("DeviceId", str)
PanelId = NewType("PanelId", str)
CallId = NewType("CallId", str)
LegId = NewType("LegId", str)
OpeningId = NewType("OpeningId", str)
RequestId = NewType("RequestId", str)


class Secret:
    """A key, code, token or password that shows as `***` wherever it is printed or logged.

    `reveal()` is the only way to the text; call it where the secret is used, never to store it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret's text."""
        return self._text

    def digest(self) -> str:
        """SHA-256 in hex: what a database keeps of a token, key or code of many random bits."""
        return sha256(self._text.encode()).hexdigest()

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(("Secret", self._text))

    def __bool__(self) -> bool:
        return bool(self._text)
