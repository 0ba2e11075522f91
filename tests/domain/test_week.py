"""Quiet hours, also on the nights when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from intercom.domain.week import WeekSpan, lasts_until

ZURICH = ZoneInfo("Europe/Zurich")
MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6


def at(text: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZURICH, fold=fold).timestamp()


def minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def span(day: int, start: str, end: str) -> WeekSpan:
    return WeekSpan(day, minutes(start), minutes(end))


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-11-23 21:59:59", None),
        ("2026-11-23 22:00", "2026-11-24 06:30"),
        ("2026-11-24 06:29:59", "2026-11-24 06:30"),
        ("2026-11-24 06:30", None),
        ("2026-11-24 23:00", None),
    ],
)
def test_a_night_begins_on_its_day_and_ends_on_the_next(moment: str, until: str | None) -> None:
    found = lasts_until([span(MONDAY, "22:00", "06:30")], ZURICH, at(moment))
    assert found == (at(until) if until else None)


def test_spans_that_touch_are_one() -> None:
    spans = [
        span(FRIDAY, "22:00", "24:00"),
        span(SATURDAY, "00:00", "09:00"),
        span(SATURDAY, "08:00", "10:00"),
    ]
    assert lasts_until(spans, ZURICH, at("2026-11-27 23:00")) == at("2026-11-28 10:00")


def test_equal_ends_are_a_whole_day() -> None:
    spans = [span(SUNDAY, "12:00", "12:00")]
    assert lasts_until(spans, ZURICH, at("2026-11-30 11:59")) == at("2026-11-30 12:00")


def test_in_spring_a_start_that_is_skipped_is_the_change_itself() -> None:
    night = [span(SUNDAY, "02:30", "06:00")]
    assert lasts_until(night, ZURICH, at("2026-03-29 01:59:59")) is None
    assert lasts_until(night, ZURICH, at("2026-03-29 03:00")) == at("2026-03-29 06:00")


def test_in_spring_an_end_that_is_skipped_is_the_change_itself() -> None:
    night = [span(SATURDAY, "22:00", "02:30")]
    assert lasts_until(night, ZURICH, at("2026-03-29 01:59")) == at("2026-03-29 03:00")
    assert lasts_until(night, ZURICH, at("2026-03-29 03:00")) is None


def test_in_autumn_quiet_ends_when_its_time_comes_the_second_time() -> None:
    night = [span(SATURDAY, "22:00", "02:30")]
    for moment in (at("2026-10-25 02:40", 0), at("2026-10-25 02:10", 1)):
        assert lasts_until(night, ZURICH, moment) == at("2026-10-25 02:30", 1)
    assert lasts_until(night, ZURICH, at("2026-10-25 02:30", 1)) is None


def test_in_autumn_quiet_begins_when_its_time_comes_first() -> None:
    night = [span(SUNDAY, "02:30", "07:00")]
    assert lasts_until(night, ZURICH, at("2026-10-25 02:29", 0)) is None
    for moment in (at("2026-10-25 02:30", 0), at("2026-10-25 02:10", 1)):
        assert lasts_until(night, ZURICH, moment) == at("2026-10-25 07:00")


@pytest.mark.parametrize("wrong", [(7, 0, 0), (-1, 0, 0), (0, 1440, 0), (0, 0, 1441), (0, -1, 5)])
def test_a_span_outside_of_a_week_is_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="weekday"):
        WeekSpan(*wrong)


SPANS = some.lists(
    some.builds(WeekSpan, some.integers(0, 6), some.integers(0, 1439), some.integers(0, 1440)), max_size=4
)
MOMENTS = some.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - wanted bare
    datetime(2027, 1, 1),  # noqa: DTZ001 - wanted bare
    timezones=some.just(UTC),
)
ZONES = some.sampled_from(["Europe/Zurich", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])


@given(SPANS, MOMENTS, ZONES)
def test_quiet_lasts_until_the_very_second_that_is_told(
    spans: list[WeekSpan], moment: datetime, name: str
) -> None:
    zone, now = ZoneInfo(name), moment.timestamp()
    until = lasts_until(spans, zone, now)
    if until is None:
        return
    assert now < until
    assert lasts_until(spans, zone, until - 1) == until
    # only a span of the whole week, told in pieces, goes on
    assert until - now > 6 * 86400 or lasts_until(spans, zone, until) is None


@given(SPANS, MOMENTS, ZONES)
def test_away_from_changes_of_the_clock_the_wall_decides(
    spans: list[WeekSpan], moment: datetime, name: str
) -> None:
    zone = ZoneInfo(name)
    local = moment.astimezone(zone)
    near = [(moment + timedelta(days=d)).astimezone(zone).utcoffset() for d in (-2, 0, 2)]
    if len(set(near)) > 1:
        return
    minute, day = local.hour * 60 + local.minute, local.weekday()
    covered = any(
        (s.weekday == day and s.start <= minute and (minute < s.end or s.end <= s.start))
        or ((s.weekday + 1) % 7 == day and s.end <= s.start and minute < s.end)
        for s in spans
    )
    assert (lasts_until(spans, zone, moment.timestamp()) is not None) == covered
