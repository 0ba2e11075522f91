"""Scripts that watch a page from inside: what its connection sends with, what sounds, what it was told."""

from __future__ import annotations

SENDERS = """
(() => {
  window.peers = [];
  window.taken = [];
  const Peer = RTCPeerConnection;
  window.RTCPeerConnection = class extends Peer {
    constructor(...options) {
      super(...options);
      window.peers.push(this);
    }
  };
  if (!navigator.mediaDevices) return;
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    if (window.unplugged) throw new DOMException("", "NotFoundError");
    const stream = await ask(wish);
    window.taken.push(...stream.getTracks());
    return stream;
  };
  window.sender = (kind) => {
    const ways = window.peers.at(-1).getTransceivers();
    const found = ways.find((one) => one.receiver.track.kind === kind).sender;
    const { track } = found;
    return {
      device: track && track.getSettings().deviceId,
      live: track ? track.readyState === "live" : null,
      active: found.getParameters().encodings[0].active,
      connections: window.peers.length,
      lights: window.taken.filter((one) => one.kind === kind && one.readyState === "live").length,
    };
  };
  window.unplug = (kind) => {
    const gone = window.taken.findLast((one) => one.kind === kind && one.readyState === "live");
    gone.stop();
    gone.dispatchEvent(new Event("ended"));
  };
})();
"""

TONES = """
(() => {
  const wall = () => (performance.timeOrigin + performance.now()) / 1000;
  window.tones = [];
  window.told = [];
  const { play, pause } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    if (this.loop) window.tones.push({ element: this, stopped: null });
    return play.call(this);
  };
  HTMLMediaElement.prototype.pause = function () {
    pause.call(this);
    for (const tone of window.tones) if (tone.element === this) tone.stopped ??= wall();
  };
  addEventListener("click", () => (window.pressed = wall()), { capture: true });
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...options) {
      super(...options);
      this.addEventListener("message", ({ data }) => {
        if (/"stop",|"stage":"(ended|connecting|established)"/.test(data)) {
          window.told.push({ at: wall(), now: Number(/"now":([0-9.]+)/.exec(data)?.[1]) });
        }
      });
    }
  };
  window.heard = () => ({
    playing: window.tones.filter(({ stopped }) => stopped === null).length,
    stopped: Math.max(...window.tones.map(({ stopped }) => stopped ?? Infinity)),
    pressed: window.pressed ?? 0,
    told: window.told,
  });
  window.forget = () => {
    window.tones = [];
    window.told = [];
    window.pressed = 0;
  };
})();
"""

STOPS_WITHIN = 0.5
"""Every device, after the end of the ring, seconds."""
SILENT_WITHIN = 0.1
"""A page, after it was told or pressed."""
