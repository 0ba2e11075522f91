"""`/admin/{site}/core` and `/api/v1/sites/{site}/core`: which access core opens the locks, and how it stands.

Nothing here knows a core: kinds, fields and steps are values that each core describes itself by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast

from aiohttp import web
from pydantic import BaseModel, Field, model_validator

from intercom.domain.door import SENTENCES, LockStatus
from intercom.domain.errors import Invalid, TryLater
from intercom.domain.ids import LockId, Secret
from intercom.domain.language import N_
from intercom.domain.people import Power
from intercom.http.admin.frame import Frame, Nothing, done
from intercom.http.routes import Ask, Body, Route, json
from intercom.ports import AccessCores, CoreField, CoreKind, CoreReport, CoreState
from intercom.ports import Ask as Asks
from intercom.services.cores import CoreOffice, CoreView
from intercom.services.entrances import Entrances

SAID = {
    "core_chosen": N_("This access core is used from now on."),
    "core_step": N_("Done."),
    "lock_tied": N_("The lock was chosen."),
}
STATES: Mapping[CoreState, tuple[str, str, str]] = {
    CoreState.UP: ("none", "check", N_("Answers")),
    CoreState.DOWN: ("unknown", "offline", N_("Does not answer")),
    CoreState.PAUSED: ("unknown", "clock", N_("Paused")),
    CoreState.UNFINISHED: ("ringing", "warn", N_("Not finished")),
    CoreState.DENIED: ("refused", "cross", N_("Refuses us")),
}

FieldName = Annotated[str, Field(max_length=64)]
Text = Annotated[str, Field(max_length=20_000)]
Words = Annotated[dict[FieldName, Text], Field(max_length=100)]
"""What was typed, by the names of a core's fields. Which there may be, the core knows."""


class CoreForm(Body):
    """The form of one kind, or of one step: its fields are the core's own, bare or below `words`."""

    words: Words = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: dict[str, Any]) -> dict[str, Any]:
        return given if isinstance(given.get("words"), dict) else {"words": given}


class StepTyped(Body):
    """What a step asks for; an empty object where it asks for nothing."""

    typed: Words


class CoreChange(Body):
    """A kind of core, its settings, and its secrets that are new. A secret that is not named stays."""

    kind: str = Field(min_length=1, max_length=40)
    settings: Words = Field(default_factory=dict)
    secrets: Words = Field(default_factory=dict)


class TieForm(Body):
    """What the core calls a lock; empty: nothing."""

    ref: str = Field(default="", max_length=200)


class Seen(Body):
    """The query of the page. `kind`: whose form is shown; `check`: ask the core now."""

    kind: str = Field(default="", max_length=40)
    check: str = Field(default="", max_length=3)
    said: str = Field(default="", max_length=40)


class FieldOut(BaseModel):
    """One thing that a kind of core asks for."""

    name: str
    label: str
    ask: str
    hint: str
    default: str
    required: bool
    choices: list[tuple[str, str]]


class KindOut(BaseModel):
    """A kind of core."""

    name: str
    title: str
    fields: list[FieldOut]
    lock_label: str


class CoreOut(BaseModel):
    """The core that a site uses. `secrets`: when each that is set was set; none is ever told."""

    kind: str
    settings: dict[str, str]
    secrets: dict[str, float]
    changed_at: float | None
    kinds: list[KindOut]


class LockStateOut(BaseModel):
    """What the core says about a lock."""

    online: bool
    held_open: bool
    since: float | None
    until: float | None
    battery: str | None
    left_open_since: float | None
    trouble: str | None


class StepOut(BaseModel):
    """A step of setting the core up; `action` is empty where nobody has to do anything now."""

    name: str
    sentence: str
    done: bool
    action: str
    fields: list[FieldOut]


class ReportOut(BaseModel):
    """How the core stands. `why` is the code of a refusal."""

    state: str
    at: float
    since: float | None
    until: float | None
    why: str | None
    detail: str
    steps: list[StepOut]
    locks: dict[str, LockStateOut]


class OfferedOut(BaseModel):
    """A lock that the core offers."""

    ref: str
    name: str
    hub: str
    online: bool


