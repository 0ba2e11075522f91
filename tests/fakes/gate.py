"""Everything about signing in, over a real database: accounts, second factors, passkeys, accounts elsewhere.

Anna and Ben have the passwords `anna-password` and `ben-password`. Real are the database, the codes of
authenticator apps and passkeys; letters and text messages are kept, time stands still until it passes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pyotp
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.factors import FactorKind
from intercom.domain.ids import AccountId, FactorId, Secret, SessionId
from intercom.domain.people import Account, Session
from intercom.identity.authenticator import TotpAuthenticator
from intercom.identity.passkeys import WebAuthnPasskeys
from intercom.ports import Providers
from intercom.services.codes import Codes
from intercom.services.elsewhere import Elsewhere
from intercom.services.guesses import Guesses
from intercom.services.passkeys import PasskeySignIn
from intercom.services.second_factor import SecondFactors
from intercom.services.second_step import Halfway, SecondStep, SignedIn
from intercom.services.signin import SignIn
from intercom.storage.engine import open_main
from intercom.storage.factors import SqlFactors, SqlIdentities, SqlTrustedDevices
from intercom.storage.people import SqlPeople
from intercom.storage.tables import accounts
from intercom.storage.tokens import SqlTokens
from tests.fakes.people import PlainPasswords
from tests.fakes.small import FakeClock, GlassVault, Numbered, PatientThrottle, Postbox

HOME, CAFE = "192.0.2.1", "198.51.100.7"
URL = "https://door.example"
AGENT = "Mozilla/5.0 (Windows NT 10.0) Firefox/150.0"


@dataclass
class Messages:
    """`ports.SmsSender` that keeps the messages: number and text."""

    sent: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, number: str, text: Secret) -> None:
        self.sent.append((number, text.reveal()))


class Gate:
    """The services of signing in. `limits`: as `PatientThrottle`'s."""

    def __init__(
        self,
        file: Path,
        providers: Providers | None = None,
        limits: dict[str, tuple[int, float]] | None = None,
    ) -> None:
        self.engine: AsyncEngine = open_main(file)
        self.clock, self.mail, self.sms, self.vault = FakeClock(), Postbox(), Messages(), GlassVault()
        self.throttle = PatientThrottle(self.clock, limits or {})
        self.people, self.factors = SqlPeople(self.engine), SqlFactors(self.engine)
        self.devices, self.tokens = SqlTrustedDevices(self.engine), SqlTokens(self.engine)
        self.identities = SqlIdentities(self.engine)
        new_id = Numbered()
        self.ended: list[SessionId] = []

        async def ended(session: SessionId) -> None:
            self.ended.append(session)

        self.signin = SignIn(
            self.people,
            PlainPasswords(),
            self.throttle,
            self.mail,
            self.clock,
            new_id,
            ended,
            Guesses(self.throttle, self.vault),
        )
        app = TotpAuthenticator()
        codes = Codes(
            self.factors,
            self.tokens,
            self.vault,
            app,
            self.mail,
            self.sms,
            self.throttle,
            self.clock,
            lambda sentence, language: str(sentence),
            self._language_of,
        )
        self.step = SecondStep(
            self.signin,
            self.people,
            self.factors,
            self.devices,
            self.tokens,
            codes,
            self.throttle,
            self.mail,
            self.clock,
            new_id,
        )
        rules = WebAuthnPasskeys(URL, "Birkenhof 12")
        self.own = SecondFactors(
            self.signin,
            self.factors,
            self.devices,
            self.tokens,
            self.vault,
            codes,
            app,
            rules,
            self.mail,
            self.clock,
            new_id,
            "",
            "Birkenhof 12",
        )
        self.passkeys = PasskeySignIn(
            self.step, self.people, self.factors, self.tokens, rules, self.throttle, self.clock
        )
        if providers is not None:
            self.elsewhere = Elsewhere(
                self.signin,
                self.people,
                self.identities,
                providers,
                self.tokens,
                self.vault,
                self.throttle,
                self.clock,
                self.mail,
                self._language_of,
            )

    async def _language_of(self, account: Account) -> str:
        return account.language or "de"

    async def settle_in(self) -> None:
        """Anna and Ben move in."""
        async with self.engine.begin() as connection:
            for name in ("anna", "ben"):
                await connection.execute(
                    insert(accounts).values(
                        id=name,
                        email=f"{name}@example.org",
                        email_key=f"{name}@example.org",
                        first_name=name.title(),
                        last_name="Lind",
                        password_hash=f"now:{name}-password",
                    )
                )

    # -- what people do ----------------------------------------------------------------------------

    async def enter(
        self, who: str = "anna", trusted: tuple[Secret, ...] = (), address: str = HOME
    ) -> SignedIn | Halfway:
        """E-mail and password."""
        email, password = f"{who}@example.org", Secret(f"{who}-password")
        return await self.step.sign_in(email, password, address, AGENT, trusted)

    async def halfway(self, who: str = "anna") -> Secret:
        """E-mail and password of somebody who is asked for a second factor; gives the half-way token."""
        outcome = await self.enter(who)
        assert isinstance(outcome, Halfway), "the password was enough"
        return outcome.token

    async def session(self, who: str = "anna") -> Session:
        """A session of somebody, whatever they have set up."""
        account = await self.people.account(AccountId(who))
        assert account is not None
        token, _ = await self.signin.open(account, AGENT)
        return await self.signin.session(token)

    async def unlocked(self, who: str = "anna") -> Session:
        """A session that has typed its password again."""
        session = await self.session(who)
        await self.own.password_again(session, Secret(f"{who}-password"), HOME)
        return session

    async def sets_up_app(self, who: str = "anna") -> tuple[pyotp.TOTP, Secret | None]:
        """Somebody sets up an authenticator app; gives the app, and the recovery code if there is one."""
        session = await self.unlocked(who)
        setup = await self.own.begin_app(session)
        app = pyotp.TOTP(setup.secret.reveal())
        recovery = await self.own.confirm(session, setup.factor, self.shows(app))
        self.clock.passes(60)  # the code that set it up is not taken again
        return app, recovery

    async def sets_up_sms(self, who: str = "anna", number: str = "+41 79 123 45 67") -> Secret | None:
        """Somebody sets up codes by SMS; gives the recovery code if there is one."""
        session = await self.unlocked(who)
        factor = await self.own.begin_code(session, FactorKind.SMS, number)
        return await self.own.confirm(session, factor.id, self.texted())

    async def kinds(self, who: str = "anna") -> list[str]:
        """What somebody has set up."""
        return sorted(f.kind.value for f in await self.factors.of(AccountId(who)) if f.confirmed)

    async def factor(self, kind: FactorKind, who: str = "anna") -> FactorId:
        """The id of somebody's factor."""
        return next(f.id for f in await self.factors.of(AccountId(who)) if f.kind is kind)

    def shows(self, app: pyotp.TOTP) -> Secret:
        """What the app shows now."""
        return Secret(app.at(int(self.clock.now())))

    def mailed(self) -> Secret:
        """The code in the newest letter that has one."""
        return Secret(next(m.values["code"] for m in reversed(self.mail.letters) if "code" in m.values))

    def texted(self) -> Secret:
        """The code in the newest text message."""
        found = re.search(r"\b\d{6}\b", self.sms.sent[-1][1])
        assert found
        return Secret(found[0])

    def changes(self) -> list[str]:
        """What the letters since the last time told, by kind."""
        kinds = [letter.kind.value for letter in self.mail.letters]
        self.mail.letters.clear()
        return kinds
