"""Nobody answered: whom else the caller may ring, the note they leave, and the household's reply."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intercom.domain.call import Call, Reason
from intercom.domain.errors import Invalid, NotFound, NotNow, Taken, TooMany, UnknownCall
from intercom.domain.ids import AccountId, CallId, EntryId, PanelId, SiteId
from intercom.domain.notes import NOTE_LENGTH, NOTE_SECONDS, REPLY_SECONDS
from intercom.domain.phonebook import DisplayPolicy, Entry, SiteKind
from intercom.domain.visitor import Visitor
from tests.fakes import House
from tests.fakes.house import SITE, STREET


async def unanswered(house: House, entry: str = "flat31-entry") -> Call:
    """A ring that nobody answered; what was told is forgotten."""
    call = await house.ring(entry)
    await house.after(house.rules.ring)
    house.told()
    call = await house.now(call)
    assert call.reason is Reason.NO_ANSWER
    return call


async def leave(house: House, call: Call, text: str = "Parcel is with the neighbour") -> CallId:
    return await house.notes.leave(house.panel(), call.id, text)


async def test_a_note_is_in_the_history_of_everybody_behind_the_entry_and_of_nobody_else(
    house: House,
) -> None:
    call = await unanswered(house)
    assert await leave(house, call, "  Parcel is with\nthe neighbour ") == call.id
    assert house.told() == [
        f"anna-phone: history {call.id}",
        f"anna-laptop: history {call.id}",
        f"ben-phone: history {call.id}",
    ]
    for person in ("anna", "ben"):
        (past,) = await house.past(person)
        assert past.note is not None
        assert past.note.text == "Parcel is with the neighbour"
    assert await house.past("ferhat") == ()


async def test_a_reply_is_told_to_the_panel_and_seen_by_the_whole_household(house: House) -> None:
    call = await unanswered(house)
    await leave(house, call)
    house.told()
    await house.notes.reply(house.session("ben"), call.id, "Thank you")
    assert house.told()[0] == "street-panel: reply Thank you"
    (past,) = await house.past("anna")
    assert past.note is not None
    assert (past.note.reply, past.replied_by) == ("Thank you", "Ben Lind")
    with pytest.raises(Taken, match="replied already"):
        await house.notes.reply(house.session("anna"), call.id, "Thanks")


async def test_a_panel_that_may_have_another_person_before_it_is_told_no_late_reply(house: House) -> None:
    call = await unanswered(house)
    await leave(house, call)
    await house.after(REPLY_SECONDS)
    house.told()
    await house.notes.reply(house.session("ben"), call.id, "Thank you")
    assert [line for line in house.told() if "panel" in line] == []
    assert await house.notes.replies(house.panel()) == []


async def test_a_panel_that_connects_again_soon_is_told_the_reply(house: House) -> None:
    call = await unanswered(house)
    await leave(house, call)
    assert await house.notes.replies(house.panel()) == []
    await house.notes.reply(house.session("ben"), call.id, "Thank you")
    assert [note.reply for note in await house.notes.replies(house.panel())] == ["Thank you"]
    assert await house.notes.replies(house.panel("yard-panel")) == []


async def test_a_visitors_own_page_is_told_as_long_as_it_lives(house: House) -> None:
    visitor = Visitor(PanelId("visit-1"), SITE, STREET, house.clock.now() + 7200)
    call = await house.switchboard.ring(visitor, EntryId("flat31-entry"))
    await house.after(house.rules.ring)
    await house.notes.leave(visitor, call.id, "Parcel")
    await house.after(3600)
    house.told()
    await house.notes.reply(house.session("anna"), call.id, "Thank you")
    assert "visit-1: reply Thank you" in house.told()
    assert [note.reply for note in await house.notes.replies(visitor)] == ["Thank you"]


async def test_only_the_household_may_reply_and_only_to_a_note(house: House) -> None:
    call = await unanswered(house)
    with pytest.raises(NotFound):
        await house.notes.reply(house.session("anna"), call.id, "Hello?")
    await leave(house, call)
    for person in ("ferhat", "marta"):
        with pytest.raises(NotFound):
            await house.notes.reply(house.session(person), call.id, "Hello?")
    house.moves_out("ben")
    with pytest.raises(NotFound):
        await house.notes.reply(house.session("ben"), call.id, "Hello?")


@pytest.mark.parametrize("text", ["", "  ", "\n", "x" * (NOTE_LENGTH + 1), "a\u202eb", "\x00"])
async def test_a_note_is_a_line_that_can_be_shown(house: House, text: str) -> None:
    call = await unanswered(house)
    with pytest.raises(Invalid):
        await leave(house, call, text)
    await leave(house, call, "x" * NOTE_LENGTH)
    with pytest.raises(Invalid):
        await house.notes.reply(house.session("anna"), call.id, text)


async def test_a_call_takes_one_note(house: House) -> None:
    call = await unanswered(house)
    await leave(house, call)
    with pytest.raises(Taken):
        await leave(house, call)
    assert not (await house.notes.choices(house.panel(), call.id)).note


async def test_a_note_belongs_to_a_call_of_the_caller_that_nobody_answered_a_moment_ago(house: House) -> None:
    call = await house.ring()
    with pytest.raises(NotNow):
        await leave(house, call)
    await house.after(house.rules.ring)
    with pytest.raises(UnknownCall):
        await house.notes.leave(house.panel("yard-panel"), call.id, "Hello")
    with pytest.raises(UnknownCall):
        await house.notes.leave(house.panel(), CallId("nothing"), "Hello")
    await house.after(NOTE_SECONDS)
    with pytest.raises(NotNow):
        await leave(house, call)
    assert (
        await house.notes.choices(house.panel(), call.id)
        == type(await house.notes.choices(house.panel(), call.id))()
    )
    talk = await house.talk()
    await house.switchboard.caller_hangs_up(talk.panel, talk.id)
    with pytest.raises(NotNow):
        await leave(house, talk)
    given_up = await house.ring()
    await house.switchboard.caller_hangs_up(given_up.panel, given_up.id)
    with pytest.raises(NotNow):
        await leave(house, given_up)


async def test_a_panel_leaves_only_so_many_notes() -> None:
    house = House(limits={"note": (2, 600.0)})
    await house.everybody()
    for _ in range(2):
        await leave(house, await unanswered(house))
    with pytest.raises(TooMany):
        await leave(house, await unanswered(house))


async def test_a_note_after_the_contact_persons_is_the_households(house: House) -> None:
    house.renames("flat32-entry", contact=True)
    site = house.phonebooks.sites[0]
    house.phonebooks.sites[0] = replace(site, rules=replace(site.rules, fallback_after=30))
    first = await house.ring()
    await house.after(30)
    second = await house.calls.of_panel(first.panel)
    assert second is not None
    await house.after(house.rules.ring)
    assert await leave(house, second) == first.id
    (past,) = await house.past("anna")
    assert past.note is not None
    (rung,) = await house.past("ferhat")
    assert rung.note is None
    with pytest.raises(NotFound):
        await house.notes.reply(house.session("ferhat"), second.id, "I am not they")
    with pytest.raises(Taken):
        await leave(house, second)


# -- somebody else there --


def company(house: House, **gus: object) -> None:
    """Flat 31 is a company: each of its people is an entry; Gus has no device."""
    site = house.phonebooks.sites[0]
    house.phonebooks.sites[0] = replace(site, kind=SiteKind.COMPANY)
    unit = house.phonebooks.flats[0]
    entry = Entry(EntryId("gus-entry"), SITE, unit, "Gus", "Moll", (AccountId("gus"),), **gus)  # pyright: ignore[reportArgumentType]
    ben = Entry(EntryId("ben-entry"), SITE, unit, "Ben", "Lind", (AccountId("ben"),))
    house.renames("flat31-entry", people=(AccountId("anna"),))
    house.phonebooks.entries += [ben, entry]


async def offered(house: House, call: Call) -> list[str]:
    return [line.name for line in (await house.notes.choices(house.panel(), call.id)).entries]


async def test_the_caller_may_ring_another_of_the_same_company_as_the_door_shows_them(house: House) -> None:
    company(house)
    call = await unanswered(house)
    assert await offered(house, call) == ["Ben Lind", "Gus Moll"]


async def test_whom_the_door_does_not_show_is_not_offered(house: House) -> None:
    company(house, policy=DisplayPolicy.HIDDEN)
    assert await offered(house, await unanswered(house)) == ["Ben Lind"]


async def test_the_busy_are_told_of_others_and_so_is_whoever_was_declined(house: House) -> None:
    company(house)
    await house.talk()
    busy = await house.switchboard.ring(house.panel("yard-panel"), EntryId("flat31-entry"))
    assert busy.reason is Reason.BUSY
    choices = await house.notes.choices(house.panel("yard-panel"), busy.id)
    assert ([line.name for line in choices.entries], choices.note) == (["Ben Lind", "Gus Moll"], True)


async def test_a_household_is_rung_as_a_whole_so_that_its_other_names_are_not_offered(house: House) -> None:
    entry = house.phonebooks.entries[0]
    house.phonebooks.entries.append(replace(entry, id=EntryId("ben-entry"), first_name="Ben"))
    assert await offered(house, await unanswered(house)) == []


async def test_another_unit_or_another_site_is_never_offered(house: House) -> None:
    company(house)
    entry = house.phonebooks.entries[-1]
    house.phonebooks.entries.append(
        replace(entry, id=EntryId("far-entry"), site=SiteId("far"), first_name="Far")
    )
    assert "Ferhat Demir" not in await offered(house, await unanswered(house))
    assert "Far Moll" not in await offered(house, await unanswered(house))


async def test_a_visitor_who_must_know_a_name_learns_none(house: House) -> None:
    company(house)
    site = house.phonebooks.sites[0]
    house.phonebooks.sites[0] = replace(site, rules=replace(site.rules, visitor_letters=3))
    visitor = Visitor(PanelId("visit-1"), SITE, STREET, house.clock.now() + 7200)
    call = await house.switchboard.ring(visitor, EntryId("flat31-entry"))
    await house.after(house.rules.ring)
    choices = await house.notes.choices(visitor, call.id)
    assert (choices.entries, choices.note) == ((), True)


async def test_nobody_is_offered_while_it_rings(house: House) -> None:
    company(house)
    call = await house.ring()
    choices = await house.notes.choices(house.panel(), call.id)
    assert (choices.entries, choices.note) == ((), False)
