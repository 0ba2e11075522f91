"""What older servers have written is carried over."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from intercom.storage.engine import migrate

HISTORY = Path(__file__).parents[2] / "intercom" / "storage" / "migrations" / "main"


def at(folder: Path, revision: str, *, up: bool = True) -> None:
    """Bring the main file to a revision."""
    config = Config()
    config.set_main_option("script_location", str(HISTORY))
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{folder / 'intercom.db'}")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        (command.upgrade if up else command.downgrade)(config, revision)
        connection.commit()
    engine.dispose()


def first_house(folder: Path) -> None:
    """A house of the first version: two floors that are words on their units, and people."""
    at(folder, "main0001")
    with closing(sqlite3.connect(folder / "intercom.db")) as db, db:
        db.execute("INSERT INTO sites (id, name, plate) VALUES ('s', 'Old house', '5'), ('t', 'Other', '6')")
        db.execute(
            "INSERT INTO units (id, site, name, floor) VALUES ('a', 's', 'Flat 1', '1'),"
            " ('b', 's', 'Flat 2', '1'), ('c', 's', 'Shop', ''), ('d', 's', 'Roof', 'Attic'),"
            " ('e', 't', 'Flat 1', '1')"
        )
        db.execute(
            "INSERT INTO accounts (id, email, email_key, first_name, last_name) VALUES"
            " ('anna', 'A@x.org', 'a@x.org', 'Anna', 'Lind'), ('ben', 'b@x.org', 'b@x.org', 'Ben', 'Lind')"
        )
        db.execute(
            "INSERT INTO memberships (account, site, role, unit) VALUES"
            " ('anna', 's', 'resident', 'a'), ('ben', 's', 'resident', 'a'), ('ben', 's', 'owner', NULL)"
        )
        db.execute("INSERT INTO entries (id, site, unit, account) VALUES ('e1', 's', 'a', 'anna')")


def rows(folder: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "intercom.db")) as db:
        return [tuple(row) for row in db.execute(statement)]


FLOORS = "SELECT u.id, f.name, f.site FROM units u LEFT JOIN floors f ON f.id = u.floor ORDER BY u.id"


def test_floors_that_were_words_become_floors_of_their_site(tmp_path: Path) -> None:
    first_house(tmp_path)
    migrate(tmp_path)
    assert rows(tmp_path, FLOORS) == [
        ("a", "1", "s"),
        ("b", "1", "s"),
        ("c", None, None),
        ("d", "Attic", "s"),
        ("e", "1", "t"),
    ]
    assert rows(tmp_path, "SELECT count(*) FROM floors") == [(3,)]


def test_who_lived_there_lives_there_still(tmp_path: Path) -> None:
    first_house(tmp_path)
    migrate(tmp_path)
    assert rows(tmp_path, "SELECT account, unit, standing, expires_at FROM memberships ORDER BY id") == [
        ("anna", "a", "active", None),
        ("ben", "a", "active", None),
        ("ben", None, "active", None),
    ]
    assert rows(tmp_path, "SELECT email, active, second_factor FROM accounts ORDER BY id") == [
        ("A@x.org", 1, 0),
        ("b@x.org", 1, 0),
    ]
    assert rows(tmp_path, "SELECT account, unit, policy FROM entries ORDER BY account") == [
        ("anna", "a", None),
        ("ben", "a", "hidden"),
    ], "who had no line at the door has one that is hidden"
    assert rows(tmp_path, "PRAGMA foreign_key_check") == []


def test_the_way_back_gives_the_words_again(tmp_path: Path) -> None:
    first_house(tmp_path)
    migrate(tmp_path)
    at(tmp_path, "main0001", up=False)
    assert rows(tmp_path, "SELECT id, floor FROM units ORDER BY id") == [
        ("a", "1"),
        ("b", "1"),
        ("c", ""),
        ("d", "Attic"),
        ("e", "1"),
    ]
