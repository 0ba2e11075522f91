"""The floor: a bare python-socketio relay for the messages of a visit, as anybody would write it.

No database, no sign-in, no validation, no log; the library's own engine, JSON and task for each message.
Usage: floor.py PORT
"""

from __future__ import annotations

import itertools
import sys
import time
from typing import Any

import socketio
import uvloop
from aiohttp import web

sio = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins="*")
calls: dict[str, dict[str, Any]] = {}
numbers = itertools.count(1)

ENTRY = {"id": "entry", "name": "Ada and Jo Liebermann", "unit": "Flat 123", "floor": "4", "contact": False}
INVITE = {
    "stage": "calling",
    "accepted": False,
    "site": {"id": "site", "name": "Long house", "plate": "12"},
    "entrance": {"id": "door", "name": "Street door"},
    "entry": ENTRY,
    "also": ["Ada's computer"],
    "locks": [
        {"id": "lock", "name": "Door", "online": True, "since": None, "held_open": False, "open_seconds": 5.0}
    ],
    "ice_servers": [
        {"urls": ["stun:192.0.2.1:3478"], "username": None, "credential": None},
        {
            "urls": ["turn:192.0.2.1:3478"],
            "username": "1763778131:AbCdEfGhIjKlMnOp",
            "credential": "Zm9yIG1lYXN1cmluZyBvbmx5ISE=",
        },
    ],
    "ring_seconds": 45.0,
}


@sio.on("connect", namespace="/panel")
async def panel_connects(sid: str, environ: Any, auth: Any) -> None:
    sio.start_background_task(sio.emit, "ready", {}, to=sid, namespace="/panel")


@sio.on("connect", namespace="/resident")
async def resident_connects(sid: str, environ: Any, auth: Any) -> None:
    await sio.enter_room(sid, auth["device"], namespace="/resident")
    sio.start_background_task(sio.emit, "ready", {}, to=sid, namespace="/resident")


async def tell_panel(call: dict[str, Any], stage: str, leg: str | None = None) -> None:
    now = time.time()
    body = {
        "call": call["id"],
        "entry": ENTRY,
        "stage": stage,
        "leg": leg,
        "legs": list(call["legs"]),
        "ice_servers": INVITE["ice_servers"],
        "reason": "completed" if stage == "ended" else None,
        "ended_by": "caller" if stage == "ended" else None,
        "camera": False,
        "lost": False,
        "now": now,
        "ring_seconds": 45.0,
        "deadline": now + 45,
        "established_at": now,
    }
    await sio.emit("call", body, to=call["panel"], namespace="/panel")


async def tell_resident(call: dict[str, Any], stage: str) -> None:
    now = time.time()
    body = {
        "call": call["id"],
        "leg": call["accepted"],
        "stage": stage,
        "reason": "completed" if stage == "ended" else None,
        "ended_by": "visitor" if stage == "ended" else None,
        "by": None,
        "lost": False,
        "deadline": now + 600,
        "established_at": now,
        "now": now,
    }
    await sio.emit("call", body, room=call["legs"][call["accepted"]], namespace="/resident")


@sio.on("ring", namespace="/panel")
async def ring(sid: str, data: Any) -> Any:
    id = f"call-{next(numbers):010}"
    devices = [f"{data['entry']}.0", f"{data['entry']}.1"]
    legs = {f"{id}.{n}": device for n, device in enumerate(devices)}
    call = calls[id] = {"id": id, "panel": sid, "legs": legs, "stage": "calling", "accepted": None}
    for leg, device in legs.items():
        now = time.time()
        body = {"call": id, "leg": leg, **INVITE, "expires_at": now + 45, "now": now}
        await sio.emit("invite", body, room=device, namespace="/resident")
    await tell_panel(call, "calling")
    return {"ok": True, "call": id}


@sio.on("ringing", namespace="/resident")
async def ringing(sid: str, data: Any) -> Any:
    call = calls[data["call"]]
    first, call["stage"] = call["stage"] == "calling", "ringing"
    await sio.emit("leg", {**data, "stage": "ringing"}, to=call["panel"], namespace="/panel")
    if first:
        await tell_panel(call, "ringing")
    return {"ok": True}


@sio.on("sdp", namespace="/resident")
async def sdp_up(sid: str, data: Any) -> Any:
    await sio.emit("sdp", data, to=calls[data["call"]]["panel"], namespace="/panel")
    return {"ok": True}


@sio.on("candidates", namespace="/resident")
async def candidates_up(sid: str, data: Any) -> Any:
    await sio.emit("candidates", data, to=calls[data["call"]]["panel"], namespace="/panel")
    return {"ok": True}


@sio.on("sdp", namespace="/panel")
async def sdp_down(sid: str, data: Any) -> Any:
    await sio.emit("sdp", data, room=calls[data["call"]]["legs"][data["leg"]], namespace="/resident")
    return {"ok": True}


@sio.on("candidates", namespace="/panel")
async def candidates_down(sid: str, data: Any) -> Any:
    await sio.emit("candidates", data, room=calls[data["call"]]["legs"][data["leg"]], namespace="/resident")
    return {"ok": True}


@sio.on("media_up", namespace="/resident")
async def media_up(sid: str, data: Any) -> Any:
    call = calls[data["call"]]
    await sio.emit("leg", {**data, "stage": "ringing"}, to=call["panel"], namespace="/panel")
    return {"ok": True}


@sio.on("media_up", namespace="/panel")
async def caller_media_up(sid: str, data: Any) -> Any:
    return {"ok": True}


@sio.on("accept", namespace="/resident")
async def accept(sid: str, data: Any) -> Any:
    call = calls[data["call"]]
    call["accepted"] = data["leg"]
    await tell_resident(call, "established")
    await tell_panel(call, "established", data["leg"])
    by = {"person": "Ada Liebermann", "device": "Ada's computer", "you": False}
    for leg, device in call["legs"].items():
        if leg != data["leg"]:
            body = {
                "call": call["id"],
                "leg": leg,
                "reason": "accepted_elsewhere",
                "by": by,
                "missed": False,
                "now": time.time(),
            }
            await sio.emit("stop", body, room=device, namespace="/resident")
    return {"ok": True}


@sio.on("hang_up", namespace="/panel")
async def hang_up(sid: str, data: Any) -> Any:
    call = calls.pop(data["call"])
    await tell_panel(call, "ended", call["accepted"])
    await tell_resident(call, "ended")
    return {"ok": True}


if __name__ == "__main__":
    app = web.Application()
    sio.attach(app)
    web.run_app(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        access_log=None,
        print=None,
        backlog=4096,
        loop=uvloop.new_event_loop(),
    )
