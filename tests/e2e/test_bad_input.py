"""Whatever a client sends: it is answered in words, changes nothing, and harms nobody else."""

from __future__ import annotations

import asyncio
import json
import math
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as some
from socketio.exceptions import ConnectionError as Unreachable

from intercom.signaling import wire
from tests.e2e.house import Caller, Client, Device, House, People, ack_fault, new_request, talking

REFUSALS = {"bad_message", "too_large", "unknown_event"}
IDS = [
    None, 0, 1, -1, 1.5, 10**30, 1e308, True, [], {}, [[]], "", " ", "a b", "ä", "名", "a\x00b", "\x00",
    "a\nb", "../../etc/passwd", "'; DROP TABLE calls;--", "<script>", "{{7*7}}", "x" * 65, "x" * 100_000,
    "\u202e", "a/b",
]  # fmt: skip
FLAGS = [None, 0, 1, "true", "on", "", [], {}, 1.0, -1]
PLACE = {"latitude": 0.0, "longitude": 0.0, "accuracy": 1.0, "at": 1.0}
CANDIDATE = {"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}
JUNK: dict[str, list[Any]] = {
    "call": IDS,
    "leg": IDS,
    "entry": IDS,
    "lock": IDS,
    "position": [
        1, [], "here", {}, {"latitude": 1}, {**PLACE, "latitude": 91},
        {**PLACE, "longitude": 181}, {**PLACE, "latitude": "0"},
        {**PLACE, "accuracy": -1}, {**PLACE, "accuracy": 1e9},
        {**PLACE, "at": -1}, {**PLACE, "latitude": None},
        {**PLACE, "altitude": 3}, 10**400,
    ],
    "attempt": [None, -1, 1001, 1.5, "1", True, [], {}, 10**30, 1e308],
    "type": [None, "", "OFFER", "pranswer", "rollback", "offer\x00", 1, True, [], {}],
    "sdp": [None, "", 1, True, [], {}, ["v=0"], "x" * (wire.SDP_LIMIT + 1), "x" * 2**20, "ä" * 2**17],
    "signature": [1, True, [], {}, "x" * 4097],
    "candidates": [
        None, [], {}, "x", 1, True, [None], [1], ["x"], [[]], [{}], [CANDIDATE] * 101, [CANDIDATE] * 2000,
        [{"candidate": None}], [{"candidate": 1}], [{"candidate": "x" * 1025}], [CANDIDATE, {}],
        [{**CANDIDATE, "sdpMid": 1}], [{**CANDIDATE, "sdpMid": "x" * 65}],
        [{**CANDIDATE, "sdpMLineIndex": -1}],
        [{**CANDIDATE, "sdpMLineIndex": 65}], [{**CANDIDATE, "sdpMLineIndex": "0"}],
        [{**CANDIDATE, "extra": 1}],
        [{**CANDIDATE, "usernameFragment": "x" * 257}], [{"sdpMid": "0"}],
    ],
    "on": FLAGS,
    "dnd": FLAGS[1:],
    "on_the_phone": FLAGS[1:],
    "text": [None, 0, True, [], {}, "x" * 5000],
    "language": [None, 0, True, [], {}, "x" * 65],
    "request": [
        None, 0, True, [], {}, "", "short", "x" * 15, "x" * 65,
        "white space in a request", "a\x00" * 10, "ä" * 20, "../" * 8,
    ],
    "pin": [0, 4071, True, [], {}, "", "x" * 17],
    "code": [0, True, [], {}, "", "x" * 17],
    "scan": [0, True, [], {}, "x" * 65],
    "word": [0, True, [], {}, "x" * 65],
    "seconds": [None, -1, 3601, "1", True, [], {}, 1e308],
    "restarts": FLAGS,
    "hours": [None, 0, 2, "1", [], {}, 1e308],
    "entrance": IDS,
    "look": IDS,
}  # fmt: skip
MAY_BE_NULL = {("open_door", field) for field in ("call", "pin", "code", "position")}
WHOLE: list[Any] = [
    None, 0, 1, -1.5, True, False, "", "text", [], [[]], [{}], {}, {"": ""}, {"call": {}}, {"a": 1},
    {"__proto__": {}}, {"\x00": "\x00"}, 10**30, 1e308, "x" * 100_000, list(range(1000)),
]  # fmt: skip


def nested(depth: int) -> str:
    """JSON that is an array in an array in an array."""
    return "[" * depth + "]" * depth


def raw_bodies(event: str, good: dict[str, Any]) -> Iterator[str]:
    """Bodies of event packets that no JSON library makes."""
    name, field = json.dumps(event), next(iter(good))
    text = json.dumps(good)
    yield from (
        "",
        "[",
        "{}",
        "null",
        "-7",
        '"ring"',
        "[]",
        "[null]",
        "[7]",
        "[{}]",
        "[[]]",
        '[""]',
        "[true]",
    )
    yield f"[{name}"
    yield f"[{name},]"
    yield f"[{name},{text},]"
    yield f"[{name},{text}"
    yield f"[{name},{text}]]"
    yield f"[{name} {text}]"
    yield f"[{name},{{'call':1}}]"
    yield f"[{name},undefined]"
    for number in ("NaN", "Infinity", "-Infinity", "1e400", "01", "0x10", "+1", ".5"):
        yield f'[{name},{{"{field}":{number}}}]'
    for string in (r"\ud800", r"\udfff\ud800", r"\u0000", r"\x41", "\t", "\x01"):
        yield f'[{name},{{"{field}":"{string}"}}]'
    for depth in (100, 1_000, 10_000, 100_000):
        yield f"[{name},{nested(depth)}]"
        yield f'[{name},{{"{field}":{nested(depth)}}}]'
    yield f'[{name},{{"{field}":' + '{"a":' * 10_000 + "1" + "}" * 10_000 + "}]"
    yield f"[{name},{{{','.join(f'{json.dumps(str(n))}:{n}' for n in range(5_000))}}}]"
    for reserved in ("connect", "disconnect", "connect_error", "disconnecting", "*", ""):
        yield f"[{json.dumps(reserved)},{text}]"
    yield f'[{name},{{"_placeholder":true,"num":0}}]'


def messages(event: str, good: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Arguments of an event that break its schema, each in one way."""
    yield ()
    yield (good, good)
    yield (good, None)
    yield (None, good)
    yield ([good],)
    yield (json.dumps(good),)
    for whole in WHOLE:
        yield (whole,)
    schema = {**wire.PANEL_MESSAGES, **wire.RESIDENT_MESSAGES}[event]
    for field, info in schema.model_fields.items():
        if info.is_required():
            yield ({key: value for key, value in good.items() if key != field},)
        for junk in JUNK[field]:
            if junk is not None or (event, field) not in MAY_BE_NULL:
                yield ({**good, field: junk},)
        yield (
            {**{key: value for key, value in good.items() if key != field}, field.upper(): good.get(field)},
        )
    yield ({**good, "extra": 1},)
    yield ({**good, "": 1},)
    yield ({**good, "__class__": "x"},)
    yield ({**good, "now": math.pi},)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of this file's own, so that its log is this file's own."""
    house = House(tmp_path_factory.mktemp("target") / "house", ring_limit="100000 per minute")
    house.start()
    yield house
    house.close()


@pytest.fixture
async def crowd(target: House) -> AsyncIterator[People]:
    """Its clients; afterwards its log has no traceback."""
    async with target.people() as people:
        yield people
    assert not target.faults()


def everything(house: House) -> list[tuple[Any, ...]]:
    """What is stored of calls, openings and devices."""
    found = [
        *house.rows("live.db", "SELECT * FROM calls"),
        *house.rows("live.db", "SELECT * FROM legs"),
        *house.rows("live.db", "SELECT * FROM openings"),
        *house.rows("intercom.db", "SELECT id, account, session, name, dnd, let_through FROM devices"),
    ]
    return [tuple(row) for row in found if isinstance(row, sqlite3.Row)]


def good_messages(call: str, leg: str, entry: str, side: str) -> dict[str, dict[str, Any]]:
    """One message of each event that the server would take."""
    here = {"call": call, "leg": leg}
    sdp = {
        **here,
        "attempt": 1,
        "type": "answer" if side == "panel" else "offer",
        "sdp": "v=0",
        "signature": "s",
    }
    return {
        "ring": {"entry": entry, "position": None},
        "hang_up": {"call": call},
        "language": {"language": "de"},
        "wait": {"call": call},
        "position": {"call": call, "position": None},
        "search": {"text": "lin"},
        "block": {"call": call, "hours": 1},
        "stop_waiting": {"call": call},
        "choices": {"call": call},
        "note": {"call": call, "text": "Parcel is with the neighbour"},
        "sdp": sdp,
        "candidates": {**here, "attempt": 1, "candidates": [CANDIDATE]},
        "media_up": here,
        "media_failed": here,
        "renegotiate": here,
        "ringing": here,
        "accept": here,
        "decline": here,
        "silence": {**here, "seconds": 6.0},
        "camera": {**here, "on": True},
        "extend": here,
        "open_door": {
            "call": call,
            "lock": "street-door",
            "request": new_request(),
            "pin": "4071",
            "code": "A1B2C",
            "position": {"latitude": 52.5, "longitude": 13.4, "accuracy": 10.0, "at": 1.8e9},
        },
        "status": {"dnd": True, "on_the_phone": True},
        "look": {"entrance": "street"},
        "stop_looking": {"look": "none"},
    }


EVENTS = [("panel", event) for event in wire.PANEL_MESSAGES] + [
    ("resident", e) for e in wire.RESIDENT_MESSAGES
]


@pytest.mark.parametrize(("side", "event"), EVENTS, ids=["-".join(event) for event in EVENTS])
async def test_a_malformed_message_is_answered_in_words_and_changes_nothing(
    crowd: People, target: House, side: str, event: str
) -> None:
    panel, anna = await crowd.panel(target.panel_key), await crowd.device("anna")
    ferhat, ferhats = await crowd.device("ferhat"), await crowd.panel(target.station_key)
    early = event in ("ringing", "accept", "decline", "ring")
    if early:
        await panel.rings("Anna Lind")
        await anna.invited()
    else:
        await talking(panel, anna, "Anna Lind")
    victim, other = (panel, anna) if side == "panel" else (anna, panel)
    good = good_messages(anna.call, anna.leg, panel.entry("Ferhat Demir"), side)[event]
    schemas = wire.PANEL_MESSAGES if side == "panel" else wire.RESIDENT_MESSAGES
    schemas[event].model_validate(good)  # each case below is wrong for its own fault, not for this
    for client in (victim, other):
        await client.settled()
        client.forget()
    before = everything(target)
    victim._pace = _NoPace()  # a new socket is taken before the limit instead

    sent = 0
    cases: list[tuple[str, Any]] = [("message", arguments) for arguments in messages(event, good)]
    cases += [("raw", body) for body in raw_bodies(event, good)]
    cases += [("binary", body) for body in (f'["{event}",{{"_placeholder":true,"num":0}}]', "[]", "", "{")]
    cases += [
        ("unknown", name)
        for name in (event.upper(), event + " ", "admin", "__init__", "ready", "invite", "stop")
    ]
    answers: Counter[str] = Counter()
    for kind, what in cases:
        if kind == "message":
            ack = await victim.says(event, *what)
        elif kind == "raw":
            ack = await victim.raw(what, within=5)
        elif kind == "binary":
            ack = await victim.raw(what, attachments=[b"\x00\xff"])
        else:
            ack = await victim.says(what, good)
        sent += 1
        assert ack["ok"] is False, (kind, str(what)[:300])
        assert ack["error"]["code"] in REFUSALS, (kind, str(what)[:300], ack)
        if kind == "unknown":
            assert ack["error"]["code"] == "unknown_event"
        answers[ack["error"]["code"]] += 1
    assert sent >= 50
    assert sent < 300, "past the limit on messages nothing would be tested"
    assert victim.connected, "the connection is kept"
    for client in (victim, other):
        await client.settled()
        assert not client._unread, "nobody is told anything"
    assert everything(target) == before, "nothing has changed"
    await talking(ferhats, ferhat, "Ferhat Demir")  # others go on meanwhile and after
    await ferhat.hangs_up()
    await ferhats.hears("ended")
    assert not target.faults()


class _NoPace:
    async def turn(self) -> None:
        """At once."""


@pytest.mark.parametrize(("size", "code"), [(wire.SDP_LIMIT + 1, "too_large"), (2**20, "too_large")])
async def test_a_description_over_64_kib_is_too_large_and_one_of_64_kib_passes(
    crowd: People, target: House, size: int, code: str
) -> None:
    panel, anna = await crowd.panel(target.panel_key), await crowd.device("anna")
    await panel.rings("Anna Lind")
    await anna.invited()
    await anna.is_refused("sdp", code, **anna.mine, type="offer", sdp="x" * size)
    await panel.is_refused("sdp", code, **anna.mine, type="answer", sdp="x" * size)
    await anna.does("sdp", **anna.mine, type="offer", sdp="x" * wire.SDP_LIMIT)
    assert len((await panel.gets("sdp"))["sdp"]) == wire.SDP_LIMIT
    assert not panel.unread("sdp")


async def test_the_hundred_and_first_candidate_of_a_side_is_refused(crowd: People, target: House) -> None:
    panel, anna = await crowd.panel(target.panel_key), await crowd.device("anna")
    await panel.rings("Anna Lind")
    await anna.invited()
    for client, other in ((anna, panel), (panel, anna)):
        await client.is_refused("candidates", "too_large", **anna.mine, candidates=[CANDIDATE] * 101)
        await client.does("candidates", **anna.mine, candidates=[CANDIDATE] * 60)
        await client.does("candidates", **anna.mine, candidates=[CANDIDATE] * 40)
        await client.is_refused("candidates", "too_large", **anna.mine, candidates=[CANDIDATE])
        for count in (60, 40):
            assert len((await other.gets("candidates"))["candidates"]) == count
        await other.settled()
        assert not other.unread("candidates")


async def test_a_message_over_the_limit_ends_only_its_own_connection(crowd: People, target: House) -> None:
    panel, anna = await crowd.panel(target.panel_key), await crowd.device("anna")
    await talking(panel, anna, "Anna Lind")
    with pytest.raises(Unreachable):
        await anna.says("sdp", {**anna.mine, "type": "offer", "sdp": "x" * 1_400_000})
    await anna.ended()
    await panel.hears("established", lost=True)
    await anna.connect()
    assert (await anna.invited())["accepted"] is True
    await panel.hears("established", lost=False)


async def test_who_sends_too_much_is_told_so_and_nobody_else_waits(crowd: People, target: House) -> None:
    panel, anna, ferhat = await crowd.panel(target.panel_key), *(await crowd.devices("anna", "ferhat"))
    anna._pace = _NoPace()
    acks = await asyncio.gather(*(anna.says("status", {"dnd": False}) for _ in range(700)))
    codes = Counter(ack["error"]["code"] if not ack["ok"] else "ok" for ack in acks)
    assert set(codes) == {"ok", "too_many"}
    assert 300 <= codes["ok"] <= 600, "one window, or two"
    assert anna.connected
    await panel.rings("Ferhat Demir")
    await ferhat.invited()


OF_NO_CALL = {"status", "look", "stop_looking"}


@pytest.mark.parametrize("event", [e for e in wire.RESIDENT_MESSAGES if e not in OF_NO_CALL])
async def test_a_well_formed_message_about_an_unknown_call_is_refused(
    crowd: People, target: House, event: str
) -> None:
    anna = await crowd.device("anna")
    ack = await anna.says(event, good_messages("no-such-call", "no-such-leg", "x", "resident")[event])
    assert ack["error"]["code"] == ("not_in_call" if event == "open_door" else "unknown_call")


async def test_every_message_about_an_ended_call_is_refused_and_moves_nothing(
    crowd: People, target: House
) -> None:
    panel, anna = await crowd.panel(target.panel_key), await crowd.device("anna")
    call = await talking(panel, anna, "Anna Lind")
    await anna.hangs_up()
    await panel.hears("ended")
    before = target.stored_call(call)
    for client, side, table in (
        (panel, "panel", wire.PANEL_MESSAGES),
        (anna, "resident", wire.RESIDENT_MESSAGES),
    ):
        client.forget()
        for event in table:
            if event not in OF_NO_CALL | AFTER_A_CALL:
                ack = await client.says(event, good_messages(call, anna.leg, "x", side)[event])
                assert not ack["ok"], event
                assert ack["error"]["code"] == "call_ended", (event, ack)
        for event in ("hang_up", "media_up"):
            await client.says(event, good_messages(call, anna.leg, "x", side)[event])
    for client in (panel, anna):
        await client.settled()
        assert not [u for u in client._unread if u[0] != "door"]
    assert target.stored_call(call) == before


AFTER_A_CALL = {
    "ring",
    "hang_up",
    "decline",
    "media_up",
    "wait",
    "stop_waiting",
    "language",
    "search",
    "choices",
    "note",
    "block",
    "position",
}
"""What may be said when a call is over, or has rules of its own then."""


# -- generated ---------------------------------------------------------------------------------------

_VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=40),
    lambda inner: (
        some.lists(inner, max_size=5) | some.dictionaries(some.text(max_size=12), inner, max_size=5)
    ),
    max_leaves=12,
)
_FIELDS = sorted(JUNK)
_OBJECTS = some.dictionaries(some.sampled_from(_FIELDS) | some.text(max_size=8), _VALUES, max_size=6)


