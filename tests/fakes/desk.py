"""Everything that people do with their own account, over the house of fakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from intercom.domain.factors import Factor, Identity, Token, TrustedDevice
from intercom.domain.ids import AccountId, Secret, SessionId, SiteId
from intercom.domain.language import Sentence
from intercom.domain.letters import Letter
from intercom.domain.passwords import PasswordRules
from intercom.domain.people import Session
from intercom.identity.common import common_passwords
from intercom.services.credentials import Credentials
from intercom.services.deletion import Deletion
from intercom.services.leaving import Leaving
from intercom.services.own_data import OwnData
from intercom.services.profile import Profile
from intercom.services.sessions import Sessions
from tests.fakes.accounts import MemoryAccounts
from tests.fakes.gate import Messages
from tests.fakes.house import House
from tests.fakes.small import GlassVault

HOME, CAFE = "192.0.2.1", "198.51.100.7"


@dataclass
class MemoryTokens:
    """`ports.Tokens` in memory."""

    kept: dict[str, Token] = field(default_factory=dict)

    async def add(self, token: Token, now: float) -> None:
        self.kept = {key: t for key, t in self.kept.items() if t.expires_at > now}
        self.kept[token.hash] = token

    async def get(self, token_hash: str, purpose: str, now: float) -> Token | None:
        token = self.kept.get(token_hash)
        return token if token and token.purpose == purpose and token.expires_at > now else None

    async def take(self, token_hash: str, purpose: str, now: float) -> Token | None:
        found = await self.get(token_hash, purpose, now)
        if found:
            del self.kept[token_hash]
        return found

    async def tried(self, token_hash: str, most: int) -> int | None:
        token = self.kept.get(token_hash)
        if token is None or token.tries >= most:
            return None
        self.kept[token_hash] = replace(token, tries=token.tries + 1)
        return most - token.tries - 1

    async def put(self, token_hash: str, data: Mapping[str, str]) -> None:
        self.kept[token_hash] = replace(self.kept[token_hash], data=data, tries=0)

    async def void(self, purpose: str, account: AccountId) -> None:
        self.kept = {k: t for k, t in self.kept.items() if (t.purpose, t.account) != (purpose, account)}


@dataclass
class Trusted:
    """The part of `ports.TrustedDevices` that a new password and the export need."""

    kept: list[TrustedDevice] = field(default_factory=list)
    forgotten: list[AccountId] = field(default_factory=list)

    async def forget(self, account: AccountId, device: str | None = None) -> None:
        self.forgotten.append(account)

    async def add(self, device: TrustedDevice, token_hash: str) -> None:
        raise NotImplementedError

    async def find(self, account: AccountId, token_hashes: object, now: float) -> TrustedDevice | None:
        raise NotImplementedError

    async def of(self, account: AccountId, now: float) -> list[TrustedDevice]:
        return [device for device in self.kept if device.account == account]


class Desk:
    """The services of accounts. `limits`: as `PatientThrottle`'s."""

    def __init__(self, limits: dict[str, tuple[int, float]] | None = None) -> None:
        self.house = house = House(limits=limits)
        self.accounts = MemoryAccounts(house.people)
        self.tokens, self.trusted, self.sms = MemoryTokens(), Trusted(), Messages()
        self.changed: list[SiteId] = []
        people, mail, clock = house.people, house.mail, house.clock

        async def ended(session: SessionId) -> None:
            house.ended.append(session)

        async def changed(site: SiteId) -> None:
            self.changed.append(site)

        self.credentials = Credentials(
            people,
            self.accounts,
            house.passwords,
            PasswordRules(common_passwords()),
            self.tokens,
            self.trusted,
            house.phonebooks,
            house.throttle,
            mail,
            clock,
            house.signin.prove,
            ended,
        )
        self.profile = Profile(
            people,
            self.accounts,
            house.phonebooks,
            self.tokens,
            GlassVault(),
            self.sms,
            mail,
            house.throttle,
            clock,
            changed,
            lambda sentence, language: (
                f"{language}: {Sentence(sentence.msgid, sentence.values)}"
                if isinstance(sentence, Sentence)
                else sentence
            ),
        )
        self.sessions = Sessions(people, self.accounts, house.presence, clock, ended)
        self.leaving = Leaving(
            people, self.accounts, house.phonebooks, house.switchboard, house.signaler, mail, clock, ended
        )
        self.deletion = Deletion(
            people,
            self.accounts,
            house.phonebooks,
            self.credentials,
            self.leaving,
            house.events,
            mail,
            clock,
            changed,
        )
        self.methods: list[Factor] = []
        self.links: list[Identity] = []

        async def methods(account: AccountId) -> list[Factor]:
            return [factor for factor in self.methods if factor.account == account]

        async def links(account: AccountId) -> list[Identity]:
            return [link for link in self.links if link.account == account]

        self.own_data = OwnData(
            people,
            self.accounts,
            house.calls,
            house.openings,
            house.phonebooks,
            methods,
            self.trusted,
            links,
            house.subscriptions,
            house.quiet_hours,
            clock,
            house.kept_notes,
        )

    async def sign_in(self, person: str, agent: str = "a browser") -> Session:
        """A new session of somebody, with the rights they have now."""
        account = self.house.people.accounts[AccountId(person)]
        token, _ = await self.house.signin.open(account, agent)
        return await self.house.signin.session(token)

    async def again(self, session: Session) -> Session | None:
        """The session as it is now; None when it has ended."""
        for token, row in self.house.people.sessions.items():
            if row[0] == session.id:
                return await self.house.people.session(token, self.house.clock.now())
        return None

    def letters(self, *kinds: str) -> list[Letter]:
        """The letters that were sent, of these kinds or all."""
        return [letter for letter in self.house.mail.letters if not kinds or letter.kind in kinds]

    async def link(self) -> Secret:
        """The newest link for a new password, once it was sent."""
        await self.credentials.finish()
        path = self.letters("reset_password")[-1].values["path"]
        assert path.startswith("/reset-password/")
        return Secret(path.removeprefix("/reset-password/"))

    async def at_home(self) -> None:
        """Everybody's devices are connected under sessions that are stored; both panels too."""
        now = self.house.clock.now()
        for person in ("anna", "ben", "ferhat", "marta"):
            session, account = SessionId(f"{person}-session"), AccountId(person)
            await self.house.people.add_session(f"{person}-token", session, account, "", now, now + 1000)
        await self.house.everybody()