class CorePages:
    """Handlers."""

    def __init__(self, frame: Frame, office: CoreOffice, cores: AccessCores, entrances: Entrances) -> None:
        self._frame = frame
        self._office = office
        self._cores = cores
        self._entrances = entrances

    def routes(self) -> list[Route]:
        """The table."""
        at, api = "/admin/{site}/core", "/api/v1/sites/{site}/core"
        see, own, tie = Power.RUN_PANELS, Power.SET_CORE, Power.EDIT_ENTRANCES
        return [
            Route("GET", at, self.show, see, page=True, query=Seen),
            Route(
                "POST", f"{at}/kinds/{{kind}}", self.choose, own, body=CoreForm, page=True, again=self.again
            ),
            Route("POST", f"{at}/steps/{{step}}", self.step, own, body=CoreForm, page=True, again=self.again),
            Route("POST", f"{at}/locks/{{lock}}", self.tie, tie, body=TieForm, page=True, again=self.again),
            Route("GET", api, self.tell, see, answer=CoreOut),
            Route("PUT", api, self.change, own, body=CoreChange, answer=CoreOut),
            Route("POST", f"{api}/check", self.check, see, body=Nothing, answer=ReportOut),
            Route("POST", f"{api}/steps/{{step}}", self.do_step, own, body=StepTyped, answer=ReportOut),
            Route("GET", f"{api}/locks", self.offered, see, answer=list[OfferedOut]),
            Route("PUT", f"{api}/locks/{{lock}}", self.tie_lock, tie, body=TieForm, status=204),
        ]

    # -- the page --

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The access core of the site."""
        return await self.again(ask, {}, {})

    async def again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed; secrets never come back."""
        view = await self._office.view(ask.who, ask.site)
        kinds = {kind.name: kind for kind in self._cores.kinds()}
        wanted = ask.request.match_info.get("kind") or (ask.query.kind if ask.query else "")
        shown = kinds.get(wanted, view.kind)
        report, offered, unreachable = None, (), ""
        if errors or (ask.query and ask.query.check):
            report = await self._office.check(ask.who, ask.site)
            if view.kind.lock_label and report.state not in (CoreState.DOWN, CoreState.DENIED):
                try:
                    offered = await self._office.offered(ask.who, ask.site)
                except TryLater as error:
                    unreachable = error.message
        names = {entrance.id: entrance.name for entrance in await self._entrances.of_site(ask.who, ask.site)}
        return await self._frame.show(
            ask,
            "admin/core.html",
            here="entrances",
            view=view,
            kinds=list(kinds.values()),
            shown=shown,
            stored=view.settings if shown.name == view.kind.name else {},
            secrets=view.secrets if shown.name == view.kind.name else {},
            report=report,
            state=STATES[report.state] if report else None,
            why=SENTENCES[report.why] if report and report.why else "",
            offered=[(one.ref, f"{one.hub}: {one.name}" if one.hub else one.name) for one in offered],
            unreachable=unreachable,
            locks=[
                {
                    "id": lock.id,
                    "name": lock.name,
                    "entrance": names.get(lock.entrance, ""),
                    "ref": lock.core_ref,
                    "status": (status := self._cores.status(lock.id)),
                    "trouble": SENTENCES[status.trouble] if status.trouble else "",
                }
                for lock in await self._entrances.locks(ask.who, ask.site)
            ],
            step=ask.request.match_info.get("step", ""),
            tied=ask.request.match_info.get("lock", ""),
            typed=typed,
            errors=errors,
            said=SAID,
        )

    async def choose(self, ask: Ask) -> web.StreamResponse:
        """Use this kind of core from now on."""
        kind, words = ask.path("kind"), cast("CoreForm", ask.body).words
        await self._choose(ask, kind, words, {})
        raise done(f"/admin/{ask.site}/core", "core_chosen", check="yes")

    async def _choose(
        self, ask: Ask, kind: str, words: Mapping[str, str], secrets: Mapping[str, str]
    ) -> None:
        """Store it; secrets may stand among the words, as a form sends them."""
        known = next((one for one in self._cores.kinds() if one.name == kind), None)
        hidden = {one.name for one in known.fields if one.ask is Asks.SECRET} if known else set[str]()
        given = {**{name: text for name, text in words.items() if name in hidden}, **secrets}
        await self._office.choose(
            ask.who,
            ask.site,
            kind,
            {name: text for name, text in words.items() if name not in hidden},
            {name: Secret(text) for name, text in given.items() if text},
        )

    async def step(self, ask: Ask) -> web.StreamResponse:
        """Do a step of setting the core up."""
        words = cast("CoreForm", ask.body).words
        try:
            await self._office.take_step(
                ask.who, ask.site, ask.path("step"), {name: Secret(text) for name, text in words.items()}
            )
        except TryLater as error:
            raise Invalid(body=error.message) from None
        raise done(f"/admin/{ask.site}/core", "core_step", check="yes")

    async def tie(self, ask: Ask) -> web.StreamResponse:
        """Choose which lock of the core one of ours is."""
        form: TieForm = ask.body
        await self._office.tie(ask.who, ask.site, LockId(ask.path("lock")), form.ref)
        raise done(f"/admin/{ask.site}/core", "lock_tied", check="yes")

    # -- the API --

    async def tell(self, ask: Ask) -> web.StreamResponse:
        """The access core of the site, and the kinds that it may choose."""
        return json(_core(await self._office.view(ask.who, ask.site), self._cores.kinds()))

    async def change(self, ask: Ask) -> web.StreamResponse:
        """Use another access core, or other settings, without a restart."""
        form: CoreChange = ask.body
        await self._choose(ask, form.kind, form.settings, form.secrets)
        return await self.tell(ask)

    async def check(self, ask: Ask) -> web.StreamResponse:
        """Ask the access core now how it and each lock stands."""
        return json(_report(await self._office.check(ask.who, ask.site)))

    async def do_step(self, ask: Ask) -> web.StreamResponse:
        """Do a step of setting the access core up."""
        form: StepTyped = ask.body
        typed = {name: Secret(text) for name, text in form.typed.items()}
        await self._office.take_step(ask.who, ask.site, ask.path("step"), typed)
        return json(_report(await self._office.check(ask.who, ask.site)))

    async def offered(self, ask: Ask) -> web.StreamResponse:
        """The locks of the access core, to be chosen for those of the site."""
        return json(
            [
                {"ref": one.ref, "name": one.name, "hub": one.hub, "online": one.online}
                for one in await self._office.offered(ask.who, ask.site)
            ]
        )

    async def tie_lock(self, ask: Ask) -> web.StreamResponse:
        """Say what the access core calls a lock."""
        form: TieForm = ask.body
        await self._office.tie(ask.who, ask.site, LockId(ask.path("lock")), form.ref)
        return web.Response(status=204)


