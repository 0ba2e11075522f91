"""A site of Salto KS: the server of our own, a core in front of it, and what its locks said."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping

from intercom.access import saltoks
from intercom.access.catalog import Outfit, read
from intercom.access.saltoks.core import Pace, SaltoKs
from intercom.domain.door import Lock, LockStatus
from intercom.domain.ids import EntranceId, LockId, RequestId, Secret, SiteId
from intercom.ports import CommandResult, LockChanged, LockEvent, LockOpened
from tests.access.ks_server import Iq, KsLock, KsServer

DOOR = Lock(LockId("door"), SiteId("s"), EntranceId("e"), "Door", 5.0, core_ref="ks-door")
GATE = Lock(LockId("gate"), SiteId("s"), EntranceId("e"), "Gate", 5.0, core_ref="ks-gate")
PACE = Pace(look=0.15, confirm=0.03, breaker=0.4, stream_again=0.05, check=2.0)


class KsSite:
    """`door` hangs on the hub `iq`, which wants a Code; `gate` on `plain`, which wants none.

    `ahead`: how far our own clock is ahead of the world's, in seconds.
    """

    def __init__(self) -> None:
        self.server = KsServer()
        self.server.iqs = {"iq": Iq("iq", "Hall"), "plain": Iq("plain", "Yard", otp=False)}
        self.server.locks = {
            "ks-door": KsLock("ks-door", "Street", "iq"),
            "ks-gate": KsLock("ks-gate", "Courtyard", "plain"),
        }
        self.said: list[LockEvent] = []
        self.kept: Mapping[str, object] = {}
        self.stored: list[str] = []
        self.ahead = 0.0
        self.locks = [DOOR, GATE]
        self.core: SaltoKs
        self.cores: list[SaltoKs] = []

    def now(self) -> float:
        return time.time() + self.ahead

    async def remember(self, state: Mapping[str, object]) -> None:
        self.kept = json.loads(json.dumps(dict(state)))
        self.stored.append(json.dumps(dict(state)))

    async def fit(self, *, stream: bool = True, pace: Pace = PACE, **words: str) -> SaltoKs:
        """A core on what was kept, as after a start of the server."""
        address = self.server.url
        words = {
            "api": address,
            "identity": address,
            "stream": address if stream else "",
            "site": self.server.site,
            "client_id": self.server.client_id,
            **words,
        }
        secrets = {"client_secret": Secret(words.pop("client_secret", self.server.client_secret))}
        given, kept = read(saltoks.KIND.fields, words, secrets)
        self.core = saltoks.build(Outfit(SiteId("s"), given, kept, self.now, self.kept, self.remember), pace)
        self.core.keep(self.locks)
        self.core.listen(self.hears)
        self.cores.append(self.core)
        await self.core.start()
        return self.core

    async def ready(self, *, stream: bool = True, pace: Pace = PACE, **words: str) -> SaltoKs:
        """A core whose user is activated."""
        core = await self.fit(stream=stream, pace=pace, **words)
        await core.check()
        await core.take_step("fetch-iq", {})
        await core.take_step("confirm-iq", {"pin": Secret(self.server.mails[-1])})
        if stream:
            await self.until(lambda: bool(self.server.streams))
        self.said.clear()
        return core

    async def hears(self, event: LockEvent) -> None:
        self.said.append(event)

    async def press(
        self, request: str = "press", lock: Lock = DOOR, *, age: float = 0.0, credential: str = ""
    ) -> CommandResult:
        return await self.core.unlock(
            lock.id, RequestId(request), self.now() - age, Secret(credential) if credential else None
        )

    @property
    def opened(self) -> list[LockOpened]:
        return [event for event in self.said if isinstance(event, LockOpened)]

    def told(self, lock: Lock = DOOR) -> list[LockStatus]:
        return [e.status for e in self.said if isinstance(e, LockChanged) and e.lock == lock.id]

    async def until(self, so: Callable[[], bool], within: float = 3.0) -> None:
        async with asyncio.timeout(within):
            while not so():  # noqa: ASYNC110 - the server has no event for each of these
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        for core in self.cores:
            await core.close()
        await self.server.stop()
