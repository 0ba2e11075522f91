"""Roles, their powers, and names of devices."""

from __future__ import annotations

import pytest

from intercom.domain.ids import AccountId, SessionId, SiteId, UnitId
from intercom.domain.people import POWERS, Account, Membership, Power, Role, Session, device_name

HERE, THERE = SiteId("here"), SiteId("there")
ANNA = Account(AccountId("anna"), "anna@example.org", "Anna", "Lind")

ROLES = (Role.OWNER, Role.ADMIN, Role.INSTALLER, Role.AUDITOR, Role.MANAGER, Role.RESIDENT)
ROWS: dict[Power, str] = {
    # who may it:                  owner admin installer auditor manager resident
    Power.TRANSFER: "              yes   -     -         -       -       -",
    Power.CONSENT: "               yes   -     -         -       -       -",
    Power.APPOINT: "               yes   -     -         -       -       -",
    Power.SET_CORE: "              yes   -     -         -       -       -",
    Power.APPOINT_INSTALLER: "     yes   yes   -         -       -       -",
    Power.EDIT_SITE: "             yes   yes   -         -       -       -",
    Power.EDIT_UNITS: "            yes   yes   -         -       -       -",
    Power.EDIT_RESIDENTS: "        yes   yes   -         -       -       -",
    Power.EDIT_ENTRANCES: "        yes   yes   yes       -       -       -",
    Power.RUN_PANELS: "            yes   yes   yes       -       -       -",
    Power.READ_LOG: "              yes   yes   -         yes     -       -",
    Power.EDIT_HOUSEHOLD: "        -     -     -         -       yes     -",
    Power.ANSWER: "                -     -     -         -       -       yes",
    Power.OPEN: "                  -     -     -         -       -       yes",
}
"""Who may what, by hand and not taken from the code: whoever changes a power, changes it here."""
MATRIX = {
    (role, power): word == "yes"
    for power, row in ROWS.items()
    for role, word in zip(ROLES, row.split(), strict=True)
}


def session(*memberships: tuple[Role, SiteId]) -> Session:
    return Session(
        SessionId("s"), ANNA, tuple(Membership(ANNA.id, site, role) for role, site in memberships), 1.0
    )


@pytest.mark.parametrize(("role", "power"), sorted(MATRIX))
def test_each_role_has_exactly_the_powers_of_the_matrix(role: Role, power: Power) -> None:
    assert session((role, HERE)).may(power, HERE) is MATRIX[role, power]


def test_the_matrix_has_a_cell_for_every_role_and_power() -> None:
    assert set(MATRIX) == {(role, power) for role in Role for power in Power}
    assert set(POWERS) == set(Role)


@pytest.mark.parametrize(("role", "power"), sorted(MATRIX))
def test_a_role_at_one_site_is_nothing_at_another(role: Role, power: Power) -> None:
    assert not session((role, HERE)).may(power, THERE)


def test_somebody_with_two_roles_has_the_powers_of_both() -> None:
    both = session((Role.OWNER, HERE), (Role.RESIDENT, HERE))
    assert {power for power in Power if both.may(power, HERE)} == set(Power) - {Power.EDIT_HOUSEHOLD}
    every = session(*((role, HERE) for role in Role))
    assert all(every.may(power, HERE) for power in Power)


def test_somebody_without_a_role_may_nothing() -> None:
    assert not any(session().may(power, HERE) for power in Power)


def test_sites_are_listed_once_and_in_order() -> None:
    roles = ((Role.RESIDENT, THERE), (Role.OWNER, HERE), (Role.RESIDENT, HERE))
    assert session(*roles).sites == (THERE, HERE)


def test_a_name_without_a_last_name_has_no_blank_at_its_end() -> None:
    assert Account(AccountId("a"), "a@example.org", "Anna", "").name == "Anna"
    assert ANNA.name == "Anna Lind"
    assert Membership(ANNA.id, HERE, Role.RESIDENT, UnitId("u")).unit == "u"


WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
IPAD = "Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36"
GALAXY_TAB = "Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (WINDOWS, "Anna’s computer"),
        ("", "Anna’s computer"),
        (IPHONE, "Anna’s phone"),
        (PIXEL, "Anna’s phone"),
        (IPAD, "Anna’s tablet"),
        (GALAXY_TAB, "Anna’s tablet"),
        ("MOZILLA/5.0 (IPHONE) MOBILE", "Anna’s phone"),
    ],
)
def test_a_new_device_is_named_after_its_owner_and_what_it_is(agent: str, name: str) -> None:
    assert device_name("Anna", agent) == name


def test_a_second_device_of_a_kind_gets_the_next_free_number() -> None:
    taken = frozenset({"Anna’s phone", "Anna’s phone 2"})
    assert device_name("Anna", PIXEL, taken) == "Anna’s phone 3"
    assert device_name("Anna", WINDOWS, taken) == "Anna’s computer"


def test_a_device_of_somebody_without_a_first_name_is_named_all_the_same() -> None:
    assert device_name("", PIXEL) == "phone"
