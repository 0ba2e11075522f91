"""`/admin/{site}/entrances`: each door with its panels, locks and the tone that callers hear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from pydantic import Field

from intercom.domain.errors import InUse, Invalid, Taken
from intercom.domain.ids import EntranceId
from intercom.domain.language import N_
from intercom.domain.people import Power
from intercom.domain.tones import Tones
from intercom.http.admin.faults import FAULTS, Faults
from intercom.http.admin.fences import MODE_NAMES, in_words
from intercom.http.admin.frame import Frame, Nothing, done
from intercom.http.admin.signs import sign_told
from intercom.http.routes import Ask, Body, Name, Route
from intercom.ports import AccessCore, Presence
from intercom.services.enrollment import CODE_SECONDS, Enrollment
from intercom.services.entrances import Entrances

SAID = {
    "entrance_added": N_("The entrance was added. Pair a panel with it and give it a lock."),
    "entrance_changed": N_("The name was changed."),
    "fence_changed": N_("The fence was changed. It holds from the next ring on."),
    "sign_made": N_("There is a new sign. Print it and hang it at the door."),
    "sign_removed": N_("Visitors cannot ring here with a phone any more."),
    "entrance_removed": N_("The entrance was removed."),
    "tone_chosen": N_("Callers hear the new tone from the next ring on."),
    "lock_added": N_("The lock was added."),
    "lock_changed": N_("The lock was changed."),
    "lock_removed": N_("The lock was removed."),
    "fault_set": N_("The lock behaves as you chose."),
    "panel_moved": N_("The panel hangs here now."),
    "panel_pin_set": N_("The PIN was set. It is asked for from now on."),
    "panel_pin_gone": N_("No PIN is asked for any more."),
    "panel_renamed": N_("The panel was renamed."),
    "panel_revoked": N_("The panel was taken out of service."),
}


class NameForm(Body):
    """A name."""

    name: Name


class ToneForm(Body):
    """A tone's id; empty for the site's."""

    tone: str = Field(default="", max_length=64)


def tone_choices(tones: Tones) -> list[tuple[str, str, str]]:
    """What callers may hear: id, name, address."""
    return [(tone.id, tone.name, f"/ringtones/{tone.file}") for tone in tones.outdoor()]


class EntrancePages:
    """Handlers of entrances themselves; `doors` has those of their locks and panels."""

    def __init__(
        self,
        frame: Frame,
        entrances: Entrances,
        enrollment: Enrollment,
        presence: Presence,
        access: AccessCore,
        faults: Faults,
        tones: Tones,
        link_base: str,
    ) -> None:
        self._frame = frame
        self._entrances = entrances
        self._enrollment = enrollment
        self._presence = presence
        self._access = access
        self._faults = faults
        self._tones = tones
        self._link_base = link_base

    def routes(self) -> list[Route]:
        """The table."""
        at, edit = "/admin/{site}/entrances", Power.EDIT_ENTRANCES
        one = f"{at}/{{entrance}}"
        return [
            Route("GET", at, self.show, Power.RUN_PANELS, page=True),
            Route("POST", at, self.add, edit, body=NameForm, page=True, again=self.list_again),
            Route("GET", one, self.entrance, Power.RUN_PANELS, page=True),
            Route("POST", one, self.rename, edit, body=NameForm, page=True, again=self.again),
            Route("POST", f"{one}/tone", self.tone, Power.EDIT_SITE, body=ToneForm, page=True),
            Route("POST", f"{one}/remove", self.remove, edit, body=Nothing, page=True),
            Route(
                "POST", f"{one}/pairing-code", self.pairing_code, Power.RUN_PANELS, body=Nothing, page=True
            ),
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The list."""
        return await self.list_again(ask, {}, {})

    async def list_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        panels = [p for p in await self._enrollment.of_site(ask.who, ask.site) if not p.revoked]
        locks = await self._entrances.locks(ask.who, ask.site)
        rows = [
            {
                "id": entrance.id,
                "name": entrance.name,
                "sign": entrance.code is not None,
                "panels": len(here := [p for p in panels if p.entrance == entrance.id]),
                "online": sum(self._presence.panel_online(p.id) for p in here),
                "locks": [lock.name for lock in locks if lock.entrance == entrance.id],
                "offline": [
                    lock.name
                    for lock in locks
                    if lock.entrance == entrance.id and not self._access.status(lock.id).online
                ],
            }
            for entrance in await self._entrances.of_site(ask.who, ask.site)
        ]
        return await self._frame.show(
            ask, "admin/entrances.html", here="entrances", rows=rows, typed=typed, errors=errors, said=SAID
        )

    async def entrance(self, ask: Ask) -> web.StreamResponse:
        """An entrance."""
        return await self.page(ask)

    async def again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with the name that was typed."""
        return await self.page(ask, form="name", typed=typed, errors=errors)

    async def page(
        self,
        ask: Ask,
        *,
        form: str = "",
        typed: Mapping[str, str] | None = None,
        errors: Mapping[str, str] | None = None,
        code: Mapping[str, Any] | None = None,
    ) -> web.StreamResponse:
        """The page of the entrance in the path. `form`: which of its forms was sent, with what was typed."""
        entrance = await self._entrances.entrance(ask.who, ask.site, EntranceId(ask.path("entrance")))
        place = await self._entrances.site(ask.site)
        panels = [
            {
                "id": panel.id,
                "name": panel.name,
                "online": self._presence.panel_online(panel.id),
                "last_seen": panel.last_seen,
                "enrolled_at": panel.enrolled_at,
                "pin": panel.pin_hash is not None,
            }
            for panel in await self._enrollment.of_site(ask.who, ask.site)
            if panel.entrance == entrance.id and not panel.revoked
        ]
        others = [
            (door.id, door.name)
            for door in await self._entrances.of_site(ask.who, ask.site)
            if door.id != entrance.id
        ]
        locks = [
            {
                "id": lock.id,
                "name": lock.name,
                "open_seconds": lock.open_seconds,
                "online": (status := self._access.status(lock.id)).online,
                "since": status.since,
                "fault": self._faults.of(lock.id),
            }
            for lock in await self._entrances.locks(ask.who, ask.site)
            if lock.entrance == entrance.id
        ]
        return await self._frame.show(
            ask,
            "admin/entrance.html",
            here="entrances",
            entrance=entrance,
            panels=panels,
            others=others,
            locks=locks,
            faults=FAULTS.items(),
            tones=tone_choices(self._tones),
            tone_now=entrance.outdoor_tone,
            tone_default=N_("As the site: %(tone)s", tone=self._tones.heard(place).name),
            sign=sign_told(entrance, self._link_base),
            fence_mode=MODE_NAMES[entrance.fence_mode],
            fence_shape=in_words(entrance.fence),
            form=form,
            typed=typed,
            errors=errors,
            code=code,
            said=SAID,
        )

    async def add(self, ask: Ask) -> web.StreamResponse:
        """Add an entrance."""
        form: NameForm = ask.body
        try:
            entrance = await self._entrances.add(ask.who, ask.site, form.name)
        except (Taken, InUse) as error:
            raise Invalid(name=error.message) from None
        raise done(f"/admin/{ask.site}/entrances/{entrance.id}", "entrance_added")

    async def rename(self, ask: Ask) -> web.StreamResponse:
        """Another name for an entrance."""
        form: NameForm = ask.body
        entrance = EntranceId(ask.path("entrance"))
        try:
            await self._entrances.rename(ask.who, ask.site, entrance, form.name)
        except Taken as error:
            raise Invalid(name=error.message) from None
        raise done(f"/admin/{ask.site}/entrances/{entrance}", "entrance_changed")

    async def tone(self, ask: Ask) -> web.StreamResponse:
        """What callers hear at this entrance."""
        form: ToneForm = ask.body
        entrance = EntranceId(ask.path("entrance"))
        await self._entrances.choose_tone(ask.who, ask.site, entrance, form.tone)
        raise done(f"/admin/{ask.site}/entrances/{entrance}", "tone_chosen")

    async def remove(self, ask: Ask) -> web.StreamResponse:
        """Remove an entrance without panels, and its locks."""
        await self._entrances.remove(ask.who, ask.site, EntranceId(ask.path("entrance")))
        raise done(f"/admin/{ask.site}/entrances", "entrance_removed")

    async def pairing_code(self, ask: Ask) -> web.StreamResponse:
        """A new code, shown this once."""
        entrance = await self._entrances.entrance(ask.who, ask.site, EntranceId(ask.path("entrance")))
        code, _ = await self._enrollment.new_code(ask.who, entrance.id)
        return await self.page(ask, code={"code": code.reveal(), "seconds": int(CODE_SECONDS)})
