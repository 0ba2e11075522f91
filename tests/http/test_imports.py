"""Lists of residents over HTTP: files as browsers send them, the pages, the API, and calls that go on."""

from __future__ import annotations

import asyncio
import csv
import io
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from intercom.domain.errors import BadFile
from intercom.http.uploads import decoded
from tests.e2e.house import Answer, House, People
from tests.http.test_web import page

SITE = "/admin/birkenhof"
API = "/api/v1/sites/birkenhof"
HEAD = "First name,Last name,E-mail,Unit,Floor\r\n"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A building of its own, for its people are changed."""
    house = House(tmp_path_factory.mktemp("office") / "house", ring_limit="100000 per minute")
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


@pytest.fixture
async def callers(office: House) -> AsyncIterator[People]:
    async with office.people() as people:
        yield people


def send(office: House, path: str, content: bytes, *, who: str = "marta", name: str = "list.csv") -> Answer:
    """A file, as a browser's form sends it."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + name.encode() + b'"\r\n'
        b"Content-Type: text/csv\r\n\r\n" + content + b"\r\n--b--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return office.ask("POST", path, body=body, headers=headers, cookies=office.as_(who))


def carried_out(office: House, told: dict[str, object], within: float = 30.0) -> dict[str, object]:
    """The list when it has finished."""
    deadline = time.monotonic() + within
    while told["stage"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
        told = office.ask("GET", f"{API}/imports/{told['id']}", cookies=office.as_("marta")).json
    return told


def test_a_list_goes_from_the_file_over_the_preview_to_the_residents(office: House) -> None:
    marta = office.as_("marta")
    form = page(office.ask("GET", f"{SITE}/import", cookies=marta))
    assert "file" in form.values
    rows = HEAD + "Eva,<b>Egli</b>,eva@example.org,Flat 91,9\r\nAn\u202ena,Lind,anna@nowhere,Flat 31,3\r\n"
    read = send(office, f"{SITE}/import", rows.encode("utf-8-sig"))
    assert read.status == 303, read
    address = read.header("Location") or ""
    preview = office.ask("GET", address, cookies=marta)
    page(preview)
    assert "Nothing has been changed yet." in preview.text
    assert "&lt;b&gt;Egli&lt;/b&gt;" in preview.text
    assert "\u202e" not in preview.text
    assert "First name: This has characters that cannot be shown." in preview.text
    assert "E-mail: The part after @ needs a dot and an ending." in preview.text
    assert not office.rows("intercom.db", "SELECT 1 FROM units WHERE name='Flat 91'")
    for show in ("errors", "changes"):
        page(office.ask("GET", f"{address}?show={show}", cookies=marta))
    wrong = office.ask("GET", f"{address}/errors.csv", cookies=marta)
    assert list(csv.reader(io.StringIO(wrong.text)))[1][2] == "anna@nowhere"

    assert office.ask("POST", address, form={"letters": "now"}, cookies=marta).status == 303
    identity = address.rsplit("/", 1)[-1]
    started = office.ask("GET", f"{API}/imports/{identity}", cookies=marta).json
    assert carried_out(office, started)["stage"] == "done"
    done = office.ask("GET", address, cookies=marta)
    page(done)
    assert "1 row is imported." in done.text
    (unit,) = office.rows("intercom.db", "SELECT floor FROM units WHERE name='Flat 91'")
    assert unit["floor"]
    (invited,) = office.rows(
        "intercom.db",
        "SELECT i.state FROM invitations i JOIN accounts a ON a.id=i.account WHERE a.email='eva@example.org'",
    )
    assert invited["state"] == "waiting"
    log = office.ask("GET", f"{SITE}/log", cookies=marta)
    page(log)
    assert "List of residents imported: list.csv" in log.text


def test_an_export_is_streamed_and_read_again_as_the_same(office: House) -> None:
    marta = office.as_("marta")
    file = office.ask("GET", f"{API}/residents.csv", cookies=marta)
    assert file.status == 200
    assert (file.header("Content-Type") or "").startswith("text/csv")
    assert "attachment" in (file.header("Content-Disposition") or "")
    assert file.text.startswith("\ufeffFirst name,")
    told = send(office, f"{API}/imports", file.text.encode()).json
    assert (told["same"], told["add"], told["change"], told["wrong"]) == (told["rows"], 0, 0, 0)
    german = office.ask("GET", f"{SITE}/residents.csv", cookies=marta, headers={"Accept-Language": "de"}).text
    assert german.startswith("\ufeffVorname;Nachname;")
    again = send(office, f"{API}/imports", german.encode()).json
    assert again["same"] == again["rows"] == told["rows"]
    template = office.ask("GET", f"{SITE}/import/template.csv", cookies=marta)
    assert send(office, f"{API}/imports", template.text.encode()).json["wrong"] == 0


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "Choose a file."),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, 422, ""),
        (b"Name,Unit\r\n", 422, "First name, E-mail"),
        (b"x" * 5_000_001, 413, "too large"),
        (HEAD.encode() + b'"' + b"x" * 200_000, 422, "no table"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words_beside_its_field(
    office: House, content: bytes, status: int, words: str
) -> None:
    refused = send(office, f"{API}/imports", content)
    assert refused.status == status, refused
    assert refused.json["code"] == ("too_large" if status == 413 else "bad_file")
    assert words in refused.json["detail"]
    if status == 422:
        again = send(office, f"{SITE}/import", content)
        page(again, 422)
        assert 'id="f-file-error"' in again.text


def test_only_whoever_edits_residents_imports_and_exports(office: House) -> None:
    rows = (HEAD + "Eva,Egli,eva@example.org,Flat 91,9\r\n").encode()
    told = send(office, f"{API}/imports", rows).json
    for who in ("anna", "ferhat"):
        assert send(office, f"{API}/imports", rows, who=who).status == 403
        for path in (f"{API}/residents.csv", f"{API}/imports/{told['id']}", f"{SITE}/import/{told['id']}"):
            assert office.ask("GET", path, cookies=office.as_(who)).status == 403
    assert office.ask("GET", f"{API}/imports/no-such", cookies=office.as_("marta")).status == 404


async def test_calls_go_on_while_a_long_list_is_imported(office: House, callers: People) -> None:
    panel, anna = await callers.panel(), await callers.device("anna")
    people = "".join(f"Vor{n},Nach{n},long{n}@example.org,Unit {n // 2},{n // 200}\r\n" for n in range(5000))
    told = (await asyncio.to_thread(send, office, f"{API}/imports", (HEAD + people).encode())).json
    assert told["add"] == 5000
    began = time.monotonic()
    started = await asyncio.to_thread(
        office.ask,
        "POST",
        f"{API}/imports/{told['id']}",
        json_body={"letters": "later"},
        cookies=office.as_("marta"),
    )
    assert started.status == 202
    call = await panel.rings("Anna Lind")
    await anna.invited(call=call)
    await anna.alerts()
    await anna.accepts()
    await panel.hears("connecting")
    await anna.hangs_up()
    await panel.hears("ended")
    done = await asyncio.to_thread(carried_out, office, started.json)
    assert (done["stage"], done["done"]) == ("done", 5000)
    assert time.monotonic() - began < 10.0
    glance = await asyncio.to_thread(office.ask, "GET", f"{API}/overview", cookies=office.as_("marta"))
    assert glance.json["figures"]["rings"] == 1
    assert glance.json["figures"]["answered"] == 1
    assert glance.json["residents"] > 5000
    log = (await asyncio.to_thread(office.ask, "GET", f"{API}/log", cookies=office.as_("marta"))).json
    assert {row["kind"] for row in log["rows"]} == {"call", "change"}
    whole = await asyncio.to_thread(office.ask, "GET", f"{API}/residents.csv", cookies=office.as_("marta"))
    assert whole.text.count("long") == 5000


WESTERN = "Vorname;Nachname\r\nJürg;Müller\r\nÉlodie;Nuñez\r\nStraße;L’Œuvre\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_in_the_encoding_that_it_has(encoding: str) -> None:
    assert decoded(WESTERN.encode(encoding)).removeprefix("\ufeff") == WESTERN


def test_an_old_file_from_further_east_is_read_as_well() -> None:
    eastern = "Vorname;Nachname\r\nАнна;Иванова\r\nБорис;Кузнецов\r\nСветлана;Петрова\r\n"
    assert decoded(eastern.encode("cp1251")) == eastern


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\xd8\x00\xd8", b"\xef\xbb\xbf\xff\xff"])
def test_what_says_it_is_unicode_and_is_not_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(BadFile):
        decoded(content)
