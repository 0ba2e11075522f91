"""What somebody is to a site, in words."""

from __future__ import annotations

from collections.abc import Iterable

from intercom import language
from intercom.domain.invitations import ROLE_WORDS
from intercom.domain.people import Role


def part_of(units: Iterable[str], roles: Iterable[Role]) -> str:
    """In a line: their units, then their roles."""
    return ", ".join([*units, *(language.translate(ROLE_WORDS[role]) for role in roles)])
