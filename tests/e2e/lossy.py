"""A bad network between the two ends of a call, and between a page and the server; all on loopback.

Media: a page is told that the other end, and tells the other end that itself, is found `SHIFT` ports further
down, where this process listens and passes every datagram on: late, out of order, or never. The ends never
learn of a direct way. Signalling: a TCP port that can be cut.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from tests.e2e.browsers import Screen

SHIFT = 30_000
"""Sockets are given ports from 32768 on; so much lower, nobody listens."""

SCRIPT = """
(() => {
  const SHIFT = SHIFT_PORTS;
  window.peers = [];
  window.restarts = 0;
  const moved = (line) =>
    line.replace(/(candidate:\\S+ \\d+ udp \\d+ )(\\S+) (\\d+)/i, (all, head, address, port) => {
      if (address !== "127.0.0.1") return `${head}127.0.0.1 9`;
      window.passOn(Number(port));
      return `${head}${address} ${port - SHIFT}`;
    });
  const real = Object.getOwnPropertyDescriptor(RTCIceCandidate.prototype, "candidate").get;
  const mine = (candidate) => {
    const line = real.call(candidate);
    return / udp \\d+ 127\\.0\\.0\\.1 /i.test(line) ? moved(line) : "";
  };
  Object.defineProperty(RTCIceCandidate.prototype, "candidate", { get() { return mine(this); } });
  const toJSON = RTCIceCandidate.prototype.toJSON;
  RTCIceCandidate.prototype.toJSON = function () {
    return { ...toJSON.call(this), candidate: mine(this) };
  };
  const Peer = RTCPeerConnection;
  const add = Peer.prototype.addIceCandidate;
  Peer.prototype.addIceCandidate = function (init) {
    const line = init?.candidate;
    if (!line) return add.call(this, init);
    return add.call(this, { ...init, candidate: moved(line) });
  };
  const describe = Peer.prototype.setRemoteDescription;
  Peer.prototype.setRemoteDescription = function ({ type, sdp }) {
    return describe.call(this, { type, sdp: sdp.split("\\r\\n").map(moved).join("\\r\\n") });
  };
  const restart = Peer.prototype.restartIce;
  Peer.prototype.restartIce = function () {
    window.restarts += 1;
    return restart.call(this);
  };
  window.RTCPeerConnection = class extends Peer {
    constructor(...options) {
      super(...options);
      window.peers.push(this);
    }
  };
})();
""".replace("SHIFT_PORTS", str(SHIFT))


class _Door(asyncio.DatagramProtocol):
    """Stands for one end's socket, towards the other ends."""

    def __init__(self, net: LossyNet, port: int) -> None:
        self.net, self.port = net, port

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.net.carry(data, addr[1], self.port)

    def error_received(self, exc: Exception) -> None:
        """Whoever is told of is gone: UDP loses that."""


@dataclass
class LossyNet:
    """The way of media. `loss` is a share; `delay` and `jitter` are seconds, drawn anew for each datagram, so
    that more jitter than the distance between two datagrams changes their order."""

    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    cut: bool = False
    carried: int = 0
    dropped: int = 0
    _doors: dict[int, _Door] = field(default_factory=dict[int, _Door])
    _random: random.Random = field(default_factory=lambda: random.Random(7))

    async def between(self, screen: Screen) -> None:
        """All calls of this page go this way. To be called before the page is opened."""
        await screen.page.expose_function("passOn", self.pass_on)
        await screen.page.add_init_script(SCRIPT)

    async def pass_on(self, port: int) -> None:
        """Somebody may send to this port's other self."""
        if port in self._doors:
            return
        door = self._doors[port] = _Door(self, port)
        await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: door, local_addr=("127.0.0.1", port - SHIFT)
        )

    def carry(self, data: bytes, source: int, target: int) -> None:
        """One datagram, from one end's port to another's."""
        if self.cut or self._random.random() < self.loss:
            self.dropped += 1
            return
        late = self.delay + self._random.random() * self.jitter
        asyncio.get_running_loop().create_task(self._deliver(data, source, target, late))

    async def _deliver(self, data: bytes, source: int, target: int, late: float) -> None:
        await self.pass_on(source)  # what the other end answers comes back here
        if late:
            await asyncio.sleep(late)
        if self.cut:
            self.dropped += 1
            return
        self.carried += 1
        transport = getattr(self._doors[source], "transport", None)
        if transport is not None:
            transport.sendto(data, ("127.0.0.1", target))

    def close(self) -> None:
        """Nobody comes through any more."""
        for door in self._doors.values():
            if transport := getattr(door, "transport", None):
                transport.close()


class Line:
    """A TCP port that leads to another one, and can be cut: then nothing answers, and nothing says so."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self._whole = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def cut(self) -> bool:
        """Nothing comes through."""
        return not self._whole.is_set()

    @cut.setter
    def cut(self, cut: bool) -> None:
        if cut:
            self._whole.clear()
        else:
            self._whole.set()

    async def open(self) -> Line:
        """Listen."""
        self.cut = False
        self._server = await asyncio.start_server(self._lead, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        ways = [asyncio.create_task(self._pump(*way)) for way in ((reader, back), (there, writer))]
        self._tasks.update(ways)
        for way in ways:
            way.add_done_callback(self._tasks.discard)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await self._whole.wait()  # TCP keeps it, and sends it again until it comes through
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def close(self) -> None:
        """End everything that goes through."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
