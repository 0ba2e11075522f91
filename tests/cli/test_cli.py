"""The command line: one sentence that says what to do, the right exit status, no secret in the log."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.house import INTERCOM, ROOT, House, environment, eventually, free_port, talking
from tests.http.test_https import certificate


def intercom(
    *arguments: object, given: str | None = None, **settings: object
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*INTERCOM, *map(str, arguments)],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env=environment(settings),
        check=False,
    )


def is_one_sentence(ran: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit status 1, a sentence on stderr that has these words, and no traceback."""
    assert ran.returncode == 1, ran
    assert "Traceback" not in ran.stderr + ran.stdout
    (line,) = ran.stderr.strip().splitlines()
    assert line.endswith("."), line
    for word in words:
        assert word in line


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path, command: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = intercom(command, "--data", tmp_path / "data", "--port", port, "--host", "127.0.0.1")
    is_one_sentence(ran, str(port), "--port")
    assert not (tmp_path / "data").exists(), "nothing was written before"


@pytest.mark.parametrize("command", ["serve", "demo", "migrate"])
def test_a_data_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path, command: str) -> None:
    file = tmp_path / "file"
    file.write_text("")
    port = ["--port", free_port()] if command != "migrate" else []
    is_one_sentence(intercom(command, "--data", file / "data", *port), "cannot be written", "--data")


def test_all_faults_of_the_settings_are_said_at_once(tmp_path: Path) -> None:
    ran = intercom("serve", "--data", tmp_path, port="70000", ring_seconds="-1", log_level="loud", stun="")
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    for name in ("port", "ring_seconds", "log_level"):
        assert any(line.startswith(f"{name}: ") for line in ran.stderr.splitlines()), ran.stderr


def test_faults_of_a_settings_file_are_said(tmp_path: Path) -> None:
    file = tmp_path / "intercom.toml"
    for text, words in (
        ("port = 'x'\nunknown_setting = 1\n", ("port: ", "unknown_setting: ")),
        ("port = \n", ("not valid TOML",)),
        ("certificate = 'chain.pem'\n", ("certificate and key belong together",)),
        ("turn = ['turn:example.org:3478']\n", ("turn_secret",)),
    ):
        file.write_text(text)
        ran = intercom("serve", "--config", file, "--data", tmp_path / "data")
        assert ran.returncode == 1
        assert "Traceback" not in ran.stderr
        for word in words:
            assert word in ran.stderr, (text, ran.stderr)
    ran = intercom("serve", "--config", tmp_path / "missing.toml")
    assert ran.returncode == 1
    assert "missing.toml cannot be read" in ran.stderr


def test_a_wrong_use_is_told_with_status_2() -> None:
    for arguments in (["no-such-command"], ["serve", "--no-such-option"], ["serve", "--port", "x"]):
        ran = intercom(*arguments)
        assert ran.returncode == 2
        assert "Traceback" not in ran.stderr
    assert "intercom" in intercom("--version").stdout
    help_text = intercom("--help").stdout
    for command in ("serve", "demo", "panel", "migrate", "create-admin", "doctor"):
        assert command in help_text


def test_migrating_twice_is_no_fault(tmp_path: Path) -> None:
    for _ in range(2):
        ran = intercom("migrate", "--data", tmp_path / "data")
        assert ran.returncode == 0, ran.stderr
        assert "up to date" in ran.stdout
        assert "Traceback" not in ran.stderr


