"""Signing in with an account elsewhere, at a real OpenID provider on loopback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import update

from intercom.domain.errors import NoAccount, NotFound, ProviderFailed
from intercom.domain.factors import STEP_SECONDS
from intercom.domain.ids import AccountId, Secret
from intercom.domain.letters import LetterKind
from intercom.identity.oidc import Client, OidcProviders, trusted_address
from intercom.services.second_step import SignedIn
from intercom.storage.accounts import SqlAccounts
from intercom.storage.tables import accounts
from tests.fakes.adapters import new_files
from tests.fakes.gate import HOME, Gate
from tests.fakes.oidc_provider import CLIENT, SECRET, OidcProvider, Person, running

DOOR = "https://door.example"
SECONDS = 0.5


@pytest.fixture
async def house() -> AsyncIterator[OidcProvider]:
    """The provider that the house uses; Anna is signed in there."""
    provider = OidcProvider(f"{DOOR}/sign-in/from/house", Person("anna-there", "anna@example.org"))
    async with running(provider):
        yield provider


@pytest.fixture
async def other() -> AsyncIterator[OidcProvider]:
    """Another provider."""
    provider = OidcProvider(f"{DOOR}/sign-in/from/other", Person("anna-other", "Anna@Example.org"))
    async with running(provider):
        yield provider


@pytest.fixture
async def gate(
    house: OidcProvider, other: OidcProvider, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Gate]:
    clients = [
        Client(name, name.title(), provider.issuer, CLIENT, Secret(SECRET))
        for name, provider in (("house", house), ("other", other))
    ]
    providers = OidcProviders(clients, DOOR, seconds=SECONDS)
    gate = Gate(new_files(tmp_path, tmp_path_factory.getbasetemp()) / "intercom.db", providers)
    await gate.settle_in()
    yield gate
    await gate.engine.dispose()


async def goes(gate: Gate, provider: str = "house") -> tuple[str, Secret, str]:
    """To the provider and as far as its way back: the state there, the browser's own, the code."""
    address, own = await gate.elsewhere.send(provider, HOME)
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(address, allow_redirects=False) as answer,
    ):
        assert answer.status == 302, await answer.text()
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
    return back["state"][0], own, back["code"][0]


async def signs_in(gate: Gate, provider: str = "house") -> SignedIn:
    """The whole way."""
    state, own, code = await goes(gate, provider)
    return await gate.elsewhere.back(provider, Secret(state), own, code, HOME, "agent")


async def who(gate: Gate, signed_in: SignedIn) -> str:
    return (await gate.signin.session(signed_in.token)).account.id


async def test_a_verified_email_that_is_the_accounts_own_signs_in_and_is_linked(
    gate: Gate, house: OidcProvider
) -> None:
    assert await who(gate, await signs_in(gate)) == "anna"
    (link, unlinked) = await gate.elsewhere.of(await gate.session())
    assert (link.provider.id, link.email, unlinked.email) == ("house", "anna@example.org", None)
    asked = house.asked[0]
    assert len(asked["nonce"]) >= 43
    assert len(asked["state"]) >= 43
    assert asked["code_challenge"]


async def test_from_then_on_the_providers_own_name_counts_whatever_the_email(
    gate: Gate, house: OidcProvider
) -> None:
    await signs_in(gate)
    house.person.email = "somebody-else@example.org"
    assert await who(gate, await signs_in(gate)) == "anna"


async def test_a_new_way_to_sign_in_is_told_by_mail_once(gate: Gate) -> None:
    await signs_in(gate)
    await signs_in(gate)
    (letter,) = gate.mail.letters
    assert (letter.to, letter.kind) == ("anna@example.org", LetterKind.SECOND_FACTOR_CHANGED)


async def test_several_providers_sign_one_account_in_if_the_email_is_the_same(gate: Gate) -> None:
    assert await who(gate, await signs_in(gate, "house")) == "anna"
    assert await who(gate, await signs_in(gate, "other")) == "anna"
    assert all(link.email for link in await gate.elsewhere.of(await gate.session()))


async def test_an_account_with_another_email_does_not_reach_the_same_profile(
    gate: Gate, other: OidcProvider
) -> None:
    await signs_in(gate, "house")
    other.person.email = "anna.private@example.net"
    with pytest.raises(NoAccount) as refused:
        await signs_in(gate, "other")
    assert "invitation" in refused.value.message
    other.person.email = "ben@example.org"
    assert await who(gate, await signs_in(gate, "other")) == "ben"


async def test_nobody_gets_an_account_by_signing_in_elsewhere(gate: Gate, house: OidcProvider) -> None:
    house.person = Person("stranger", "stranger@example.org")
    with pytest.raises(NoAccount):
        await signs_in(gate)
    assert await gate.people.by_email("stranger@example.org") is None
    assert await gate.identities.find(house.issuer, "stranger") is None


