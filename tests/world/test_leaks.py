"""What a visitor can learn: what the display policy lets through, and nothing else.

Every answer that needs nobody, the panel's page and every event that a panel hears are searched for what
only the server knows: e-mails, phone numbers, names that are not shown, ids of people, and how many there
are of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine

from intercom.app import Server, prepare
from intercom.config import Settings
from intercom.domain.ids import Secret
from intercom.domain.people import Role, Standing
from intercom.domain.phonebook import DisplayPolicy
from intercom.http.routes import Needs
from intercom.storage import tables
from intercom.storage.people import email_key
from tests.e2e.house import Caller, Device, House, fresh_address
from tests.http.test_routes import RULES
from tests.world.cases import filled, path_names, sample
from tests.world.people import put, token

SHOWN: dict[DisplayPolicy, tuple[bool, bool]] = {
    DisplayPolicy.FULL: (True, True),
    DisplayPolicy.INITIAL: (False, True),
    DisplayPolicy.INITIALS: (False, False),
    DisplayPolicy.UNIT: (False, False),
    DisplayPolicy.HIDDEN: (False, False),
}
"""By hand: whether a policy shows the first and the last name."""
POLICIES = list(DisplayPolicy)


@dataclass(frozen=True)
class Neighbour:
    """Somebody of a site whose name is found nowhere else."""

    site: DisplayPolicy
    own: DisplayPolicy | None
    number: int
    alias: bool = False
    standing: Standing = Standing.ACTIVE

    @property
    def key(self) -> str:
        """What all that is theirs is made of."""
        return f"{self.site.value}{self.number}"

    @property
    def first(self) -> str:
        """A name."""
        return f"First{self.key}"

    @property
    def last(self) -> str:
        """A name."""
        return f"Last{self.key}"

    @property
    def email(self) -> str:
        """An address."""
        return f"mail.{self.key}@secret.example"

    @property
    def phone(self) -> str:
        """A number."""
        return f"+4179{POLICIES.index(self.site)}{self.number:02}4711"

    @property
    def account(self) -> str:
        """An id."""
        return f"person-{self.key}"

    def secrets(self) -> Iterator[str]:
        """What no visitor may learn."""
        yield from (self.email, f"mail.{self.key}", self.phone, self.account, f"membership-{self.key}")
        first, last = SHOWN[self.own or self.site]
        if self.alias or self.standing is not Standing.ACTIVE:
            first = last = False
        if not first:
            yield self.first
        if not last:
            yield self.last


def _neighbours() -> Iterator[Neighbour]:
    for site in POLICIES:
        for number, own in enumerate([None, *POLICIES]):
            yield Neighbour(site, own, number)
        yield Neighbour(site, None, 10, alias=True)
        yield Neighbour(site, DisplayPolicy.FULL, 11, standing=Standing.INVITED)
        yield Neighbour(site, DisplayPolicy.FULL, 12, standing=Standing.INACTIVE)
        # a household of three that shows its unit
        yield from (Neighbour(site, DisplayPolicy.UNIT, number) for number in (20, 21, 22))


NEIGHBOURS = list(_neighbours())


def _settle(connection: Connection, one: Neighbour) -> None:
    site, unit = f"site-{one.site.value}", f"unit-{one.site.value}-{min(one.number, 20)}"
    if one.number <= 20:
        put(connection, tables.units, id=unit, site=site, name=f"Flat {one.number}")
    put(
        connection,
        tables.accounts,
        id=one.account,
        email=one.email,
        email_key=email_key(one.email),
        first_name=one.first,
        last_name=one.last,
        phone=one.phone,
    )
    put(
        connection,
        tables.memberships,
        account=one.account,
        site=site,
        role=Role.RESIDENT.value,
        unit=unit,
        standing=one.standing.value,
    )
    put(
        connection,
        tables.entries,
        id=f"entry-{one.key}",
        site=site,
        unit=unit,
        account=one.account,
        alias=f"Alias{one.key}" if one.alias else None,
        policy=one.own.value if one.own else None,
    )
    put(
        connection,
        tables.sessions,
        id=f"session-{one.key}",
        token_hash=Secret(token(one.key)).digest(),
        account=one.account,
        agent="a test",
        created_at=0,
        expires_at=4e9,
    )


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server with a site for each policy."""
    house = House(tmp_path_factory.mktemp("street"), command="serve", ring_seconds=20)
    _seed(house.data)
    house.start()
    yield house
    house.close()
    assert not house.faults()


