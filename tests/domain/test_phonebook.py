"""What a door shows, and in which order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intercom.domain.collation import plain, searchable, sort_key
from intercom.domain.ids import AccountId, EntryId, SiteId, UnitId
from intercom.domain.phonebook import DisplayPolicy, Entry, Line, Unit, arranged, display, folded
from tests.fakes.examples import examples

FLAT = Unit(UnitId("u"), SiteId("s"), "Flat 31", "3")
P = DisplayPolicy


def entry(
    first: str | None = "Anna",
    last: str | None = "Lind",
    *,
    unit: Unit | None = FLAT,
    alias: str | None = None,
    policy: DisplayPolicy | None = None,
    contact: bool = False,
    name: str = "e",
) -> Entry:
    return Entry(EntryId(name), SiteId("s"), unit, first, last, (AccountId("a"),), alias, contact, policy)


@pytest.mark.parametrize(
    ("policy", "first", "last", "shown"),
    [
        (P.FULL, "Anna", "Lind", "Anna Lind"),
        (P.FULL, "Anna", "", "Anna"),
        (P.FULL, "", "Lind", "Lind"),
        (P.FULL, " Anna ", " Lind ", "Anna Lind"),
        (P.INITIAL, "Anna", "Lind", "A. Lind"),
        (P.INITIAL, "Émile", "Zola", "É. Zola"),
        (P.INITIAL, "", "Lind", "Lind"),
        (P.INITIAL, "Anna", "", "A."),
        (P.INITIALS, "Anna", "Lind", "A. L."),
        (P.INITIALS, "", "Lind", "L."),
        (P.UNIT, "Anna", "Lind", "Flat 31"),
        (P.FULL, None, None, "Flat 31"),
        (P.INITIAL, "", "", "Flat 31"),
    ],
)
def test_a_name_is_shown_as_far_as_the_policy_lets_it_through(
    policy: DisplayPolicy, first: str | None, last: str | None, shown: str
) -> None:
    line = display(entry(first, last), policy)
    assert line is not None
    assert line.name == shown
    assert line.unit == ("" if shown == "Flat 31" else "Flat 31")
    assert line.floor == "3"


def test_a_hidden_entry_is_not_shown_not_even_by_its_alias() -> None:
    assert display(entry(), P.HIDDEN) is None
    assert display(entry(alias="The Linds"), P.HIDDEN) is None


def test_the_entrys_own_policy_wins_over_the_sites_in_both_directions() -> None:
    assert display(entry(policy=P.HIDDEN), P.FULL) is None
    shown = display(entry(policy=P.FULL), P.HIDDEN)
    assert shown is not None
    assert shown.name == "Anna Lind"


@pytest.mark.parametrize("policy", [p for p in P if p is not P.HIDDEN])
def test_an_alias_wins_over_every_policy_but_hidden(policy: DisplayPolicy) -> None:
    line = display(entry(alias="Dental practice"), policy)
    assert line is not None
    assert (line.name, line.unit) == ("Dental practice", "Flat 31")


def test_an_entry_with_neither_name_nor_unit_is_not_shown() -> None:
    assert display(entry("", "", unit=None), P.FULL) is None
    assert display(entry(unit=None), P.UNIT) is None


names = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
units = st.one_of(st.none(), st.builds(lambda name: Unit(UnitId("u"), SiteId("s"), name, "3"), names))
aliases = st.one_of(st.none(), names)


@given(names, names, names, units, aliases)
@examples(300)
def test_the_initial_policy_says_the_same_about_all_first_names_with_that_initial(
    first: str, other: str, last: str, unit: Unit | None, alias: str | None
) -> None:
    first, other = f"An{first}", f"Al{other}"
    a, b = (display(entry(name, last, unit=unit, alias=alias), P.INITIAL) for name in (first, other))
    assert a == b


@given(names, names, names, names, units, aliases)
@examples(300)
def test_the_initials_policy_says_the_same_about_all_names_with_those_initials(
    first: str, other_first: str, last: str, other_last: str, unit: Unit | None, alias: str | None
) -> None:
    a = display(entry(f"An{first}", f"Li{last}", unit=unit, alias=alias), P.INITIALS)
    b = display(entry(f"Al{other_first}", f"Lu{other_last}", unit=unit, alias=alias), P.INITIALS)
    assert a == b


@given(names, names, names, names, units, aliases)
@examples(300)
def test_the_unit_policy_says_the_same_about_everybody(
    first: str, other_first: str, last: str, other_last: str, unit: Unit | None, alias: str | None
) -> None:
    a = display(entry(first, last, unit=unit, alias=alias), P.UNIT)
    b = display(entry(other_first, other_last, unit=unit, alias=alias), P.UNIT)
    assert a == b


def test_what_a_line_is_filed_under_gives_away_no_more_than_the_line() -> None:
    house = Unit(UnitId("u"), SiteId("s"), "Haus Lind")
    assert display(entry("Anna", "Lind", unit=house), P.UNIT) == display(
        entry("Anna", "Berg", unit=house), P.UNIT
    )
    assert display(entry("Anna", "L."), P.INITIALS) == display(entry("Anna", "Lind"), P.INITIALS)


@given(st.sampled_from([p for p in P if p is not P.HIDDEN]), names, names, units)
@examples(300)
def test_a_line_that_is_shown_is_never_blank_and_names_the_unit_once(
    policy: DisplayPolicy, first: str, last: str, unit: Unit | None
) -> None:
    line = display(entry(first, last, unit=unit), policy)
    if line is not None:
        assert line.name
        assert line.name != line.unit


# -- order --


def line(name: str, *, sort: str = "", contact: bool = False, id: str = "") -> Line:
    return Line(EntryId(id or name), name, "", "", contact, sort or name)


def order(*lines: Line, language: str = "en") -> list[str]:
    return [one.name for one in arranged(lines, language)]


def test_contact_persons_come_first() -> None:
    assert order(line("Abel"), line("Zoe", contact=True), line("Ben")) == ["Zoe", "Abel", "Ben"]


def test_people_are_filed_under_their_family_name_and_then_by_the_whole_name() -> None:
    shown = [
        display(entry(first, last, name=first), P.FULL)
        for first, last in (("Zoe", "Adler"), ("Anna", "Lind"), ("Ben", "Lind"), ("Carl", "Zorn"))
    ]
    assert order(*(one for one in reversed(shown) if one)) == [
        "Zoe Adler",
        "Anna Lind",
        "Ben Lind",
        "Carl Zorn",
    ]


def test_accents_and_case_do_not_matter_for_the_order() -> None:
    assert order(line("Özil"), line("ohm"), line("Olsen"), line("Éclair"), line("Eder"), line("Zott")) == [
        "Éclair",
        "Eder",
        "ohm",
        "Olsen",
        "Özil",
        "Zott",
    ]


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("es", ["Nada", "Núñez", "Nuñoz", "Ñandú", "Oca", "Óscar"]),
        ("en", ["Nada", "Ñandú", "Núñez", "Oca"]),
        ("fr", ["Cote", "Côté", "Coty", "Œuvrard", "Offret"]),
        ("de", ["Muck", "Mücke", "Müller", "Mundt", "Strasse", "Straße", "Straub"]),
    ],
)
def test_names_stand_as_the_lists_of_that_language_have_them(language: str, names: list[str]) -> None:
    # names that differ in accents only keep the order in which they were given: by id here
    lines = [line(name, id=f"{number:02}") for number, name in enumerate(names)]
    assert order(*reversed(lines), language=language) == names


def test_a_word_is_found_with_and_without_its_accents() -> None:
    assert plain("Núñez Łoś ÅSE") == "nunez los ase"
    for typed in ("Mueller", "muller", "MÜLLER"):
        assert plain(typed) in searchable("Jürg Müller")
    assert searchable("Anna Lind") == "anna lind"


def test_numbers_are_ordered_by_their_value() -> None:
    assert order(line("Flat 10"), line("Flat 9"), line("Flat 2")) == ["Flat 2", "Flat 9", "Flat 10"]
    assert order(line("B1"), line("7 Lanes"), line("A")) == ["7 Lanes", "A", "B1"]


@given(
    st.lists(st.builds(line, names, contact=st.booleans(), id=st.uuids().map(str)), max_size=8), st.randoms()
)
@examples(200)
def test_the_order_does_not_depend_on_the_order_of_reading(lines: list[Line], chance: object) -> None:
    shuffled = list(lines)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert arranged(lines) == arranged(shuffled)
    assert sorted(one.id for one in arranged(lines)) == sorted(one.id for one in lines)


@given(st.text(), st.text())
@examples(200)
def test_any_two_texts_can_be_compared(a: str, b: str) -> None:
    assert (sort_key(a) < sort_key(b)) + (sort_key(a) > sort_key(b)) + (sort_key(a) == sort_key(b)) == 1


def test_lines_that_show_a_unit_alone_are_one_for_each_unit_and_ring_all_of_theirs() -> None:
    unit = Unit(UnitId("u"), SiteId("site"), "Flat 7")

    def one(name: str, **more: object) -> Entry:
        first, person = f"F{name}", AccountId(name)
        return Entry(EntryId(name), SiteId("site"), unit, first, "L", (person,), **more)  # type: ignore[arg-type]

    alias = one("d", alias="Flat 7 left")
    named = one("e", policy=DisplayPolicy.FULL)
    hidden = one("f", policy=DisplayPolicy.HIDDEN)
    several = [one("c"), alias, one("b", contact=True), named, one("a"), hidden]
    left = folded(several, DisplayPolicy.UNIT)
    assert [entry.id for entry in left] == ["d", "e", "f", "a"]
    assert set(left[-1].people) == {"a", "b", "c"}
    assert left[-1].contact
    assert left[:3] == [alias, named, hidden]
    assert folded(several, DisplayPolicy.FULL) == several
