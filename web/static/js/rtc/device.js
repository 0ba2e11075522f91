/**
 * The resident's end of its leg: it makes every offer, the first while it rings.
 *
 * At first only the visitor's picture comes in. Microphone and camera are put on their senders later, without a
 * second negotiation. A path that is lost is mended by restarting ICE (RFC 8445 9) where the other end can, once; else,
 * and if that did not help, by a new connection with the same tracks.
 */

import { RemoteCandidates, sendCandidates } from "./candidates.js";
import { statsOf } from "./quality.js";
import { CHANNEL } from "./text-line.js";

const LOST_AFTER = 3000;
const CONNECT_WITHIN = 8000;
const GIVE_UP_AFTER = 3;
const MEND_AGAIN = 4000;

/**
 * Both browsers probe the bandwidth with empty packets on the video's RTX stream (RFC 4588), also where the camera
 * is off: 20 of them after accept. Without RTX there are none, and what was lost is sent again on the stream itself.
 * @param {RTCRtpTransceiver} transceiver
 */
function withoutPadding(transceiver) {
  const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs.filter(({ mimeType }) => mimeType !== "video/rtx");
  if (codecs?.length) transceiver.setCodecPreferences?.(codecs);
}

export class DeviceLeg {
  /**
   * @param {{call: string, leg: string, iceServers: RTCIceServer[], relay?: boolean,
   *   send: (event: string, payload: object) => Promise<any>,
   *   onRemote: (streams: {audio: MediaStream | null, video: MediaStream | null}) => void,
   *   onText: (channel: RTCDataChannel) => void, onState: (state: RTCPeerConnectionState) => void}} options
   */
  constructor({ call, leg, iceServers, relay = false, send, onRemote, onText, onState }) {
    this.call = call;
    this.leg = leg;
    this.iceServers = iceServers;
    /** Through the relay only. */
    this.relay = relay;
    this.send = send;
    this.onRemote = onRemote;
    this.onText = onText;
    this.onState = onState;
    this.attempt = -1;
    this.failures = 0;
    /** @type {RTCPeerConnection | null} */
    this.pc = null;
    /** @type {RemoteCandidates | null} */
    this.remote = null;
    /** @type {RTCRtpSender | null} */
    this.audio = null;
    /** @type {RTCRtpSender | null} */
    this.video = null;
    /** @type {MediaStreamTrack | null} */
    this.microphone = null;
    /** @type {MediaStreamTrack | null} */
    this.camera = null;
    this.muted = false;
    /** Something of this attempt did not reach the server: its failure says nothing about the path. */
    this.unheard = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** The other end can restart ICE. */
    this.restarts = false;
    /** ICE was restarted, and nothing has come since. */
    this.restarted = false;
    this.mending = false;
    this.closed = false;
  }

  /** Make a connection and offer it. Called again, it replaces the one there is. */
  async start() {
    if (this.closed) return;
    this.#end();
    this.attempt = (this.attempt + 1) % 30;
    this.unheard = this.restarts = this.restarted = false;
    const attempt = this.attempt;
    const pc = new RTCPeerConnection({ iceServers: this.iceServers, iceTransportPolicy: this.relay ? "relay" : "all" });
    this.pc = pc;
    this.remote = new RemoteCandidates(pc);
    const current = () => this.pc === pc && !this.closed;
    /** @type {{audio: MediaStream | null, video: MediaStream | null}} */
    const streams = { audio: null, video: null };
    pc.addEventListener("track", ({ track }) => {
      streams[/** @type {"audio" | "video"} */ (track.kind)] = new MediaStream([track]);
      if (current()) this.onRemote(streams);
    });
    pc.addEventListener("connectionstatechange", () => {
      if (current()) this.#changed(pc.connectionState);
    });
    sendCandidates(pc, (candidates) => {
      if (current()) this.#tell("candidates", { attempt, candidates });
    });
    const encodings = [{ active: this.camera !== null }];
    this.audio = pc.addTransceiver("audio", { direction: "sendrecv" }).sender;
    const picture = pc.addTransceiver("video", { direction: "sendrecv", sendEncodings: encodings });
    withoutPadding(picture);
    this.video = picture.sender;
    this.onText(pc.createDataChannel(CHANNEL.label, { protocol: CHANNEL.protocol })); // last: aiortc wants media first
    if (this.microphone) await this.audio.replaceTrack(this.microphone);
    if (this.camera) await this.video.replaceTrack(this.camera);
    if (!current()) return;
    this.timer = setTimeout(() => current() && this.#failed(), CONNECT_WITHIN);
    try {
      await pc.setLocalDescription();
      if (!current()) return;
      this.#tell("sdp", { attempt, type: "offer", sdp: pc.localDescription?.sdp ?? "" });
    } catch (error) {
      console.warn("no offer could be made", error);
      if (current()) this.#failed();
    }
  }

  /** @param {string} event @param {object} payload */
  async #tell(event, payload) {
    const attempt = this.attempt;
    const ack = await this.send(event, { call: this.call, leg: this.leg, ...payload });
    if (ack?.ok === false && attempt === this.attempt) this.unheard = true;
  }

