"""The demonstration building, and the first people of a real one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intercom.domain.ids import AccountId, EntranceId, FloorId, PanelId, SiteId, UnitId
from intercom.domain.people import Role
from intercom.domain.phonebook import AT_FIRST, DisplayPolicy
from intercom.storage.people import email_key
from intercom.storage.rules import rules_to
from intercom.storage.tables import (
    accounts,
    entrances,
    entries,
    floors,
    locks,
    memberships,
    panels,
    sites,
    units,
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demonstration. `entry`: the phonebook shows a line of their own."""

    first: str
    last: str
    unit: str
    floor: str
    roles: tuple[Role, ...] = (Role.RESIDENT,)
    alias: str | None = None
    contact: bool = False
    entry: bool = True
    demo_sign_in: bool = False

    @property
    def email(self) -> str:
        """An address that no mail reaches (RFC 2606)."""
        local = f"{self.first}.{self.last}".casefold().replace(" ", "-")
        plain = local.translate(str.maketrans("áéíóúü", "aeiouu"))
        return f"{plain}@example.org"


SITE = ("birkenhof", "Birkenhof", "12", "Europe/Zurich")
DOORS = (
    ("street", "Street door", (("street-door", "Street door", 5.0), ("inner-door", "Inner door", 5.0))),
    ("courtyard", "Courtyard gate", (("courtyard-gate", "Courtyard gate", 8.0),)),
)
PEOPLE = (
    Person("Marta", "Koval", "Flat 02", "0", (Role.OWNER, Role.RESIDENT), contact=True, demo_sign_in=True),
    Person("Jonas", "Reber", "Office", "0", (Role.ADMIN,), entry=False, demo_sign_in=True),
    Person("Anna", "Lind", "Flat 31", "3", demo_sign_in=True),
    Person("Ben", "Lind", "Flat 31", "3", entry=False, demo_sign_in=True),
    Person("Ferhat", "Demir", "Flat 32", "3", demo_sign_in=True),
    Person("Lucía", "Álvarez", "Flat 41", "4"),
    Person("Tomás", "Brandt", "Flat 22", "2"),
    Person("Imke", "de Vries", "Flat 12", "1", alias="Imke & Joris de Vries"),
    Person("Rahel", "Egli", "Practice", "0", alias="Dental practice Dr. Egli"),
    Person("Elise", "Fontaine", "Flat 21", "2"),
    Person("Yuki", "Hayashi", "Flat 42", "4"),
    Person("Ada", "Nwosu", "Flat 11", "1", alias="Nwosu family"),
    Person("Lígia", "Da Silva", "Flat 23", "2"),
    Person("Jo", "Liebermann", "Flat 43", "4"),
)
EMPTY_UNIT = ("Flat 33", "3")


async def has_site(engine: AsyncEngine) -> bool:
    """Whether any site exists."""
    async with engine.connect() as connection:
        return bool((await connection.execute(select(func.count()).select_from(sites))).scalar())


