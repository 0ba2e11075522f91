"""Phone numbers as people type them."""

from __future__ import annotations

import phonenumbers

from intercom.domain.errors import Invalid
from intercom.domain.language import N_


def e164(typed: str, country: str = "") -> str:
    """The number in E.164; without a country's code it is taken as dialled in `country` (ISO 3166-1).

    Raises `Invalid` with a sentence for the field `phone`.
    """
    try:
        number = phonenumbers.parse(typed, country or None)
    except phonenumbers.NumberParseException:
        raise Invalid(phone=N_("Type the number with its country’s code, as +41 79 123 45 67.")) from None
    if not phonenumbers.is_valid_number(number):
        raise Invalid(phone=N_("No phone has this number. Check its figures."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
