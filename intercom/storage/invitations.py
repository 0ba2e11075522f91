"""`ports.SiteInvitations` on the main file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, RowMapping, and_, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.ids import AccountId, InvitationId, SiteId
from intercom.domain.invitations import InvitationKind, InvitationState, Invitee, SiteInvitation
from intercom.domain.people import Role, Standing
from intercom.ports import NewInvitation, Wanted
from intercom.storage.people import account_from
from intercom.storage.tables import accounts, invitations, letters, memberships, units

_CHUNK = 500
_S = InvitationState
_inviters = accounts.alias("inviters")
_OPEN = invitations.c.state == _S.WAITING
_LISTED = invitations.c.state != _S.REPLACED
_ROWS = select(invitations, _inviters.c.first_name, _inviters.c.last_name).outerjoin(
    _inviters, _inviters.c.id == invitations.c.created_by
)


def _invitation(row: RowMapping) -> SiteInvitation:
    return SiteInvitation(
        InvitationId(row["id"]),
        SiteId(row["site"]),
        AccountId(row["account"]),
        InvitationKind(row["kind"]),
        InvitationState(row["state"]),
        f"{row['first_name'] or ''} {row['last_name'] or ''}".strip(),
        row["created_at"],
        row["expires_at"],
        row["used_at"],
        row["code_expires_at"],
    )


def _chunks(accounts_: Collection[AccountId]) -> list[list[AccountId]]:
    every = list(dict.fromkeys(accounts_))
    return [every[start : start + _CHUNK] for start in range(0, len(every), _CHUNK)]


class SqlInvitations:
    """Invitations to sites."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def issue(self, site: SiteId, new: Sequence[NewInvitation], now: float) -> None:
        """See `ports.SiteInvitations.issue`."""
        async with self._engine.begin() as connection:
            for part in _chunks([one.account for one in new]):
                await connection.execute(
                    update(invitations)
                    .where(invitations.c.site == site, invitations.c.account.in_(part), _LISTED)
                    .values(state=_S.REPLACED)
                )
            rows = [
                {
                    "id": one.id,
                    "site": site,
                    "account": one.account,
                    "kind": one.kind.value,
                    "token_hash": one.token_hash,
                    "code_hash": one.code_hash,
                    "code_expires_at": one.code_expires_at,
                    "state": _S.WAITING.value,
                    "created_by": one.created_by,
                    "created_at": now,
                    "expires_at": one.expires_at,
                }
                for one in new
            ]
            await connection.execute(insert(invitations), rows)

    async def print(self, invitation: InvitationId, code_hash: str, expires_at: float) -> bool:
        """See `ports.SiteInvitations.print`."""
        async with self._engine.begin() as connection:
            changed = await connection.execute(
                update(invitations)
                .where(invitations.c.id == invitation, _OPEN)
                .values(code_hash=code_hash, code_expires_at=expires_at)
            )
        return changed.rowcount == 1

    async def find(self, secret_hash: str) -> tuple[SiteInvitation, bool] | None:
        """See `ports.SiteInvitations.find`."""
        wanted = or_(invitations.c.token_hash == secret_hash, invitations.c.code_hash == secret_hash)
        async with self._engine.connect() as connection:
            row = (await connection.execute(_ROWS.where(wanted))).mappings().first()
        return (_invitation(row), row["code_hash"] == secret_hash) if row else None

    async def invitees(self, site: SiteId, people: Collection[AccountId]) -> Sequence[Invitee]:
        """See `ports.SiteInvitations.invitees`."""
        found: dict[AccountId, Invitee] = {}
        async with self._engine.connect() as connection:
            for part in _chunks(people):
                parts: defaultdict[str, list[RowMapping]] = defaultdict(list)
                rows = await connection.execute(
                    select(memberships, units.c.name.label("unit_name"))
                    .outerjoin(units, units.c.id == memberships.c.unit)
                    .where(memberships.c.site == site, memberships.c.account.in_(part))
                    .order_by(memberships.c.id)
                )
                for row in rows.mappings():
                    parts[row["account"]].append(row)
                rows = await connection.execute(select(accounts).where(accounts.c.id.in_(list(parts))))
                for row in rows.mappings():
                    found[AccountId(row["id"])] = _invitee(row, parts[row["id"]])
        return [found[account] for account in dict.fromkeys(people) if account in found]

    async def complete(
        self,
        invitation: InvitationId,
        first_name: str,
        last_name: str,
        password_hash: str,
        now: float,
        *,
        vouched_by: SiteId | None = None,
    ) -> bool:
        """See `ports.SiteInvitations.complete`; the update that finds it open is the one that uses it up."""
        async with self._engine.connect() as connection:
            used = await connection.execute(
                update(invitations)
                .where(invitations.c.id == invitation, _OPEN)
                .values(state=_S.USED, used_at=now)
                .returning(invitations.c.account)
            )
            account = used.scalar()
            changed = await connection.execute(
                update(accounts)
                .where(accounts.c.id == account, accounts.c.password_hash.is_(None), accounts.c.active)
                .values(
                    first_name=first_name,
                    last_name=last_name,
                    password_hash=password_hash,
                    vouched_by=vouched_by,
                )
            )
            done = account is not None and changed.rowcount == 1
            await (connection.commit() if done else connection.rollback())
        return done

    async def confirm(
        self, site: SiteId, account: AccountId, now: float, invitation: InvitationId | None = None
    ) -> bool:
        """See `ports.SiteInvitations.confirm`."""
        async with self._engine.connect() as connection:
            used = (
                update(invitations)
                .where(invitations.c.site == site, invitations.c.account == account, _OPEN)
                .values(state=_S.USED, used_at=now)
            )
            if invitation is not None:
                used = used.where(invitations.c.id == invitation)
            mine = await connection.execute(used)
            waited = await connection.execute(
                update(memberships)
                .where(
                    memberships.c.site == site,
                    memberships.c.account == account,
                    memberships.c.standing == Standing.INVITED,
                )
                .values(standing=Standing.ACTIVE)
            )
            done = waited.rowcount > 0 and (invitation is None or mine.rowcount == 1)
            await (connection.commit() if done else connection.rollback())
        return done

    async def void(self, site: SiteId, account: AccountId) -> bool:
        """See `ports.SiteInvitations.void`."""
        return await self._end(site, account, _OPEN, _S.VOID)

    async def drop(self, site: SiteId, account: AccountId) -> None:
        """See `ports.SiteInvitations.drop`."""
        await self._end(site, account, _LISTED, _S.REPLACED)

    async def _end(
        self, site: SiteId, account: AccountId, which: ColumnElement[bool], state: InvitationState
    ) -> bool:
        async with self._engine.begin() as connection:
            changed = await connection.execute(
                update(invitations)
                .where(invitations.c.site == site, invitations.c.account == account, which)
                .values(state=state)
            )
        return changed.rowcount > 0

    async def current(
        self, site: SiteId, people: Collection[AccountId]
    ) -> Mapping[AccountId, SiteInvitation]:
        """See `ports.SiteInvitations.current`."""
        found: dict[AccountId, SiteInvitation] = {}
        async with self._engine.connect() as connection:
            for part in _chunks(people):
                rows = await connection.execute(
                    _ROWS.where(invitations.c.site == site, invitations.c.account.in_(part), _LISTED)
                )
                for row in rows.mappings():
                    found[AccountId(row["account"])] = _invitation(row)
        return found

    async def of_site(self, site: SiteId, wanted: Wanted, now: float) -> tuple[Sequence[SiteInvitation], int]:
        """See `ports.SiteInvitations.of_site`."""
        conditions: list[ColumnElement[bool]] = [invitations.c.site == site, _LISTED]
        if wanted.state is not None:
            conditions.append(_in_state(wanted.state, now))
        if wanted.undelivered:
            conditions.append(_undelivered())
        for word in wanted.text.split():
            names = accounts.c.first_name + " " + accounts.c.last_name + " " + accounts.c.email
            conditions.append(
                exists().where(
                    accounts.c.id == invitations.c.account,
                    func.lower(names).contains(word.lower(), autoescape=True),
                )
            )
        where = and_(*conditions)
        async with self._engine.connect() as connection:
            number = (
                await connection.execute(select(func.count()).select_from(invitations).where(where))
            ).scalar_one()
            rows = await connection.execute(
                _ROWS.where(where)
                .order_by(invitations.c.created_at.desc(), invitations.c.id)
                .offset(wanted.offset)
                .limit(wanted.limit)
            )
            return [_invitation(row) for row in rows.mappings()], number


def _in_state(state: InvitationState, now: float) -> ColumnElement[bool]:
    good = or_(invitations.c.expires_at > now, func.coalesce(invitations.c.code_expires_at, 0.0) > now)
    match state:
        case InvitationState.WAITING:
            return and_(_OPEN, good)
        case InvitationState.RUN_OUT:
            return and_(_OPEN, ~good)
        case _:
            return invitations.c.state == state


def _undelivered() -> ColumnElement[bool]:
    return exists().where(
        letters.c.about == invitations.c.id, letters.c.next_at.is_(None), letters.c.sent_at.is_(None)
    )


def _invitee(row: RowMapping, parts: Sequence[RowMapping]) -> Invitee:
    waiting = [part for part in parts if part["standing"] == Standing.INVITED]
    shown = waiting or parts
    return Invitee(
        account_from(row),
        tuple(dict.fromkeys(part["unit_name"] for part in shown if part["unit_name"])),
        tuple(dict.fromkeys(Role(part["role"]) for part in shown if part["unit"] is None)),
        row["password_hash"] is not None,
        bool(waiting),
        any(part["standing"] == Standing.ACTIVE for part in parts),
    )
