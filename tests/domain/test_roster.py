"""Lists of residents: how they are read and written, and what is told of each row that is wrong."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from intercom.domain import roster, text
from intercom.domain.errors import BadFile
from intercom.domain.phonebook import DisplayPolicy
from intercom.domain.roster import Column, Roster, Row
from intercom.domain.spreadsheet import plain, safe
from tests.fakes.examples import examples

FORMULAS = ("=1+1", "+41 44", "-2", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "\r=1", "'=1", "''=1", "＝1")


def read(file: str) -> Roster:
    return roster.read(file, lambda email: email)


def names(longest: int = 80) -> st.SearchStrategy[str]:
    """Every name that may be typed."""

    def fit(given: str) -> str:
        try:
            return text.name(given, longest)
        except ValueError:
            assume(False)
            raise

    nasty = st.sampled_from([*FORMULAS, "a;=b", "a,=b", "a|@b", "; '=b", 'say "hi", "=x"', "O'Brien", "'"])
    return st.one_of(st.text(min_size=1, max_size=30), nasty).map(fit)


ROWS = st.builds(
    Row,
    st.just(2),
    first_name=names(),
    last_name=names(),
    email=st.just("anna@example.org"),
    floor=st.one_of(st.just(""), names()),
    unit=names(),
    alias=st.one_of(st.just(""), names()),
    display=st.one_of(st.none(), st.sampled_from(DisplayPolicy)),
    contact=st.booleans(),
)


@examples(300)
@given(ROWS, st.sampled_from(["en", "es", "fr", "de"]))
def test_whatever_name_is_allowed_comes_back_from_an_export_as_it_was(row: Row, language: str) -> None:
    file = "\ufeff" + roster.first_line(language) + roster.written([row], language)
    back = read(file).rows[0]
    assert back.faults == ()
    assert [getattr(back, column.value) for column in Column] == [
        getattr(row, column.value) for column in Column
    ]


@examples(300)
@given(st.text(max_size=60))
def test_every_text_survives_being_made_safe(cell: str) -> None:
    assert plain(safe(cell)) == cell


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_an_export_begins_a_formula_by_whatever_delimiter_it_is_opened(
    formula: str, delimiter: str
) -> None:
    for cell in (formula, f"Lind{delimiter}{formula}", f"Lind{delimiter} {formula}"):
        assert safe(cell) != cell
        for part in safe(cell).split(delimiter):
            assert not part.strip().startswith(("=", "+", "-", "@", "＝")), part


@pytest.mark.parametrize(
    "file",
    [
        "First name,Last name,E-mail,Unit\nAnna,Lind,a@b.org,31\n",
        "unit;EMAIL;last name;FIRST NAME\r\n31;a@b.org;Lind;Anna\r\n",
        "Vorname\tNachname\tE-Mail-Adresse\tWohnung\nAnna\tLind\ta@b.org\t31\n",
        "\ufeffPrénom;Nom;Adresse e-mail;Logement\nAnna;Lind;a@b.org;31\n",
        "Nombre,Apellidos,Correo electronico,Vivienda\nAnna,Lind,a@b.org,31\n",
        "sep=;\nVORNAME;Name;E Mail;Einheit\nAnna;Lind;a@b.org;31\n",
        '\n"First name","Last name","E-mail","Unit/Company"\n\n"Anna","Lind","a@b.org","31"\n,,,\n',
        "First name,Last name,E-mail,Unit,Remarks\nAnna,Lind,a@b.org,31,moves in May\n",
    ],
)
def test_headings_are_known_in_four_languages_any_case_and_order_with_any_usual_delimiter(file: str) -> None:
    (row,) = read(file).rows
    assert (row.first_name, row.last_name, row.email, row.unit, row.faults) == (
        "Anna",
        "Lind",
        "a@b.org",
        "31",
        (),
    )


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("\x00\x01PNG", "First name, Last name, E-mail, Unit"),
        ("First name,Last name,Unit\n", "E-mail"),
        ("First name,Last name,E-mail,Unit,Email\n", "twice"),
        ("First name,Last name,E-mail,Unit\n" + '"' + "x" * 200_000, "no table"),
        ("First name,Last name,E-mail,Unit\n" + "a,b,c@d.org,1\n" * 20_001, "At most 20000 rows"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused_in_words(file: str, told: str) -> None:
    with pytest.raises(BadFile, match=told):
        read(file)


def test_each_fault_of_a_row_is_told_with_its_number_as_spreadsheets_count_and_its_column() -> None:
    def strict(email: str) -> str:
        if "@" not in email:
            raise ValueError("This is no e-mail address.")
        return email

    out = io.StringIO()
    csv.writer(out).writerows(
        [
            ["First name", "Last name", "E-mail", "Unit", "Display", "Contact person"],
            ["Anna", "Lind", "a@b.org", "31", "", ""],
            [],
            ["An\u202ena", "", "nobody", "x" * 400, "sometimes", "perhaps"],
            ["Ben\x00", "Li" + "\u0301" * 8 + "nd", "b@b.org", "31", "initials", "x"],
            ["Cleo", "Voss", "", "32", "", "", "", "one more"],
        ]
    )
    rows = roster.read(out.getvalue(), strict).rows
    assert [row.number for row in rows] == [2, 4, 5, 6]
    told = {row.number: [(f.column, f.sentence) for f in row.faults] for row in rows}
    assert told[2] == []
    assert [column for column, _ in told[4]] == [
        Column.FIRST_NAME,
        Column.LAST_NAME,
        Column.EMAIL,
        Column.UNIT,
        Column.DISPLAY,
        Column.CONTACT,
    ]
    assert told[4][1][1] == "Fill this in."
    assert [column for column, _ in told[5]] == [Column.FIRST_NAME, Column.LAST_NAME]
    assert told[6] == [(Column.EMAIL, "Fill this in."), (None, "This row has more cells than the first one.")]
    for row in rows[1:]:
        assert all("\u202e" not in cell and "\x00" not in cell for cell in row.given.values())
        assert all(len(cell) <= 80 for cell in row.given.values())
