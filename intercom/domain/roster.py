"""A list of residents as a table: its columns in four languages, and what is wrong with a row of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from intercom.domain import collation, spreadsheet, text
from intercom.domain.errors import BadFile
from intercom.domain.language import N_, Sentence
from intercom.domain.phonebook import DisplayPolicy

MOST_ROWS = 20_000
"""Rows of one file."""


class Column(StrEnum):
    """What a column holds."""

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    FLOOR = "floor"
    UNIT = "unit"
    ALIAS = "alias"
    DISPLAY = "display"
    CONTACT = "contact"


NEEDED = (Column.FIRST_NAME, Column.LAST_NAME, Column.EMAIL, Column.UNIT)

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "en": ("First name", "Last name", "E-mail", "Floor", "Unit", "Alias", "Display", "Contact person"),
    "es": (
        "Nombre", "Apellidos", "Correo electrónico", "Planta", "Unidad", "Alias", "Visualización",
        "Persona de contacto",
    ),
    "fr": ("Prénom", "Nom", "E-mail", "Étage", "Unité", "Alias", "Affichage", "Personne de contact"),
    "de": ("Vorname", "Nachname", "E-Mail", "Etage", "Einheit", "Alias", "Anzeige", "Kontaktperson"),
}  # fmt: skip
"""The first row by language, in the order of `Column`."""

_ALSO: Mapping[Column, str] = {
    Column.FIRST_NAME: "firstname, first, given name, forename, nombre de pila, prenom",
    Column.LAST_NAME: "lastname, last, surname, family name, apellido, nom de famille, name, familienname",
    Column.EMAIL: "email, mail, e-mail address, email address, correo, courriel, adresse e-mail, "
    "e-mail-adresse, emailadresse",
    Column.FLOOR: "level, storey, piso, niveau, stockwerk, stock, geschoss",
    Column.UNIT: "flat, apartment, unit/company, company, office, vivienda, piso/empresa, empresa, "
    "unidad/empresa, appartement, logement, société, entreprise, unité/société, wohnung, firma, "
    "unternehmen, einheit/firma, unit / company",
    Column.ALIAS: "shown as, other name, mostrado como, affiché comme, angezeigt als",
    Column.DISPLAY: "display policy, shown name, mostrar, visualizacion",
    Column.CONTACT: "contact, contacto, kontakt, contact-person",
}

SHOWN: Mapping[str, Mapping[DisplayPolicy, str]] = {
    "en": dict(zip(DisplayPolicy, ("full name", "initial", "initials", "unit only", "hidden"), strict=True)),
    "es": dict(
        zip(DisplayPolicy, ("nombre completo", "inicial", "iniciales", "solo unidad", "oculto"), strict=True)
    ),
    "fr": dict(
        zip(DisplayPolicy, ("nom complet", "initiale", "initiales", "unité seule", "masqué"), strict=True)
    ),
    "de": dict(
        zip(DisplayPolicy, ("voller Name", "Initiale", "Initialen", "nur Einheit", "verborgen"), strict=True)
    ),
}
"""The words for how much of a name the door shows."""

YES = {"en": "yes", "es": "sí", "fr": "oui", "de": "ja"}
_YES = frozenset(
    {"yes", "y", "true", "1", "x", "si", "s", "oui", "o", "ja", "j", "wahr", "vrai", "verdadero"}
)
_NO = frozenset({"", "no", "n", "false", "0", "non", "nein", "falsch", "faux", "falso", "-"})


def _key(words: str) -> str:
    """Words without accents, case and signs: so that "E-Mail", "email" and "E mail" are one."""
    return "".join(c for c in collation.plain(words) if c.isalnum())


_COLUMNS: Mapping[str, Column] = {
    **{_key(words): column for column, also in _ALSO.items() for words in also.split(", ")},
    **{_key(words): column for row in HEADINGS.values() for column, words in zip(Column, row, strict=True)},
    **{_key(column.value): column for column in Column},
}
_POLICIES: Mapping[str, DisplayPolicy] = {
    **{_key(words): policy for table in SHOWN.values() for policy, words in table.items()},
    **{_key(policy.value): policy for policy in DisplayPolicy},
    _key("unit"): DisplayPolicy.UNIT,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell; without a column, with the row."""

    column: Column | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was read. `number` as spreadsheets count; `given` are its cells, fit to be shown.

    Where there are faults, only `number`, `given` and `faults` mean anything.
    """

    number: int
    given: Mapping[Column, str] = field(default_factory=dict[Column, str])
    faults: tuple[Fault, ...] = ()
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    floor: str = ""
    unit: str = ""
    alias: str = ""
    display: DisplayPolicy | None = None
    contact: bool = False


@dataclass(frozen=True, slots=True)
class Roster:
    """A file that was read. What a column says that is not there stays as it is."""

    columns: frozenset[Column]
    rows: tuple[Row, ...]


def read(file: str, email: Callable[[str], str]) -> Roster:
    """The rows of a CSV file. `email` gives an address as it is stored, or raises `ValueError`.

    Raises `BadFile` with a sentence for a file that is no such table.
    """
    found = spreadsheet.records(file, lambda cells: sum(_key(cell) in _COLUMNS for cell in cells))
    head = next(found, None)
    if head is None:
        raise BadFile(N_("This file is empty."))
    columns = _columns(head[1])
    rows: list[Row] = []
    for number, cells in found:
        if len(rows) >= MOST_ROWS:
            raise BadFile(N_("At most %(most)s rows at once. Divide the file.", most=MOST_ROWS))
        rows.append(_row(number, dict(zip(columns, cells, strict=False)), len(cells) > len(columns), email))
    return Roster(frozenset(c for c in columns if c is not None), tuple(rows))


def _columns(head: Sequence[str]) -> list[Column | None]:
    columns = [_COLUMNS.get(_key(cell)) for cell in head]
    while columns and columns[-1] is None and not head[len(columns) - 1].strip():
        columns.pop()
    twice = next((c for c in columns if c is not None and columns.count(c) > 1), None)
    if twice is not None:
        raise BadFile(N_("The first row names the column %(column)s twice.", column=heading(twice)))
    missing = [column for column in NEEDED if column not in columns]
    if missing:
        names = ", ".join(heading(column) for column in missing)
        raise BadFile(
            N_("The first row has to name the columns. These were not found: %(columns)s.", columns=names)
        )
    return columns


def heading(column: Column, language: str = "en") -> str:
    """The column's name."""
    return HEADINGS.get(language, HEADINGS["en"])[list(Column).index(column)]


