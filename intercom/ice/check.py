"""Does the relay relay? An allocation (RFC 8656 7) is made, as a call would make one, and given back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from aioice.stun import TransactionError, TransactionFailed, TransactionTimeout
from aioice.turn import create_turn_endpoint

from intercom.domain.commissioning import Looked
from intercom.domain.ids import CallId, Secret
from intercom.domain.language import N_, Sentence
from intercom.ice.servers import ConfiguredIce
from intercom.ports import Clock

_WITHIN = 5.0


@dataclass(frozen=True, slots=True)
class Allocation:
    """What came of it. `relayed`: the address that the relay gave out, when `good`."""

    good: bool
    said: Sentence
    relayed: str = ""


async def ask_relays(ice: ConfiguredIce, clock: Clock) -> list[Looked]:
    """Ask each relay for an address, all at once."""
    now = clock.now()
    server = ice.for_call(CallId("check"), now)[-1]
    asked = (allocate(url, server.username or "", server.credential or Secret("")) for url in ice.turn)
    return [Looked(made.good, made.said, now) for made in await asyncio.gather(*asked)]


async def allocate(url: str, username: str, credential: Secret, *, within: float = _WITHIN) -> Allocation:
    """Ask the TURN server at `url` (RFC 7065: `turn:host:port?transport=udp`) for an address.

    Never raises for what the server says; takes `within` seconds at most.
    """
    try:
        host, port, transport, secure = _parts(url)
    except ValueError:
        return Allocation(False, N_("%(url)s is no TURN address: turn:host:port.", url=url))
    try:
        async with asyncio.timeout(within):
            line, _ = await create_turn_endpoint(
                asyncio.DatagramProtocol,
                server_addr=(host, port),
                username=username,
                password=credential.reveal(),
                transport=transport,
                ssl=secure,
            )
    except TransactionFailed as refusal:
        code = refusal.response.attributes.get("ERROR-CODE", (0, ""))[0]
        if code == 401:
            return Allocation(
                False,
                N_("The TURN server %(url)s does not take our credentials: is turn_secret its own?", url=url),
            )
        if code == 486:
            return Allocation(False, N_("The TURN server %(url)s has reached its quota.", url=url))
        return Allocation(
            False, N_("The TURN server %(url)s refuses with error %(code)s.", url=url, code=code)
        )
    except (TimeoutError, TransactionTimeout, TransactionError):
        return Allocation(False, N_("The TURN server %(url)s does not answer.", url=url))
    except OSError:
        return Allocation(False, N_("The TURN server %(url)s cannot be reached.", url=url))
    address = line.get_extra_info("sockname")
    line.close()
    relayed = f"{address[0]}:{address[1]}"
    return Allocation(
        True,
        N_("The TURN server %(url)s relays: it gave out %(relayed)s.", url=url, relayed=relayed),
        relayed,
    )


def _parts(url: str) -> tuple[str, int, str, bool]:
    scheme, _, rest = url.partition(":")
    if scheme not in ("turn", "turns"):
        raise ValueError
    address = urlsplit(f"//{rest}")
    if not address.hostname:
        raise ValueError
    transport = parse_qs(address.query).get("transport", ["tcp" if scheme == "turns" else "udp"])[0]
    return (
        address.hostname,
        address.port or (5349 if scheme == "turns" else 3478),
        transport,
        scheme == "turns",
    )
