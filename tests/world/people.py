"""The two sites and their people. Whatever has an id is at both, so that one can stand for the other's."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, create_engine, insert

from intercom.app import prepare
from intercom.config import Settings
from intercom.domain.ids import Secret
from intercom.domain.people import Role, Standing
from intercom.storage import tables
from intercom.storage.people import email_key

HERE, THERE = "site-here", "site-there"
HOUR = 3600.0


@dataclass(frozen=True)
class Person:
    """Somebody with one role; `site` is where."""

    name: str
    site: str
    role: Role
    unit: bool = False
    standing: Standing = Standing.ACTIVE
    over: bool = False
    contact: bool = False
    also: tuple[Role, ...] = ()


PEOPLE = {
    person.name: person
    for person in (
        Person("owner", HERE, Role.OWNER),
        Person("admin", HERE, Role.ADMIN),
        Person("installer", HERE, Role.INSTALLER),
        Person("installer-run-out", HERE, Role.INSTALLER, over=True),
        Person("auditor", HERE, Role.AUDITOR),
        Person("manager", HERE, Role.MANAGER, unit=True),
        Person("resident", HERE, Role.RESIDENT, unit=True),
        Person("contact", HERE, Role.RESIDENT, unit=True, contact=True),
        Person("invited", HERE, Role.RESIDENT, unit=True, standing=Standing.INVITED),
        Person("inactive", HERE, Role.RESIDENT, unit=True, standing=Standing.INACTIVE),
        Person("stranger", THERE, Role.OWNER),
        Person("neighbour", THERE, Role.RESIDENT, unit=True),
    )
}
"""Everybody who signs in. All of them have a session; nobody else has."""


def token(person: str) -> str:
    """The session's token of one of `PEOPLE`."""
    return f"token-of-{person}".ljust(43, "x")


@dataclass
class World:
    """The data folder, and the ids in it by kind."""

    data: Path
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    """Site to kind to id."""

    def here(self, kind: str) -> str:
        """The id of a thing of this kind at HERE."""
        return self.ids[HERE][kind]

    def there(self, kind: str) -> str:
        """The same at THERE."""
        return self.ids[THERE][kind]


def seed(data: Path, people: Mapping[str, Person] = PEOPLE, names: Sequence[str] = ()) -> World:
    """Migrate the folder and fill it. `names`: shown at HERE wherever a name can be."""
    prepare(Settings(data=data))
    world = World(data)
    engine = create_engine(f"sqlite:///{data / 'intercom.db'}")
    with engine.begin() as connection:
        for site in (HERE, THERE):
            world.ids[site] = _site(connection, site)
        for person in people.values():
            _person(connection, person, world.ids[person.site])
        for number, name in enumerate(names):
            _named(connection, number, name)
    engine.dispose()
    return world


def put(connection: Connection, table: Table, **values: Any) -> None:
    """One row."""
    connection.execute(insert(table).values(**values))


def _site(connection: Connection, site: str) -> dict[str, str]:
    """A site with one of everything. Gives the ids by kind."""
    now = time.time()
    far = site == THERE
    ids = {
        kind: f"{kind}-of-{site}"
        for kind in ("entrance", "lock", "floor", "unit", "panel", "entry", "resident", "invitation", "staff")
    } | {"site": site}
    kind, rules = ("company", {}) if far else ("residential", {"unit_managers": True})
    put(
        connection,
        tables.sites,
        id=site,
        name=f"Name of {site}",
        plate="7",
        time_zone="Europe/Zurich",
        kind=kind,
        rules=json.dumps(rules),
        created_at=now,
    )
    put(
        connection,
        tables.entrances,
        id=ids["entrance"],
        site=site,
        name=f"Door of {site}",
        code=f"codeof{site}".lower(),
        word="birch",
    )
    put(connection, tables.locks, id=ids["lock"], site=site, entrance=ids["entrance"], name=f"Lock of {site}")
    put(connection, tables.floors, id=ids["floor"], site=site, name="1", position=1)
    # a floor and a unit that nobody needs, so that they could be removed
    put(connection, tables.floors, id=f"empty-floor-of-{site}", site=site, name="9", position=9)
    put(connection, tables.units, id=f"empty-unit-of-{site}", site=site, name="Empty", floor=ids["floor"])
    put(connection, tables.units, id=ids["unit"], site=site, name="Flat 1", floor=ids["floor"])
    put(
        connection,
        tables.panels,
        id=ids["panel"],
        entrance=ids["entrance"],
        name="Panel",
        key_hash=Secret(f"key-of-{site}").digest(),
        enrolled_at=now,
    )
    for account in ("resident", "staff"):
        _account(connection, ids[account], f"{account}.{site}@example.org", "Uma", f"Of {site}")
    put(
        connection,
        tables.memberships,
        account=ids["resident"],
        site=site,
        role=Role.RESIDENT.value,
        unit=ids["unit"],
        standing=Standing.INVITED.value,
        created_at=now,
    )
    put(connection, tables.memberships, account=ids["staff"], site=site, role=Role.AUDITOR.value)
    put(connection, tables.entries, id=ids["entry"], site=site, unit=ids["unit"], account=ids["resident"])
    put(
        connection,
        tables.invitations,
        id=ids["invitation"],
        site=site,
        account=ids["resident"],
        kind="profile",
        state="waiting",
        token_hash=Secret(f"invitation-of-{site}").digest(),
        created_at=now,
        expires_at=now + 7 * 24 * HOUR,
    )
    return ids


