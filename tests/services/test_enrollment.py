"""Pairing panels: a code once, then a key."""

from __future__ import annotations

import re

import pytest

from intercom.domain.errors import NotAllowed, NotEnrolled, NotFound, NotNow, TooMany, WrongCode
from intercom.domain.ids import EntranceId, PanelId, Secret
from intercom.services.enrollment import CODE_SECONDS
from tests.fakes import House

STREET, FAR_DOOR = EntranceId("street"), EntranceId("far-door")


@pytest.fixture
def house() -> House:
    return House(limits={"pair": (5, 600.0)})


async def code(house: House) -> str:
    secret, _ = await house.enrollment.new_code(house.session("marta"), STREET)
    return secret.reveal()


async def pair(house: House, typed: str, address: str = "192.0.2.1") -> Secret:
    _, key = await house.enrollment.enroll(Secret(typed), address, "Street panel")
    return key


async def test_a_code_pairs_one_panel_and_its_key_opens_from_then_on(house: House) -> None:
    panel, key = await house.enrollment.enroll(Secret(await code(house)), "192.0.2.1", "Street panel")
    assert (panel.entrance, panel.site, panel.name) == ("street", "birch", "Street panel")
    assert (await house.enrollment.panel(key)).id == panel.id


async def test_a_code_reads_well_and_cannot_be_misread(house: House) -> None:
    for _ in range(20):
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", await code(house))


async def test_a_code_works_once(house: House) -> None:
    typed = await code(house)
    await pair(house, typed)
    with pytest.raises(WrongCode):
        await pair(house, typed)


async def test_a_code_runs_out(house: House) -> None:
    secret, until = await house.enrollment.new_code(house.session("marta"), STREET)
    assert until == house.clock.now() + CODE_SECONDS
    house.clock.passes(CODE_SECONDS)
    with pytest.raises(WrongCode):
        await pair(house, secret.reveal())


async def test_a_new_code_voids_the_one_before(house: House) -> None:
    old, new = await code(house), await code(house)
    with pytest.raises(WrongCode):
        await pair(house, old)
    await pair(house, new)


@pytest.mark.parametrize(
    "typing",
    [
        str.lower,
        lambda text: text.replace("-", ""),
        lambda text: f"  {text[:3]} {text[3:]}\n",
        lambda text: text.replace("0", "O").replace("1", "I"),
        lambda text: text.replace("0", "o").replace("1", "l"),
        lambda text: text.replace("-", "—"),
    ],
)
async def test_a_code_may_be_typed_in_any_way_that_a_person_would(house: House, typing: object) -> None:
    for _ in range(4):  # codes are drawn at random: some have a 0 or a 1
        await pair(house, typing(await code(house)))  # type: ignore[operator]


async def test_wrong_codes_are_throttled_by_address_and_a_right_one_is_refused_with_them(
    house: House,
) -> None:
    typed = await code(house)
    for _ in range(5):
        with pytest.raises(WrongCode):
            await pair(house, "AAAAA-AAAAA")
    with pytest.raises(TooMany):
        await pair(house, typed)
    await pair(house, typed, "198.51.100.7")


