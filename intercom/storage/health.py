"""`ports.RingProofs` on the main file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.health import Proof
from intercom.domain.ids import DeviceId, SiteId
from intercom.domain.people import Role, Standing
from intercom.ports import Unproven
from intercom.storage.tables import devices, memberships, push_subscriptions


class SqlRingProofs:
    """Columns of `devices`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(self, proofs: Mapping[DeviceId, Proof]) -> None:
        """See `ports.RingProofs.put`."""
        statement = (
            update(devices)
            .where(devices.c.id == bindparam("device"))
            .values(ring_proven_at=bindparam("at"), ring_took=bindparam("took"))
        )
        rows = [{"device": device, "at": proof.at, "took": proof.took} for device, proof in proofs.items()]
        async with self._engine.begin() as connection:
            await connection.execute(statement, rows)

    async def unproven(self, site: SiteId, since: float) -> Sequence[Unproven]:
        """See `ports.RingProofs.unproven`."""
        subscribed = select(push_subscriptions.c.device).where(push_subscriptions.c.device == devices.c.id)
        active = select(memberships.c.account).where(
            memberships.c.site == site,
            memberships.c.role == Role.RESIDENT.value,
            memberships.c.standing == Standing.ACTIVE.value,
        )
        statement = select(
            devices.c.id, subscribed.exists().label("push"), devices.c.push_gone_at.is_not(None).label("gone")
        ).where(
            devices.c.account.in_(active),
            or_(devices.c.ring_proven_at.is_(None), devices.c.ring_proven_at < since),
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [Unproven(DeviceId(row["id"]), bool(row["push"]), bool(row["gone"])) for row in rows]