async def seed(
    engine: AsyncEngine,
    hashes: dict[str, str],
    keys: Sequence[tuple[PanelId, str, str]],
    sign: tuple[str, str],
    now: float,
    new_id: Callable[[], str],
) -> None:
    """Store the demonstration in one transaction.

    `hashes`: e-mail to password hash of those who sign in. `keys`: panels of the first entrance as
    (id, name, key hash). `sign`: code and word of the first entrance's sign.
    """
    site_id, name, plate, zone = SITE
    async with engine.begin() as connection:
        await connection.execute(insert(sites).values(id=site_id, name=name, plate=plate, time_zone=zone))
        for position, (entrance, title, bolts) in enumerate(DOORS):
            code, word = sign if position == 0 else (None, None)
            await connection.execute(
                insert(entrances).values(
                    id=entrance, site=site_id, name=title, position=position, code=code, word=word
                )
            )
            for order, (lock, label, seconds) in enumerate(bolts):
                await connection.execute(
                    insert(locks).values(
                        id=lock,
                        site=site_id,
                        entrance=entrance,
                        name=label,
                        open_seconds=seconds,
                        position=order,
                    )
                )
        flats = {person.unit: person.floor for person in PEOPLE if Role.RESIDENT in person.roles}
        flats[EMPTY_UNIT[0]] = EMPTY_UNIT[1]
        unit_ids = {flat: UnitId(new_id()) for flat in flats}
        floor_ids = {floor: FloorId(new_id()) for floor in sorted(set(flats.values()))}
        for floor, floor_id in floor_ids.items():
            await connection.execute(
                insert(floors).values(id=floor_id, site=site_id, name=floor, position=int(floor))
            )
        for flat, floor in flats.items():
            await connection.execute(
                insert(units).values(id=unit_ids[flat], site=site_id, name=flat, floor=floor_ids[floor])
            )
        for person in PEOPLE:
            await _settle(connection, person, unit_ids, hashes.get(person.email), SiteId(site_id), new_id)
        for panel, label, key_hash in keys:
            await connection.execute(
                insert(panels).values(
                    id=panel, entrance=DOORS[0][0], name=label, key_hash=key_hash, enrolled_at=now
                )
            )


async def _settle(
    connection: AsyncConnection,
    person: Person,
    unit_ids: dict[str, UnitId],
    password_hash: str | None,
    site: SiteId,
    new_id: Callable[[], str],
) -> None:
    account = AccountId(new_id())
    await connection.execute(
        insert(accounts).values(
            id=account,
            email=person.email,
            email_key=email_key(person.email),
            first_name=person.first,
            last_name=person.last,
            password_hash=password_hash,
        )
    )
    for role in person.roles:
        unit = unit_ids[person.unit] if role is Role.RESIDENT else None
        await connection.execute(
            insert(memberships).values(account=account, site=site, role=role.value, unit=unit)
        )
    if Role.RESIDENT in person.roles:
        await connection.execute(
            insert(entries).values(
                id=new_id(),
                site=site,
                unit=unit_ids[person.unit],
                account=account,
                alias=person.alias,
                contact=person.contact,
                policy=None if person.entry else DisplayPolicy.HIDDEN.value,
            )
        )


async def create_admin(
    engine: AsyncEngine,
    *,
    email: str,
    first: str,
    last: str,
    password_hash: str,
    site_name: str,
    plate: str,
    new_id: Callable[[], str],
) -> EntranceId | None:
    """The first owner of a real building, with a site and one entrance if there is none yet.

    Gives the new entrance, or None when a site existed. Raises `ValueError` if the e-mail is taken.
    """
    async with engine.begin() as connection:
        taken = await connection.execute(
            select(accounts.c.id).where(accounts.c.email_key == email_key(email))
        )
        if taken.first() is not None:
            raise ValueError("This e-mail has an account already.")
        found = (await connection.execute(select(sites.c.id))).first()
        entrance: EntranceId | None = None
        role = Role.ADMIN
        if found is None:
            site, entrance, role = SiteId(new_id()), EntranceId(new_id()), Role.OWNER
            await connection.execute(
                insert(sites).values(id=site, name=site_name, plate=plate, rules=rules_to(AT_FIRST))
            )
            await connection.execute(insert(entrances).values(id=entrance, site=site, name="Street door"))
            await connection.execute(
                insert(locks).values(id=new_id(), site=site, entrance=entrance, name="Street door")
            )
        else:
            site = SiteId(found.id)
        account = AccountId(new_id())
        await connection.execute(
            insert(accounts).values(
                id=account,
                email=email.strip(),
                email_key=email_key(email),
                first_name=first,
                last_name=last,
                password_hash=password_hash,
            )
        )
        await connection.execute(insert(memberships).values(account=account, site=site, role=role.value))
    return entrance