async def test_neither_code_nor_key_is_kept_in_clear_or_logged(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    typed = await code(house)
    assert typed.replace("-", "") not in repr(house.panels)
    key = await pair(house, typed)
    assert key.digest() in house.panels.keys
    assert key.reveal() not in repr(house.panels)
    for secret in (typed, typed.replace("-", ""), key.reveal()):
        assert secret not in caplog.text
    assert len(key.reveal()) >= 43, "at least 256 bits"


async def test_a_key_that_is_wrong_missing_or_revoked_opens_nothing(house: House) -> None:
    key = await pair(house, await code(house))
    for wrong in (None, Secret(""), Secret("wrong")):
        with pytest.raises(NotEnrolled):
            await house.enrollment.panel(wrong)
    panel = await house.enrollment.panel(key)
    await house.enrollment.revoke(house.session("marta"), panel.id)
    assert house.revoked == [panel.id]
    with pytest.raises(NotEnrolled):
        await house.enrollment.panel(key)


@pytest.mark.parametrize("person", ["marta", "jonas"])
async def test_owner_and_admin_pair_and_see_and_revoke_panels(house: House, person: str) -> None:
    session = house.session(person)
    await house.enrollment.new_code(session, STREET)
    assert {panel.id for panel in await house.enrollment.of_session(session)} == {
        "street-panel",
        "yard-panel",
    }
    await house.enrollment.revoke(session, PanelId("yard-panel"))


async def test_a_resident_may_none_of_it(house: House) -> None:
    anna = house.session("anna")
    with pytest.raises(NotAllowed):
        await house.enrollment.new_code(anna, STREET)
    with pytest.raises(NotAllowed):
        await house.enrollment.of_session(anna)
    with pytest.raises(NotAllowed):
        await house.enrollment.revoke(anna, PanelId("street-panel"))
    assert house.panels.codes == {}
    assert house.revoked == []


async def test_foreign_doors_and_panels_are_not_found(house: House) -> None:
    stranger, marta = house.session("stranger"), house.session("marta")
    with pytest.raises(NotFound):
        await house.enrollment.new_code(stranger, STREET)
    with pytest.raises(NotFound):
        await house.enrollment.revoke(stranger, PanelId("street-panel"))
    for entrance in (FAR_DOOR, EntranceId("none")):
        with pytest.raises(NotFound):
            await house.enrollment.new_code(marta, entrance)
    assert await house.enrollment.of_session(stranger) == ()


async def test_a_long_name_is_cut(house: House) -> None:
    panel, _ = await house.enrollment.enroll(Secret(await code(house)), "192.0.2.1", "x" * 500)
    assert panel.name == "x" * 80


# -- moving --

YARD = EntranceId("yard")


async def test_a_panel_moves_within_its_site_and_keeps_its_key(house: House) -> None:
    key = await pair(house, await code(house))
    panel = await house.enrollment.panel(key)
    moved = await house.enrollment.move(house.session("jonas"), panel.id, YARD)
    assert (moved.id, moved.entrance) == (panel.id, "yard")
    assert await house.enrollment.panel(key) == moved
    assert house.moved == [moved]
    event = house.events.noted[-1]
    assert (event.action, event.subject, event.details) == (
        "panel_moved",
        "Street panel",
        {"before": "Street door", "entrance": "Courtyard gate"},
    )


async def test_a_move_to_where_it_is_changes_nothing(house: House) -> None:
    marta = house.session("marta")
    assert await house.enrollment.move(marta, PanelId("street-panel"), STREET) == house.panel()
    assert (house.moved, house.events.noted) == ([], [])


async def test_a_panel_moves_to_no_other_site_and_by_nobody_who_does_not_run_it(house: House) -> None:
    panel = PanelId("street-panel")
    for person, entrance, error in (
        ("marta", FAR_DOOR, NotFound),
        ("marta", EntranceId("none"), NotFound),
        ("stranger", YARD, NotFound),
        ("stranger", FAR_DOOR, NotFound),
        ("anna", YARD, NotAllowed),
    ):
        with pytest.raises(error):
            await house.enrollment.move(house.session(person), panel, entrance)
    await house.enrollment.revoke(house.session("marta"), panel)
    with pytest.raises(NotFound):
        await house.enrollment.move(house.session("marta"), panel, YARD)
    assert house.moved == []
    assert house.panel().entrance == "street"


async def test_a_panel_does_not_move_while_it_calls(house: House) -> None:
    await house.everybody()
    marta, panel = house.session("marta"), PanelId("street-panel")
    call = await house.talk()
    with pytest.raises(NotNow) as refused:
        await house.enrollment.move(marta, panel, YARD)
    assert "Move it when the call is over" in str(refused.value.message)
    assert (house.moved, house.panel().entrance) == ([], "street")
    await house.switchboard.caller_hangs_up(panel, call.id)
    await house.enrollment.move(marta, panel, YARD)
    assert house.panel().entrance == "yard"


async def test_a_thousand_guesses_and_reuses_make_no_panel(house: House) -> None:
    used = await code(house)
    await pair(house, used)
    await code(house)  # one that would fit is there all the time
    before = len(house.panels.keys)
    wrong, paused = 0, 0
    for number in range(1000):
        typed = used if number % 2 else f"{number:010}"
        try:
            await pair(house, typed, f"198.51.100.{number % 100}")
        except WrongCode:
            wrong += 1
        except TooMany:
            paused += 1
    assert (wrong, paused) == (500, 500), "5 tries for each of 100 addresses"
    assert len(house.panels.keys) == before
