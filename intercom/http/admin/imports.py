"""`/admin/{site}/import`: lists of residents, and the same for programs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from intercom import language
from intercom.domain import roster, spreadsheet
from intercom.domain.errors import BadFile, Invalid
from intercom.domain.language import N_
from intercom.domain.people import Power
from intercom.domain.roster import Column
from intercom.domain.roster_plan import Act, Step
from intercom.http.admin.frame import PAGE_ROWS, Frame, done, pager
from intercom.http.files import file, streamed
from intercom.http.routes import Ask, Body, Label, Route, json
from intercom.http.uploads import decoded
from intercom.services.imports import Import, Imports, Stage

FILE_BYTES = 5_000_000
"""Largest file."""
_API_FAULTS = 1000

ACTS: Mapping[Act, tuple[str, str, str]] = {
    Act.ADD: ("none", "plus", N_("Add")),
    Act.CHANGE: ("none", "edit", N_("Change")),
    Act.SAME: ("", "", N_("Same")),
    Act.ERROR: ("refused", "cross", N_("Error")),
}
"""How a row's fate is shown: the state, the drawing, the word."""


class FileForm(Body):
    """A file that was chosen."""

    file: bytes = Field(json_schema_extra={"maxLength": FILE_BYTES})
    name: Label = ""


class Letters(Body):
    """When the invitations are sent."""

    letters: Literal["now", "later"]


class Shown(Body):
    """Which rows of a list that was read."""

    show: Literal["all", "errors", "changes"] = "all"
    page: int = Field(default=1, ge=1, le=10_000)
    said: str = Field(default="", max_length=40)


class FaultAnswer(BaseModel):
    """What is wrong with a cell; `column` is null for what is wrong with the row."""

    column: str | None
    sentence: str


class RowAnswer(BaseModel):
    """A row with faults, by its number in the file."""

    row: int
    faults: list[FaultAnswer]


class ImportAnswer(BaseModel):
    """How far a list has come. `errors`: the first thousand rows with faults."""

    id: str
    name: str
    stage: Stage
    rows: int
    add: int
    change: int
    same: int
    wrong: int
    invitations: int
    done: int
    total: int
    errors: list[RowAnswer]


