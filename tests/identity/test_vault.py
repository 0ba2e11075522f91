"""Sealing under the server's own key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from intercom.domain.errors import TryLater
from intercom.domain.ids import Secret
from intercom.identity.vault import FileVault


def test_what_is_sealed_is_opened_again_also_after_a_restart(tmp_path: Path) -> None:
    sealed = FileVault(tmp_path / "server.key").seal(Secret("JBSWY3DP"))
    assert "JBSWY3DP" not in sealed
    assert FileVault(tmp_path / "server.key").open(sealed) == Secret("JBSWY3DP")


def test_the_same_secret_is_sealed_differently_each_time(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "server.key")
    assert vault.seal(Secret("123456")) != vault.seal(Secret("123456"))


def test_only_the_server_may_read_its_key(tmp_path: Path) -> None:
    FileVault(tmp_path / "server.key")
    assert (tmp_path / "server.key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["server.key"]


def test_servers_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(lambda _: FileVault(tmp_path / "server.key"), range(8)))
    sealed = vaults[0].seal(Secret("x"))
    assert all(vault.open(sealed) == Secret("x") for vault in vaults)


def test_nothing_is_opened_with_another_key_or_after_a_change(tmp_path: Path) -> None:
    one, other = FileVault(tmp_path / "one"), FileVault(tmp_path / "other")
    sealed = one.seal(Secret("x"))
    for wrong in (sealed[:-5] + "AAAA=", "", "nonsense", sealed[:20]):
        with pytest.raises(TryLater):
            one.open(wrong)
    with pytest.raises(TryLater):
        other.open(sealed)


def test_a_file_that_is_no_key_stops_the_server_in_words(tmp_path: Path) -> None:
    (tmp_path / "server.key").write_text("not a key")
    with pytest.raises(RuntimeError, match="cannot be used"):
        FileVault(tmp_path / "server.key")
