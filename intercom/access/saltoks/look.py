"""What the vendor says about locks and hubs, and for how long it has been so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from intercom.access.saltoks.hubs import Hub
from intercom.domain.door import Battery, LockStatus

HELD_AFTER = 20.0
"""A lock that is still unlocked after so many seconds is held open, not being opened."""
LOW = 20.0
"""Percent of a battery that is low."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A lock as the vendor last told. Times are when we first saw it so, Unix seconds."""

    ref: str
    name: str = ""
    hub: str = ""
    online: bool = True
    offline_since: float | None = None
    unlocked_since: float | None = None
    office: bool = False
    """The vendor says itself that it is held open."""
    until: float | None = None
    battery: Battery | None = None
    ajar_since: float | None = None

    def status(self, now: float, left_open_after: float) -> LockStatus:
        """In the house's words."""
        unlocked = self.unlocked_since
        held = unlocked is not None and (self.office or now - unlocked >= HELD_AFTER)
        ajar = self.ajar_since
        return LockStatus(
            online=self.online,
            held_open=held and self.online,
            since=self.offline_since if not self.online else unlocked if held else None,
            until=self.until if held and self.online else None,
            battery=self.battery,
            left_open_since=ajar if ajar is not None and now - ajar >= left_open_after else None,
        )


def hub(row: Mapping[str, Any], before: Hub | None) -> Hub | None:
    """A hub as it came, with what we keep of it. None for what is none."""
    name = row.get("id")
    if not isinstance(name, str) or not name:
        return None
    return replace(
        before or Hub(name),
        name=_name(row),
        online=row.get("online") is not False,
        needs_code=row.get("otp_enabled") is not False,
    )


def lock(row: Mapping[str, Any], before: Seen | None, hubs: Mapping[str, Hub], now: float) -> Seen | None:
    """A lock as it came, and since when it is so. None for what is none."""
    ref = row.get("id")
    if not isinstance(ref, str) or not ref:
        return None
    given = row.get("iq")
    of = cast("Mapping[str, Any]", given).get("id") if isinstance(given, dict) else row.get("iq_id", given)
    hangs_on = of if isinstance(of, str) else ""
    online = row.get("online") is not False and (hangs_on not in hubs or hubs[hangs_on].online)
    state = str(row.get("locked_state", "")).lower()
    office = row.get("office_mode") is True or state in ("office_mode", "held_open")
    unlocked = office or state == "unlocked"
    old = before or Seen(ref)
    return Seen(
        ref,
        _name(row),
        hangs_on,
        online,
        offline_since=None if online else old.offline_since or now,
        unlocked_since=(old.unlocked_since or now) if unlocked else None,
        office=office,
        until=_moment(row.get("office_mode_until")),
        battery=_battery(row.get("battery_level", row.get("battery"))),
        ajar_since=(old.ajar_since or now) if str(row.get("door_state", "")).lower() == "open" else None,
    )


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("customer_reference") or row.get("name") or row.get("id") or "")[:80]


def _moment(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _battery(value: object) -> Battery | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return Battery.LOW if value <= LOW else Battery.OK
    word = str(value).lower()
    if word in ("low", "very_low", "empty", "critical"):
        return Battery.LOW
    return Battery.OK if word in ("ok", "good", "normal", "high", "full", "fresh") else None
