"""Letters by SMTP, to a real server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import email
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from intercom.domain.ids import Secret
from intercom.mail.message import Mail, NotDelivered, message
from intercom.mail.smtp import SmtpServer, SmtpTransport


def letter(to: str = "anna@example.org", text: str = "Grüezi\n.\nThe door.\n") -> EmailMessage:
    return message(
        Mail(to, "Für dich", text, "<p>Grüezi</p>", "de", "Birkenhof 12"),
        sender="door@example.org",
        name="l1",
        moment=1_800_000_000,
    )


@dataclass
class MailServer:
    """Takes letters, or says what it is told to say first."""

    received: list[Envelope] = field(default_factory=list)
    to_recipients: list[str] = field(default_factory=list)
    to_data: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_recipients:
            return self.to_recipients.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.to_data:
            return self.to_data.pop(0)
        self.received.append(envelope)
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run(
        [*new, "-days", "2", *subject, "-out", str(files[0]), "-keyout", str(files[1])],
        check=True,
        capture_output=True,
    )
    return files


Start = Callable[..., Awaitable[MailServer]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts mail servers, and ends them after the test."""
    running: list[asyncio.Server] = []

    async def started(*, ssl: ssl.SSLContext | None = None, **options: Any) -> MailServer:
        server = MailServer()
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(
            lambda: SMTP(server, loop=loop, **options), "127.0.0.1", 0, ssl=ssl
        )
        server.port = listening.sockets[0].getsockname()[1]
        running.append(listening)
        return server

    yield started
    for listening in running:
        listening.close()


def plain(server: MailServer) -> SmtpTransport:
    return SmtpTransport(SmtpServer("127.0.0.1", server.port, "none"))


def trusting(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate[0])


