"""`ports.Subscriptions` and `ports.QuietHours`: rows of the main file, and what a ring asks of them in
memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intercom.domain.ids import AccountId, DeviceId, Secret
from intercom.domain.people import KnownDevice
from intercom.domain.week import WeekSpan
from intercom.ports import Quiet, Subscription
from intercom.storage.people import device_from
from intercom.storage.tables import accounts, devices, push_subscriptions, quiet_spans


class SqlSubscriptions:
    """Subscriptions. Empty until `load`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._devices: dict[AccountId, dict[DeviceId, KnownDevice]] = {}

    async def load(self) -> None:
        """Read anew which devices take pushes: at the start, and after devices were forgotten."""
        found: dict[AccountId, dict[DeviceId, KnownDevice]] = {}
        statement = select(devices).join(push_subscriptions, push_subscriptions.c.device == devices.c.id)
        async with self._engine.connect() as connection:
            for row in (await connection.execute(statement)).mappings():
                device = device_from(row)
                found.setdefault(device.account, {})[device.id] = device
        self._devices = found

    async def put(self, subscription: Subscription, now: float) -> None:
        """See `ports.Subscriptions.put`."""
        table, endpoint = push_subscriptions, subscription.endpoint.reveal()
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(table).where(or_(table.c.device == subscription.device, table.c.endpoint == endpoint))
            )
            await connection.execute(
                insert(table).values(
                    device=subscription.device,
                    endpoint=endpoint,
                    p256dh=subscription.p256dh,
                    auth=subscription.auth.reveal(),
                    created_at=now,
                )
            )
            await _note(connection, subscription.device, None)
        await self.load()

    async def drop(self, device: DeviceId, gone_at: float | None = None) -> None:
        """See `ports.Subscriptions.drop`."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(push_subscriptions).where(push_subscriptions.c.device == device))
            await _note(connection, device, gone_at)
        await self.load()

    async def get(self, device: DeviceId) -> Subscription | None:
        """See `ports.Subscriptions.get`; the row goes with its device, and the device with its session."""
        statement = select(push_subscriptions).where(push_subscriptions.c.device == device)
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).mappings().first()
        if row is None:
            return None
        return Subscription(
            DeviceId(row["device"]), Secret(row["endpoint"]), row["p256dh"], Secret(row["auth"])
        )

    def devices(self, people: Collection[AccountId]) -> Mapping[AccountId, Sequence[KnownDevice]]:
        """See `ports.Subscriptions.devices`."""
        return {person: tuple(there.values()) for person in people if (there := self._devices.get(person))}


async def _note(connection: AsyncConnection, device: DeviceId, gone_at: float | None) -> None:
    await connection.execute(update(devices).where(devices.c.id == device).values(push_gone_at=gone_at))


class SqlQuietHours:
    """Quiet hours. Empty until `load`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._known: dict[AccountId, Quiet] = {}

    async def load(self) -> None:
        """Read everything anew."""
        statement = (
            select(quiet_spans, accounts.c.quiet_zone)
            .join(accounts, accounts.c.id == quiet_spans.c.account)
            .order_by(quiet_spans.c.id)
        )
        spans: dict[AccountId, list[WeekSpan]] = {}
        zones: dict[AccountId, str | None] = {}
        async with self._engine.connect() as connection:
            for row in (await connection.execute(statement)).mappings():
                person = AccountId(row["account"])
                spans.setdefault(person, []).append(WeekSpan(row["weekday"], row["start"], row["end"]))
                zones[person] = row["quiet_zone"]
        self._known = {person: Quiet(tuple(of), zones[person]) for person, of in spans.items()}

    async def put(self, person: AccountId, zone: str | None, spans: Sequence[WeekSpan]) -> None:
        """See `ports.QuietHours.put`."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(quiet_spans).where(quiet_spans.c.account == person))
            await connection.execute(update(accounts).where(accounts.c.id == person).values(quiet_zone=zone))
            if spans:
                rows = [
                    {"account": person, "weekday": s.weekday, "start": s.start, "end": s.end} for s in spans
                ]
                await connection.execute(insert(quiet_spans), rows)
        if spans:
            self._known[person] = Quiet(tuple(spans), zone)
        else:
            self._known.pop(person, None)

    def of(self, people: Collection[AccountId]) -> Mapping[AccountId, Quiet]:
        """See `ports.QuietHours.of`."""
        return {person: quiet for person in people if (quiet := self._known.get(person))}
