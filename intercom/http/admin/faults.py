"""The built-in core's switches: what its locks are told to suffer from, to try how people are told."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web
from pydantic import BaseModel, Field

from intercom.domain.errors import BadMessage, NotAllowed, NotFound
from intercom.domain.ids import LockId
from intercom.domain.language import N_
from intercom.domain.people import Power, Session
from intercom.http.routes import Ask, Body, Needs, Route, json
from intercom.ports import Phonebooks

FAULTS = {
    "none": N_("Works"),
    "offline": N_("Offline"),
    "slow": N_("Slow to answer"),
    "refusing": N_("Refuses commands"),
    "silent": N_("Opens, but never says so"),
    "held_open": N_("Held open"),
    "low_battery": N_("Battery low"),
    "left_open": N_("Its door was left open"),
}


class Simulation(Protocol):
    """The built-in core's switches."""

    def fault_of(self, lock: LockId) -> str | None:
        """What the lock suffers from. None for a real one."""
        ...

    async def set_fault(self, lock: LockId, fault: str) -> None:
        """Have it suffer. Raises `ValueError` for an unknown fault, `KeyError` for a real lock."""
        ...


class LockFault(Body):
    """Which lock, and what it shall suffer from."""

    lock: str = Field(min_length=1, max_length=64)
    fault: str = Field(min_length=1, max_length=16)


class LockSuffers(BaseModel):
    """What a lock suffers from."""

    lock: str
    fault: str


class Faults:
    """Handlers."""

    def __init__(self, phonebooks: Phonebooks, simulation: Simulation) -> None:
        self._phonebooks = phonebooks
        self._simulation = simulation

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("POST", "/api/v1/locks/fault", self.choose, Needs.ADMIN, body=LockFault, answer=LockSuffers)
        ]

    def of(self, lock: LockId) -> str | None:
        """What the lock suffers from; None for a real one."""
        return self._simulation.fault_of(lock)

    async def choose(self, ask: Ask) -> web.StreamResponse:
        """Have a lock of the built-in core suffer from a fault."""
        form: LockFault = ask.body
        await self.suffer(ask.who, LockId(form.lock), form.fault)
        return json({"lock": form.lock, "fault": form.fault})

    async def suffer(self, session: Session, lock_id: LockId, fault: str) -> None:
        """Switch. Raises `NotFound`, `NotAllowed`, `BadMessage`."""
        lock = await self._phonebooks.lock(lock_id)
        if lock is None or lock.site not in session.sites or self.of(lock.id) is None:
            raise NotFound(N_("This lock is not known here."))
        if not session.may(Power.RUN_PANELS, lock.site):
            raise NotAllowed
        if fault not in FAULTS:
            raise BadMessage(N_("This fault is not known."), faults=list(FAULTS))
        await self._simulation.set_fault(lock.id, fault)
