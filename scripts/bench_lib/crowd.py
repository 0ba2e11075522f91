"""A data folder with a site of many residents: written straight into the tables."""

from __future__ import annotations

import hashlib
import itertools
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, insert

from intercom.domain.people import Role
from intercom.storage import tables
from intercom.storage.engine import migrate

FIRST = [
    "Ada",
    "Anna",
    "Ben",
    "Björn",
    "Carla",
    "Chidi",
    "Clémence",
    "Dana",
    "Élodie",
    "Emil",
    "Fatma",
    "Ferhat",
    "Greta",
    "Hugo",
    "Imke",
    "Inés",
    "Jo",
    "Jürgen",
    "Kaja",
    "Lígia",
    "Lucía",
    "Marta",
    "Mehmet",
    "Nadia",
    "Noé",
    "Ola",
    "Olga",
    "Paul",
    "Quentin",
    "Rahel",
    "Søren",
    "Sofia",
    "Tomás",
    "Uma",
    "Vera",
    "Wanda",
    "Xenia",
    "Yuki",
    "Zoë",
    "Zuzana",
]
BEGIN = [
    "Ahl",
    "Álvar",
    "Bach",
    "Brandt",
    "Castel",
    "Da",
    "Dem",
    "Egl",
    "Fon",
    "Fuch",
    "Gar",
    "Hay",
    "Hof",
    "Ibar",
    "Jans",
    "Kov",
    "Lieb",
    "Lind",
    "Mart",
    "Mül",
    "Nuñ",
    "Okaf",
    "Ort",
    "Pet",
    "Quin",
    "Reb",
]
END = ["mann", "ez", "ström", "berg", "son", "i", "er", "ova", "aine", "el"]


@dataclass(frozen=True)
class Crowd:
    """What the bench must know. `people`: id to first name, last name and unit, in the order of the list."""

    session: str
    panel: str
    people: dict[str, tuple[str, str, str]]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def crowd(data: Path, count: int) -> Crowd:
    """Make the folder's databases: one site, `count` residents in units of five, its owner, one panel.

    The names are spread alike however many there are. At most 10,400.
    """
    migrate(data)
    session, key = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    now = time.time()
    names = [(first, f"{begin}{end}") for first, begin, end in itertools.product(FIRST, BEGIN, END)]
    chosen = [names[number * len(names) // count] for number in range(count)]
    units = (count + 4) // 5
    floors = (units + 9) // 10
    rows: dict[Any, list[dict[str, Any]]] = {
        tables.sites: [{"id": "site", "name": "Long house", "plate": "12", "time_zone": "UTC"}],
        tables.entrances: [{"id": "door", "site": "site", "name": "Street door"}],
        tables.floors: [
            {"id": f"floor-{n}", "site": "site", "name": str(n), "position": n} for n in range(floors)
        ],
        tables.units: [
            {"id": f"unit-{n}", "site": "site", "name": f"Flat {n}", "floor": f"floor-{n // 10}"}
            for n in range(units)
        ],
        tables.panels: [
            {"id": "panel", "entrance": "door", "name": "Panel", "key_hash": _hash(key), "enrolled_at": now}
        ],
        tables.accounts: [_account("owner", "Olive", "Owner")]
        + [_account(f"a{n}", first, last) for n, (first, last) in enumerate(chosen)],
        tables.memberships: [{"account": "owner", "site": "site", "role": Role.OWNER.value, "unit": None}]
        + [
            {"account": f"a{n}", "site": "site", "role": Role.RESIDENT.value, "unit": f"unit-{n % units}"}
            for n in range(count)
        ],
        tables.entries: [
            {"id": f"e{n}", "site": "site", "unit": f"unit-{n % units}", "account": f"a{n}"}
            for n in range(count)
        ],
        tables.sessions: [
            {
                "id": "session",
                "token_hash": _hash(session),
                "account": "owner",
                "agent": "bench",
                "created_at": now,
                "expires_at": now + 86400,
            }
        ],
    }
    engine = create_engine(URL.create("sqlite", database=str(data / "intercom.db")))
    with engine.begin() as connection:
        for table in tables.metadata.sorted_tables:
            if table in rows:
                connection.execute(insert(table), rows[table])
    engine.dispose()
    people = {f"e{n}": (first, last, f"Flat {n % units}") for n, (first, last) in enumerate(chosen)}
    return Crowd(session, key, people)


def _account(name: str, first: str, last: str) -> dict[str, Any]:
    email = f"{name}@example.org"
    return {
        "id": name, "email": email, "email_key": email, "first_name": first, "last_name": last,
        "password_hash": "none",
    }  # fmt: skip
