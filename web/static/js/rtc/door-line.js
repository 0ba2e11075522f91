/** The resident's line to the door: connected while it rings, talked over once it is accepted, watched, and let go. */

import { DeviceLeg } from "./device.js";
import { capture } from "./local.js";
import { OwnTracks } from "./own-tracks.js";
import { microphoneInReach } from "./reach.js";
import { TextLine } from "./text-line.js";
import { onNetworkChange, Watch } from "./watch.js";

/**
 * @typedef {object} Ends where picture, sound and words go, and who is told
 * @property {HTMLVideoElement} video
 * @property {HTMLAudioElement} voice
 * @property {(name: string, payload: object) => Promise<any>} request says something to the server
 * @property {(up: boolean) => void} onPath the connection came up, or went
 * @property {(text: import("../core/text.js").Text) => void} onText
 * @property {(mark: import("../core/quality.js").Mark) => void} onMark how good the line is
 * @property {(there: boolean) => void} onMicrophone
 * @property {() => void} onCameraGone it stopped by itself, and there is no other
 */

export class DoorLine {
  /** @param {Ends} ends */
  constructor(ends) {
    this.ends = ends;
    /** What is written in this call. @type {TextLine | null} */
    this.text = null;
    this.microphoneThere = true;
    /** @type {DeviceLeg | null} */
    this.path = null;
    /** @type {OwnTracks | null} */
    this.tracks = null;
    /** @type {Watch | null} */
    this.watch = null;
    /** Opened at "Answer", and not heard yet. @type {Promise<MediaStreamTrack | null> | null} */
    this.microphone = null;
    this.reach = microphoneInReach();
    onNetworkChange(() => this.path?.networkChanged());
  }

  /** The leg that is connected, or null. */
  get leg() {
    return this.path?.leg ?? null;
  }

  get cameraIsOn() {
    return this.path?.camera != null;
  }

  /** Connect: the picture comes, and nothing goes out. @param {import("../core/resident.js").Invite} invite */
  join(invite) {
    const { video, voice, request, onPath, onText, onMicrophone, onCameraGone } = this.ends;
    const text = new TextLine(() => text === this.text && onText(text.text));
    this.text = text;
    const mine = new DeviceLeg({
      call: invite.call,
      leg: invite.leg,
      iceServers: /** @type {RTCIceServer[]} */ (
        invite.ice_servers.map((server) => Object.fromEntries(Object.entries(server).filter(([, value]) => value !== null)))
      ),
      relay: invite.relay,
      send: request,
      onRemote: (streams) => {
        if (video.srcObject !== streams.video) video.srcObject = streams.video;
        if (voice.srcObject !== streams.audio) voice.srcObject = streams.audio;
        for (const element of [video, voice]) element.play().catch(() => {});
      },
      onText: (channel) => text.use(channel),
      onState: (state) => onPath(state === "connected"),
    });
    this.path = mine;
    this.tracks = new OwnTracks({
      leg: mine,
      onMicrophone: (there) => {
        if (mine !== this.path) return;
        this.microphoneThere = there;
        onMicrophone(there);
      },
      onCameraGone: () => {
        this.#tellCamera(mine, false);
        onCameraGone();
      },
    });
    mine.start();
  }

  /** "Answer" was pressed: the microphone opens while the server is asked. @returns {Promise<MediaStreamTrack | null>} */
  openMicrophone() {
    return (this.microphone = this.reach.take());
  }

  /** Nothing came of it. @param {Promise<MediaStreamTrack | null>} opened */
  letGo(opened) {
    opened.then((track) => track?.stop());
    if (this.microphone === opened) this.microphone = null;
  }

  /** Accepted, and stored: now, and not before, the visitor hears us. @returns {Promise<boolean>} whether it is still this call */
  async talk() {
    const mine = this.path;
    const track = await (this.microphone ?? capture("audio"));
    this.microphone = null;
    if (!mine || mine !== this.path || mine.closed) {
      track?.stop();
      return false;
    }
    await this.tracks?.speak(track);
    return true;
  }

  /** From now on it is noticed when nothing comes through. */
  listen() {
    const mine = this.path;
    if (!mine || this.watch) return;
    const { request, onMark } = this.ends;
    onMark("good");
    this.watch = new Watch({
      path: () => mine.pc,
      tell: (seconds) => request("silence", { call: mine.call, leg: mine.leg, seconds }),
      mend: () => mine.mend(),
      onMark,
    });
  }

  /** @param {boolean} on @returns {Promise<boolean>} false where the browser gives no camera */
  async camera(on) {
    const mine = this.path;
    if (!mine) return true;
    if (!on) {
      await mine.cameraOff();
      this.#tellCamera(mine, false);
      return true;
    }
    const track = await capture("video");
    if (!track) return false;
    if (mine !== this.path) {
      track.stop();
      return true;
    }
    await this.tracks?.show(track);
    this.#tellCamera(mine, true);
    return true;
  }

  /** @param {DeviceLeg} leg @param {boolean} on */
  #tellCamera({ call, leg }, on) {
    void this.ends.request("camera", { call, leg, on });
  }

  /** Another microphone or camera was chosen. @param {"audio" | "video"} kind */
  async useAnother(kind) {
    await this.tracks?.useAnother(kind);
  }

  /** @param {boolean} on */
  mute(on) {
    this.path?.mute(on);
  }

  /** The server is back. */
  resume() {
    this.path?.resume();
  }

  /** @param {string} name @param {any} payload */
  receive(name, payload) {
    if (this.path && payload.leg === this.path.leg) this.path.receive(name, payload);
  }

  /** What is really sent and received. */
  stats() {
    return this.path?.stats() ?? null;
  }

  /** All of it is let go. */
  hangUp() {
    this.watch?.stop();
    this.tracks?.stop();
    this.watch = this.tracks = null;
    this.path?.close();
    this.path = null;
    this.text = null;
    this.ends.video.srcObject = null;
    this.ends.voice.srcObject = null;
  }
}
