"""The call machine under every weather: any order of events, any times, any fork."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from intercom.domain import call as machine
from intercom.domain.call import (
    Call,
    CallerBack,
    CallerHungUp,
    CallerLeft,
    CallerLost,
    CameraTurned,
    Event,
    EvidenceGiven,
    Expired,
    InviteLeg,
    LegBack,
    LegStage,
    MediaSilent,
    NoteMissed,
    Reason,
    Rules,
    Side,
    StopLeg,
    TellLeg,
    TellResident,
    Transition,
    advance,
)
from intercom.domain.evidence import Evidence, Place, Source
from intercom.domain.ids import LegId
from tests.fakes.examples import examples, placed

NAMES = ("a", "b", "c", "d", "e", "f")
PEOPLE = ("anna", "ben", "carl", "dora")
OF_A_LEG = [
    kind
    for kind in Event.__args__
    if kind
    not in (
        CallerLost,
        CallerBack,
        CallerHungUp,
        CallerLeft,
        EvidenceGiven,
        Expired,
        CameraTurned,
        MediaSilent,
    )
]


def events(legs: tuple[str, ...] = (*NAMES, "foreign")) -> st.SearchStrategy[Event]:
    some_leg = st.sampled_from(legs).map(LegId)
    return st.one_of(
        st.sampled_from([CallerLost(), CallerBack(), Expired(), CallerHungUp(), CallerLeft()]),
        st.builds(EvidenceGiven, st.builds(Evidence, st.sampled_from(Place), st.sampled_from(Source))),
        st.builds(lambda kind, leg: kind(leg), st.sampled_from(OF_A_LEG), some_leg),
        st.builds(CameraTurned, some_leg, st.booleans()),
        st.builds(
            MediaSilent,
            some_leg,
            st.sampled_from(Side),
            st.one_of(st.just(inf), st.floats(-4000, 9000), st.floats(1000, 1100)),
        ),
    )


def likely_events() -> st.SearchStrategy[Event]:
    """Fewer hang-ups, so that calls live long enough to become interesting."""
    calm = st.sampled_from(
        [machine.LegRinging, machine.LegMediaUp, machine.LegLost, LegBack, machine.LegAccepted]
    )
    return st.one_of(
        events(),
        st.builds(lambda kind, leg: kind(LegId(leg)), calm, st.sampled_from(NAMES)),
        st.just(Expired()),
    )


forks = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=6).map(
    lambda people: tuple(zip(NAMES, people, strict=False))
)
all_rules = st.builds(Rules, decline_ends_call=st.booleans())
ordinary_pauses = st.floats(0, 700, allow_nan=False)
pauses = st.one_of(st.just(0.0), st.floats(0, 20), ordinary_pauses)


@dataclass
class Watch:
    """Follows a call and checks each step against what must hold for every call."""

    call: Call
    now: float
    accepted: LegId | None = None
    ends: dict[LegId, Reason] = field(default_factory=dict)
    stopped: set[LegId] = field(default_factory=set)
    missed: int = 0

    @classmethod
    def of(cls, made: Transition, now: float) -> Watch:
        watch = cls(made.call, now)
        watch.check_state()
        return watch

    def happens(self, event: Event, now: float) -> Transition:
        before, self.now = self.call, now
        made = advance(before, event, now)
        self.call = made.call
        self.check_step(before, event, made)
        self.check_state()
        return made

    def check_step(self, before: Call, event: Event, made: Transition) -> None:
        after = made.call
        if not before.alive:
            assert after is before, "an ended call changed"
            assert made.effects == (), "an ended call had effects"
        if isinstance(event, Expired):
            if self.now < before.deadline:
                assert after is before, "a deadline struck early"
                assert made.effects == ()
            elif before.alive:
                assert not after.alive or after.deadline > self.now, (
                    "a deadline passed and nothing came of it"
                )
        for was, leg in zip(before.legs, after.legs, strict=True):
            if not was.alive:
                assert leg == was, "an ended leg changed"
            elif not leg.alive:
                assert leg.id not in self.ends
                self.ends[leg.id] = leg.reason
        self.check_effects(before, made)
        self.check_repeated(event, made)

    def check_effects(self, before: Call, made: Transition) -> None:
        after = made.call
        own = {leg.id for leg in after.legs}
        stops = [effect for effect in made.effects if isinstance(effect, StopLeg)]
        for effect in made.effects:
            if isinstance(effect, InviteLeg | TellLeg | StopLeg):
                assert effect.leg in own, "an effect names a foreign leg"
            if isinstance(effect, InviteLeg | TellLeg):
                assert effect.leg not in self.stopped, "a stopped leg heard of the call again"
            if isinstance(effect, NoteMissed):
                self.missed += 1
                assert not after.alive
                assert after.accepted is None
                assert set(effect.people) <= set(after.people)
                assert effect.people
        for stop in stops:
            assert stop.leg not in self.stopped, "a leg was stopped twice"
            self.stopped.add(stop.leg)
            assert after.leg(stop.leg).reason is stop.reason
            assert stop.by is None or stop.by in own
        ended_now = {
            leg.id for was, leg in zip(before.legs, after.legs, strict=True) if was.alive and not leg.alive
        }
        assert {stop.leg for stop in stops} == ended_now - {after.accepted}, "a leg ended and was not told"
        if after.accepted in ended_now:
            assert TellResident() in made.effects, "the answering resident was not told of the end"
        if before.stage is not after.stage:
            assert machine.TellCaller() in made.effects, "the caller was not told of a new stage"

    def check_repeated(self, event: Event, made: Transition) -> None:
        again = advance(made.call, event, self.now)
        assert again.call == made.call, "the same event twice is not once"
        if not isinstance(event, LegBack | CallerBack):
            assert again.effects == (), "a repeated event had effects"

    def check_state(self) -> None:
        call = self.call
        accepted = [leg.id for leg in call.legs if leg.stage is LegStage.ACCEPTED]
        assert len(accepted) <= 1, "two winners"
        assert self.accepted in (None, call.accepted), "the winner changed"
        self.accepted = call.accepted
        if call.alive:
            assert isfinite(call.deadline)
            assert accepted == ([] if call.accepted is None else [call.accepted])
            assert call.living, "a call without living legs goes on"
        else:
            assert call.deadline == inf
            assert call.living == ()
            assert set(self.ends) == {leg.id for leg in call.legs}
            assert (call.reason is None, call.ended_at is None) == (False, False)
        for leg in call.legs:
            assert leg.alive == (leg.reason is None), "a leg's end and its reason go together"
            assert leg.alive or leg.lost_until == inf, "an ended leg is waited for"

    def runs_out(self) -> None:
        """Nothing more happens but time: the call ends, and soon."""
        for _ in range(len(self.call.legs) + 2):
            if self.call.alive:
                self.happens(Expired(), self.call.deadline)
        assert not self.call.alive, "a call outlived its deadlines"


@given(forks, all_rules, st.lists(st.tuples(likely_events(), pauses), max_size=40))
@examples(400)
def test_whatever_happens_in_whatever_order_one_accepts_each_leg_ends_once_and_the_call_ends(
    fork: tuple[tuple[str, str], ...], rules: Rules, story: list[tuple[Event, float]]
) -> None:
    watch = Watch.of(placed(*fork, rules=rules), 1000.0)
    for event, pause in story:
        watch.happens(event, watch.now + pause)
    watch.runs_out()
    assert watch.missed == (0 if everybody_declined(watch.call) or watch.accepted else 1)


def everybody_declined(call: Call) -> bool:
    declined = {leg.person for leg in call.legs if leg.reason is Reason.DECLINED}
    return set(call.people) <= declined


@given(forks, all_rules, st.lists(st.tuples(likely_events(), st.floats(-4000, 4000)), max_size=30))
@examples(200)
def test_a_clock_that_jumps_back_and_forth_breaks_no_call(
    fork: tuple[tuple[str, str], ...], rules: Rules, story: list[tuple[Event, float]]
) -> None:
    watch = Watch.of(placed(*fork, rules=rules), 10_000.0)
    for event, jump in story:
        watch.happens(event, 10_000.0 + jump)


@given(forks, all_rules, st.permutations(NAMES))
@examples(100)
def test_of_any_number_of_accepts_the_first_wins_and_the_others_learn_who_it_was(
    fork: tuple[tuple[str, str], ...], rules: Rules, order: list[str]
) -> None:
    watch = Watch.of(placed(*fork, rules=rules), 1000.0)
    legs = [LegId(name) for name in order if name in dict(fork)]
    first = watch.happens(machine.LegAccepted(legs[0]), 1001.0)
    told = {stop.leg: (stop.reason, stop.by) for stop in first.effects if isinstance(stop, StopLeg)}
    assert told == dict.fromkeys(legs[1:], (Reason.ACCEPTED_ELSEWHERE, legs[0]))
    for leg in legs[1:]:
        assert watch.happens(machine.LegAccepted(leg), 1001.0).effects == ()
    assert watch.call.accepted == legs[0]


@given(forks, st.data())
@examples(100)
def test_a_decline_ends_every_device_of_that_person_and_of_others_only_by_the_sites_rule(
    fork: tuple[tuple[str, str], ...], data: st.DataObject
) -> None:
    for whole in (False, True):
        call = placed(*fork, rules=Rules(decline_ends_call=whole)).call
        leg = call.leg(LegId(data.draw(st.sampled_from([name for name, _ in fork]))))
        assert leg is not None
        after = advance(call, machine.LegDeclined(leg.id), 1001.0).call
        others = {other.person for other in call.legs} - {leg.person}
        assert {left.person for left in after.living} == (set() if whole else others)
        assert after.alive == bool(others and not whole)


class ACall(RuleBasedStateMachine):
    """Hypothesis drives one call by hand, rule by rule, and shortens what goes wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.watch = Watch.of(placed(("a", "anna")), 1000.0)

    @initialize(fork=forks, rules=all_rules)
    def is_placed(self, fork: tuple[tuple[str, str], ...], rules: Rules) -> None:
        self.watch = Watch.of(placed(*fork, rules=rules), 1000.0)

    @rule(seconds=pauses)
    def time_passes(self, seconds: float) -> None:
        self.watch.now += seconds

    @rule(event=likely_events())
    def something_happens(self, event: Event) -> None:
        self.watch.happens(event, self.watch.now)

    @rule(leg=st.sampled_from(NAMES).map(LegId))
    def somebody_accepts_late_or_first(self, leg: LegId) -> None:
        winner = self.watch.accepted
        alive = self.watch.call.alive
        mine = self.watch.call.leg(leg)
        could = alive and winner is None and mine is not None and mine.alive
        self.watch.happens(machine.LegAccepted(leg), self.watch.now)
        assert self.watch.accepted == (leg if could else winner)

    @rule()
    def the_ticker_looks(self) -> None:
        if self.watch.now >= self.watch.call.deadline:
            self.watch.happens(Expired(), self.watch.now)
            assert self.watch.call.deadline > self.watch.now

    @invariant()
    def one_winner_at_most(self) -> None:
        winners = [leg for leg in self.watch.call.legs if leg.stage is LegStage.ACCEPTED]
        assert len(winners) <= 1

    def teardown(self) -> None:
        self.watch.runs_out()


TestACall = ACall.TestCase
TestACall.settings = examples(150)
