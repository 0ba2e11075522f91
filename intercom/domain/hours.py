"""Opening hours: when a company is rung, and when a site lets its doors be opened.

Typed and shown a day at a time, as on a shop's door: "08:00-12:00, 13:30-18:00".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from intercom.domain.language import N_
from intercom.domain.week import DAY_MINUTES, WeekSpan, begins_next, lasts_until

SPANS_A_DAY = 4
"""How often a day opens at most."""

_SPAN = re.compile(r"([01]?\d|2[0-4])[:.h]([0-5]\d)\s*(?:-|\u2013|\u2014)\s*([01]?\d|2[0-4])[:.h]([0-5]\d)")
_EXAMPLE = N_("Write it like this: 08:00-12:00, 13:30-18:00.")


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours at a place. Without spans there are none to keep: it is always open."""

    spans: tuple[WeekSpan, ...]
    zone: tzinfo

    def open_at(self, now: float) -> bool:
        """Whether it is open at `now`, Unix seconds."""
        return not self.spans or lasts_until(self.spans, self.zone, now) is not None

    def opens_next(self, now: float) -> float | None:
        """When it opens again, in Unix seconds; None while it is open."""
        return None if self.open_at(now) else begins_next(self.spans, self.zone, now)


def read_day(weekday: int, text: str) -> tuple[WeekSpan, ...]:
    """The spans of a day as typed; none for an empty line. Raises `ValueError` with a sentence."""
    spans: list[WeekSpan] = []
    for part in filter(None, (part.strip() for part in re.split(r"[,;]", text))):
        found = _SPAN.fullmatch(part)
        if found is None:
            raise ValueError(_EXAMPLE)
        numbers = [int(number) for number in found.groups()]
        start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
        if start >= DAY_MINUTES or end > DAY_MINUTES:
            raise ValueError(_EXAMPLE)
        spans.append(WeekSpan(weekday, start, end))
    if len(spans) > SPANS_A_DAY:
        raise ValueError(N_("At most %(most)s times a day.", most=SPANS_A_DAY))
    return tuple(spans)


def written_day(weekday: int, spans: Iterable[WeekSpan]) -> str:
    """The spans of a day as `read_day` reads them."""
    own = sorted((span.start, span.end) for span in spans if span.weekday == weekday)
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in own)


def week(given: Iterable[WeekSpan]) -> tuple[WeekSpan, ...]:
    """The spans of a week in order, each once. Raises `ValueError` with a sentence for too many."""
    spans: Sequence[WeekSpan] = sorted(set(given), key=lambda span: (span.weekday, span.start, span.end))
    for weekday in range(7):
        if sum(span.weekday == weekday for span in spans) > SPANS_A_DAY:
            raise ValueError(N_("At most %(most)s times a day.", most=SPANS_A_DAY))
    return tuple(spans)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