  /** The server is back: what it may not have heard is begun anew. A path that is up is left alone. */
  resume() {
    if (this.closed) return;
    if (this.pc?.connectionState === "connected") this.#tell("media_up", {});
    else this.start();
  }

  /** @param {RTCPeerConnectionState} state */
  #changed(state) {
    clearTimeout(this.timer);
    if (state === "connected") {
      this.failures = 0;
      this.restarted = false;
      this.#tell("media_up", {});
    } else if (state === "failed" || state === "closed") this.#failed();
    else if (state === "disconnected") this.timer = setTimeout(() => this.mend(), LOST_AFTER);
    else this.timer = setTimeout(() => this.#failed(), CONNECT_WITHIN);
    this.onState(state);
  }

  /** Nothing comes through: find another way. Called while that lasts, as often as one likes. */
  mend() {
    const pc = this.pc;
    if (this.closed || this.mending || !pc || pc.connectionState === "new" || pc.connectionState === "connecting") return;
    this.mending = true;
    setTimeout(() => (this.mending = false), MEND_AGAIN);
    if (this.restarts && !this.restarted && pc.signalingState === "stable" && pc.connectionState !== "closed") this.#restart(pc);
    else this.#failed();
  }

  /** The device is on another network: what stands may be gone already. */
  networkChanged() {
    this.mending = false;
    this.mend();
  }

  /** @param {RTCPeerConnection} pc */
  async #restart(pc) {
    clearTimeout(this.timer);
    this.restarted = true;
    const attempt = this.attempt;
    try {
      pc.restartIce();
      await pc.setLocalDescription();
      if (this.pc === pc && !this.closed) this.#tell("sdp", { attempt, type: "offer", sdp: pc.localDescription?.sdp ?? "" });
    } catch (error) {
      console.warn("ICE was not restarted", error);
      if (this.pc === pc && !this.closed) this.#failed();
    }
  }

  #failed() {
    clearTimeout(this.timer);
    if (this.closed) return;
    if (!this.unheard) {
      this.failures += 1;
      if (this.failures % GIVE_UP_AFTER === 0) this.send("media_failed", { call: this.call, leg: this.leg });
    }
    this.onState("failed");
    this.timer = setTimeout(() => this.start(), 300 * Math.max(1, Math.min(this.failures, 10)));
  }

  /**
   * An `sdp`, `candidates` or `renegotiate` message of this leg.
   * @param {string} event
   * @param {any} payload
   */
  async receive(event, payload) {
    if (this.closed) return;
    if (event === "renegotiate") return this.start();
    if (payload.attempt !== this.attempt || !this.pc) return;
    if (event === "candidates") await this.remote?.add(payload.candidates);
    if (event === "sdp" && payload.type === "answer" && this.pc.signalingState === "have-local-offer") {
      this.restarts = payload.restarts === true;
      const remote = this.remote;
      try {
        await this.pc.setRemoteDescription({ type: "answer", sdp: payload.sdp });
        await remote?.open();
      } catch (error) {
        console.warn("this answer could not be used", error);
        this.#failed();
      }
    }
  }

  /** The resident's voice, from accept on. @param {MediaStreamTrack | null} track */
  async attachMicrophone(track) {
    this.microphone = track;
    if (track) track.enabled = !this.muted;
    await this.audio?.replaceTrack(track);
  }

  /** Also before there is a microphone. @param {boolean} on */
  mute(on) {
    this.muted = on;
    if (this.microphone) this.microphone.enabled = !on;
  }

  /** Send this camera's picture. @param {MediaStreamTrack} track */
  async cameraOn(track) {
    this.camera = track;
    await this.video?.replaceTrack(track);
    await this.#active(true);
  }

  /** Send nothing, and let the camera's light go out. Firefox still sends frames without the first step. */
  async cameraOff() {
    const track = this.camera;
    this.camera = null;
    await this.#active(false);
    await this.video?.replaceTrack(null);
    track?.stop();
  }

  /** @param {boolean} on */
  async #active(on) {
    const parameters = this.video?.getParameters();
    if (!this.video || !parameters?.encodings?.[0]) return;
    parameters.encodings[0].active = on;
    await this.video.setParameters(parameters);
  }

  #end() {
    clearTimeout(this.timer);
    const pc = this.pc;
    this.pc = null;
    pc?.close();
  }

  /** For good; the devices' lights go out. */
  close() {
    this.closed = true;
    this.#end();
    this.microphone?.stop();
    this.camera?.stop();
  }

  /** Figures of the connection. */
  async stats() {
    return this.pc ? statsOf(this.pc) : null;
  }
}
