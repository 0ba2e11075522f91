"""What the server keeps of somebody, for that person to take along (GDPR, articles 15 and 20)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from intercom.domain.call import Call, Reason
from intercom.domain.factors import Factor, Identity
from intercom.domain.ids import AccountId, EntranceId, SiteId
from intercom.domain.notes import Note
from intercom.domain.people import Session
from intercom.domain.profile import browser
from intercom.ports import (
    Accounts,
    Calls,
    Clock,
    Notes,
    Openings,
    People,
    Phonebooks,
    Quiet,
    QuietHours,
    Subscriptions,
    TrustedDevices,
)

_MOST = 100_000
"""More than anybody's calls within the time that they are kept."""


@dataclass(frozen=True, slots=True)
class OwnData:
    """Gathers it. Nothing of other people is in it: not who else was rung, and not who answered."""

    people: People
    accounts: Accounts
    calls: Calls
    openings: Openings
    phonebooks: Phonebooks
    methods: Callable[[AccountId], Awaitable[Sequence[Factor]]]
    """Of the second step."""
    trusted: TrustedDevices
    links: Callable[[AccountId], Awaitable[Sequence[Identity]]]
    """Accounts elsewhere."""
    subscriptions: Subscriptions
    quiet_hours: QuietHours
    clock: Clock
    notes: Notes

    async def of(self, session: Session) -> Mapping[str, Any]:
        """Everything, as plain values; moments in ISO 8601, UTC."""
        account, now = session.account, self.clock.now()
        known = await self.accounts.sessions(account.id, now)
        pushed = {device.id for device in self.subscriptions.devices([account.id]).get(account.id, ())}
        calls = await self.calls.of_person(account.id, _MOST)
        notes = await self.notes.of_calls([call.id for call in calls])
        quiet = self.quiet_hours.of([account.id]).get(account.id) or Quiet()
        return {
            "made_at": _moment(now),
            "profile": {
                "email": account.email,
                "first_name": account.first_name,
                "last_name": account.last_name,
                "phone": account.phone,
                "language": account.language,
                "second_factor": account.second_factor,
            },
            "memberships": [
                {
                    "site": await self._site(m.site),
                    "role": m.role.value,
                    "unit": await self.phonebooks.unit_name(m.unit) if m.unit else None,
                    "standing": m.standing.value,
                    "until": _moment(m.expires_at),
                }
                for m in await self.people.memberships(account.id)
            ],
            "sessions": [
                {
                    "browser": str(browser(s.agent)),
                    "user_agent": s.agent,
                    "signed_in_at": _moment(s.since),
                    "last_seen_at": _moment(s.last_seen),
                    "ends_at": _moment(s.expires_at),
                }
                for s in known
            ],
            "second_factor_methods": [
                {"kind": factor.kind.value, "name": factor.name, "since": _moment(factor.created_at)}
                for factor in await self.methods(account.id)
                if factor.confirmed
            ],
            "trusted_browsers": [
                {
                    "user_agent": device.agent,
                    "since": _moment(device.created_at),
                    "ends_at": _moment(device.expires_at),
                }
                for device in await self.trusted.of(account.id, now)
            ],
            "accounts_elsewhere": [
                {"issuer": i.issuer, "email": i.email, "since": _moment(i.created_at)}
                for i in await self.links(account.id)
            ],
            "devices": [
                {
                    "name": device.name,
                    "do_not_disturb": device.dnd,
                    "rings_in_quiet_hours": device.let_through,
                    "takes_pushes": device.id in pushed,
                }
                for device in await self.people.devices([account.id])
            ],
            "quiet_hours": {
                "time_zone": quiet.zone,
                "spans": [
                    {"weekday": span.weekday, "from": _clock(span.start), "until": _clock(span.end)}
                    for span in quiet.spans
                ],
            },
            "calls": [
                {
                    "at": _moment(call.placed_at),
                    "site": await self._site(call.site),
                    "entrance": await self._entrance(call.entrance),
                    "outcome": _outcome(call, account.id),
                    "ended_at": _moment(call.ended_at),
                    "note": _noted(notes.get(call.id), account.id),
                }
                for call in calls
            ],
            "openings": [
                {
                    "at": _moment(opening.at),
                    "site": await self._site(opening.site),
                    "entrance": await self._entrance(opening.entrance),
                    "lock": opening.lock_name,
                    "during_a_call": not opening.without_call,
                    "you_stood": opening.evidence.place.value if opening.without_call else None,
                    "typed": opening.factor.value if opening.factor else None,
                    "result": opening.truth.value,
                    "reason": opening.code.value if opening.code else None,
                }
                for opening in await self.openings.of_person(account.id, _MOST)
            ],
        }

    async def _site(self, site: SiteId) -> str | None:
        found = await self.phonebooks.site(site)
        return found.name if found else None

    async def _entrance(self, entrance: EntranceId) -> str | None:
        found = await self.phonebooks.entrance(entrance)
        return found.name if found else None


def _moment(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _noted(note: Note | None, me: AccountId) -> dict[str, str | None] | None:
    """What the caller wrote to the household, and what this person replied; not what others replied."""
    if note is None:
        return None
    mine = note.replied_by == me
    return {
        "text": note.text,
        "at": _moment(note.at),
        "my_reply": note.reply if mine else None,
        "replied_at": _moment(note.replied_at) if mine else None,
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _outcome(call: Call, me: AccountId) -> str:
    if call.answering is not None:
        return "answered" if call.answering.person == me else "answered_by_somebody_else"
    if any(leg.person == me and leg.reason is Reason.DECLINED for leg in call.legs):
        return "declined"
    return "missed"
