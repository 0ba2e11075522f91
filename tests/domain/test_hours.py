"""Opening hours: open or not, and when again, also when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from intercom.domain.hours import SPANS_A_DAY, Hours, read_day, week, written_day
from intercom.domain.week import WeekSpan

ZURICH = ZoneInfo("Europe/Zurich")
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6


def at(text: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZURICH, fold=fold).timestamp()


def hours(weekday: int, text: str) -> Hours:
    return Hours(read_day(weekday, text), ZURICH)


def test_without_hours_it_is_open_at_any_time() -> None:
    always = Hours((), ZURICH)
    assert always.open_at(at("2026-11-22 03:00"))
    assert always.opens_next(at("2026-11-22 03:00")) is None


def test_a_closed_door_says_when_it_opens_again() -> None:
    shop = hours(FRIDAY, "08:00-12:00, 13:30-18:00")
    assert shop.opens_next(at("2026-11-27 07:59:59")) == at("2026-11-27 08:00")
    assert shop.open_at(at("2026-11-27 08:00"))
    assert shop.opens_next(at("2026-11-27 11:59:59")) is None
    assert shop.opens_next(at("2026-11-27 12:00")) == at("2026-11-27 13:30")
    assert shop.opens_next(at("2026-11-27 18:00")) == at("2026-12-04 08:00"), "a week later"


def test_what_opens_at_an_hour_that_spring_skips_opens_with_the_change() -> None:
    bakery = hours(SUNDAY, "02:30-06:00")
    assert bakery.opens_next(at("2026-03-29 01:59:59")) == at("2026-03-29 03:00")
    assert bakery.open_at(at("2026-03-29 03:00"))


def test_hours_that_spring_skips_whole_open_a_week_later() -> None:
    brief = hours(SUNDAY, "02:10-02:50")
    before = at("2026-03-29 01:00")
    assert not brief.open_at(at("2026-03-29 03:00"))
    assert brief.opens_next(before) == at("2026-04-05 02:10")


def test_in_autumn_it_stays_open_through_the_hour_that_comes_twice() -> None:
    club = hours(SATURDAY, "22:00-02:30")
    for moment in (at("2026-10-25 02:40", 0), at("2026-10-25 02:29", 1)):
        assert club.open_at(moment)
    assert not club.open_at(at("2026-10-25 02:30", 1))
    early = hours(SUNDAY, "02:30-07:00")
    assert early.opens_next(at("2026-10-25 02:29", 0)) == at("2026-10-25 02:30", 0)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("8:00 - 12:00,13.30–18h00", "08:00-12:00, 13:30-18:00"),
        ("13:00-18:00; 08:00-12:00", "08:00-12:00, 13:00-18:00"),
        ("00:00-24:00", "00:00-24:00"),
        ("22:00-02:00", "22:00-02:00"),
    ],
)
def test_a_day_is_read_as_people_write_it(typed: str, kept: str) -> None:
    assert written_day(SUNDAY, read_day(SUNDAY, typed)) == kept


@pytest.mark.parametrize(
    "typed", ["8-12", "08:00", "24:00-08:00", "08:00-24:30", "08:60-09:00", "open", "-1:00-2:00"]
)
def test_what_is_no_time_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(ValueError, match="08:00-12:00"):
        read_day(SUNDAY, typed)


def test_a_day_opens_only_so_often() -> None:
    many = [f"{hour:02d}:00-{hour:02d}:30" for hour in range(SPANS_A_DAY + 1)]
    with pytest.raises(ValueError, match="At most 4 times"):
        read_day(SUNDAY, ", ".join(many))
    with pytest.raises(ValueError, match="At most 4 times"):
        week(WeekSpan(SUNDAY, hour * 60, hour * 60 + 30) for hour in range(SPANS_A_DAY + 1))
    assert read_day(SUNDAY, ", ".join(many[:-1]))


SPANS = some.lists(
    some.builds(WeekSpan, some.integers(0, 6), some.integers(0, 1439), some.integers(0, 1440)), max_size=5
)
MOMENTS = some.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - wanted bare
    datetime(2027, 1, 1),  # noqa: DTZ001 - wanted bare
    timezones=some.just(UTC),
)
CHANGES = some.sampled_from([datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)])
NEAR = some.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), CHANGES, some.integers(-300, 300)
)
ZONES = some.sampled_from(["Europe/Zurich", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])


@given(SPANS, MOMENTS | NEAR, ZONES)
def test_it_opens_at_the_very_second_that_is_told(spans: list[WeekSpan], moment: datetime, name: str) -> None:
    place = Hours(tuple(spans), ZoneInfo(name))
    now = moment.timestamp()
    opens = place.opens_next(now)
    if place.open_at(now):
        assert opens is None
        return
    assert opens is not None
    assert now < opens <= now + 15 * 86400
    assert place.open_at(opens)
    assert not place.open_at(opens - 1)
    assert place.opens_next(opens - 1) == opens


@given(SPANS, NEAR)
def test_the_wall_opens_what_it_says_also_when_the_clocks_change(
    spans: list[WeekSpan], moment: datetime
) -> None:
    """Closed only where no clock on the wall says open: a time that comes twice counts both times."""
    local = moment.astimezone(ZURICH)
    minute, day = local.hour * 60 + local.minute, local.weekday()
    covered = any(
        (s.weekday == day and s.start <= minute and (minute < s.end or s.end <= s.start))
        or ((s.weekday + 1) % 7 == day and s.end <= s.start and minute < s.end)
        for s in spans
    )
    if spans and covered:
        assert Hours(tuple(spans), ZURICH).open_at(moment.timestamp())
