"""Settings of letters: how they are sent, and what their links hang on."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from intercom.config import ConfigError, Settings, load
from intercom.doctor import verdicts


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"smtp_user": "door", "smtp_password": "secret", "smtp_tls": "none"}, "not sent in clear"),
        ({"smtp_user": "door"}, "belong together"),
        ({"smtp_tls": "ssl"}, "smtp_tls"),
        ({"smtp_port": 0}, "smtp_port"),
        ({"public_url": "birkenhof.example"}, "public_url"),
        ({"public_url": "ftp://birkenhof.example"}, "public_url"),
    ],
)
def test_settings_that_cannot_work_are_told(given: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as told:
        load(None, **given)
    assert "secret" not in str(told.value)


def test_a_mail_servers_password_is_shown_nowhere() -> None:
    settings = load(None, smtp_user="door", smtp_password="s3cr3t")
    assert "s3cr3t" not in repr(settings)


def test_links_hang_on_the_public_address_or_on_this_machines() -> None:
    assert load(None, public_url="https://birkenhof.example/").link_base == "https://birkenhof.example"
    assert load(None, public_url="https://example.org/door/").link_base == "https://example.org/door"
    assert load(None, port=9000).link_base == "http://localhost:9000"


def said(settings: Settings) -> tuple[bool, str]:
    return next((well, words) for well, words in verdicts(settings) if "etters" in words or "mail" in words)


def test_the_doctor_looks_whether_a_mail_server_answers(tmp_path: Path) -> None:
    assert said(load(None, data=tmp_path))[0]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        greetings = [b"220 mail\r\n", b"HTTP/1.1 400\r\n", b"220 mail\r\n"]

        def answer() -> None:
            for greeting in greetings:
                line, _ = listening.accept()
                with line:
                    line.sendall(greeting)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        given = {"data": tmp_path, "smtp_host": "127.0.0.1", "smtp_port": port}
        assert said(load(None, **given, public_url="https://birkenhof.example"))[0]
        assert said(load(None, **given)) == (
            False,
            f"What answers on 127.0.0.1, port {port}, is no mail server.",
        )
        assert "public_url" in said(load(None, **given))[1]
        thread.join()
    well, words = said(load(None, **given))
    assert not well
    assert "does not answer" in words
