"""Proofs of ringing in the main file."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, update

from intercom.domain.health import Proof
from intercom.domain.ids import AccountId, DeviceId
from intercom.ports import Unproven
from intercom.storage import tables as t
from intercom.storage.health import SqlRingProofs
from intercom.storage.people import SqlPeople
from tests.fakes.adapters import new_files
from tests.fakes.residence import BIRCH, FAR, residence

PHONE, LAPTOP = DeviceId("phone"), DeviceId("laptop")


async def test_proofs_are_kept_with_devices_and_the_unproven_are_those_of_active_residents(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with residence(new_files(tmp_path, tmp_path_factory.getbasetemp())) as home:
        session = {"id": "s", "token_hash": "h", "account": "anna", "agent": "", "created_at": 1.0}
        device = {"account": "anna", "session": "s", "name": "Phone", "created_at": 1.0}
        await home.do(
            insert(t.sessions).values(**session, expires_at=9e9),
            insert(t.devices).values(id=PHONE, **device),
            insert(t.devices).values(id=LAPTOP, push_gone_at=5.0, **device),
            insert(t.push_subscriptions).values(
                device=PHONE, endpoint="https://p", p256dh="k", auth="a", created_at=1.0
            ),
        )
        proofs, people = SqlRingProofs(home.engine), SqlPeople(home.engine)
        assert {(u.device, u.push, u.push_gone) for u in await proofs.unproven(BIRCH, 50.0)} == {
            (PHONE, True, False),
            (LAPTOP, False, True),
        }
        assert await proofs.unproven(FAR, 50.0) == []
        await proofs.put({PHONE: Proof(60.0, 0.8), LAPTOP: Proof(49.0, 2.0), DeviceId("gone"): Proof(1, 1)})
        stored = {d.id: (d.proof, d.push_gone_at) for d in await people.devices([AccountId("anna")])}
        assert stored == {PHONE: (Proof(60.0, 0.8), None), LAPTOP: (Proof(49.0, 2.0), 5.0)}
        assert await proofs.unproven(BIRCH, 50.0) == [Unproven(LAPTOP, push=False, push_gone=True)]
        await home.do(
            update(t.memberships).where(t.memberships.c.account == "anna").values(standing="inactive")
        )
        assert await proofs.unproven(BIRCH, 50.0) == []
