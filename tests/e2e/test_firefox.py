"""The same main way with Firefox as the resident, and the doorstation program as the caller."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys

import pytest

from tests.e2e.house import ROOT, House

pytestmark = pytest.mark.browser


async def test_a_resident_in_firefox_sees_talks_and_opens(house: House) -> None:
    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    assert firefox, "scripts/test installs firefox-esr"
    account = house.account("ferhat")
    resident = await asyncio.create_subprocess_exec(
        *("node", "tests/e2e/firefox.mjs", f"{house.base}/sign-in", account["email"], account["password"]),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    station = None
    try:
        assert resident.stdout is not None
        line = await asyncio.wait_for(resident.stdout.readline(), 60)
        assert line.strip() == b"ready", line + await resident.stdout.read()
        station = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "intercom", "panel", "--server", house.base),
            *("--key-file", house.demo["doorstation"]["key_file"], "--ring", account["entry"], "--once"),
            *("--loopback", "--no-keypad"),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await asyncio.wait_for(resident.communicate(), 80)
        assert resident.returncode == 0, out.decode()
        figures = json.loads(out.decode().splitlines()[-1])
        assert figures["ringing"]["audioPacketsReceived"] == figures["ringing"]["audioPacketsSent"] == 0
        assert figures["ringing"]["videoPacketsSent"] == figures["dark"]["videoPacketsSent"] == 0
        assert figures["still"]["videoPacketsSent"] == figures["off"]["videoPacketsSent"], "off is off"
        camera = figures["camera"]
        assert camera["before"] == {"track": None, "active": False, "lights": 0, "taken": 0}
        assert camera["on"] == {"track": "live", "active": True, "lights": 1, "taken": 1}
        assert camera["after"] == {"track": None, "active": False, "lights": 0, "taken": 1}
        told, _ = await asyncio.wait_for(station.communicate(), 20)
    finally:
        for process in (resident, station):
            if process is not None and process.returncode is None:
                process.kill()
    counted = json.loads(next(line for line in reversed(told.decode().splitlines()) if line.startswith("{")))
    for line in ("They write: I am coming.", "They write: Two minutes"):
        assert line in told.decode().splitlines()
    assert counted["frames_received"] > 0
    assert counted["audio_energy"] > 0