def _seed(data: Path) -> None:
    prepare(Settings(data=data))
    engine = create_engine(f"sqlite:///{data / 'intercom.db'}")
    with engine.begin() as connection:
        for policy in POLICIES:
            site = f"site-{policy.value}"
            name = f"House {policy.value}"
            put(connection, tables.sites, id=site, name=name, plate="1", display=policy.value)
            put(connection, tables.entrances, id=f"door-{policy.value}", site=site, name="Door")
            put(
                connection,
                tables.panels,
                id=f"panel-{policy.value}",
                entrance=f"door-{policy.value}",
                name="Panel",
                key_hash=Secret(f"key-{policy.value}").digest(),
                enrolled_at=0,
            )
        for one in NEIGHBOURS:
            _settle(connection, one)
    engine.dispose()


def leaks(text: str, people: list[Neighbour] = NEIGHBOURS) -> list[str]:
    """What stands in the text and may not. A word that only begins so is another."""
    words = set(re.findall(r"[\w.@+-]+", text)) | set(re.findall(r"\w+", text))
    digits = re.sub(r"[\s()-]", "", text)
    return [
        secret
        for one in people
        for secret in one.secrets()
        if secret in words or (secret.startswith("+") and secret in digits)
    ]


def test_the_search_for_leaks_finds_them() -> None:
    quiet = next(one for one in NEIGHBOURS if one.site is one.own is DisplayPolicy.INITIALS)
    for text in (
        f'{{"name":"{quiet.first}"}}',
        f"<b>{quiet.last}</b>",
        f"mailto:{quiet.email}",
        f"{quiet.phone[:3]} {quiet.phone[3:7]}-{quiet.phone[7:]}",
        f"id={quiet.account}",
    ):
        assert leaks(text), text
    open_one = next(one for one in NEIGHBOURS if one.site is one.own is DisplayPolicy.FULL)
    assert not leaks(f"{open_one.first} {open_one.last}")


async def test_no_answer_that_needs_nobody_tells_of_people(street: House, server: Server) -> None:
    keys: list[dict[str, str]] = [{}, *({"intercom_panel": f"key-{policy.value}"} for policy in POLICIES)]
    asked = 0
    for route in server.routes:
        if RULES.get((route.method, route.path), route.needs) is not Needs.NOBODY:
            continue
        for guess in ("some-word", NEIGHBOURS[0].account, "entry-full0"):
            names = {name: "en" if name == "language" else guess for name in path_names(route.path)}
            body = sample(route.body, {}) if route.body else None
            for field, value in (("email", NEIGHBOURS[2].email), ("q", "First")):
                if body is not None and field in body:
                    body[field] = value
            for cookies in keys if route.method == "GET" else keys[:1]:
                answer = street.ask(
                    route.method,
                    filled(route.path, names),
                    json_body=body,
                    cookies=cookies,
                    address=fresh_address(),
                )
                asked += 1
                said = answer.text if "audio" not in (answer.header("Content-Type") or "") else ""
                told = said.replace(NEIGHBOURS[2].email, "").replace(guess, "")  # what was typed
                assert not leaks(told), (route.method, route.path)
                assert not leaks(json.dumps(answer.fields)), (route.method, route.path)
    assert asked > 20


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_panel_hears_what_the_policy_lets_through_and_nothing_else(
    street: House, policy: DisplayPolicy
) -> None:
    panel = Caller(street, f"key-{policy.value}")
    await panel.connect()
    people = [one for one in NEIGHBOURS if one.site is policy]
    shown = {entry["id"]: entry for entry in panel.ready["entries"]}

    hidden = {
        f"entry-{one.key}"
        for one in people
        if one.standing is not Standing.ACTIVE or (one.own or one.site) is DisplayPolicy.HIDDEN
    }
    assert not hidden & set(shown)
    for one in people:
        line = shown.get(f"entry-{one.key}")
        if line is not None and one.own is DisplayPolicy.FULL:
            assert line["name"] == f"{one.first} {one.last}"
        if line is not None and one.alias:
            assert line["name"] == f"Alias{one.key}"
    # three lines that look the same would tell that three live there
    looks = [(e["name"], e["unit"], e["floor"]) for e in shown.values()]
    assert len(set(looks)) == len(looks)
    assert not re.search(r'"(people|residents|persons|members|count)"', json.dumps(panel.ready))

    # somebody is at home: the whole of a call is listened to
    phones = []
    for one in people[:3]:
        phone = Device(street, token(one.key), one.key)
        await phone.connect()
        phones.append(phone)
    refused: list[Any] = []
    for entry in [*shown][:8]:
        call = (await panel.says("ring", {"entry": entry})).get("call")
        if call is not None:
            await panel.settled()
            await panel.says("hang_up", {"call": call})
    for entry in (*hidden, "nobody", "full0", people[0].account):
        ack = await panel.says("ring", {"entry": entry})
        assert not ack["ok"]
        refused.append(ack)
    assert len({json.dumps(ack) for ack in refused}) == 1, "a hidden entry is no other than an unknown one"
    await panel.settled()
    heard = json.dumps([*panel.heard, panel.ready, refused], ensure_ascii=False)
    assert not leaks(heard)
    for phone in phones:
        await phone.close()
    await panel.close()
