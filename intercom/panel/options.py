"""What a doorstation is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class PanelOptions:
    """How to reach the house, what to see, hear and speak with, and what to do at the start.

    `key` and `pairing_code` are secrets: they are left out of the repr and of every log line.
    """

    server: str
    """Address of the house, such as `https://door.example`."""
    key: str | None = field(default=None, repr=False)
    """The doorstation's own key; wins over the key file."""
    key_file: Path | None = None
    """Where the key is read from, and kept (mode 0600) after pairing."""
    pairing_code: str | None = field(default=None, repr=False)
    """Code from the admin page; used once, when there is no key yet."""
    camera: str = "test"
    """`test` (a moving picture), `none`, a device such as `/dev/video0`, a file, or `rtsp://...`."""
    microphone: str = "test"
    """`test` (a tone), `none`, a file, or an ALSA device such as `default`."""
    speaker: str = "none"
    """`none`, a path that ends in `.wav` (the resident's sound is written there), or an ALSA device."""
    ring: str | None = None
    """Name or id of the entry to ring as soon as the house is reached."""
    hang_up_after: float | None = None
    """Seconds of talk after which this side hangs up; for trials."""
    once: bool = False
    """End after the first call."""
    stats: bool = False
    """Print the counters each second, as one line of JSON; they are printed at the end in any case."""
    keypad: bool = True
    """Read commands from the terminal (or a pipe) at stdin."""
    loopback: bool = False
    """Offer 127.0.0.1 as the only address, for trials on one machine."""
    ca_file: Path | None = None
    """Certificates (PEM) that are trusted instead of the system's, for a house with its own."""