def test_doctor_says_what_is_wrong_and_ends_with_1_until_it_is_well(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ran = intercom("doctor", "--data", data)
    assert ran.returncode == 1
    assert "WRONG" in ran.stdout
    assert "Traceback" not in ran.stderr
    assert intercom("migrate", "--data", data).returncode == 0
    ran = intercom("doctor", "--data", data)
    assert ran.returncode == 0, ran.stdout
    assert "WRONG" not in ran.stdout
    ran = intercom("doctor", "--data", data, "--host", "0.0.0.0")
    assert ran.returncode == 1, "other machines reach it, without https"
    (data / "live.db").write_bytes(b"this is no database" * 500)
    ran = intercom("doctor", "--data", data)
    assert ran.returncode == 1
    assert "live.db" in next(line for line in ran.stdout.splitlines() if line.startswith("WRONG"))


def test_doctor_looks_at_the_certificate(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert intercom("migrate", "--data", data).returncode == 0
    chain, key = certificate(tmp_path)
    ran = intercom("doctor", "--data", data, certificate=chain, key=key)
    assert ran.returncode == 0, ran.stdout
    assert "days" in ran.stdout
    key.write_text("nonsense")
    ran = intercom("doctor", "--data", data, certificate=chain, key=key)
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr


async def test_a_new_building_gets_its_owner_who_signs_in_and_pairs_a_panel(tmp_path: Path) -> None:
    house = House(tmp_path / "house", command="serve")
    secret = tmp_path / "password"
    secret.write_text("correct horse battery\n")
    arguments = ["create-admin", "--data", house.data, "--password-file", secret, "--last-name", "Eichen"]
    ran = intercom(*arguments, "--email", "Rosa@Example.org", "--first-name", "Rosa", "--site", "Linde")
    assert ran.returncode == 0, ran.stderr
    assert "owner" in ran.stdout
    ran = intercom(*arguments, "--email", "rosa@example.org", "--first-name", "Rosa")
    is_one_sentence(ran, "has an account already")
    is_one_sentence(intercom(*arguments, "--email", "no-e-mail", "--first-name", "X"), "e-mail")
    is_one_sentence(
        intercom(*arguments, "--email", "a@example.org", "--first-name", "X", "--plate", "12345"), "plate"
    )
    secret.write_text("short")
    is_one_sentence(intercom(*arguments, "--email", "b@example.org", "--first-name", "X"), "8 characters")
    secret.write_text("another good one")
    ran = intercom(*arguments, "--email", "second@example.org", "--first-name", "Karl")
    assert ran.returncode == 0, ran.stderr
    assert "admin" in ran.stdout
    house.start()
    try:
        form = {"email": "rosa@example.org", "password": "correct horse battery"}
        answer = house.ask("POST", "/sign-in", form=form)
        assert answer.status == 303, answer
        house._tokens["marta"] = str(answer.cookie("intercom_session"))  # the owner here
        assert house.ask("GET", "/admin?all=1", cookies=house.as_("marta")).status == 200
        (entrance,) = house.rows("intercom.db", "SELECT id FROM entrances")
        async with house.people() as people:
            panel = await people.panel(house.new_panel(entrance["id"]))
            assert panel.ready["site"]["name"] == "Linde"
            assert panel.ready["entries"] == []
    finally:
        house.close()
    assert not house.faults()
    ran = intercom("demo", "--data", house.data, "--port", free_port())
    is_one_sentence(ran, "real building", "intercom serve")


async def test_the_demonstration_tells_who_signs_in_where_and_starts_fast_again(tmp_path: Path) -> None:
    house = House(tmp_path / "house", log_level="info")
    house.start()
    told = house.demo
    assert set(told) >= {"panel_url", "accounts"}
    assert told["panel_url"].startswith(f"http://localhost:{house.port}/panel#key=")
    for account in told["accounts"]:
        assert set(account) >= {"role", "email", "password", "url", "entry"}
        assert account["role"] in ("owner", "admin", "resident")
        assert account["url"] == f"http://localhost:{house.port}/"
        assert house.sign_in(account["email"])
    roles = [account["role"] for account in told["accounts"]]
    assert {"owner", "admin", "resident"} <= set(roles)
    assert roles.count("resident") >= 2
    async with house.people() as people:
        panel = await people.panel(house.panel_key)
        shown = {entry["name"] for entry in panel.ready["entries"]}
        for account in told["accounts"]:
            assert account["entry"] is None or account["entry"] in shown
        station = await people.panel(house.station_key)
        assert station.ready["entrance"] == panel.ready["entrance"]
    for name in ("demo.json", "demo-secrets.json", "doorstation.key"):
        assert (house.data / name).stat().st_mode & 0o077 == 0, f"others may read {name}"
    assert house.data.stat().st_mode & 0o077 == 0
    house.stop()
    started = time.monotonic()
    house.start()
    spent = time.monotonic() - started
    print(f"second start: ready after {spent:.2f} s")
    assert spent < 10
    assert house.demo == told, "the same people and the same panel"
    assert house.stop() == 0
    assert "Ready. Ctrl-C ends it." in house.out.read_text()
    assert not house.log.read_text(), "a demonstration that goes well logs nothing"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
async def test_it_ends_quickly_and_in_order_while_people_talk(tmp_path: Path, number: int) -> None:
    house = House(tmp_path / "house")
    house.start()
    assert house.process is not None
    async with house.people() as people:
        panel, anna = await people.panel(house.panel_key), await people.device("anna")
        call = await talking(panel, anna, "Anna Lind")
        assert (await anna.opens("street-door"))["ok"]
        started = time.monotonic()
        house.process.send_signal(number)
        await eventually(lambda: house.process is not None and house.process.poll() is not None, "it ends")
        assert house.process.returncode == 0
        assert time.monotonic() - started < 5
        await panel.ended()
        await anna.ended()
        house.process = None
        assert not house.faults()
        stored = house.stored_call(call)
        assert stored is not None
        assert stored["stage"] == "established", "a restart leaves running calls talking"
        house.start()
        await panel.connect()
        assert panel.ready["call"]["stage"] == "established"
        await anna.connect()
        await anna.invited(accepted=True)
        await anna.hangs_up()
        await panel.hears("ended", reason="completed")
    house.close()


@pytest.mark.parametrize("log_format", ["console", "json"])
async def test_no_secret_appears_in_the_log_of_a_whole_run(tmp_path: Path, log_format: str) -> None:
    house = House(
        tmp_path / "house",
        log_level="debug",
        log_format=log_format,
        turn="turn:127.0.0.1:9",
        turn_secret="tHe-tUrN-sEcReT",
    )
    house.start()
    secrets = {house.panel_key, house.station_key, "tHe-tUrN-sEcReT"}
    secrets |= {account["password"] for account in house.demo["accounts"]}
    try:
        code = house.pairing_code("street")
        answer = house.enroll(code)
        secrets |= {code, code.replace("-", ""), answer.json["key"], house.sign_in("marta")}
        assert house.enroll("WRONG-CODE7").status == 422
        assert (
            house.ask("POST", "/api/v1/panels/session", json_body={"key": "a-wrong-panel-key-777"}).status
            == 401
        )
        secrets |= {"WRONG-CODE7", "WRONGCODE7", "a-wrong-panel-key-777", "a-wrong-password-777"}
        form = {"email": house.account("anna")["email"], "password": "a-wrong-password-777"}
        assert house.ask("POST", "/sign-in", form=form).status == 401
        broken = house.ask("GET", "/", cookies={"intercom_session": "secret-in-a-broken-request\x7f"})
        assert broken.status == 400
        secrets.add("secret-in-a-broken-request")
        async with house.people() as people:
            panel, anna = await people.panel(answer.json["key"]), await people.device("anna")
            secrets |= {anna.token}
            await talking(panel, anna, "Anna Lind")
            for event, message in panel.heard:
                if event == "call":
                    assert message["ice_servers"][-1]["credential"]
                    secrets.add(message["ice_servers"][-1]["credential"])
            sdp = "v=0\r\na=ice-pwd:the-ice-password-777\r\n"
            await anna.does("sdp", **anna.mine, type="offer", sdp=sdp)
            await panel.gets("sdp")
            secrets.add("the-ice-password-777")
            await anna.says("sdp", {"call": "the-ice-password-777" * 9})
            assert (await anna.opens("street-door"))["ok"]
            await anna.gets("door", state="opened")
            await anna.hangs_up()
            await panel.hears("ended")
            await anna.raw("[broken json the-ice-password-777")
        house.ask("POST", "/sign-out", cookies=house.as_("marta"))
    finally:
        house.close()
    log = house.log.read_text()
    assert len(log.splitlines()) > 12
    found = sorted(secret for secret in secrets if secret in log)
    assert not found
    assert not house.faults()
    if log_format == "json":
        for line in log.splitlines():
            assert {"event", "level", "timestamp"} <= set(json.loads(line))


def test_doctor_says_what_the_checklist_of_each_site_says(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    house.start()
    try:
        ran = intercom("doctor", "--data", house.data)
    finally:
        house.close()
    assert ran.returncode == 0, ran.stderr
    said = ran.stdout.split("Birkenhof 12: the checklist")[1]
    assert "proven  core: It answers." in said
    assert "open    opening Street door: Open it once." in said
    assert "way in Street door" not in said, "whether a panel is connected only the server knows"
    assert "WRONG   way in Courtyard gate" in said
    dead = '{"address": "http://127.0.0.1:9/{lock}"}'
    for stored in (dead, "garbage"):
        house.change("intercom.db", "DELETE FROM access_cores")
        row = "INSERT INTO access_cores (site, kind, settings, changed_at) VALUES ('birkenhof', 'http', ?, 0)"
        house.change("intercom.db", row, stored)
        ran = intercom("doctor", "--data", house.data)
        assert ran.returncode == 1
        assert "Traceback" not in ran.stderr, stored
        assert "WRONG  The access core of Birkenhof" in ran.stdout, stored
        assert "WRONG   core: " in ran.stdout.split("Birkenhof 12: the checklist")[1], stored


def test_doctor_only_looks(tmp_path: Path) -> None:
    ran = intercom("doctor", "--data", tmp_path / "data")
    assert "Traceback" not in ran.stderr
    assert os.listdir(tmp_path) == []
