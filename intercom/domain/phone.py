"""Phone numbers: stored as E.164, shown as people of the country write them."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from intercom.domain.language import N_

_COSTLY = {
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.UAN,
    PhoneNumberType.PAGER,
    PhoneNumberType.VOICEMAIL,
}
"""Nobody's own telephone, and often dear: a message to them is never a person's wish."""
_LONGEST = 40


def number(text: str, country: str) -> str:
    """What somebody typed, as E.164. `country` (ISO 3166-1, or empty) is where a number without + is from.

    Raises `ValueError` with a sentence for the person who typed it.
    """
    if len(text) > _LONGEST:
        raise ValueError(N_("This is too long for a phone number."))
    try:
        parsed = phonenumbers.parse(text, country.upper() or None)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE and not text.strip().startswith("+"):
            raise ValueError(N_("Type the number with + and the code of its country.")) from None
        raise ValueError(N_("This is not a phone number.")) from None
    if not phonenumbers.is_valid_number(parsed) or parsed.extension:
        raise ValueError(N_("There is no such phone number. Look at its figures again."))
    if phonenumbers.number_type(parsed) in _COSTLY:
        raise ValueError(N_("No message can be sent to this number. Use your own telephone's."))
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def shown(e164: str, country: str) -> str:
    """The number as it is written in `country`; with + and its code where it is from another."""
    try:
        parsed = phonenumbers.parse(e164, None)
    except NumberParseException:
        return e164
    at_home = phonenumbers.region_code_for_number(parsed) == country.upper()
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)
