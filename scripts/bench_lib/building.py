"""A data folder with a building that is large enough to measure: written straight into the tables."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, insert

from intercom.domain.people import Role
from intercom.storage import tables
from intercom.storage.engine import migrate


@dataclass(frozen=True)
class Building:
    """What the clients must know. `sessions`: of the two residents of each entry, in its order."""

    entries: list[str]
    sessions: list[tuple[str, str]]
    panels: list[str]
    """Their keys."""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def build(data: Path, units: int, panels: int) -> Building:
    """Make the folder's databases: `units` with two residents each, signed in already, and one entrance."""
    migrate(data)
    now = time.time()
    entries = [f"entry-{n:05}" for n in range(units)]
    tokens = [(secrets.token_urlsafe(32), secrets.token_urlsafe(32)) for _ in entries]
    keys = [secrets.token_urlsafe(32) for _ in range(panels)]
    rows: dict[Any, list[dict[str, Any]]] = {
        tables.sites: [{"id": "site", "name": "Long house", "plate": "12", "time_zone": "UTC"}],
        tables.entrances: [{"id": "door", "site": "site", "name": "Street door"}],
        tables.locks: [{"id": "lock", "site": "site", "entrance": "door", "name": "Door"}],
        tables.floors: [
            {"id": f"floor-{n}", "site": "site", "name": str(n), "position": n}
            for n in range((units + 9) // 10)
        ],
        tables.units: [
            {"id": f"unit-{n}", "site": "site", "name": f"Flat {n}", "floor": f"floor-{n // 10}"}
            for n in range(units)
        ],
        tables.panels: [
            {
                "id": f"panel-{n}",
                "entrance": "door",
                "name": f"Panel {n}",
                "key_hash": _hash(key),
                "enrolled_at": now,
            }
            for n, key in enumerate(keys)
        ],
    }
    people = [(n, m) for n in range(units) for m in range(2)]
    rows[tables.accounts] = [
        {
            "id": f"account-{n}-{m}",
            "email": f"r{n}.{m}@example.org",
            "email_key": f"r{n}.{m}@example.org",
            "first_name": ("Ada", "Jo")[m],
            "last_name": f"Family {n}",
        }
        for n, m in people
    ]
    rows[tables.memberships] = [  # somebody owns the house, or the server says that it has to be set up
        {"account": "account-0-0", "site": "site", "role": Role.OWNER.value, "unit": None},
        *(
            {"account": f"account-{n}-{m}", "site": "site", "role": Role.RESIDENT.value, "unit": f"unit-{n}"}
            for n, m in people
        ),
    ]
    rows[tables.entries] = [
        {"id": entry, "site": "site", "unit": f"unit-{n}", "account": f"account-{n}-0"}
        for n, entry in enumerate(entries)
    ]
    rows[tables.sessions] = [
        {
            "id": f"session-{n}-{m}",
            "token_hash": _hash(tokens[n][m]),
            "account": f"account-{n}-{m}",
            "agent": "bench",
            "created_at": now,
            "expires_at": now + 86400,
        }
        for n, m in people
    ]
    engine = create_engine(URL.create("sqlite", database=str(data / "intercom.db")))
    with engine.begin() as connection:
        for table in tables.metadata.sorted_tables:
            if table in rows:
                connection.execute(insert(table), rows[table])
    engine.dispose()
    return Building(entries, tokens, keys)
