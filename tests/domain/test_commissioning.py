"""The checklist: green only by evidence, and never older than it may be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intercom.domain.commissioning import (
    EVIDENCE_SECONDS,
    DoorFact,
    Facts,
    Item,
    Lamp,
    LockFact,
    Looked,
    MailFact,
    checklist,
    ready,
)

NOW = 1_800_000_000.0
GOOD = Facts(
    Looked(True, "It answers.", NOW - 60),
    [LockFact("street-lock", "Street door", True, NOW - 100)],
    [DoorFact("street", "Street door", 1, 1, True, True, NOW - 50)],
    NOW - 30,
    True,
    Looked(True, "It relays.", NOW - 60),
    MailFact(True, NOW - 80, NOW - 79),
    2,
)


def lamps(facts: Facts) -> dict[Item, Lamp]:
    return {line.item: line.lamp for line in checklist(facts, NOW)}


def test_with_evidence_for_everything_every_line_is_green_and_says_when() -> None:
    lines = checklist(GOOD, NOW)
    assert [line.item for line in lines] == list(Item)
    assert ready(lines)
    assert [line.item for line in lines if line.at is None] == [Item.PUSH]


LOCK, DOOR = GOOD.locks[0], GOOD.doors[0]
OLD = NOW - EVIDENCE_SECONDS - 1


@pytest.mark.parametrize(
    ("item", "lamp", "change"),
    [
        (Item.CORE, Lamp.OPEN, {"core": None}),
        (Item.CORE, Lamp.BAD, {"core": Looked(False, "It refuses us.", NOW)}),
        (Item.CORE, Lamp.OPEN, {"core": Looked(True, "It answers.", OLD)}),
        (Item.LOCK, Lamp.BAD, {"locks": [replace(LOCK, online=False)]}),
        (Item.LOCK, Lamp.OPEN, {"locks": []}),
        (Item.OPENING, Lamp.OPEN, {"locks": [replace(LOCK, opened_at=None)]}),
        (Item.OPENING, Lamp.OPEN, {"locks": [replace(LOCK, opened_at=OLD)]}),
        (Item.WAY_IN, Lamp.BAD, {"doors": [replace(DOOR, connected=0)]}),
        (Item.WAY_IN, Lamp.BAD, {"doors": [replace(DOOR, panels=0, connected=0, code=False)]}),
        (Item.SCAN, Lamp.OPEN, {"doors": [replace(DOOR, scanned_at=None)]}),
        (Item.SCAN, Lamp.OPEN, {"doors": [replace(DOOR, scanned_at=OLD)]}),
        (Item.RING, Lamp.OPEN, {"rang_at": None}),
        (Item.RING, Lamp.OPEN, {"rang_at": OLD}),
        (Item.RELAY, Lamp.OPEN, {"relays": False, "relay": None}),
        (Item.RELAY, Lamp.OPEN, {"relay": None}),
        (Item.RELAY, Lamp.BAD, {"relay": Looked(False, "It does not answer.", NOW)}),
        (Item.RELAY, Lamp.OPEN, {"relay": Looked(True, "It relays.", OLD)}),
        (Item.MAIL, Lamp.OPEN, {"mail": MailFact(False, NOW, NOW)}),
        (Item.MAIL, Lamp.OPEN, {"mail": MailFact(True)}),
        (Item.MAIL, Lamp.OPEN, {"mail": MailFact(True, NOW)}),
        (Item.MAIL, Lamp.BAD, {"mail": MailFact(True, NOW, None, "550 no")}),
        (Item.MAIL, Lamp.OPEN, {"mail": MailFact(True, OLD - 1, OLD)}),
        (Item.PUSH, Lamp.OPEN, {"push_devices": 0}),
    ],
)
def test_whatever_is_missing_old_or_wrong_keeps_its_line_and_the_list_from_being_green(
    item: Item, lamp: Lamp, change: dict[str, object]
) -> None:
    facts = replace(GOOD, **change)  # type: ignore[arg-type]
    assert lamps(facts)[item] is lamp
    assert not ready(checklist(facts, NOW))


def test_an_entrance_without_a_code_is_not_asked_for_its_sign_and_one_without_a_panel_rings_by_it() -> None:
    bare = replace(DOOR, code=False, scanned_at=None)
    assert Item.SCAN not in lamps(replace(GOOD, doors=[bare]))
    sign = replace(DOOR, panels=0, connected=0)
    assert lamps(replace(GOOD, doors=[sign]))[Item.WAY_IN] is Lamp.GOOD
