/** The panel's page: what happens on the wire and under fingers, put together. */

import { announcement, faceOf, next, start } from "../core/panel.js";
import { api } from "../net/api.js";
import { connect } from "../net/socket.js";
import { Caller } from "../rtc/caller.js";
import { capture } from "../rtc/local.js";
import { h, say } from "../ui/dom.js";
import { lampface } from "../ui/lampface.js";
import { pairing } from "../ui/pairing.js";
import { phonebook } from "../ui/phonebook.js";
import { secureNotice } from "../ui/secure-notice.js";
import { sounds } from "../ui/sounds.js";

const app = /** @type {HTMLElement} */ (document.getElementById("app"));
const status = h("p", { class: "vh", role: "status", id: "status" });
const screen = h("div", { class: "screen-face" });
app.replaceChildren(screen, status);
const remote = h("video", { autoplay: true, playsinline: true, "aria-label": "Picture from the other side" });
remote.muted = true; // its sound comes through the audio element
const voice = h("audio", { autoplay: true });

let panel = start();
/** @type {{element: HTMLElement, update: (...args: any[]) => void, leave?: () => void, larger?: (on: boolean) => void} | null} */
let view = null;
let shownFace = "";
/** @type {Caller | null} */
let caller = null;
/** @type {MediaStreamTrack | null} */
let camera = null;
/** @type {MediaStreamTrack | null} */
let microphone = null;
/** @type {(() => void) | null} */
let stopTone = null;
/** @type {AnalyserNode | null} */
let meter = null;

const at = () => Date.now() / 1000;
const where = () => ({
  plate: panel.home?.site.plate ?? app.dataset.plate ?? "",
  site: panel.home?.site.name ?? app.dataset.site ?? "",
  entrance: panel.home?.entrance.name ?? "",
});

/** @param {import("../core/panel.js").Happened} event */
function happened(event) {
  const before = panel;
  panel = next(panel, event, at());
  follow(before);
  show();
}

/** What must be done beside showing. @param {typeof panel} before */
function follow(before) {
  const call = panel.call;
  const live = call !== null && call.stage !== "ended";
  link.busy(live || panel.pressed !== null);
  if (live && call.call !== caller?.call) {
    caller?.close();
    caller = new Caller({
      call: call.call,
      iceServers: /** @type {RTCIceServer[]} */ (panel.home?.ice_servers.map(withoutNull) ?? []),
      send: (event, payload) => link.request(event, payload),
      onRemote: (leg, streams) => {
        if (panel.call?.leg === leg) play(streams);
        else waitingStreams.set(leg, streams);
      },
      onState: () => {},
    });
    waitingStreams.clear();
    caller.setLocal({ audio: microphone, video: camera });
  }
  if (live && call.leg && caller && caller.accepted !== call.leg) {
    caller.accept(call.leg);
    const streams = waitingStreams.get(call.leg);
    if (streams) play(streams);
    sounds.accept();
  }
  if (!live && caller) {
    caller.close();
    caller = null;
    remote.srcObject = null;
    voice.srcObject = null;
    if (before.call?.stage !== "ended") sounds.ended();
  }
  const rings = call?.stage === "ringing";
  if (rings && !stopTone && panel.home) stopTone = sounds.loop(panel.home.tone, { loud: 0.7 });
  if (!rings && stopTone) {
    stopTone();
    stopTone = null;
  }
  if (panel.door !== before.door && panel.door) {
    if (panel.door.state === "sent") sounds.tick();
    if (panel.door.state === "opened") sounds.opened(0.5);
    if (panel.door.state === "not_confirmed" || panel.door.state === "refused") sounds.low();
  }
}

/** @type {Map<string, {audio: MediaStream | null, video: MediaStream | null}>} */
const waitingStreams = new Map();

/** @param {{audio: MediaStream | null, video: MediaStream | null}} streams */
function play(streams) {
  if (remote.srcObject !== streams.video) remote.srcObject = streams.video;
  if (voice.srcObject !== streams.audio) voice.srcObject = streams.audio;
  for (const element of [remote, voice]) element.play().catch(() => {});
}

/** @param {any} server */
function withoutNull(server) {
  return Object.fromEntries(Object.entries(server).filter(([, value]) => value !== null));
}

/** The present face; made anew only when it is another one. */
function show() {
  const face = faceOf(panel, at());
  const key = [face, panel.call?.call, panel.call?.camera, panel.door?.opening, panel.home?.panel, panel.home?.entries.length].join("|");
  if (key !== shownFace) {
    shownFace = key;
    view?.leave?.();
    view = make(face);
    screen.replaceChildren(view.element);
    if (face === "names" && (panel.call || panel.pressed)) panel = next(panel, { type: "back" }, at());
    if (face === "talking") play({ audio: /** @type {any} */ (voice.srcObject), video: /** @type {any} */ (remote.srcObject) });
  }
  view?.update(panel, at());
  say(status, announcement(face, panel));
}