class ImportPages:
    """Handlers."""

    def __init__(self, frame: Frame, imports: Imports) -> None:
        self._frame = frame
        self._imports = imports

    def routes(self) -> list[Route]:
        """The table."""
        at, api, power = "/admin/{site}/import", "/api/v1/sites/{site}", Power.EDIT_RESIDENTS
        upload: dict[str, Any] = {"body": FileForm, "upload": FILE_BYTES}
        return [
            Route("GET", at, self.blank, power, page=True),
            Route("POST", at, self.read, power, page=True, again=self.blank_again, **upload),
            Route("GET", f"{at}/template.csv", self.template, power, page=True),
            Route("GET", f"{at}/{{list}}", self.show, power, query=Shown, page=True),
            Route("POST", f"{at}/{{list}}", self.start, power, body=Letters, page=True),
            Route("GET", f"{at}/{{list}}/errors.csv", self.wrong_rows, power, page=True),
            Route("GET", "/admin/{site}/residents.csv", self.export, power, page=True),
            Route("POST", f"{api}/imports", self.api_read, power, answer=ImportAnswer, status=201, **upload),
            Route("GET", f"{api}/imports/{{list}}", self.api_show, power, answer=ImportAnswer),
            Route(
                "POST",
                f"{api}/imports/{{list}}",
                self.api_start,
                power,
                body=Letters,
                answer=ImportAnswer,
                status=202,
            ),
            Route("GET", f"{api}/residents.csv", self.export, power, answer="text/csv"),
        ]

    # -- choosing a file --

    async def blank(self, ask: Ask) -> web.StreamResponse:
        """The form."""
        return await self.blank_again(ask, {}, {})

    async def blank_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was wrong with the file."""
        return await self._frame.show(
            ask,
            "admin/import.html",
            here="residents",
            errors=errors,
            columns=[
                (column.value, words, column in roster.NEEDED)
                for column, words in roster.COLUMN_NAMES.items()
            ],
            most_rows=roster.MOST_ROWS,
            most_megabytes=FILE_BYTES // 1_000_000,
        )

    async def read(self, ask: Ask) -> web.StreamResponse:
        """Read the file; nothing is changed."""
        try:
            made = await self._read(ask)
        except BadFile as error:
            raise Invalid(file=error.message) from None
        raise done(f"/admin/{ask.site}/import/{made.id}")

    async def _read(self, ask: Ask) -> Import:
        form: FileForm = ask.body
        if not form.file:
            raise BadFile(N_("Choose a file."))
        text = await asyncio.to_thread(decoded, form.file)
        return await self._imports.read(ask.who, ask.site, form.name, text)

    # -- looking, and carrying out --

    async def show(self, ask: Ask) -> web.StreamResponse:
        """What will happen, what happens, or what happened."""
        query: Shown = ask.query
        found = self._imports.get(ask.who, ask.site, ask.path("list"))
        counts = found.plan.counts
        chosen = [step for step in found.plan.steps if _is_shown(step, query.show)]
        at = pager(len(chosen), query.page)
        return await self._frame.show(
            ask,
            "admin/import_list.html",
            here="residents",
            found=found,
            counts={act.value: counts.get(act, 0) for act in Act},
            show=query.show,
            at=at,
            rows=[_row(step) for step in chosen[(at["page"] - 1) * PAGE_ROWS :][:PAGE_ROWS]],
        )

    async def start(self, ask: Ask) -> web.StreamResponse:
        """Carry it out."""
        form: Letters = ask.body
        found = self._imports.start(ask.who, ask.site, ask.path("list"), letters=form.letters == "now")
        raise done(f"/admin/{ask.site}/import/{found.id}")

    # -- files --

    async def template(self, ask: Ask) -> web.StreamResponse:
        """An empty list with one line to write over."""
        spoken = language.now_speaking()
        example = roster.Row(
            2,
            first_name="Anna",
            last_name="Lind",
            email="anna.lind@example.org",
            floor="3",
            unit=language.translate(N_("Flat 31")),
        )
        text = "\ufeff" + roster.first_line(spoken) + roster.written([example], spoken)
        return file(text, "residents-template.csv")

    async def wrong_rows(self, ask: Ask) -> web.StreamResponse:
        """The rows with faults, to be corrected and chosen again."""
        spoken = language.now_speaking()
        rows = self._imports.wrong_rows(ask.who, ask.site, ask.path("list"), spoken)
        return file("\ufeff" + spreadsheet.write(rows, roster.delimiter_of(spoken)), "residents-errors.csv")

    async def export(self, ask: Ask) -> web.StreamResponse:
        """All residents, as a file that can be imported again."""
        lines = await self._imports.export(ask.who, ask.site, language.now_speaking())
        return await streamed(ask.request, lines, "residents.csv")

    # -- for programs --

    async def api_read(self, ask: Ask) -> web.StreamResponse:
        """Read a CSV file of residents and tell what importing it would do; nothing is changed."""
        return json(_told(await self._read(ask)), 201)

    async def api_show(self, ask: Ask) -> web.StreamResponse:
        """How far a list has come."""
        return json(_told(self._imports.get(ask.who, ask.site, ask.path("list"))))

    async def api_start(self, ask: Ask) -> web.StreamResponse:
        """Import a list that was read; rows with faults are left out, and nobody is doubled."""
        form: Letters = ask.body
        found = self._imports.start(ask.who, ask.site, ask.path("list"), letters=form.letters == "now")
        return json(_told(found), 202)


def _is_shown(step: Step, show: str) -> bool:
    return show == "all" or step.act is (Act.ERROR if show == "errors" else Act.CHANGE)


def _row(step: Step) -> dict[str, object]:
    given, state, sign, words = step.row.given, *ACTS[step.act]
    return {
        "number": step.row.number,
        "wrong": step.act is Act.ERROR,
        "state": state,
        "sign": sign,
        "words": words,
        "first_name": given.get(Column.FIRST_NAME, ""),
        "last_name": given.get(Column.LAST_NAME, ""),
        "email": given.get(Column.EMAIL, ""),
        "unit": given.get(Column.UNIT, ""),
        "notes": [roster.told(fault) for fault in step.faults] or list(step.notes),
    }


def _told(found: Import) -> dict[str, Any]:
    counts = found.plan.counts
    wrong = [step for step in found.plan.steps if step.act is Act.ERROR]
    return ImportAnswer(
        id=found.id,
        name=found.name,
        stage=found.stage,
        rows=len(found.plan.steps),
        add=counts[Act.ADD],
        change=counts[Act.CHANGE],
        same=counts[Act.SAME],
        wrong=counts[Act.ERROR],
        invitations=found.plan.invitations,
        done=found.done,
        total=found.total,
        errors=[
            RowAnswer(
                row=step.row.number,
                faults=[
                    FaultAnswer(
                        column=fault.column.value if fault.column else None,
                        sentence=language.translate(fault.sentence),
                    )
                    for fault in step.faults
                ],
            )
            for step in wrong[:_API_FAULTS]
        ],
    ).model_dump(mode="json")
