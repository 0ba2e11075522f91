"""Settings of the broker that a smart home listens to."""

from __future__ import annotations

import pytest

from intercom import config
from intercom.config import ConfigError, load


@pytest.mark.parametrize("url", ["mqtt://broker", "mqtts://broker.example:8883", "mqtt://[::1]:1883/"])
def test_a_broker_is_an_address(url: str) -> None:
    assert load(None, mqtt_url=url, mqtt_password="secret").mqtt_url == url


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mqtt_url": "broker:1883"}, "mqtt_url"),
        ({"mqtt_url": "http://broker"}, "mqtt_url"),
        ({"mqtt_url": "mqtt://"}, "mqtt_url"),
        ({"mqtt_url": "mqtt://user:secret@broker"}, "mqtt_url"),
        ({"mqtt_url": "mqtt://broker:99999"}, "mqtt_url"),
        ({"mqtt_url": "mqtt://broker/topic"}, "mqtt_url"),
        ({"mqtt_name": "a/b"}, "mqtt_name"),
        ({"mqtt_name": "#"}, "mqtt_name"),
        ({"mqtt_discovery": "+"}, "mqtt_discovery"),
    ],
)
def test_settings_that_cannot_work_are_told(given: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as told:
        load(None, **given)
    assert "secret" not in str(told.value)


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "find_spec", lambda _: None)
    load(None)
    with pytest.raises(ConfigError, match=r"intercom\[mqtt\]"):
        load(None, mqtt_url="mqtt://broker")
