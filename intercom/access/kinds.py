"""The kinds of access core that a site may choose. A new one is a file of this room and a line here."""

from __future__ import annotations

from pathlib import Path

from intercom.access import builtin, mqtt_form, relay_form, saltoks
from intercom.access.catalog import Make
from intercom.access.journal import Journal


def kinds(journal: Path) -> list[Make]:
    """All of them; the first is every site's until it chooses. `journal`: the built-in core's file."""
    return [builtin.make(Journal(journal)), saltoks.make(), relay_form.MAKE, mqtt_form.MAKE]