/** @param {string} face */
function make(face) {
  if (face === "names" && panel.home) {
    return phonebook({
      where: where(),
      entries: panel.home.entries,
      larger: document.documentElement.classList.contains("larger"),
      notice: secureNotice(),
      onPress: ring,
      onLarger: (on) => {
        document.documentElement.classList.toggle("larger", on);
        localStorage.setItem("larger", on ? "yes" : "no");
        view?.larger?.(on);
      },
    });
  }
  if (face === "pairing") {
    return pairing({
      where: where(),
      notice: secureNotice(),
      onCode: async (code) => {
        try {
          await api("POST", "/api/v1/panels/enroll", { code });
        } catch (error) {
          return /** @type {Error} */ (error).message;
        }
        link.tryNow();
        return null;
      },
    });
  }
  return lampface(face, panel, {
    where: where(),
    camera: camera !== null,
    microphone: microphone !== null,
    remote,
    level,
    onHangUp: hangUp,
    onBack: () => happened({ type: "back" }),
    onAgain: () => panel.pressed && ring(panel.pressed),
    onTryNow: () => link.tryNow(),
  });
}

/** @param {import("../core/search.js").Entry} entry */
async function ring(entry) {
  sounds.wake();
  happened({ type: "pressed", entry });
  await devices();
  if (panel.pressed !== entry || panel.call) return;
  const ack = await link.request("ring", { entry: entry.id });
  if (panel.pressed !== entry) {
    if (ack.ok) link.request("hang_up", { call: ack.call });
  } else if (!ack.ok) happened({ type: "refused", message: ack.error.message });
}

function hangUp() {
  const call = panel.call;
  if (call && call.stage !== "ended") {
    link.request("hang_up", { call: call.call }).then((ack) => {
      if (!ack.ok && ack.error.code !== "no_connection") happened({ type: "back" });
    });
    if (!panel.link.connected) {
      caller?.close();
      happened({ type: "back" });
    }
  } else happened({ type: "back" });
}

/** Camera and microphone, once; the bell rings without them, too. */
async function devices() {
  if (camera?.readyState !== "live") camera = await capture("video");
  if (microphone?.readyState !== "live") {
    microphone = await capture("audio");
    meter = microphone ? listen(microphone) : null;
  }
  caller?.setLocal({ audio: microphone, video: camera });
}

/** @param {MediaStreamTrack} track */
function listen(track) {
  try {
    const context = new AudioContext();
    const node = context.createAnalyser();
    node.fftSize = 512;
    context.createMediaStreamSource(new MediaStream([track])).connect(node);
    return node;
  } catch {
    return null;
  }
}

/** How loud the visitor is, from 0 to 1. */
function level() {
  if (!meter) return 0;
  const wave = new Float32Array(meter.fftSize);
  meter.getFloatTimeDomainData(wave);
  return Math.min(1, 6 * Math.sqrt(wave.reduce((sum, value) => sum + value * value, 0) / wave.length));
}

async function keepAwake() {
  try {
    if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen");
  } catch {
    // the device decides; a panel in kiosk mode stays on anyway
  }
}

/** A link with a key in its fragment makes this browser that panel. */
async function becomePanel() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (!key) return;
  history.replaceState(null, "", location.pathname);
  try {
    await api("POST", "/api/v1/panels/session", { key });
  } catch (error) {
    console.warn("this panel's key was not taken", error);
  }
}

document.documentElement.classList.toggle("larger", localStorage.getItem("larger") === "yes");
await becomePanel();
const link = connect("/panel", {
  auth: () => ({}),
  onState: (state) => queueMicrotask(() => happened({ type: "link", link: state })),
  onReady: (payload) => {
    happened({ type: "ready", payload });
    const call = payload.call;
    if (!call || !caller) return;
    for (const leg of call.leg ? [call.leg] : call.legs) {
      if (!caller.has(leg)) link.request("renegotiate", { call: call.call, leg });
    }
  },
  onEvent: (name, payload) => {
    if (name === "call" || name === "camera" || name === "door") happened({ type: name, payload });
    else if (name === "leg" && payload.stage === "ended") caller?.close(payload.leg);
    else if (name === "sdp" || name === "candidates") caller?.receive(name, payload);
  },
});
setInterval(show, 250);
keepAwake();
document.addEventListener("visibilitychange", keepAwake);
devices();

// for support: what is really sent and received
Object.assign(window, { intercom: { stats: () => caller?.stats() ?? {}, state: () => panel } });
