"""People's accounts: who somebody is, how they prove it, and what they say of themselves."""

from __future__ import annotations

from dataclasses import dataclass

from intercom import language
from intercom.assembly.adapters import Adapters
from intercom.assembly.machine import new_id
from intercom.assembly.news import News
from intercom.assembly.stores import Stores
from intercom.config import Settings
from intercom.domain.ids import Secret
from intercom.domain.passwords import PasswordRules
from intercom.domain.people import Account
from intercom.identity.authenticator import TotpAuthenticator
from intercom.identity.common import common_passwords
from intercom.identity.oidc import Client, OidcProviders
from intercom.identity.passkeys import WebAuthnPasskeys
from intercom.services.codes import Codes
from intercom.services.credentials import Credentials
from intercom.services.elsewhere import Elsewhere
from intercom.services.guesses import Guesses
from intercom.services.own_data import OwnData
from intercom.services.passkeys import PasskeySignIn
from intercom.services.pins import Pins
from intercom.services.profile import Profile
from intercom.services.second_factor import SecondFactors
from intercom.services.second_step import SecondStep
from intercom.services.sessions import Sessions
from intercom.services.signin import SignIn


@dataclass(frozen=True, slots=True)
class AccountFamily:
    """Signing in, by every way, and the pages of one's own account."""

    password_rules: PasswordRules
    signin: SignIn
    second_step: SecondStep
    second_factors: SecondFactors
    passkey_signin: PasskeySignIn
    elsewhere: Elsewhere
    credentials: Credentials
    pins: Pins
    profile: Profile
    sessions: Sessions
    own_data: OwnData


async def make_accounts(settings: Settings, stores: Stores, adapters: Adapters, news: News) -> AccountFamily:
    """The house's name in authenticators is that of its first site, as it is now."""
    people, phonebooks, accounts = stores.people, stores.phonebooks, stores.accounts
    factors, trusted, tokens = stores.factors, stores.trusted, stores.tokens
    clock, throttle, mailer = adapters.clock, adapters.throttle, adapters.mailer
    vault, passwords, sms = adapters.vault, adapters.passwords, adapters.sms

    async def language_of(account: Account) -> str:
        if account.language is not None:
            return account.language
        for membership in await people.memberships(account.id):
            home = await phonebooks.site(membership.site)
            if home is not None:
                return home.language
        return "en"

    signin = SignIn(
        people, passwords, throttle, mailer, clock, new_id, news.session_ended, Guesses(throttle, vault)
    )
    authenticator = TotpAuthenticator()
    codes = Codes(factors, tokens, vault, authenticator, mailer, sms, throttle, clock, _said_in, language_of)
    second_step = SecondStep(signin, people, factors, trusted, tokens, codes, throttle, mailer, clock, new_id)
    elsewhere = Elsewhere(
        signin,
        people,
        stores.identities,
        _providers(settings),
        tokens,
        vault,
        throttle,
        clock,
        mailer,
        language_of,
    )
    first_site = await phonebooks.first_site()
    house = f"{first_site.name} {first_site.plate}" if first_site else "Intercom"
    passkeys = WebAuthnPasskeys(settings.link_base, house)
    second_factors = SecondFactors(
        signin,
        factors,
        trusted,
        tokens,
        vault,
        codes,
        authenticator,
        passkeys,
        mailer,
        clock,
        new_id,
        first_site.address.country if first_site else "",
        house,
    )
    password_rules = PasswordRules(common_passwords())
    credentials = Credentials(
        people,
        accounts,
        passwords,
        password_rules,
        tokens,
        trusted,
        phonebooks,
        throttle,
        mailer,
        clock,
        signin.prove,
        news.session_ended,
    )
    own_data = OwnData(
        people,
        accounts,
        stores.calls,
        stores.openings,
        phonebooks,
        factors.of,
        trusted,
        stores.identities.of,
        stores.subscriptions,
        stores.quiet_hours,
        clock,
        stores.notes,
    )
    return AccountFamily(
        password_rules,
        signin,
        second_step,
        second_factors,
        PasskeySignIn(second_step, people, factors, tokens, passkeys, throttle, clock),
        elsewhere,
        credentials,
        Pins(stores.pins, passwords, vault, credentials.again, clock),
        Profile(
            people,
            accounts,
            phonebooks,
            tokens,
            vault,
            sms,
            mailer,
            throttle,
            clock,
            news.site_changed,
            _said_in,
        ),
        Sessions(people, accounts, adapters.presence, clock, news.session_ended),
        own_data,
    )


def _providers(settings: Settings) -> OidcProviders:
    """The OpenID providers that are set."""
    clients = [
        Client(
            provider.id,
            provider.label,
            provider.issuer,
            provider.client_id,
            Secret(provider.client_secret.get_secret_value()) if provider.client_secret else None,
        )
        for provider in settings.providers
    ]
    return OidcProviders(clients, settings.link_base)


def _said_in(sentence: str, lang: str) -> str:
    """A sentence in a language."""
    with language.speaking(lang):
        return language.translate(sentence)
