"""The outbox: stored first, sent after, tried again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from intercom.domain.ids import SiteId
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.phonebook import Site
from intercom.mail.message import Mail, NotDelivered
from intercom.mail.outbox import KEPT_SECONDS, PAUSES, Outbox
from tests.fakes.letters import Carrier, MemoryLetters
from tests.fakes.small import FakeClock, Numbered

SITE = Site(SiteId("s"), "Birkenhof", "12")


def letter(to: str = "anna@example.org", kind: LetterKind = LetterKind.REMOVED, about: str = "i") -> Letter:
    code = {"code": "123456", "minutes": "10"} if kind is LetterKind.SECOND_FACTOR_CODE else {}
    return Letter(kind, to, "en", SITE, {"name": "Anna", **code}, about)


@dataclass
class Post:
    """An outbox with its box, carrier and clock."""

    box: MemoryLetters = field(default_factory=MemoryLetters)
    carrier: Carrier = field(default_factory=Carrier)
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        async def site(_: SiteId) -> Site:
            return SITE

        self.outbox = Outbox(
            self.box, self.written, self.carrier, "door@example.org", site, self.clock, Numbered()
        )

    @staticmethod
    def written(given: Letter) -> Mail:
        assert given.site is SITE
        if given.to == "breaks@example.org":
            raise RuntimeError("a template is broken")
        return Mail(given.to, "Hello", "Text\n", "<p>Text</p>")

    @property
    def recipients(self) -> list[str]:
        return [str(message["To"]) for _, message in self.carrier.carried]


@pytest.fixture
def post() -> Post:
    return Post()


async def test_sending_stores_the_letter_and_waits_for_no_mail_server(post: Post) -> None:
    await post.outbox.send(letter())
    assert post.carrier.entered == 0
    assert len(post.box.waiting) == 1
    await post.outbox.work()
    assert post.recipients == ["anna@example.org"]
    assert not post.box.waiting


async def test_many_letters_go_over_one_connection_at_a_time(post: Post) -> None:
    await post.outbox.send(*(letter(f"p{n}@example.org") for n in range(50)))
    while await post.outbox.work():
        pass
    assert (len(post.carrier.carried), post.carrier.entered) == (50, 3)


async def test_pauses_between_tries_grow_until_the_letter_is_given_up(post: Post) -> None:
    post.carrier.fails = [NotDelivered("451 later")] * 100
    await post.outbox.send(letter())
    for pause in PAUSES:
        assert await post.outbox.work() == 1
        post.clock.passes(pause - 1)
        assert await post.outbox.work() == 0
        post.clock.passes(1)
    assert await post.outbox.work() == 1
    assert not post.box.waiting
    news = (await post.box.news(["i"]))["i"]
    assert (news.given_up, news.error) == (True, "451 later")
    assert tuple(sorted(PAUSES)) == PAUSES


async def test_a_refusal_for_good_is_not_tried_again(post: Post) -> None:
    post.carrier.fails = [NotDelivered("550 no such person", for_good=True)]
    await post.outbox.send(letter())
    await post.outbox.work()
    news = (await post.box.news(["i"]))["i"]
    assert (news.given_up, news.error) == (True, "550 no such person")


async def test_one_bad_letter_holds_up_none_behind_it(post: Post) -> None:
    await post.outbox.send(letter("breaks@example.org"), letter("no address"), letter("ben@example.org"))
    await post.outbox.work()
    assert post.recipients == ["ben@example.org"]
    assert [w.letter.to for w, _ in post.box.waiting.values()] == ["breaks@example.org"]


async def test_a_code_overtakes_a_heap_of_invitations(post: Post) -> None:
    await post.outbox.send(*(letter(f"p{n}@example.org") for n in range(30)))
    await post.outbox.send(letter("now@example.org", LetterKind.SECOND_FACTOR_CODE))
    await post.outbox.work()
    assert post.recipients[0] == "now@example.org"


async def test_a_code_that_is_over_is_not_sent_any_more(post: Post) -> None:
    post.carrier.fails = [NotDelivered("451 later")] * 2
    await post.outbox.send(letter(kind=LetterKind.SECOND_FACTOR_CODE))
    await post.outbox.work()
    post.clock.passes(60)
    await post.outbox.work()
    post.clock.passes(600)
    await post.outbox.work()
    assert post.carrier.carried == []
    assert (await post.box.news(["i"]))["i"].given_up


async def test_a_letter_that_is_sent_twice_is_one_letter_to_its_reader(post: Post) -> None:
    await post.outbox.send(letter())
    kept = dict(post.box.waiting)
    await post.outbox.work()
    post.box.waiting = kept  # the server was killed before it noted that the letter is sent
    await post.outbox.work()
    first, second = (message["Message-ID"] for _, message in post.carrier.carried)
    assert first == second


async def test_it_sends_by_itself_as_soon_as_there_is_a_letter_and_outlives_a_fault(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = asyncio.create_task(post.outbox.run())
    await asyncio.sleep(0.01)
    await post.outbox.send(letter("one@example.org"))
    for _ in range(200):
        await asyncio.sleep(0.005)
        if post.carrier.carried:
            break
    assert post.recipients == ["one@example.org"]

    due = post.box.due
    broken = [True]

    async def fails_once(now: float, limit: int) -> object:
        if broken:
            broken.pop()
            raise OSError("the file is busy")
        return await due(now, limit)

    monkeypatch.setattr(MemoryLetters, "due", lambda _, now, limit: fails_once(now, limit))
    await post.outbox.send(letter("two@example.org"))
    await asyncio.sleep(0.05)
    await post.outbox.send(letter("three@example.org"))
    for _ in range(200):
        await asyncio.sleep(0.005)
        if len(post.carrier.carried) == 3:
            break
    assert sorted(post.recipients) == ["one@example.org", "three@example.org", "two@example.org"]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_what_became_of_a_letter_is_known_for_thirty_days(post: Post) -> None:
    await post.outbox.send(letter())
    await post.outbox.work()
    await post.box.forget_before(post.clock.now() - KEPT_SECONDS)
    assert await post.box.news(["i"])


async def test_no_link_and_no_address_is_logged(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    post.carrier.fails = [NotDelivered("451 later")]
    await post.outbox.send(letter(), letter(kind=LetterKind.SECOND_FACTOR_CODE))
    await post.outbox.work()
    assert "451 later" in caplog.text
    assert "123456" not in caplog.text
    assert "anna@" not in caplog.text


def test_the_templates_of_all_letters_are_there() -> None:
    folder = Path(__file__).parents[2] / "web" / "templates" / "mail"
    assert {path.stem for path in folder.glob("*.jinja")} == {kind.value for kind in LetterKind}
