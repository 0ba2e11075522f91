"""What can go wrong between a doorstation and its house."""

from __future__ import annotations


class NotTaken(Exception):
    """The house will not have this doorstation, and trying again is no use. Its text is for people."""


class Offline(Exception):
    """There is no connection now."""


class Refused(Exception):
    """The house said no to one request, which changed nothing."""

    def __init__(self, code: str, message: str) -> None:
        """The stable code and the sentence for people."""
        super().__init__(message)
        self.code = code
