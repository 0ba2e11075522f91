"""The residents of a site in the order of their names, quick to search and to turn over page by page."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from intercom.domain.collation import plain, searchable, sort_key
from intercom.domain.ids import EntryId


class Show(StrEnum):
    """Which residents of a site a list shows."""

    ALL = "all"
    ACTIVE = "active"
    INVITED = "invited"
    INACTIVE = "inactive"
    CONTACT = "contact"
    """Contact persons."""
    ALIAS = "alias"
    """Those whom the door shows by another name than their own."""


@dataclass(frozen=True, slots=True)
class Card:
    """A resident in the directory. `key` orders them, each has its own; the texts are searched."""

    id: EntryId
    key: str
    text: str
    floor: str
    shows: tuple[Show, ...]
    unit: str = ""


def card(
    entry: EntryId, first: str, last: str, others: Iterable[str], floor: str, shows: tuple[Show, ...], *,
    language: str, unit: str = "",
) -> Card:  # fmt: skip
    """A resident by family name, found by any of their names, `others` and `unit`."""
    key = f"{sort_key(last, language)}\0{sort_key(first, language)}\0{entry}"
    text = searchable(" ".join((first, last, *others, unit)))
    return Card(entry, key, text, plain(floor), shows, plain(unit))


@dataclass(frozen=True, slots=True)
class Turned:
    """One page of a list: whom it names, how many there are in all, and the key after which the next page
    begins; None on the last."""

    ids: tuple[EntryId, ...]
    total: int
    later: str | None


class Directory:
    """Made anew when the site's residents change; never changed itself."""

    def __init__(self, cards: Iterable[Card] = ()) -> None:
        self._cards = sorted(cards, key=lambda card: card.key)
        counted = Counter(show for card in self._cards for show in card.shows)
        self.counts: Mapping[Show, int] = {
            show: len(self._cards) if show is Show.ALL else counted[show] for show in Show
        }

    def turn(self, words: str, show: Show, limit: int, *, page: int = 1, after: str = "") -> Turned:
        """The page of that number, from 1, or the one that begins after the key `after`.

        Words find part of a name, or a whole floor; a unit in quotes is that unit alone.
        """
        found = self._found(words, show)
        start = bisect_right(found, after, key=lambda card: card.key) if after else (page - 1) * limit
        end = start + limit
        ids = tuple(card.id for card in found[start:end])
        return Turned(ids, len(found), found[end - 1].key if end < len(found) else None)

    def _found(self, words: str, show: Show) -> list[Card]:
        parts = plain(words).split()
        chosen = self._cards if show is Show.ALL else [card for card in self._cards if show in card.shows]
        if len(words) > 2 and words[0] == words[-1] == '"':  # Flat 3 is not Flat 31
            unit = plain(words[1:-1])
            return [card for card in chosen if card.unit == unit]
        for part in parts:
            chosen = [card for card in chosen if part in card.text or part == card.floor]
        return chosen
