/** A caller's talk: its connections follow the call, and so does all that is seen, heard and written there. */

import { isLive } from "../core/panel.js";
import { t } from "../core/words.js";
import { Caller } from "../rtc/caller.js";
import { TextLine } from "../rtc/text-line.js";
import { onNetworkChange, Watch } from "../rtc/watch.js";
import { h } from "./dom.js";
import { lineMark } from "./line-mark.js";
import { sounds } from "./sounds.js";

/** @typedef {{audio: MediaStream | null, video: MediaStream | null}} Streams */
/** @typedef {import("../core/panel.js").Panel} Panel */

/** The resident's device offers anew by itself; who hears nothing for longer asks for it. Seconds. */
const ASK_AFTER = 8;
const ASK_AGAIN = 5;

const at = () => Date.now() / 1000;

export class Talk {
  /**
   * @param {{request: (event: string, payload: object) => Promise<any>, panel: () => Panel,
   *   happened: (event: import("../core/panel.js").Happened) => void, changed: () => void}} options
   *   `changed`: something was written
   */
  constructor({ request, panel, happened, changed }) {
    this.request = request;
    this.panel = panel;
    this.happened = happened;
    this.changed = changed;
    this.remote = h("video", { autoplay: true, playsinline: true, "aria-label": t("Picture from the other side") });
    this.remote.muted = true; // its sound comes through the audio element
    this.voice = h("audio", { autoplay: true });
    this.mark = lineMark();
    /** @type {Caller | null} */
    this.caller = null;
    /** Listens whether anything comes through, while they talk. @type {Watch | null} */
    this.watch = null;
    /** @type {Map<string, Streams>} */
    this.streams = new Map();
    /** What is written on each leg; only that of the accepted one is ever opened. @type {Map<string, TextLine>} */
    this.texts = new Map();
    /** @type {{audio: MediaStreamTrack | null, video: MediaStreamTrack | null}} */
    this.local = { audio: null, video: null };
    onNetworkChange(() => {
      const { call } = this.panel();
      if (call?.leg && isLive(call)) this.request("renegotiate", { call: call.call, leg: call.leg });
    });
  }

  /** The caller's own devices; null for what there is not. @param {{audio: MediaStreamTrack | null, video: MediaStreamTrack | null}} tracks */
  setLocal(tracks) {
    this.local = tracks;
    this.caller?.setLocal(tracks);
  }

  /** The connections follow the call. */
  follow() {
    const known = this.panel().call;
    const call = isLive(known) ? known : null;
    if (this.caller && this.caller.call !== call?.call) {
      this.watch?.stop();
      this.watch = null;
      this.caller.close();
      this.caller = null;
      this.streams.clear();
      this.texts.clear();
      this.remote.srcObject = null;
      this.voice.srcObject = null;
    }
    if (!call) return;
    if (!this.caller) {
      const caller = new Caller({
        call: call.call,
        iceServers: call.ice_servers.map(iceServer),
        relay: call.relay,
        send: (event, payload) => this.request(event, payload),
        onRemote: (leg, media) => {
          this.streams.set(leg, media);
          if (this.panel().call?.leg === leg) this.#play(media);
          else this.#ready(media);
        },
        onText: (leg, channel) => this.#textOf(leg).use(channel),
        onState: (leg, state) => {
          const up = state !== "disconnected" && state !== "failed";
          this.happened({ type: "path", call: caller.call, leg, up });
        },
      });
      this.caller = caller;
      caller.setLocal(this.local);
    }
    if (call.leg && this.caller.accepted !== call.leg) {
      this.caller.accept(call.leg);
      const media = this.streams.get(call.leg);
      if (media) this.#play(media);
      setTimeout(sounds.accept);
      this.watch ??= this.#listenTo(call.call, call.leg);
    }
    if (call.leg && call.stage === "established") this.#textOf(call.leg).open();
  }

  /** An event of the server; whether it was about the connections. @param {string} name @param {any} payload */
  receive(name, payload) {
    if (name === "leg") {
      if (payload.stage === "ended") this.caller?.close(payload.leg);
      return true;
    }
    if (name !== "sdp" && name !== "candidates") return false;
    if (payload.call === this.caller?.call) this.caller?.receive(name, payload);
    return true;
  }

  /** The server is back: what was lost with it is asked for. @param {import("../core/panel.js").Call | null} call */
  resume(call) {
    if (!call || call.call !== this.caller?.call) return;
    for (const leg of call.leg ? [call.leg] : call.legs) {
      if (!this.caller.has(leg)) this.request("renegotiate", { call: call.call, leg });
    }
  }

  /** What is written with whom they talk. */
  written() {
    const leg = this.panel().call?.leg;
    return leg ? (this.texts.get(leg) ?? null) : null;
  }

  /** Figures of each leg. */
  stats() {
    return this.caller?.stats() ?? {};
  }

  /** @param {string} call @param {string} leg */
  #listenTo(call, leg) {
    let askedAt = 0;
    this.mark.set("good");
    return new Watch({
      path: () => this.caller?.paths.get(leg)?.pc ?? null,
      tell: (seconds) => this.request("silence", { call, leg, seconds }),
      mend: (seconds) => {
        if (seconds < ASK_AFTER || at() - askedAt < ASK_AGAIN) return;
        askedAt = at();
        this.request("renegotiate", { call, leg });
      },
      onMark: this.mark.set,
    });
  }

  /** @param {string} leg */
  #textOf(leg) {
    const text = this.texts.get(leg) ?? new TextLine(() => this.texts.get(leg) === text && leg === this.panel().call?.leg && this.changed());
    this.texts.set(leg, text);
    return text;
  }

  /**
   * A browser takes a moment until it plays: it begins while it rings, muted, whatever a device might send.
   * @param {Streams} media
   */
  #ready({ audio }) {
    if (this.voice.srcObject || !audio) return;
    this.voice.muted = true;
    this.voice.srcObject = audio;
    this.voice.play().catch(() => {});
  }

  /** @param {Streams} media */
  #play({ audio, video }) {
    this.voice.muted = false;
    if (this.remote.srcObject !== video) this.remote.srcObject = video;
    if (this.voice.srcObject !== audio) this.voice.srcObject = audio;
    for (const element of [this.remote, this.voice]) {
      if (!element.srcObject) continue;
      // a browser that wants a touch first gets it from the next one
      element.play().catch(() => addEventListener("pointerdown", () => void element.play().catch(() => {}), { once: true }));
    }
  }
}

/** @param {import("/types/wire.js").IceServerOut} server @returns {RTCIceServer} */
function iceServer({ urls, username, credential }) {
  return { urls, ...(username === null ? {} : { username }), ...(credential === null ? {} : { credential }) };
}

/** A sound for what is new. @param {Panel} before @param {Panel} now */
export function cues(before, now) {
  const { call, door } = now;
  if (isLive(before.call) && !isLive(call)) sounds.ended();
  if (!door || door === before.door) return;
  if (door.state === "sent") sounds.tick();
  if (door.state === "opened") sounds.opened(0.5);
  if (door.state === "not_confirmed" || door.state === "refused") sounds.low();
}
