"""The outbox: letters are stored first, then sent, and tried again with growing pauses.

A letter that was sent just when the server was killed may be sent twice, with one Message-ID: better than
never. One server sends; a second on the same database would send all twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from email.message import EmailMessage
from types import TracebackType
from typing import Protocol, Self

from intercom.domain.ids import SiteId
from intercom.domain.letters import Letter
from intercom.domain.phonebook import Site
from intercom.mail.message import Mail, NotDelivered, message
from intercom.ports import Clock, Letters, Waiting

log = logging.getLogger(__name__)

PAUSES = (60.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 12 * 3600.0, 24 * 3600.0, 24 * 3600.0)
"""Seconds before the second try, the third, and so on: nearly three days (RFC 5321 4.5.4.1)."""
KEPT_SECONDS = 30 * 24 * 3600.0
"""How long it is known what became of a letter."""
_AT_ONCE = 20
_LOOK_EVERY = 30.0


class Transport(Protocol):
    """Carries e-mails; entered for a few at a time."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    async def deliver(self, letter: EmailMessage, name: str) -> None:
        """Hand it over. Raises `NotDelivered`."""
        ...


class Outbox:
    """`ports.Mailer`; `run` sends what waits."""

    def __init__(
        self,
        letters: Letters,
        written: Callable[[Letter], Mail],
        transport: Transport,
        sender: str,
        site: Callable[[SiteId], Awaitable[Site | None]],
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        """`written`: the letter as an e-mail's parts; may take a moment of work."""
        self._letters = letters
        self._written = written
        self._transport = transport
        self._sender = sender
        self._site = site
        self._clock = clock
        self._new_id = new_id
        self._wake = asyncio.Event()

    async def send(self, *letters: Letter) -> None:
        """See `ports.Mailer.send`."""
        if not letters:
            return
        now = self._clock.now()
        await self._letters.add(
            [(self._new_id(), letter, good_until(letter, now)) for letter in letters], now
        )
        self._wake.set()

    async def run(self) -> None:
        """Send what is due, until cancelled."""
        while True:
            self._wake.clear()
            try:
                while await self.work():
                    pass
                await self._letters.forget_before(self._clock.now() - KEPT_SECONDS)
                due = await self._letters.next_due()
            except Exception:
                log.exception("a look into the outbox failed")
                due = None
            pause = _LOOK_EVERY if due is None else min(max(due - self._clock.now(), 0.1), _LOOK_EVERY)
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                continue

    async def work(self) -> int:
        """Try some of the letters that are due; how many."""
        due = await self._letters.due(self._clock.now(), _AT_ONCE)
        if due:
            async with self._transport as transport:
                for waiting in due:
                    await self._try(waiting, transport)
        return len(due)

    async def _try(self, waiting: Waiting, transport: Transport) -> None:
        now = self._clock.now()
        if waiting.good_until is not None and waiting.good_until <= now:
            await self._letters.failed(waiting.id, "It could not be sent while it was of use.", None)
            return
        try:
            site = await self._site(waiting.site) if waiting.site else None
            letter = await asyncio.to_thread(self._message, waiting, site, now)
            await transport.deliver(letter, waiting.id)
        except NotDelivered as error:
            await self._not_sent(waiting, str(error), for_good=error.for_good)
        except Exception as error:
            # a letter that breaks what writes it must not hold up those behind it
            log.exception("letter %s (%s) cannot be written", waiting.id, waiting.letter.kind)
            await self._not_sent(waiting, f"It cannot be written: {type(error).__name__}", for_good=False)
        else:
            await self._letters.sent(waiting.id, self._clock.now())
            log.info("letter %s (%s) sent", waiting.id, waiting.letter.kind)

    def _message(self, waiting: Waiting, site: Site | None, now: float) -> EmailMessage:
        """The e-mail; in a thread, as it costs some milliseconds."""
        mail = self._written(replace(waiting.letter, site=site))
        return message(mail, sender=self._sender, name=waiting.id, moment=now)

    async def _not_sent(self, waiting: Waiting, why: str, *, for_good: bool) -> None:
        again = None if for_good or waiting.tries >= len(PAUSES) else PAUSES[waiting.tries]
        await self._letters.failed(waiting.id, why, None if again is None else self._clock.now() + again)
        after = "given up" if again is None else f"next try in {again:.0f} s"
        log.warning("letter %s (%s) not sent, %s: %s", waiting.id, waiting.letter.kind, after, why)


def good_until(letter: Letter, now: float) -> float | None:
    """When the letter is of no use any more."""
    if "until" in letter.values:
        return float(letter.values["until"])
    if "code" in letter.values:
        return now + 60 * float(letter.values["minutes"])
    return None
