"""Whatever somebody does in whatever order: the rules of second factors hold."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pyotp
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from intercom.domain.errors import IntercomError, PasswordAgain, SecondStepOver, WrongSecondFactor
from intercom.domain.factors import STEP_SECONDS, TRUST_SECONDS, FactorKind
from intercom.domain.ids import AccountId, Secret
from intercom.services.second_step import SignedIn
from tests.fakes.adapters import new_files
from tests.fakes.gate import AGENT, HOME, Gate

T = TypeVar("T")
ANNA = AccountId("anna")
TEMPLATES = tempfile.TemporaryDirectory()


class SigningIn(RuleBasedStateMachine):
    """Anna, her app, her letters, one trusted browser, and a model of what must be true."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.gate = Gate(new_files(Path(self.folder.name), Path(TEMPLATES.name)) / "intercom.db")
        self.on = False
        self.app: pyotp.TOTP | None = None
        self.recovery: Secret | None = None
        self.used: set[str] = set()
        self.half: Secret | None = None
        self.half_until = 0.0
        self.trusted: tuple[Secret, ...] = ()
        self.trusted_until = 0.0

    def do(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run it."""
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        self.do(self.gate.engine.dispose())
        self.loop.close()
        self.folder.cleanup()

    @property
    def now(self) -> float:
        return self.gate.clock.now()

    @initialize()
    def moves_in(self) -> None:
        self.do(self.gate.settle_in())

    @rule(seconds=st.sampled_from([1.0, 31.0, 700.0, TRUST_SECONDS]))
    def time_passes(self, seconds: float) -> None:
        self.gate.clock.passes(seconds)

    @rule()
    def sets_up_an_app(self) -> None:
        first = self.recovery is None
        self.app, recovery = self.do(self.gate.sets_up_app())
        assert (recovery is not None) == first, "a recovery code with the first method only"
        if recovery is not None:
            self.recovery, self.on = recovery, True

    @precondition(lambda self: self.recovery is not None)
    @rule(on=st.booleans())
    def switches(self, on: bool) -> None:
        session = self.do(self.gate.unlocked())
        self.do(self.gate.own.switch(session, on))
        self.on = on

    @precondition(lambda self: self.app is not None)
    @rule()
    def takes_the_app_away(self) -> None:
        session = self.do(self.gate.unlocked())
        self.do(self.gate.own.remove(session, self.do(self.gate.factor(FactorKind.APP))))
        self.app = None

    @rule()
    def changes_nothing_without_the_password(self) -> None:
        session = self.do(self.gate.session())
        for on in (True, False):
            try:
                self.do(self.gate.own.switch(session, on))
            except PasswordAgain:
                continue
            raise AssertionError("it was changed without the password")

    @rule(with_trust=st.booleans())
    def types_the_password(self, with_trust: bool) -> None:
        given = self.trusted if with_trust else ()
        outcome = self.do(self.gate.enter(trusted=given))
        enough = not self.on or (bool(given) and self.now < self.trusted_until)
        assert isinstance(outcome, SignedIn) == enough
        if not isinstance(outcome, SignedIn):
            self.half, self.half_until = outcome.token, self.now + STEP_SECONDS

    def _checks(self, kind: FactorKind, code: Secret) -> SignedIn | None:
        assert self.half is not None
        try:
            return self.do(self.gate.step.check(self.half, kind, code, HOME, AGENT))
        except (WrongSecondFactor, SecondStepOver):
            return None

    @precondition(lambda self: self.half is not None)
    @rule(trust=st.booleans())
    def types_a_code_of_the_app(self, trust: bool) -> None:
        if self.app is None:
            return
        code = self.gate.shows(self.app)
        fresh = f"{self.app.secret}{int(self.now) // 30}" not in self.used
        signed_in = self._checks(FactorKind.APP, code)
        if signed_in is not None:
            assert fresh, "a code was taken twice"
            assert self.now < self.half_until
            self.used.add(f"{self.app.secret}{int(self.now) // 30}")
            self.half = None
            if trust:
                self.trusted = (self.do(self.gate.step.trust(signed_in.session, AGENT)),)
                self.trusted_until = self.now + TRUST_SECONDS

    @precondition(lambda self: self.half is not None)
    @rule(twice=st.booleans())
    def types_a_code_of_a_letter(self, twice: bool) -> None:
        try:
            self.do(self.gate.step.send(self.half, FactorKind.EMAIL))
        except IntercomError:
            return
        code = self.gate.mailed()
        if twice:
            self.do(self.gate.step.send(self.half, FactorKind.EMAIL))
            if self.gate.mailed() != code:
                assert self._checks(FactorKind.EMAIL, code) is None, "the older code still works"
        assert self._checks(FactorKind.EMAIL, self.gate.mailed()) is not None
        self.half = None

    @precondition(lambda self: self.half is not None and self.recovery is not None)
    @rule()
    def types_the_recovery_code(self) -> None:
        try:
            self.do(self.gate.step.recover(self.half, self.recovery, HOME, AGENT))  # type: ignore[arg-type]
        except (SecondStepOver, WrongSecondFactor):
            return
        self.on, self.app, self.recovery, self.half, self.trusted = False, None, None, None, ()

    @invariant()
    def email_is_there_as_soon_as_any_method_is(self) -> None:
        kinds = self.do(self.gate.kinds())
        assert not kinds or "email" in kinds
        assert (self.recovery is not None) == bool(kinds)
        assert ("app" in kinds) == (self.app is not None)
        account = self.do(self.gate.people.account(ANNA))
        if account is not None:
            assert account.second_factor == self.on


TestSigningIn = SigningIn.TestCase
TestSigningIn.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
