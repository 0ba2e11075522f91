"""The same house over https, with a certificate of its own."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.e2e.house import House, fresh_address, talking


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "house.test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=60))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, secret


@pytest.fixture(scope="module")
def safe_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with a certificate."""
    folder = tmp_path_factory.mktemp("safe")
    chain, key = certificate(folder)
    house = House(folder / "house", certificate=chain, key=key)
    house.start()
    yield house
    house.close()
    assert not house.faults()


def test_cookies_over_https_are_secure_and_bound_to_the_host(safe_house: House) -> None:
    account = safe_house.account("anna")
    answer = safe_house.ask(
        "POST", "/sign-in", form={"email": account["email"], "password": account["password"]}
    )
    assert answer.status == 303
    session, known = answer.set_cookies()
    answer = safe_house.ask("POST", "/api/v1/panels/session", json_body={"key": safe_house.panel_key})
    (panel,) = answer.set_cookies()
    named = (session, "session"), (known, "known"), (panel, "panel")
    for line, name in [(line, f"__Host-intercom_{name}") for line, name in named]:
        assert line.startswith(f"{name}=")
        parts = {part.strip().casefold() for part in line.split(";")}
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
        assert not any(part.startswith("domain") for part in parts)
    chosen = safe_house.ask("POST", "/language", form={"language": "fr"})
    assert "Secure" in chosen.set_cookies()[0]
    plain = {"intercom_session": str(answer.cookie("__Host-intercom_session"))}
    assert safe_house.ask("GET", "/api/v1/history", cookies=plain).status == 401, "only the bound name counts"


def test_browsers_are_told_to_stay_with_https(safe_house: House, house: House) -> None:
    for path in ("/sign-in", "/no-such-page", "/livez"):
        assert "max-age=31536000" in (safe_house.ask("GET", path).header("Strict-Transport-Security") or "")
        assert house.ask("GET", path).header("Strict-Transport-Security") is None


def test_a_change_from_the_plain_http_page_of_the_same_host_is_refused_elsewhere(safe_house: House) -> None:
    answer = safe_house.ask("POST", "/sign-out", headers={"Origin": "https://evil.example"})
    assert answer.status == 403


async def test_a_whole_call_runs_over_https(safe_house: House) -> None:
    async with safe_house.people() as people:
        panel, anna = await people.panel(safe_house.panel_key), await people.device("anna")
        await talking(panel, anna, "Anna Lind")
        await anna.hangs_up()
        await panel.hears("ended")
        await anna.connect(headers={"Origin": safe_house.base})


def test_old_versions_of_tls_are_refused(safe_house: House) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", safe_house.port)) as raw, context.wrap_socket(raw) as tls:
        assert tls.version() in ("TLSv1.2", "TLSv1.3")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLS"):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", safe_house.port)) as raw,
        pytest.raises((ssl.SSLError, OSError)),
    ):
        old.wrap_socket(raw)


def test_a_house_behind_a_proxy_that_speaks_https_uses_the_same_cookies(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    house = House(tmp_path_factory.mktemp("proxied") / "house", behind_https="true")
    house.start()
    try:
        account = house.account("anna")
        form = {"email": account["email"], "password": account["password"]}
        answer = house.ask("POST", "/sign-in", form=form, address=fresh_address())
        assert answer.set_cookies()[0].startswith("__Host-intercom_session=")
        assert "Secure" in answer.set_cookies()[0]
    finally:
        house.close()
