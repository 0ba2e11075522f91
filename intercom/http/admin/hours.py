"""Opening hours as a form: a line for each day of the week."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from intercom import language
from intercom.domain.hours import read_day, written_day
from intercom.domain.language import N_
from intercom.domain.week import WeekSpan
from intercom.http.routes import Body

DAYS = (
    ("monday", N_("Monday")),
    ("tuesday", N_("Tuesday")),
    ("wednesday", N_("Wednesday")),
    ("thursday", N_("Thursday")),
    ("friday", N_("Friday")),
    ("saturday", N_("Saturday")),
    ("sunday", N_("Sunday")),
)


def _day(given: str) -> str:
    read_day(0, given)
    return given


Day = Annotated[str, Field(max_length=80), AfterValidator(_day)]
"""When it is open on a day, as typed."""


class HoursForm(Body):
    """Opening hours; all empty: open at any time."""

    monday: Day = ""
    tuesday: Day = ""
    wednesday: Day = ""
    thursday: Day = ""
    friday: Day = ""
    saturday: Day = ""
    sunday: Day = ""

    def spans(self) -> tuple[WeekSpan, ...]:
        """The hours as the services take them."""
        return tuple(
            span for weekday, (name, _) in enumerate(DAYS) for span in read_day(weekday, getattr(self, name))
        )


def hours_rows(spans: tuple[WeekSpan, ...]) -> list[dict[str, Any]]:
    """What `admin/hours.html` shows."""
    return [
        {"name": name, "words": language.translate(words), "text": written_day(weekday, spans)}
        for weekday, (name, words) in enumerate(DAYS)
    ]
