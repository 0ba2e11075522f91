"""A box of letters in memory, and a carrier that does as it is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.message import EmailMessage

from intercom.domain.letters import Letter
from intercom.mail.message import NotDelivered
from intercom.ports import LetterNews, Waiting


@dataclass(slots=True)
class MemoryLetters:
    """`ports.Letters` in memory."""

    waiting: dict[str, tuple[Waiting, float]] = field(default_factory=dict)
    """Letters that wait, and when each is due."""
    done: dict[str, tuple[str, LetterNews]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    async def add(self, given: Sequence[tuple[str, Letter, float | None]], now: float) -> None:
        for name, letter, good_until in given:
            site = letter.site.id if letter.site else None
            bare = replace(letter, site=None)
            self.waiting[name] = (Waiting(name, bare, site, now, good_until, 0), now)
            self.order.append(name)

    async def due(self, now: float, limit: int) -> Sequence[Waiting]:
        found = [(w, at) for w, at in self.waiting.values() if at <= now]
        found.sort(
            key=lambda pair: (pair[0].good_until is None, pair[0].good_until or 0, pair[1], pair[0].id)
        )
        return [waiting for waiting, _ in found[:limit]]

    async def next_due(self) -> float | None:
        return min((at for _, at in self.waiting.values()), default=None)

    async def sent(self, letter: str, now: float) -> None:
        waiting, _ = self.waiting.pop(letter)
        self.done[letter] = (waiting.letter.about, LetterNews(waiting.created_at, now))

    async def failed(self, letter: str, error: str, next_at: float | None) -> None:
        waiting, _ = self.waiting.pop(letter)
        self.errors[letter] = error
        if next_at is None:
            self.done[letter] = (waiting.letter.about, LetterNews(waiting.created_at, None, True, error))
        else:
            self.waiting[letter] = (replace(waiting, tries=waiting.tries + 1), next_at)

    async def news(self, about: Collection[str]) -> Mapping[str, LetterNews]:
        found: dict[str, LetterNews] = {}
        for name in self.order:
            if name in self.waiting:
                waiting, _ = self.waiting[name]
                topic = waiting.letter.about
                news = LetterNews(waiting.created_at, error=self.errors.get(name))
            elif name in self.done:
                topic, news = self.done[name]
            else:
                continue
            if topic and topic in about:
                found[topic] = news
        return found

    async def forget_before(self, moment: float) -> None:
        self.done = {name: row for name, row in self.done.items() if row[1].created_at >= moment}


@dataclass(slots=True)
class Carrier:
    """A transport that keeps what it carries, or fails as it is told: once for each error in `fails`."""

    carried: list[tuple[str, EmailMessage]] = field(default_factory=list)
    fails: list[NotDelivered] = field(default_factory=list)
    entered: int = 0

    async def __aenter__(self) -> Carrier:
        self.entered += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def deliver(self, letter: EmailMessage, name: str) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.carried.append((name, letter))
