"""The ringtones of the house, as its manifest lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intercom.domain.language import N_
from intercom.domain.phonebook import Entrance, Site


@dataclass(frozen=True, slots=True)
class Tone:
    """A tone. `kind`: "indoor" for devices, "outdoor" for callers, or "both"."""

    id: str
    name: str
    file: str
    kind: str


@dataclass(frozen=True, slots=True)
class Tones:
    """All of them. `default_outdoor`: what callers hear where nobody has chosen."""

    tones: Sequence[Tone]
    default_indoor: str
    default_outdoor: str

    def outdoor(self) -> tuple[Tone, ...]:
        """Those that callers may hear."""
        return tuple(tone for tone in self.tones if tone.kind in ("outdoor", "both"))

    def indoor(self) -> tuple[Tone, ...]:
        """Those for devices."""
        return tuple(tone for tone in self.tones if tone.kind in ("indoor", "both"))

    def heard(self, site: Site, entrance: Entrance | None = None) -> Tone:
        """What callers hear while it rings: the entrance's tone, the site's, or the default.

        A tone that is not in the manifest any more is passed over.
        """
        known = {tone.id: tone for tone in self.outdoor()}
        wanted = (entrance and entrance.outdoor_tone, site.rules.outdoor_tone)
        return next((known[tone] for tone in wanted if tone in known), known[self.default_outdoor])


def read(manifest: Mapping[str, Any]) -> Tones:
    """The tones of `ringtones/manifest.json`."""
    tones = tuple(Tone(t["id"], N_(t["name"]), t["file"], t["kind"]) for t in manifest["tones"])
    return Tones(tones, manifest["default_indoor"], manifest["default_outdoor"])
