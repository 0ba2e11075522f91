"""Fakes of the ports: small, in memory, true to the contract that `tests/ports` holds them to.

Not mocks: nobody tells them what to answer, except that the access core and the log of openings can be
told to fail as real ones do.
"""

from tests.fakes.house import House
from tests.fakes.live import LiveStore, MemoryCalls, MemoryOpenings
from tests.fakes.people import MemoryPanels, MemoryPeople, PlainPasswords
from tests.fakes.phonebooks import MemoryPhonebooks
from tests.fakes.small import FakeClock, GlassVault, NamedIce, Numbered, PatientThrottle, Postbox
from tests.fakes.wires import RecordingSignaler, ScriptedCore, Told

__all__ = [
    "FakeClock",
    "GlassVault",
    "House",
    "LiveStore",
    "MemoryCalls",
    "MemoryOpenings",
    "MemoryPanels",
    "MemoryPeople",
    "MemoryPhonebooks",
    "NamedIce",
    "Numbered",
    "PatientThrottle",
    "PlainPasswords",
    "Postbox",
    "RecordingSignaler",
    "ScriptedCore",
    "Told",
]
