"""Activating our user on each hub, and keeping what is needed to make Codes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from intercom.access.catalog import Outfit
from intercom.access.saltoks import hubs as h
from intercom.access.saltoks.answers import Reply
from intercom.access.saltoks.client import Client, Denied, NoAnswer, NotSent
from intercom.access.saltoks.code import code
from intercom.access.saltoks.hubs import Hub, Stage
from intercom.domain.errors import Invalid, NotFound, TryLater
from intercom.domain.ids import Secret
from intercom.domain.language import N_
from intercom.ports import Ask, CoreField, CoreStep

log = logging.getLogger(__name__)

_PIN = CoreField("pin", N_("PIN from the mail"), Ask.SECRET)
_FETCH, _CONFIRM = "fetch", "confirm"


class Activation:
    """The hubs, and our user on each. Each change is stored before anything relies on it."""

    def __init__(self, client: Client, path: str, outfit: Outfit) -> None:
        self._client = client
        self._path = path
        self._now = outfit.now
        self._remember = outfit.remember
        self._user = _user(outfit)
        ours = outfit.state.get("user") == self._user  # another user's secrets are worth nothing
        self.hubs: dict[str, Hub] = h.from_state(outfit.state.get("hubs")) if ours else {}

    def found(self, hubs: Iterable[Hub]) -> None:
        """The vendor's hubs of now; what we keep of one that is gone is kept, it may come back."""
        self.hubs |= {hub.id: hub for hub in hubs}

    async def taken(self, hub: str) -> None:
        """A Code of ours was right."""
        await self._change(hub, h.code_taken)

    async def wrong(self, hub: str) -> None:
        """A Code of ours was refused."""
        await self._change(hub, h.code_wrong)
        if self.hubs[hub].stage is not Stage.ACTIVATED:
            log.error("hub %s refuses our Codes: %s", hub, self.hubs[hub].stage)

    async def blocked(self, hub: str) -> float:
        """The hub takes no Codes for a while; until when."""
        await self._change(hub, lambda known: h.code_blocked(known, self._now()))
        log.error("hub %s has blocked remote opening", hub)
        return self.hubs[hub].blocked_until

    async def _change(self, hub: str, change: Callable[[Hub], Hub]) -> None:
        before = self.hubs[hub]
        self.hubs[hub] = change(before)
        if self.hubs[hub] == before:
            return
        try:
            await self._store()
        except Exception:  # what is known holds until a restart
            log.exception("what is known of hub %s cannot be stored", hub)

    async def _store(self) -> None:
        await self._remember({"user": self._user, "hubs": h.to_state(self.hubs)})

    # -- what an admin does --

    def steps(self, hubs: Sequence[Hub]) -> tuple[CoreStep, ...]:
        """What is left to be done, hub by hub."""
        return tuple(step for hub in hubs if hub.needs_code for step in self._steps(hub))

    def _steps(self, hub: Hub) -> tuple[CoreStep, ...]:
        fetched = hub.stage in (Stage.PENDING_PIN, Stage.ACTIVATED, Stage.DEGRADED)
        name = hub.name or hub.id
        if hub.stage is Stage.REACTIVATION_REQUIRED:
            sentence = N_(
                "Hub %(hub)s does not take our Codes any more. Activate it anew: the PIN comes by mail.",
                hub=name,
            )
        else:
            sentence = N_("Hub %(hub)s: fetch the secret, and have the PIN mailed to our user.", hub=name)
        return (
            CoreStep(f"{_FETCH}-{hub.id}", sentence, fetched, "" if fetched else N_("Fetch the secret")),
            CoreStep(
                f"{_CONFIRM}-{hub.id}",
                N_("Hub %(hub)s: type the PIN from the mail. It is stored sealed.", hub=name),
                hub.ready,
                N_("Activate") if hub.stage is Stage.PENDING_PIN else "",
                (_PIN,),
            ),
        )

    async def take_step(self, name: str, typed: Mapping[str, Secret]) -> None:
        """Do one of `steps`. Raises `Invalid`, `NotFound`, `TryLater`."""
        verb, _, hub = name.partition("-")
        if hub not in self.hubs or verb not in (_FETCH, _CONFIRM):
            raise NotFound(N_("This step is not known here."))
        try:
            if verb == _FETCH:
                await self._fetch(self.hubs[hub])
            else:
                await self._confirm(self.hubs[hub], typed.get("pin") or Secret(""))
        except (NotSent, NoAnswer):
            raise TryLater(N_("The access system is not answering.")) from None
        except Denied:
            raise TryLater(N_("The client ID, its secret or the user is wrong.")) from None

    async def _fetch(self, hub: Hub) -> None:
        reply = await self._client.ask("GET", f"{self._path}/iqs/{hub.id}/secret")
        secret = _secret(reply)
        if secret is None:
            log.warning("hub %s gives no secret: %s, code %s", hub.id, reply.status, reply.code)
            raise TryLater(N_("The hub gave no secret. It gives one only once: reset the user's PIN first."))
        self.hubs[hub.id] = h.given_secret(hub, secret)
        await self._store()  # before anything else: it is told once
        mailed = await self._client.ask("GET", f"{self._path}/iqs/{hub.id}/pin?send_email=true")
        if not mailed.good:
            raise TryLater(
                N_("The secret is stored, but the PIN was not mailed. Ask for the PIN at the vendor.")
            )

    async def _confirm(self, hub: Hub, pin: Secret) -> None:
        if hub.stage is not Stage.PENDING_PIN or hub.secret is None:
            raise Invalid(pin=N_("Fetch the secret first."))
        digits = pin.reveal()
        if not (4 <= len(digits) <= 8 and digits.isascii() and digits.isdigit()):
            raise Invalid(pin=N_("The PIN has 4 to 8 digits."))
        otp = code(self._client.their_time, hub.secret, pin)
        body = {"otp": otp.reveal(), "delta": "0000"}
        reply = await self._client.ask("PUT", f"{self._path}/iqs/{hub.id}/pin", body)
        if not reply.good:
            log.warning("hub %s did not take the PIN: %s, code %s", hub.id, reply.status, reply.code)
            raise Invalid(pin=N_("The hub did not take this PIN. Take the one from the newest mail."))
        self.hubs[hub.id] = replace(h.given_pin(self.hubs[hub.id], pin))
        await self._store()


def _user(outfit: Outfit) -> str:
    """Whose secrets these are: one more reason to fetch them anew is another user."""
    return "|".join(outfit.settings.get(name, "") for name in ("api", "site", "client_id", "user"))


def _secret(reply: Reply) -> Secret | None:
    body: Any = reply.body
    if isinstance(body, dict):
        fields = cast("dict[str, Any]", body)
        body = fields.get("secret") or fields.get("otp_secret")
    return Secret(body) if reply.good and isinstance(body, str) and 8 <= len(body) <= 64 else None