@pytest.mark.parametrize("verified", [False, None, "false", 1, "yes", [True]])
async def test_an_email_that_is_not_verified_links_nothing(
    gate: Gate, house: OidcProvider, verified: object
) -> None:
    house.person.verified = verified
    with pytest.raises(NoAccount) as refused:
        await signs_in(gate)
    assert "verified" in refused.value.message
    assert await gate.identities.of(AccountId("anna")) == []


async def test_an_account_elsewhere_without_an_email_links_nothing(gate: Gate, house: OidcProvider) -> None:
    house.person.email = None
    with pytest.raises(NoAccount):
        await signs_in(gate)


async def test_a_profile_from_a_printed_letter_is_nobodys_by_email_until_a_mail_was_answered(
    gate: Gate,
) -> None:
    async with gate.engine.begin() as connection:
        await connection.execute(update(accounts).where(accounts.c.id == "anna").values(vouched_by="birch"))
    with pytest.raises(NoAccount):
        await signs_in(gate)
    await SqlAccounts(gate.engine).answers_mail(AccountId("anna"))
    assert await who(gate, await signs_in(gate)) == "anna"


async def test_a_second_person_with_the_same_email_at_the_same_provider_is_refused(
    gate: Gate, house: OidcProvider
) -> None:
    await signs_in(gate)
    house.person = Person("somebody-who-got-the-address-later", "anna@example.org")
    with pytest.raises(NoAccount) as refused:
        await signs_in(gate)
    assert "unlink" in refused.value.message
    await gate.elsewhere.unlink(await gate.session(), "house")
    assert await who(gate, await signs_in(gate)) == "anna"


async def test_the_providers_second_factor_counts_instead_of_ours(gate: Gate) -> None:
    await gate.sets_up_app()
    assert await who(gate, await signs_in(gate)) == "anna"


async def test_an_unlinked_account_is_linked_anew_only_by_its_email(gate: Gate, house: OidcProvider) -> None:
    await signs_in(gate)
    await gate.elsewhere.unlink(await gate.session(), "house")
    house.person.email = "other@example.org"
    with pytest.raises(NoAccount):
        await signs_in(gate)


async def test_claims_that_stand_in_the_userinfo_alone_count(gate: Gate, house: OidcProvider) -> None:
    house.lies = {"userinfo": None}
    assert await who(gate, await signs_in(gate)) == "anna"
    assert "userinfo" in house.calls
    house.lies = {"userinfo": "somebody-else"}
    with pytest.raises(ProviderFailed):
        await signs_in(gate)


async def test_new_keys_of_the_provider_are_fetched_when_they_are_needed(
    gate: Gate, house: OidcProvider
) -> None:
    await signs_in(gate)
    assert house.calls.count("keys") == 1
    await signs_in(gate)
    assert house.calls.count("keys") == 1, "they are kept for a while"
    house.key = ECKey.generate_key("P-256", {"kid": "second"})
    assert await who(gate, await signs_in(gate)) == "anna"


LATER, EARLIER = int(time.time()) + 10_000, int(time.time()) - 10_000
LIES: list[dict[str, Any]] = [
    {"nonce": "another"},
    {"nonce": None},
    {"aud": "another"},
    {"aud": []},
    {"aud": None},
    {"aud": [CLIENT, "another"]},
    {"azp": "another"},
    {"iss": "https://evil.example"},
    {"iss": None},
    {"exp": EARLIER},
    {"exp": None},
    {"exp": "later"},
    {"iat": LATER},
    {"iat": None},
    {"sub": None},
    {"sub": 5},
    {"alg": "none"},
    {"alg": "HS256"},
    {"alg": "client"},
    {"key": RSAKey.generate_key(2048, {"kid": "first"})},
    {"keyless": True},
]


def said(lie: dict[str, object]) -> str:
    """A name that is the same in every run: a moment is `moment`."""
    return " ".join(
        f"{k}={'moment' if isinstance(v, int) and v > 1000 else str(v)[:12]}" for k, v in lie.items()
    )


@pytest.mark.parametrize("lie", LIES, ids=said)
async def test_an_id_token_that_is_not_right_signs_nobody_in(
    gate: Gate, house: OidcProvider, lie: dict[str, Any]
) -> None:
    house.lies = lie
    with pytest.raises(ProviderFailed):
        await signs_in(gate)
    assert await gate.identities.of(AccountId("anna")) == []
    house.lies = {}
    gate.elsewhere.providers._known.clear()  # type: ignore[attr-defined]
    assert await who(gate, await signs_in(gate)) == "anna"


