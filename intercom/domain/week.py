"""Spans of a week by the clock on the wall: quiet hours, opening hours.

A span is kept in wall time ("Mondays 22:00 to 06:30") and becomes two instants for each week, so that
it is right on the two nights a year when the clocks change: a time that is skipped becomes the moment of
the change; of a time that comes twice, a span begins at the first and ends at the second, so that quiet
does not end and begin again within the hour (RFC 5545 3.3.5 takes the first for both).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from intercom.domain.language import N_

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class WeekSpan:
    """Every week on `weekday` (Monday is 0) from minute `start` of the day until `end`.

    An `end` not after `start` is on the next day; equal ones are a whole day.
    """

    weekday: int
    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.weekday <= 6 and 0 <= self.start < DAY_MINUTES and 0 <= self.end <= DAY_MINUTES):
            raise ValueError(N_("A span has a weekday from 0 to 6 and minutes of a day."))


def lasts_until(spans: Iterable[WeekSpan], zone: tzinfo, now: float) -> float | None:
    """Until when one of the spans lasts, in Unix seconds, or None when none does at `now`.

    Spans that touch or overlap are one.
    """
    until: float | None = None
    for begins, ends in _around(spans, zone, now):
        if until is None:
            until = ends if begins <= now < ends else None
        elif begins <= until:
            until = max(until, ends)
    return until


def begins_next(spans: Iterable[WeekSpan], zone: tzinfo, now: float) -> float | None:
    """When the next of the spans begins, in Unix seconds; None without spans."""
    return min((begins for begins, _ in _around(spans, zone, now) if begins > now), default=None)


def _around(spans: Iterable[WeekSpan], zone: tzinfo, now: float) -> list[tuple[float, float]]:
    """The instants of the spans in the weeks before and after `now`, in order.

    A span of which the clocks skip all is none that week.
    """
    today = datetime.fromtimestamp(now, zone).date()
    found = (
        _instants(span, day, zone)
        for span in spans
        for back in range(8, -16, -1)
        if (day := today - timedelta(days=back)).weekday() == span.weekday
    )
    return sorted((begins, ends) for begins, ends in found if begins < ends)


def _instants(span: WeekSpan, day: date, zone: tzinfo) -> tuple[float, float]:
    last = day if span.end > span.start else day + timedelta(days=1)
    return _instant(day, span.start, zone, fold=0), _instant(last, span.end, zone, fold=1)


def _instant(day: date, minute: int, zone: tzinfo, fold: int) -> float:
    day += timedelta(days=minute // DAY_MINUTES)
    hour, minute = divmod(minute % DAY_MINUTES, 60)
    wall = datetime.combine(day, time(hour, minute), tzinfo=zone)
    early, late = sorted(wall.replace(fold=fold).astimezone(UTC).timestamp() for fold in (0, 1))
    if datetime.fromtimestamp(early, zone).replace(tzinfo=None) != wall.replace(tzinfo=None):
        return _change(early, late, zone)  # the clocks skip this time
    return late if fold else early


def _change(early: float, late: float, zone: tzinfo) -> float:
    """The moment between the two at which the clocks change."""
    before = datetime.fromtimestamp(early, zone).utcoffset()
    while late - early > 0.5:
        middle = (early + late) / 2
        early, late = (
            (middle, late) if datetime.fromtimestamp(middle, zone).utcoffset() == before else (early, middle)
        )
    return float(round(late))
