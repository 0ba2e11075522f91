"""`ports.Tokens` on the main file."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.factors import Token
from intercom.domain.ids import AccountId
from intercom.storage.tables import tokens


def _token(row: RowMapping) -> Token:
    account = row["account"]
    return Token(
        row["hash"],
        row["purpose"],
        None if account is None else AccountId(account),
        orjson.loads(row["data"]),
        row["expires_at"],
        row["tries"],
    )


class SqlTokens:
    """What is under way and known by a secret."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, token: Token, now: float) -> None:
        """See `ports.Tokens.add`."""
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(tokens).where((tokens.c.expires_at <= now) | (tokens.c.hash == token.hash))
            )
            await connection.execute(
                insert(tokens).values(
                    hash=token.hash,
                    purpose=token.purpose,
                    account=token.account,
                    data=orjson.dumps(token.data).decode(),
                    tries=token.tries,
                    created_at=now,
                    expires_at=token.expires_at,
                )
            )

    async def get(self, token_hash: str, purpose: str, now: float) -> Token | None:
        """See `ports.Tokens.get`."""
        statement = select(tokens).where(
            tokens.c.hash == token_hash, tokens.c.purpose == purpose, tokens.c.expires_at > now
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).mappings().first()
        return _token(row) if row else None

    async def take(self, token_hash: str, purpose: str, now: float) -> Token | None:
        """See `ports.Tokens.take`; the delete that finds it is the one that uses it up."""
        statement = (
            delete(tokens).where(tokens.c.hash == token_hash, tokens.c.purpose == purpose).returning(tokens)
        )
        async with self._engine.begin() as connection:
            row = (await connection.execute(statement)).mappings().first()
        return _token(row) if row and row["expires_at"] > now else None

    async def tried(self, token_hash: str, most: int) -> int | None:
        """See `ports.Tokens.tried`."""
        statement = (
            update(tokens)
            .where(tokens.c.hash == token_hash, tokens.c.tries < most)
            .values(tries=tokens.c.tries + 1)
            .returning(tokens.c.tries)
        )
        async with self._engine.begin() as connection:
            tries = (await connection.execute(statement)).scalar()
        return None if tries is None else most - tries

    async def put(self, token_hash: str, data: Mapping[str, str]) -> None:
        """See `ports.Tokens.put`."""
        async with self._engine.begin() as connection:
            await connection.execute(
                update(tokens)
                .where(tokens.c.hash == token_hash)
                .values(data=orjson.dumps(data).decode(), tries=0)
            )

    async def void(self, purpose: str, account: AccountId) -> None:
        """See `ports.Tokens.void`."""
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(tokens).where(tokens.c.purpose == purpose, tokens.c.account == account)
            )
