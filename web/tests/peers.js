/** A peer connection without a network: what is offered, answered and put on senders can be looked at. */

class Sender {
  track = null;
  parameters = { encodings: [{ active: true }] };

  /** @param {any} track */
  async replaceTrack(track) {
    this.track = track;
  }
  getParameters() {
    return structuredClone(this.parameters);
  }
  /** @param {any} parameters */
  async setParameters(parameters) {
    this.parameters = parameters;
  }
}

export class FakePeer extends EventTarget {
  /** @type {FakePeer[]} */
  static made = [];
  static get newest() {
    return /** @type {FakePeer} */ (FakePeer.made.at(-1));
  }

  /** @type {any[]} */
  transceivers = [];
  /** @type {any[]} */
  channels = [];
  /** @type {any[]} */
  candidates = [];
  /** @type {any} */
  localDescription = null;
  /** @type {any} */
  remoteDescription = null;
  connectionState = "new";
  signalingState = "stable";
  restartIce() {}

  constructor() {
    super();
    FakePeer.made.push(this);
  }
  /** @param {string} kind @param {any} [options] */
  addTransceiver(kind, options = {}) {
    const transceiver = { kind, direction: options.direction, sender: new Sender(), receiver: { track: { kind } }, codecs: null, setCodecPreferences: (/** @type {any} */ c) => (transceiver.codecs = c) };
    if (options.sendEncodings) transceiver.sender.parameters.encodings = options.sendEncodings;
    this.transceivers.push(transceiver);
    return transceiver;
  }
  /** @param {string} label @param {any} options */
  createDataChannel(label, options) {
    const channel = Object.assign(new EventTarget(), { label, ...options, readyState: "connecting" });
    this.channels.push({ ...options, label, after: this.transceivers.length });
    return channel;
  }
  getTransceivers() {
    return this.transceivers;
  }
  async setLocalDescription() {
    const type = this.signalingState === "have-remote-offer" ? "answer" : "offer";
    this.localDescription = { type, sdp: `v=0 ${type}` };
    this.signalingState = type === "offer" ? "have-local-offer" : "stable";
  }
  /** @param {any} description */
  async setRemoteDescription(description) {
    this.remoteDescription = description;
    if (description.type === "offer") {
      for (const kind of ["audio", "video"]) this.addTransceiver(kind, { direction: "recvonly" });
      this.signalingState = "have-remote-offer";
    } else this.signalingState = "stable";
  }
  /** @param {any} candidate */
  async addIceCandidate(candidate) {
    if (!this.remoteDescription) throw new Error("no description yet");
    this.candidates.push(candidate);
  }
  close() {
    this.connectionState = "closed";
    this.signalingState = "closed";
  }

  /** @param {string} state */
  becomes(state) {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }
  /** @param {string | null} line null: no more come */
  finds(line) {
    const candidate = line === null ? null : { candidate: line, toJSON: () => ({ candidate: line, sdpMid: "0", sdpMLineIndex: 0, usernameFragment: null }) };
    this.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate }));
  }
}

Object.assign(globalThis, {
  RTCPeerConnection: FakePeer,
  RTCRtpReceiver: { getCapabilities: () => ({ codecs: [{ mimeType: "video/VP8" }, { mimeType: "video/rtx" }] }) },
  MediaStream: class {
    /** @param {any[]} tracks */
    constructor(tracks) {
      this.tracks = tracks;
    }
  },
});

/** Lets everything that waits for nothing but its turn happen. */
export const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

/** @param {string} kind @returns {any} */
export const track = (kind) => ({ kind, enabled: true, stopped: false, stop() { this.stopped = true; } });

/** A clock that goes only when it is told to. */
export function fakeClock() {
  const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
  /** @type {Map<number, {at: number, run: () => void}>} */
  const due = new Map();
  let now = 0;
  let number = 0;
  Object.assign(globalThis, {
    setTimeout: (/** @type {() => void} */ run, after = 0) => {
      number += 1;
      due.set(number, { at: now + after, run });
      return number;
    },
    clearTimeout: (/** @type {number} */ id) => due.delete(id),
  });
  return {
    /** @param {number} milliseconds */
    tick(milliseconds) {
      const until = now + milliseconds;
      for (;;) {
        const next = [...due].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
        if (!next) break;
        due.delete(next[0]);
        now = next[1].at;
        next[1].run();
      }
      now = until;
    },
    stop: () => Object.assign(globalThis, real),
  };
}