def _batches(events: list[str]) -> some.SearchStrategy[list[tuple[str, list[Any]]]]:
    name = some.one_of(*[some.sampled_from(events)] * 5, some.text(max_size=12))
    arguments = some.one_of(*[_OBJECTS.map(lambda o: [o])] * 4, some.lists(_OBJECTS | _VALUES, max_size=2))
    return some.lists(some.tuples(name, arguments), min_size=20, max_size=60)


@pytest.mark.parametrize("side", ["panel", "resident"])
def test_generated_messages_are_all_answered(target: House, side: str) -> None:
    asked: Counter[str] = Counter()
    schemas = wire.PANEL_MESSAGES if side == "panel" else wire.RESIDENT_MESSAGES
    loop = asyncio.new_event_loop()
    client: Client = (
        Caller(target, target.panel_key)
        if side == "panel"
        else Device(target, target.sign_in("anna"), "anna")
    )

    client._pace = _NoPace()  # type: ignore[assignment]

    async def batch(sent: list[tuple[str, list[Any]]]) -> None:
        await client.connect()  # a new socket has its messages before it
        for event, arguments in sent:
            ack = await client.raw(json.dumps([event, *arguments]))
            assert ack_fault((ack,)) is None, (event, arguments, ack)
            schema = schemas.get(event)
            if ack["ok"]:
                assert schema is not None
                schema.model_validate(*arguments)
            asked["taken" if ack["ok"] else ack["error"]["code"]] += 1
        assert client.connected

    @hypothesis.settings(
        max_examples=50,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(_batches(sorted(schemas)))
    @hypothesis.example([("*", [{}])])  # the library's own word for "any event"
    def run(sent: list[tuple[str, list[Any]]]) -> None:
        loop.run_until_complete(batch(sent))

    try:
        run()
        loop.run_until_complete(client.close())
    finally:
        loop.run_until_complete(client.disconnect())
        loop.close()
    print(side, sum(asked.values()), dict(asked))
    assert sum(asked.values()) > 1000
    assert "our_fault" not in asked
    assert not target.faults()


async def test_malformed_credentials_in_the_handshake_are_refused_in_words(
    crowd: People, target: House
) -> None:
    for auth in ({"key": 5}, {"key": None}, {"key": ["x"]}, {"key": {"a": 1}}, {"key": "\x00"}, {}, None):
        panel = Caller(target, "")
        panel.credentials = lambda auth=auth: ({}, auth)  # type: ignore[method-assign]
        with pytest.raises(Unreachable):
            await panel.connect()
        assert panel.refusal is not None
        assert panel.refusal["code"] == "not_enrolled"
        await panel.close()
    for device in (5, None, ["x"], "x" * 1000, "\x00", "no-such-device"):
        anna = Device(target, target.sign_in("anna"), "anna")
        anna.device = device  # type: ignore[assignment]
        await anna.connect()
        assert isinstance(anna.device, str)
        assert anna.device != device
        await anna.close()
    assert target.process is not None
    assert target.process.poll() is None
