"""The residents of a site, searched and turned over."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from intercom.domain.directory import Card, Directory, Show, card
from intercom.domain.ids import EntryId
from tests.fakes.examples import examples


def someone(first: str, last: str, unit: str = "", *shows: Show, floor: str = "", id: str = "") -> Card:
    return card(
        EntryId(id or f"{first}-{last}"),
        first,
        last,
        (),
        floor,
        shows or (Show.ACTIVE,),
        language="es",
        unit=unit,
    )


HOUSE = Directory(
    [
        someone("Ana", "Ñuño", "Flat 3", Show.INVITED),
        someone("Beto", "Núñez", "Flat 31", floor="3"),
        someone("Jürgen", "Müller", "ACME GmbH", Show.ACTIVE, Show.CONTACT, Show.ALIAS),
        someone("Zoe", "Oca", "Flat 2", Show.INACTIVE, floor="2"),
    ]
)


def names(words: str = "", show: Show = Show.ALL) -> list[str]:
    return [entry.split("-")[1] for entry in HOUSE.turn(words, show, 50).ids]


def test_they_stand_by_family_name_as_the_language_orders_them() -> None:
    assert names() == ["Müller", "Núñez", "Ñuño", "Oca"]


def test_every_word_must_be_found_in_any_name_or_unit_without_accents_or_as_the_floor() -> None:
    assert names("nunez") == ["Núñez"]
    assert names("mueller acme") == ["Müller"]
    assert names("3") == ["Núñez", "Ñuño"]
    assert names("2") == ["Oca"]
    assert names("flat zoe") == ["Oca"]
    assert names("nobody") == []


def test_a_unit_in_quotes_is_that_unit_and_none_that_begins_like_it() -> None:
    assert names("flat 3") == ["Núñez", "Ñuño"]
    assert names('"flat 3"') == ["Ñuño"]
    assert names('"flat 3"', Show.ACTIVE) == []


def test_a_list_shows_those_of_one_kind_and_counts_know_them_all() -> None:
    assert names(show=Show.INVITED) == ["Ñuño"]
    assert names("flat", Show.ACTIVE) == ["Núñez"]
    assert HOUSE.counts == {
        Show.ALL: 4, Show.ACTIVE: 2, Show.INVITED: 1, Show.INACTIVE: 1, Show.CONTACT: 1, Show.ALIAS: 1,
    }  # fmt: skip


def test_a_page_past_the_end_is_empty_and_knows_how_many_there_are() -> None:
    turned = HOUSE.turn("", Show.ALL, 3, page=3)
    assert (turned.ids, turned.total, turned.later) == ((), 4, None)


def test_turning_on_after_somebody_was_removed_leaves_nobody_out() -> None:
    cards = [someone("A", f"Family {n}") for n in range(6)]
    later = Directory(cards).turn("", Show.ALL, 3).later
    assert later is not None
    fewer = Directory([one for one in cards if one.id not in ("A-Family 1", "A-Family 2")])
    assert fewer.turn("", Show.ALL, 3, after=later).ids == ("A-Family 3", "A-Family 4", "A-Family 5")


@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=30), st.integers(1, 7))
@examples(200)
def test_all_pages_together_name_everybody_once_in_order(people: list[tuple[str, str]], limit: int) -> None:
    directory = Directory([someone(f, last, id=f"{n}") for n, (f, last) in enumerate(people)])
    by_number = [
        entry for page in range(1, 40) for entry in directory.turn("", Show.ALL, limit, page=page).ids
    ]
    by_key: list[str] = []
    after: str | None = ""
    while after is not None:
        turned = directory.turn("", Show.ALL, limit, after=after)
        by_key += turned.ids
        after = turned.later
    assert by_key == by_number
    assert sorted(by_key) == sorted(str(n) for n in range(len(people)))


@given(
    st.lists(
        st.tuples(*[st.sampled_from(["Ana", "An", "Müller", "31", "3", "", "ß", "Flat 3"])] * 4), max_size=40
    ),
    st.lists(st.sampled_from(["an", "ana", "3", "mul", "mueller", "ss", "t", "flat", "1", "zz"]), max_size=3),
)
@examples(300)
def test_a_search_finds_whom_looking_at_each_card_finds(
    people: list[tuple[str, ...]], words: list[str]
) -> None:
    cards = [
        someone(f, last, unit, floor=floor, id=f"{n}") for n, (f, last, unit, floor) in enumerate(people)
    ]
    looked = {c.id for c in cards if all(word in c.text or word == c.floor for word in words)}
    assert set(Directory(cards).turn(" ".join(words), Show.ALL, 99).ids) == looked
