/**
 * The caller's end of every leg of a call: it answers, and never offers.
 *
 * Each offer is a new connection of its leg, and the one before is closed; an offer of the same attempt restarts ICE on
 * the connection there is. Until a leg is accepted the caller's
 * picture flows on every leg, and no sound in either direction.
 */

import { RemoteCandidates, sendCandidates } from "./candidates.js";
import { statsOf } from "./quality.js";
import { CHANNEL } from "./text-line.js";

/** @typedef {{pc: RTCPeerConnection, attempt: number, remote: RemoteCandidates, video: RTCRtpSender | null, audio: RTCRtpSender | null}} Path */

export class Caller {
  /**
   * @param {{call: string, iceServers: RTCIceServer[], relay?: boolean, send: (event: string, payload: object) => Promise<any>,
   *   onRemote: (leg: string, streams: {audio: MediaStream | null, video: MediaStream | null}) => void,
   *   onText: (leg: string, channel: RTCDataChannel) => void, onState: (leg: string, state: RTCPeerConnectionState) => void}} options
   */
  constructor({ call, iceServers, relay = false, send, onRemote, onText, onState }) {
    this.call = call;
    this.iceServers = iceServers;
    /** Through the relay only. */
    this.relay = relay;
    this.send = send;
    this.onRemote = onRemote;
    this.onText = onText;
    this.onState = onState;
    /** @type {Map<string, Path>} */
    this.paths = new Map();
    /** @type {MediaStreamTrack | null} */
    this.microphone = null;
    /** @type {MediaStreamTrack | null} */
    this.camera = null;
    /** @type {string | null} */
    this.accepted = null;
    this.closed = false;
  }

  /**
   * The caller's own devices; null for what there is not.
   * @param {{audio: MediaStreamTrack | null, video: MediaStreamTrack | null}} tracks
   */
  setLocal({ audio, video }) {
    this.microphone = audio;
    this.camera = video;
    for (const [leg, path] of this.paths) this.#attach(leg, path);
  }

  /**
   * An `sdp` or `candidates` message of this call.
   * @param {string} event
   * @param {any} payload
   */
  async receive(event, payload) {
    if (this.closed || (this.accepted && payload.leg !== this.accepted)) return;
    if (event === "sdp" && payload.type === "offer") await this.#answer(payload);
    if (event === "candidates") {
      const path = this.paths.get(payload.leg);
      if (path && path.attempt === payload.attempt) await path.remote.add(payload.candidates);
    }
  }

  /** @param {{leg: string, attempt: number, sdp: string}} offer */
  async #answer({ leg, attempt, sdp }) {
    const known = this.paths.get(leg);
    if (known?.attempt === attempt && known.pc.connectionState !== "closed") return this.#restart(leg, known, sdp);
    this.#drop(leg);
    const pc = new RTCPeerConnection({ iceServers: this.iceServers, iceTransportPolicy: this.relay ? "relay" : "all" });
    /** @type {Path} */
    const path = { pc, attempt, remote: new RemoteCandidates(pc), video: null, audio: null };
    this.paths.set(leg, path);
    const current = () => this.paths.get(leg) === path;
    /** @type {{audio: MediaStream | null, video: MediaStream | null}} */
    const streams = { audio: null, video: null };
    pc.addEventListener("track", ({ track }) => {
      streams[/** @type {"audio" | "video"} */ (track.kind)] = new MediaStream([track]);
      if (current()) this.onRemote(leg, streams);
    });
    pc.addEventListener("datachannel", ({ channel }) => {
      if (current() && channel.label === CHANNEL.label) this.onText(leg, channel);
    });
    pc.addEventListener("connectionstatechange", () => {
      if (!current()) return;
      if (pc.connectionState === "connected") this.send("media_up", { call: this.call, leg });
      this.onState(leg, pc.connectionState);
    });
    sendCandidates(pc, (candidates) => {
      if (current()) this.send("candidates", { call: this.call, leg, attempt, candidates });
    });
    try {
      await pc.setRemoteDescription({ type: "offer", sdp });
      for (const transceiver of pc.getTransceivers()) {
        transceiver.direction = "sendrecv";
        if (transceiver.receiver.track.kind === "video") path.video = transceiver.sender;
        else path.audio = transceiver.sender;
      }
      this.#attach(leg, path);
      await pc.setLocalDescription();
      if (!current()) return;
      await this.send("sdp", { call: this.call, leg, attempt, type: "answer", sdp: pc.localDescription?.sdp ?? "", restarts: true });
      await path.remote.open();
    } catch (error) {
      console.warn("this offer could not be answered", error);
      if (current()) this.#drop(leg);
    }
  }

  /** @param {string} leg @param {Path} path @param {string} sdp */
  async #restart(leg, path, sdp) {
    const { pc, attempt } = path;
    try {
      await pc.setRemoteDescription({ type: "offer", sdp });
      await pc.setLocalDescription();
      if (this.paths.get(leg) !== path) return;
      await this.send("sdp", { call: this.call, leg, attempt, type: "answer", sdp: pc.localDescription?.sdp ?? "", restarts: true });
    } catch (error) {
      console.warn("ICE was not restarted", error);
      if (this.paths.get(leg) === path) this.#drop(leg); // the device offers a new connection soon
    }
  }

  /**
   * Picture to everybody who rings, sound to the one who accepted.
   * @param {string} leg
   * @param {Path} path
   */
  #attach(leg, path) {
    if (path.video && path.video.track !== this.camera) path.video.replaceTrack(this.camera).catch(() => {});
    const sound = leg === this.accepted ? this.microphone : null;
    if (path.audio && path.audio.track !== sound) path.audio.replaceTrack(sound).catch(() => {});
  }

  /** Somebody accepted on `leg`: it gets sound, the others are closed. @param {string} leg */
  accept(leg) {
    if (this.accepted === leg) return;
    this.accepted = leg;
    for (const other of [...this.paths.keys()]) if (other !== leg) this.#drop(other);
    const path = this.paths.get(leg);
    if (path) this.#attach(leg, path);
  }

  /** Close one leg, or everything for good. @param {string} [leg] */
  close(leg) {
    if (leg) return this.#drop(leg);
    this.closed = true;
    for (const other of [...this.paths.keys()]) this.#drop(other);
  }

  /** Whether the leg has a connection that is up or coming up. @param {string} leg */
  has(leg) {
    const state = this.paths.get(leg)?.pc.connectionState;
    return state === "new" || state === "connecting" || state === "connected";
  }

  /** @param {string} leg */
  #drop(leg) {
    const path = this.paths.get(leg);
    this.paths.delete(leg);
    path?.pc.close();
  }

  /** Figures of each leg. */
  async stats() {
    const rows = await Promise.all([...this.paths].map(async ([leg, { pc }]) => [leg, await statsOf(pc)]));
    return Object.fromEntries(rows);
  }
}