def serving(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


def checks(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
    fits = isinstance(given, LoginPassword) and (given.login, given.password) == (b"door", b"secret")
    return AuthResult(success=fits, handled=False)


async def test_a_letter_arrives_whole(start: Start) -> None:
    server = await start()
    given = letter()
    async with plain(server) as transport:
        await transport.deliver(given, "l1")
    (envelope,) = server.received
    assert (envelope.mail_from, envelope.rcpt_tos) == ("door@example.org", ["anna@example.org"])
    assert isinstance(envelope.content, bytes)
    arrived = email.message_from_bytes(envelope.content, policy=default)
    for name in ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language"):
        assert arrived[name] == given[name]
    for part, was in zip(arrived.iter_parts(), given.iter_parts(), strict=True):
        assert part.get_content().replace("\r\n", "\n") == was.get_content()


async def test_letters_that_go_together_share_a_connection(start: Start) -> None:
    server = await start()
    async with plain(server) as transport:
        for n in range(5):
            await transport.deliver(letter(f"p{n}@example.org"), f"l{n}")
    assert (len(server.received), server.connections) == (5, 1)


@pytest.mark.parametrize("where", ["to_recipients", "to_data"])
async def test_a_refusal_for_now_is_no_refusal_for_good(start: Start, where: str) -> None:
    server = await start()
    getattr(server, where).append("451 4.7.1 greylisted, come back later")
    async with plain(server) as transport:
        with pytest.raises(NotDelivered, match=r"451 .*greylisted") as refused:
            await transport.deliver(letter(), "l1")
        assert not refused.value.for_good
        await transport.deliver(letter(), "l1")
    assert len(server.received) == 1


@pytest.mark.parametrize("where", ["to_recipients", "to_data"])
async def test_a_refusal_for_good_is_told_in_the_servers_words(start: Start, where: str) -> None:
    server = await start()
    getattr(server, where).append("550 5.1.1 no such person here")
    async with plain(server) as transport:
        with pytest.raises(NotDelivered, match=r"550 .*no such person here") as refused:
            await transport.deliver(letter(), "l1")
        assert refused.value.for_good
        await transport.deliver(letter("ben@example.org"), "l2")
    assert [envelope.rcpt_tos for envelope in server.received] == [["ben@example.org"]]


async def test_a_server_that_is_not_there_is_tried_again_later(start: Start) -> None:
    server = await start()
    transport = SmtpTransport(SmtpServer("127.0.0.1", 1, "none"))
    with pytest.raises(NotDelivered, match="cannot be reached") as refused:
        await transport.deliver(letter(), "l1")
    assert not refused.value.for_good
    assert server.received == []


async def test_a_server_that_hangs_up_in_between_is_called_anew(start: Start) -> None:
    server = await start(timeout=0.05)
    async with plain(server) as transport:
        await transport.deliver(letter(), "l1")
        await asyncio.sleep(0.3)
        with contextlib.suppress(NotDelivered):  # that it hung up may be seen only now
            await transport.deliver(letter(), "l2")
        if len(server.received) == 1:
            await transport.deliver(letter(), "l2")
    assert len(server.received) == 2


async def test_the_password_goes_out_after_starttls_alone(
    start: Start, certificate: tuple[Path, Path]
) -> None:
    server = await start(
        tls_context=serving(certificate), authenticator=checks, auth_required=True, require_starttls=True
    )
    target = SmtpServer("127.0.0.1", server.port, "starttls", "door", Secret("secret"), trusting(certificate))
    async with SmtpTransport(target) as transport:
        await transport.deliver(letter(), "l1")
    assert len(server.received) == 1


async def test_tls_from_the_first_byte(start: Start, certificate: tuple[Path, Path]) -> None:
    server = await start(ssl=serving(certificate), authenticator=checks, auth_require_tls=False)
    # the library's server takes AUTH over such a line only when it is told not to mind
    target = SmtpServer("127.0.0.1", server.port, "tls", "door", Secret("secret"), trusting(certificate))
    async with SmtpTransport(target) as transport:
        await transport.deliver(letter(), "l1")
    assert len(server.received) == 1


async def test_a_wrong_password_is_a_fault_of_the_settings_and_not_of_the_letter(
    start: Start, certificate: tuple[Path, Path]
) -> None:
    server = await start(tls_context=serving(certificate), authenticator=checks, auth_required=True)
    target = SmtpServer("127.0.0.1", server.port, "starttls", "door", Secret("wr0ng"), trusting(certificate))
    async with SmtpTransport(target) as transport:
        with pytest.raises(NotDelivered, match="password") as refused:
            await transport.deliver(letter(), "l1")
    assert not refused.value.for_good
    assert "wr0ng" not in str(refused.value)


async def test_a_server_without_starttls_gets_neither_password_nor_letter(start: Start) -> None:
    asked: list[object] = []

    def listens(*given: object) -> AuthResult:
        asked.append(given)
        return AuthResult(success=True)

    server = await start(authenticator=listens, auth_require_tls=False)
    target = SmtpServer("127.0.0.1", server.port, "starttls", "door", Secret("secret"))
    async with SmtpTransport(target) as transport:
        with pytest.raises(NotDelivered) as refused:
            await transport.deliver(letter(), "l1")
    assert not refused.value.for_good
    assert (asked, server.received) == ([], [])


async def test_a_certificate_that_is_not_trusted_gets_nothing(
    start: Start, certificate: tuple[Path, Path]
) -> None:
    server = await start(tls_context=serving(certificate), authenticator=checks)
    target = SmtpServer("127.0.0.1", server.port, "starttls", "door", Secret("secret"))
    async with SmtpTransport(target) as transport:
        with pytest.raises(NotDelivered):
            await transport.deliver(letter(), "l1")
    assert server.received == []


def test_a_password_without_tls_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="TLS"):
        SmtpServer("mail.example.org", 25, "none", "door", Secret("secret"))


async def test_an_address_in_another_script_needs_a_server_that_can(start: Start) -> None:
    server = await start(enable_SMTPUTF8=True)
    async with plain(server) as transport:
        await transport.deliver(letter("anna@bücher.example"), "l1")
    assert server.received[0].rcpt_tos == ["anna@bücher.example"]
    old = await start()
    async with plain(old) as transport:
        with pytest.raises(NotDelivered) as refused:
            await transport.deliver(letter("änna@example.org"), "l1")
    assert refused.value.for_good
