"""When an end of a talk says that nothing comes through, and when that is as it should be."""

from __future__ import annotations

from intercom.panel.flow import SILENT_SECONDS, SPARSE_SECONDS, Flow


def heard(flow: Flow, packets: list[int], start: float = 0.0, connected: bool = True) -> float:
    """Look once a second; gives the time of the last look."""
    for second, total in enumerate(packets):
        flow.hears(total, connected, start + second)
    return start + len(packets) - 1


def test_sound_that_stops_is_missed_after_five_seconds() -> None:
    flow = Flow(0.0)
    heard(flow, [10, 60, 110, 160, 160, 160, 160])
    assert flow.silent(3 + SILENT_SECONDS - 0.1) == 0
    assert flow.silent(3 + SILENT_SECONDS) == SILENT_SECONDS
    flow.hears(161, True, 9.0)
    assert flow.silent(9.0) == 0


def test_reports_alone_may_be_seconds_apart() -> None:
    flow = Flow(0.0)
    last = heard(flow, [10, 10, 11, 11, 11, 11, 11, 11, 11, 12] + [12] * 11)
    assert flow.silent(last) == 0
    assert flow.silent(9 + SPARSE_SECONDS) == SPARSE_SECONDS


def test_where_nobody_sends_anything_nothing_is_missed_while_the_connection_stands() -> None:
    flow = Flow(0.0)
    flow.hears(0, False, 0.0)
    last = heard(flow, [9] * 60, start=1.0)
    assert flow.silent(last) == 0
    heard(flow, [9] * 20, start=last + 1, connected=False)
    assert flow.silent(last + 20) > SPARSE_SECONDS


def test_a_new_connection_begins_to_count_anew_and_the_silence_goes_on_until_it_carries() -> None:
    flow = Flow(0.0)
    heard(flow, [100, 150, 200])
    last = heard(flow, [0] * 6, start=3.0, connected=False)
    assert flow.silent(last) == 6
    flow.hears(8, True, 9.0)
    assert flow.silent(9.0) == 0


def test_a_program_that_was_asleep_has_missed_nothing_yet() -> None:
    flow = Flow(0.0)
    heard(flow, [100, 150, 200])
    flow.hears(200, True, 600.0)
    assert flow.silent(600.0) == 0
