"""Days, hours and numbers as the running task's language writes them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel import dates, numbers

from intercom.language.speech import now_speaking

# English as it is spoken beside Spanish, French and German: the day before the month, hours to 24
_LOCALES = {"en": "en_GB"}


def _locale() -> str:
    language = now_speaking()
    return _LOCALES.get(language, language)


def _local(moment: float, zone: str) -> datetime:
    return datetime.fromtimestamp(moment, ZoneInfo(zone))


def date(moment: float, zone: str = "UTC") -> str:
    """ "29 November 2026": the day of a moment in Unix seconds, in the time zone `zone`."""
    return dates.format_date(_local(moment, zone).date(), "long", locale=_locale())


def time_of_day(moment: float, zone: str = "UTC") -> str:
    """ "14:05"."""
    return dates.format_time(_local(moment, zone), "HH:mm", locale=_locale())


def date_and_time(moment: float, zone: str = "UTC") -> str:
    """ "29 Nov 2026, 14:05"."""
    day = dates.format_date(_local(moment, zone).date(), "medium", locale=_locale())
    return f"{day}, {time_of_day(moment, zone)}"


def number(value: float) -> str:
    """ "10,000", "10.000"."""
    return numbers.format_decimal(value, locale=_locale())