def _row(number: int, cells: Mapping[Column | None, str], more: bool, email: Callable[[str], str]) -> Row:
    faults: list[Fault] = []

    def checked(column: Column, check: Callable[[str], str]) -> str:
        try:
            return check(cells.get(column, ""))
        except ValueError as error:
            faults.append(Fault(column, error.args[0]))
            return ""

    given = {c: spreadsheet.shown(cell) for c, cell in cells.items() if c is not None}
    values = {
        Column.FIRST_NAME: checked(Column.FIRST_NAME, text.name),
        Column.LAST_NAME: checked(Column.LAST_NAME, text.name),
        Column.EMAIL: checked(Column.EMAIL, lambda cell: _address(cell, email)),
        Column.FLOOR: checked(Column.FLOOR, text.one_line),
        Column.UNIT: checked(Column.UNIT, text.name),
        Column.ALIAS: checked(Column.ALIAS, text.one_line),
    }
    shown, contact = _key(cells.get(Column.DISPLAY, "")), _key(cells.get(Column.CONTACT, ""))
    if shown and shown not in _POLICIES:
        words = ", ".join(SHOWN["en"].values())
        faults.append(Fault(Column.DISPLAY, N_("Write one of these, or nothing: %(words)s.", words=words)))
    if contact not in _YES | _NO:
        faults.append(Fault(Column.CONTACT, N_("Write yes, or nothing.")))
    if more:
        faults.append(Fault(None, N_("This row has more cells than the first one.")))
    if faults:
        return Row(number, given, tuple(faults))
    return Row(
        number,
        given,
        display=_POLICIES.get(shown),
        contact=contact in _YES,
        first_name=values[Column.FIRST_NAME],
        last_name=values[Column.LAST_NAME],
        email=values[Column.EMAIL],
        floor=values[Column.FLOOR],
        unit=values[Column.UNIT],
        alias=values[Column.ALIAS],
    )


def _address(cell: str, email: Callable[[str], str]) -> str:
    given = cell.strip()
    if not given:
        raise ValueError(N_("Fill this in."))
    if len(given) > 254:
        raise ValueError(N_("At most %(most)s characters.", most=254))
    return email(given)


def written(rows: Iterable[Row], language: str = "en", *, delimiter: str | None = None) -> str:
    """Rows as lines of a file in the words of `language`, without the first line."""
    words, yes = SHOWN.get(language, SHOWN["en"]), YES.get(language, YES["en"])
    return spreadsheet.write(
        (
            (
                row.first_name,
                row.last_name,
                row.email,
                row.floor,
                row.unit,
                row.alias,
                words[row.display] if row.display else "",
                yes if row.contact else "",
            )
            for row in rows
        ),
        delimiter or delimiter_of(language),
    )


def first_line(language: str = "en") -> str:
    """The line of the headings."""
    return spreadsheet.write([HEADINGS.get(language, HEADINGS["en"])], delimiter_of(language))


def delimiter_of(language: str) -> str:
    """What spreadsheets set to a language part cells by: a semicolon where the comma parts decimals."""
    return "," if language == "en" else ";"


def told(fault: Fault) -> Sentence:
    """The fault with the name of its column."""
    if fault.column is None:
        return N_("%(fault)s", fault=fault.sentence)
    return N_("%(column)s: %(fault)s", column=COLUMN_NAMES[fault.column], fault=fault.sentence)


COLUMN_NAMES: Mapping[Column, Sentence] = {
    Column.FIRST_NAME: N_("First name"),
    Column.LAST_NAME: N_("Last name"),
    Column.EMAIL: N_("E-mail"),
    Column.FLOOR: N_("Floor"),
    Column.UNIT: N_("Unit"),
    Column.ALIAS: N_("Alias"),
    Column.DISPLAY: N_("Display"),
    Column.CONTACT: N_("Contact person"),
}
