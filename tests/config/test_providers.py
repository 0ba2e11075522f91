"""Settings of the services through which people may sign in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from intercom.config import ConfigError, load
from tests.e2e.house import ROOT

HOUSE = {"id": "house", "label": "House", "issuer": "https://id.example", "client_id": "intercom"}


def written(folder: Path, *providers: dict[str, str]) -> Path:
    """A settings file with these providers."""
    file = folder / "intercom.toml"
    tables = ["[[providers]]\n" + "\n".join(f'{k} = "{v}"' for k, v in p.items()) for p in providers]
    file.write_text("\n".join(tables))
    return file


def test_providers_are_read_from_the_file_and_their_secrets_do_not_show(tmp_path: Path) -> None:
    settings = load(written(tmp_path, {**HOUSE, "client_secret": "very-secret"}))
    (provider,) = settings.providers
    assert provider.client_secret is not None
    assert provider.client_secret.get_secret_value() == "very-secret"
    assert "very-secret" not in repr(settings)


def test_providers_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "INTERCOM_PROVIDERS",
        '[{"id": "house", "label": "House", "issuer": "http://127.0.0.1:9", "client_id": "intercom"}]',
    )
    assert [p.id for p in load().providers] == ["house"]


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://id.example"},
        {"issuer": "http://localhost.evil.example"},
        {"issuer": "ftp://localhost"},
        {"issuer": "https://"},
        {"issuer": "id.example"},
        {"id": "../up"},
        {"id": "House"},
        {"id": ""},
        {"label": ""},
        {"client_id": ""},
        {"more": "1"},
    ],
    ids=lambda change: " ".join(map("=".join, change.items())),
)
def test_a_provider_that_cannot_be_trusted_or_addressed_is_refused(
    tmp_path: Path, change: dict[str, str]
) -> None:
    with pytest.raises(ConfigError, match="providers"):
        load(written(tmp_path, {**HOUSE, **change}))


def test_two_providers_with_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="same id"):
        load(written(tmp_path, HOUSE, HOUSE))


def test_the_annotated_sample_loads_with_its_provider(tmp_path: Path) -> None:
    sample = (ROOT / "docs" / "intercom.toml").read_text()
    load(ROOT / "docs" / "intercom.toml")
    file = tmp_path / "intercom.toml"
    above, example = sample.split("# [[providers]]")
    file.write_text(f"{above}[[providers]]{re.sub('^# ', '', example, flags=re.MULTILINE)}")
    assert [p.label for p in load(file).providers] == ["Birkenhof"]
