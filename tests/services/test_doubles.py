"""One key in two devices is noted once and shown for a day."""

from __future__ import annotations

from tests.fakes import House


def noted(house: House) -> list[tuple[str, str]]:
    return [(event.action, event.subject) for event in house.events.noted]


async def test_a_browser_that_is_changed_now_and_then_is_nothing(house: House) -> None:
    for _ in range(50):
        await house.doubles.replaced(house.panel())
        house.clock.passes(300)
    assert noted(house) == []
    assert house.doubles.since(house.panel().id) is None


async def test_two_that_throw_each_other_out_are_noted_once_a_day_and_shown(house: House) -> None:
    for _ in range(200):
        await house.doubles.replaced(house.panel())
        house.clock.passes(10)
    assert noted(house) == [("panel_cloned", "street panel")]
    assert house.doubles.since(house.panel().id) == house.clock.now() - 10
    assert house.doubles.since(house.panel("yard-panel").id) is None
    house.clock.passes(24 * 3600)
    assert house.doubles.since(house.panel().id) is None


async def test_three_changes_are_not_enough_and_the_fourth_is(house: House) -> None:
    for _ in range(3):
        await house.doubles.replaced(house.panel())
    assert noted(house) == []
    await house.doubles.replaced(house.panel())
    assert len(noted(house)) == 1