def _account(connection: Connection, account: str, email: str, first: str, last: str) -> None:
    put(
        connection,
        tables.accounts,
        id=account,
        email=email,
        email_key=email_key(email),
        first_name=first,
        last_name=last,
        created_at=time.time(),
    )


def _person(connection: Connection, person: Person, ids: dict[str, str]) -> None:
    now = time.time()
    account = f"account-of-{person.name}"
    _account(connection, account, f"{person.name}@example.net", person.name.title(), "Test")
    for role in (person.role, *person.also):
        put(
            connection,
            tables.memberships,
            account=account,
            site=person.site,
            role=role.value,
            unit=ids["unit"] if role in (Role.RESIDENT, Role.MANAGER) else None,
            standing=person.standing.value,
            expires_at=(now - 60 if person.over else now + HOUR) if role is Role.INSTALLER else None,
        )
        if role is Role.RESIDENT:
            put(
                connection,
                tables.entries,
                id=f"entry-of-{person.name}",
                site=person.site,
                unit=ids["unit"],
                account=account,
                contact=person.contact,
            )
    put(
        connection,
        tables.sessions,
        id=f"session-of-{person.name}",
        token_hash=Secret(token(person.name)).digest(),
        account=account,
        agent="a test",
        created_at=now,
        expires_at=now + 10 * HOUR,
    )
    put(
        connection,
        tables.factors,
        id=f"factor-of-{person.name}",
        account=account,
        kind="email",
        confirmed_at=now,
        created_at=now,
    )
    put(  # the password was typed just now: second factors may be changed
        connection,
        tables.tokens,
        hash=Secret(f"again:session-of-{person.name}").digest(),
        purpose="password_again",
        account=account,
        created_at=now,
        expires_at=now + HOUR,
    )
    put(
        connection,
        tables.devices,
        id=f"device-of-{person.name}",
        account=account,
        session=f"session-of-{person.name}",
        name=f"{person.name}’s phone",
        created_at=now,
    )


def _named(connection: Connection, number: int, name: str) -> None:
    """Everything at HERE that has a name, with this one."""
    key = f"named-{number}"
    put(connection, tables.entrances, id=f"entrance-{key}", site=HERE, name=name, position=number)
    put(connection, tables.locks, id=f"lock-{key}", site=HERE, entrance=f"entrance-{key}", name=name)
    put(connection, tables.floors, id=f"floor-{key}", site=HERE, name=name, position=number + 10)
    put(connection, tables.units, id=f"unit-{key}", site=HERE, name=name, floor=f"floor-{key}")
    put(
        connection,
        tables.panels,
        id=f"panel-{key}",
        entrance=f"entrance-{key}",
        name=name,
        key_hash=Secret(f"key-of-{key}").digest(),
        enrolled_at=time.time(),
    )
    for role in (Role.RESIDENT, Role.AUDITOR):
        account = f"{role.value}-{key}"
        _account(connection, account, f"{role.value}.{number}@example.org", name, name)
        put(
            connection,
            tables.memberships,
            account=account,
            site=HERE,
            role=role.value,
            unit=f"unit-{key}" if role is Role.RESIDENT else None,
        )
    put(
        connection,
        tables.entries,
        id=f"entry-{key}",
        site=HERE,
        unit=f"unit-{key}",
        account=f"resident-{key}",
        alias=name if number % 2 else None,
    )
