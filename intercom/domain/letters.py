"""Letters that the server sends, as values: to whom, of which kind, and what stands in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from intercom.domain.phonebook import Site


class LetterKind(StrEnum):
    """What a letter is about. `VALUES` says what each needs."""

    PROFILE = "profile"
    """To somebody new: complete the profile."""
    INVITATION = "invitation"
    """To somebody with an account: join the site."""
    RESET_PASSWORD = "reset_password"
    PASSWORD_CHANGED = "password_changed"
    SIGN_IN_WARNING = "sign_in_warning"
    """Somebody keeps guessing the password."""
    SECOND_FACTOR_CODE = "second_factor_code"
    """A code for the second step of signing in."""
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    """The second step was switched on or off, or a method was added or taken away."""
    SECOND_FACTOR_RESET = "second_factor_reset"
    """The recovery code was used."""
    PHONE_CHANGED = "phone_changed"
    DELETION_ASKED = "deletion_asked"
    """To an owner: somebody wants their profile deleted."""
    DELETION_DONE = "deletion_done"
    OWNERSHIP = "ownership"
    """To the new owner of a site."""
    TRIAL = "trial"
    """To whoever sets a site up: the mail server works."""
    REMOVED = "removed"
    """To somebody who was taken out of a site."""
    PANELS_OFFLINE = "panels_offline"
    """To who runs a site: panels have lost their connection."""


VALUES: dict[LetterKind, frozenset[str]] = {
    LetterKind.PROFILE: frozenset({"name", "inviter", "units", "roles", "path", "until"}),
    LetterKind.INVITATION: frozenset({"name", "inviter", "units", "roles", "path", "until"}),
    LetterKind.RESET_PASSWORD: frozenset({"name", "path", "until"}),
    LetterKind.PASSWORD_CHANGED: frozenset({"name"}),
    LetterKind.SIGN_IN_WARNING: frozenset({"name", "address", "minutes"}),
    LetterKind.SECOND_FACTOR_CODE: frozenset({"name", "code", "minutes"}),
    LetterKind.SECOND_FACTOR_CHANGED: frozenset({"name", "change"}),
    LetterKind.SECOND_FACTOR_RESET: frozenset({"name"}),
    LetterKind.PHONE_CHANGED: frozenset({"name"}),
    LetterKind.DELETION_ASKED: frozenset({"name", "person", "path"}),
    LetterKind.DELETION_DONE: frozenset({"name"}),
    LetterKind.OWNERSHIP: frozenset({"name", "before", "path"}),
    LetterKind.TRIAL: frozenset({"name"}),
    LetterKind.REMOVED: frozenset({"name"}),
    LetterKind.PANELS_OFFLINE: frozenset({"name", "panels", "since", "path"}),
}
"""What each kind of letter needs.

`name`: of the one who reads it. `inviter`, `person`, `before`: other people's names. `units`: names of
units, ready to be read; may be empty. `roles`: words of `Role` parted by commas; may be empty. `path`:
where the button leads, from the root of this server ("/join/..."). `until`: when that ends, in Unix
seconds. `minutes`: how long something lasts. `address`: of the network. `change`: a whole English sentence
marked with `N_`. `panels`: names, a line each. `since`: since when, in Unix seconds.
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to one address. `language`: a code of `LANGUAGES`. `site`: whose plate and time it wears,
    where it is about one. `about`: the id of the invitation that it carries.

    Raises `ValueError` when a value that its kind needs is missing.
    """

    kind: LetterKind
    to: str = field(repr=False)
    language: str
    site: Site | None
    values: Mapping[str, str] = field(repr=False)
    about: str = ""

    def __post_init__(self) -> None:
        missing = VALUES[self.kind] - self.values.keys()
        if missing:
            raise ValueError(f"a letter of kind {self.kind} needs {', '.join(sorted(missing))}")
