"""The passwords that everybody tries first, from the list beside this file."""

from __future__ import annotations

from pathlib import Path

from intercom.domain.passwords import folded


def common_passwords() -> frozenset[str]:
    """The list, folded as `PasswordRules` compares."""
    text = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return frozenset(folded(word) for word in " ".join(lines).split())