async def test_a_way_back_is_good_once(gate: Gate) -> None:
    state, own, code = await goes(gate)
    await gate.elsewhere.back("house", Secret(state), own, code, HOME, "agent")
    with pytest.raises(ProviderFailed):
        await gate.elsewhere.back("house", Secret(state), own, code, HOME, "agent")


async def test_a_code_is_good_once_even_under_a_new_state(gate: Gate) -> None:
    state, own, code = await goes(gate)
    await gate.elsewhere.back("house", Secret(state), own, code, HOME, "agent")
    state, own, _ = await goes(gate)
    with pytest.raises(ProviderFailed):
        await gate.elsewhere.back("house", Secret(state), own, code, HOME, "agent")


async def test_a_code_that_was_given_to_somebody_else_fails_at_pkce(gate: Gate) -> None:
    _, _, stolen = await goes(gate)
    state, own, _ = await goes(gate)
    with pytest.raises(ProviderFailed):
        await gate.elsewhere.back("house", Secret(state), own, stolen, HOME, "agent")


async def test_only_the_browser_that_was_sent_may_come_back(gate: Gate) -> None:
    for own in (None, Secret("another"), Secret("")):
        state, _, code = await goes(gate)
        with pytest.raises(ProviderFailed):
            await gate.elsewhere.back("house", Secret(state), own, code, HOME, "agent")
    with pytest.raises(ProviderFailed):
        await gate.elsewhere.back("house", Secret("made-up"), Secret("made-up"), "code", HOME, "agent")


async def test_a_state_of_one_provider_is_none_for_another_and_ends_by_itself(gate: Gate) -> None:
    state, own, code = await goes(gate, "house")
    with pytest.raises(ProviderFailed):
        await gate.elsewhere.back("other", Secret(state), own, code, HOME, "agent")
    state, own, code = await goes(gate, "house")
    gate.clock.passes(STEP_SECONDS)
    with pytest.raises(ProviderFailed):
        await gate.elsewhere.back("house", Secret(state), own, code, HOME, "agent")


async def test_an_answer_in_the_name_of_another_issuer_is_refused(gate: Gate, house: OidcProvider) -> None:
    state, own, code = await goes(gate)
    with pytest.raises(ProviderFailed):
        await gate.elsewhere.back("house", Secret(state), own, code, HOME, "agent", "https://evil.example")
    state, own, code = await goes(gate)
    await gate.elsewhere.back("house", Secret(state), own, code, HOME, "agent", house.issuer)


@pytest.mark.parametrize(
    "lie",
    [{"down": True}, {"large": True}, {"issuer": "https://evil.example"}, {"plain": "http://evil.example/t"}],
    ids=lambda lie: next(iter(lie)),
)
async def test_a_provider_whose_metadata_cannot_be_trusted_is_not_used(
    gate: Gate, house: OidcProvider, lie: dict[str, Any]
) -> None:
    house.lies = lie
    with pytest.raises(ProviderFailed):
        await gate.elsewhere.send("house", HOME)
    house.lies = {}
    assert await who(gate, await signs_in(gate)) == "anna"


async def test_a_slow_provider_is_given_up_and_keeps_nobody_else_waiting(
    gate: Gate, house: OidcProvider
) -> None:
    house.lies = {"slow": 30}
    began = time.monotonic()
    waits = asyncio.create_task(gate.elsewhere.send("house", HOME))
    await asyncio.sleep(0.05)
    assert await who(gate, await signs_in(gate, "other")) == "anna"
    assert not waits.done()
    with pytest.raises(ProviderFailed):
        await waits
    assert time.monotonic() - began < 5


async def test_a_provider_that_is_not_set_up_is_not_found(gate: Gate) -> None:
    with pytest.raises(NotFound):
        await gate.elsewhere.send("nobody", HOME)


async def test_nothing_secret_is_logged(
    gate: Gate, house: OidcProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="intercom")
    state, own, code = await goes(gate)
    await gate.elsewhere.back("house", Secret(state), own, code, HOME, "agent")
    house.lies = {"nonce": "another"}
    with pytest.raises(ProviderFailed):
        await signs_in(gate)
    assert "signed in through house" in caplog.text
    for secret in (state, code, SECRET, house.asked[0]["nonce"], "anna@example.org"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("address", "trusted"),
    [
        ("https://id.example/", True),
        ("http://127.0.0.1:8080/x", True),
        ("http://localhost/", True),
        ("http://[::1]:9/", True),
        ("http://id.example/", False),
        ("http://127.0.0.1.evil.example/", False),
        ("ftp://localhost/", False),
        ("//id.example", False),
        ("", False),
    ],
)
def test_providers_are_asked_over_tls_or_on_this_machine(address: str, trusted: bool) -> None:
    assert trusted_address(address) is trusted
