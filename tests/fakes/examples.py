"""How hypothesis looks for counterexamples here, and calls to start from."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from intercom.domain.call import Call, Leg, Reason, Rules, Transition, place
from intercom.domain.door import Opening, Truth
from intercom.domain.ids import (
    AccountId,
    CallId,
    DeviceId,
    EntranceId,
    EntryId,
    LegId,
    LockId,
    OpeningId,
    PanelId,
    RequestId,
    SiteId,
)


def examples(number: int) -> settings:
    """So many examples, and no judgement by the clock."""
    return settings(
        max_examples=number,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def placed(
    *legs: tuple[str, str],
    call: str = "call",
    panel: str = "panel",
    people: tuple[str, ...] | None = None,
    nobody: Reason = Reason.UNREACHABLE,
    now: float = 1000.0,
    rules: Rules | None = None,
) -> Transition:
    """A call that was placed just now. Legs as (id, person); the device is `<id>-device`."""
    return place(
        call=CallId(call),
        site=SiteId("site"),
        entrance=EntranceId("entrance"),
        entry=EntryId("entry"),
        panel=PanelId(panel),
        people=tuple(AccountId(p) for p in people or dict.fromkeys(person for _, person in legs)),
        legs=tuple(Leg(LegId(leg), DeviceId(f"{leg}-device"), AccountId(person)) for leg, person in legs),
        nobody=nobody,
        now=now,
        rules=rules or Rules(),
    )


def a_call(*legs: tuple[str, str], **more: object) -> Call:
    """As `placed`, the call alone; one leg `x` of Anna if none is named."""
    return placed(*(legs or (("x", "anna"),)), **more).call  # type: ignore[arg-type]


AN_OPENING = Opening(
    id=OpeningId("opening"),
    request=RequestId("press"),
    site=SiteId("site"),
    entrance=EntranceId("entrance"),
    lock=LockId("lock"),
    lock_name="Street door",
    person=AccountId("anna"),
    device=DeviceId("device"),
    call=None,
    truth=Truth.ASKED,
    at=1000.0,
    told_at=1000.0,
    deadline=1013.0,
)
"""An attempt that was stored just now."""