def _core(view: CoreView, kinds: Sequence[CoreKind]) -> dict[str, object]:
    return {
        "kind": view.kind.name,
        "settings": dict(view.settings),
        "secrets": dict(view.secrets),
        "changed_at": view.changed_at,
        "kinds": [
            {
                "name": kind.name,
                "title": kind.title,
                "fields": [_field(one) for one in kind.fields],
                "lock_label": kind.lock_label,
            }
            for kind in kinds
        ],
    }


def _field(one: CoreField) -> dict[str, object]:
    return {
        "name": one.name,
        "label": one.label,
        "ask": one.ask.value,
        "hint": one.hint,
        "default": one.default,
        "required": one.required,
        "choices": [list(choice) for choice in one.choices],
    }


def _report(report: CoreReport) -> dict[str, object]:
    return {
        "state": report.state.value,
        "at": report.at,
        "since": report.since,
        "until": report.until,
        "why": report.why.value if report.why else None,
        "detail": report.detail,
        "steps": [
            {
                "name": step.name,
                "sentence": step.sentence,
                "done": step.done,
                "action": step.action,
                "fields": [_field(one) for one in step.fields],
            }
            for step in report.steps
        ],
        "locks": {lock: _status(status) for lock, status in report.locks.items()},
    }


def _status(status: LockStatus) -> dict[str, object]:
    return {
        "online": status.online,
        "held_open": status.held_open,
        "since": status.since,
        "until": status.until,
        "battery": status.battery.value if status.battery else None,
        "left_open_since": status.left_open_since,
        "trouble": status.trouble.value if status.trouble else None,
    }
