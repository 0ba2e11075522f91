/** The resident's page: home, calls, settings; and a call whenever somebody rings. */

import { announcement, next, start } from "../core/resident.js";
import { deviceMemory } from "../core/device-name.js";
import { api } from "../net/api.js";
import { connect } from "../net/socket.js";
import { DeviceLeg } from "../rtc/device.js";
import { capture, permission } from "../rtc/local.js";
import { callView } from "../ui/call-view.js";
import { callsPage, callsTable } from "../ui/calls.js";
import { doors } from "../ui/doors.js";
import { h, icon, say } from "../ui/dom.js";
import { endedView } from "../ui/ended-view.js";
import { incomingCall } from "../ui/incoming-call.js";
import { secureNotice } from "../ui/secure-notice.js";
import { settings } from "../ui/settings.js";
import { sounds } from "../ui/sounds.js";
import { explainer, thisDevice } from "../ui/this-device.js";

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const page = byId("app");
const main = byId("view");
const stage = byId("stage");
const status = byId("status");
const alarm = byId("alert");
const video = h("video", { autoplay: true, playsinline: true });
video.muted = true; // the visitor's voice comes through the audio element
const voice = h("audio", { autoplay: true });
const title = document.title;

let device = start();
/** @type {import("../core/resident.js").Door | null} */
let latestDoor = null;
/** @type {{calls: import("../ui/calls.js").Past[], missed: number}} */
let history = { calls: [], missed: 0 };
/** @type {{tones: import("../ui/settings.js").Tone[], default: string}} */
let tones = { tones: [], default: "" };
let can = { microphone: "unknown", camera: "unknown" };
let asked = localStorage.getItem("asked") === "yes";
/** @type {DeviceLeg | null} */
let leg = null;
/** @type {(() => void) | null} */
let stopTone = null;
let toneStopped = false;
/** @type {{key: string, element: HTMLElement, update?: (...args: any[]) => void, focus: () => void, microphone?: (there: boolean) => void} | null} */
let scene = null;
/** @type {HTMLElement | null} */
let focusBefore = null;
/** @type {{update: (...args: any[]) => void} | null} */
let homeDoors = null;
/** @type {(() => void) | null} */
let leaveView = null;

const at = () => Date.now() / 1000;
const now = () => at() + device.offset;

/** @param {import("../core/resident.js").Happened} event */
function happened(event) {
  const before = device;
  device = next(device, event, at());
  follow(before, event);
  show();
}

/** What must be done beside showing. @param {typeof device} before @param {import("../core/resident.js").Happened} event */
function follow(before, event) {
  const ring = device.ring;
  const alive = ring !== null && ring.stage !== "ended";
  link.busy(alive);
  if (event.type === "invite" && alive && ring.invite.leg === event.payload.leg) {
    if (leg?.leg !== ring.invite.leg) join(ring.invite);
    if (ring.stage === "ringing") link.request("ringing", { call: ring.invite.call, leg: ring.invite.leg });
    if (ring.stage === "talking" && before.ring?.stage !== "talking") talk();
  }
  if (event.type === "call" && ring?.stage === "talking" && before.ring?.stage !== "talking") talk();
  if (ring?.stage === "talking" && before.ring?.stage !== "talking") sounds.accept();
  if (ring?.stage === "ended" && before.ring?.stage !== "ended") {
    leg?.close();
    leg = null;
    video.srcObject = null;
    voice.srcObject = null;
    sounds.ended();
    navigator.vibrate?.(0);
    load();
  }
  if (event.type === "door") {
    latestDoor = event.payload;
    if (event.payload.state === "opened") {
      sounds.opened();
      navigator.vibrate?.(60);
    }
    if (event.payload.state === "not_confirmed" || event.payload.state === "refused") {
      sounds.low();
      navigator.vibrate?.([40, 40, 40]);
    }
    if (event.payload.state === "refused") say(alarm, event.payload.message ?? "The door was not opened.");
  }
  if (event.type === "invite" || event.type === "closed") latestDoor = null;
  tone();
}

/** Rings while it should, and no longer than 5 s without the server. */
function tone() {
  const ring = device.ring;
  const deaf = !device.link.connected && Date.now() - device.link.since > 5000;
  const rings = ring?.stage === "ringing" && !deaf && now() < ring.invite.expires_at + 5;
  if (!rings) toneStopped = false;
  if (rings && !stopTone && !toneStopped) {
    const url = chosenTone()?.url;
    stopTone = url ? sounds.loop(url, { ramp: 4 }) : () => {};
  }
  if (!rings && stopTone) {
    stopTone();
    stopTone = null;
  }
}

const chosenTone = () => {
  const id = localStorage.getItem("tone") ?? tones.default;
  return tones.tones.find((one) => one.id === id) ?? tones.tones[0];
};

/** The first connection, while it rings. @param {import("../core/resident.js").Invite} invite */
function join(invite) {
  leg?.close();
  leg = new DeviceLeg({
    call: invite.call,
    leg: invite.leg,
    iceServers: /** @type {RTCIceServer[]} */ (
      invite.ice_servers.map((server) => Object.fromEntries(Object.entries(server).filter(([, value]) => value !== null)))
    ),
    send: (name, payload) => link.request(name, payload),
    onRemote: (streams) => {
      if (video.srcObject !== streams.video) video.srcObject = streams.video;
      if (voice.srcObject !== streams.audio) voice.srcObject = streams.audio;
      for (const element of [video, voice]) element.play().catch(() => {});
    },
    onState: (state) => happened({ type: "path", up: state === "connected" }),
  });
  video.setAttribute("aria-label", `Live picture from the ${invite.entrance.name}`);
  leg.start();
}

/** @type {Promise<MediaStreamTrack | null> | null} */
let microphone = null;

async function answer() {
  const ring = device.ring;
  if (!ring || ring.stage !== "ringing") return;
  happened({ type: "answering" });
  sounds.wake();
  microphone = capture("audio");
  const ack = await link.request("accept", { call: ring.invite.call, leg: ring.invite.leg });
  if (ack.ok) return;
  microphone.then((track) => track?.stop());
  microphone = null;
  if (ack.error.code === "accepted_elsewhere") happened({ type: "taken", by: ack.error.details?.by ?? null });
  else if (ack.error.code === "no_connection") {
    if (device.ring?.stage === "answering") device = { ...device, ring: { ...device.ring, stage: "ringing" } };
    say(alarm, "There is no connection at the moment. Press Answer again.");
    show();
  } else happened({ type: "over", reason: "the visitor gave up" });
}

/** Accepted, and stored: now, and not before, the visitor hears us. */
async function talk() {
  const mine = leg;
  const track = await (microphone ?? capture("audio"));
  microphone = null;
  if (!mine || mine !== leg || mine.closed) {
    track?.stop();
    return;
  }
  if (track) await mine.attachMicrophone(track);
  scene?.microphone?.(track !== null);
  micThere = track !== null;
  permissions();
}
let micThere = true;

async function decline() {
  const ring = device.ring;
  if (!ring) return;
  happened({ type: "over", reason: "you declined" });
  await link.request("decline", { call: ring.invite.call, leg: ring.invite.leg });
}

async function hangUp() {
  const ring = device.ring;
  if (!ring) return;
  const ack = await link.request("hang_up", { call: ring.invite.call });
  if (!ack.ok) happened({ type: "over", reason: ack.error.code === "no_connection" ? "you hung up" : "connection lost" });
}

/** One press, one request. @param {string | null} call @param {string} lock @param {(message: string) => void} refused */
async function open(call, lock, refused) {
  const ack = await link.request("open_door", { call, lock, request: crypto.randomUUID() });
  if (ack.ok) return;
  sounds.low();
  const message = ack.error.code === "no_connection" ? "There is no connection at the moment. It is not known whether the door was told to open." : ack.error.message;
  say(alarm, message);
  refused(message);
}

/** @param {boolean} on */
async function camera(on) {
  const mine = leg;
  if (!mine) return false;
  if (on) {
    const track = await capture("video");
    if (!track) return false;
    if (mine !== leg) {
      track.stop();
      return false;
    }
    await mine.cameraOn(track);
  } else await mine.cameraOff();
  link.request("camera", { call: mine.call, leg: mine.leg, on });
  return true;
}

// -- showing ------------------------------------------------------------------------------------------

function show() {
  const ring = device.ring;
  const kind = ring === null ? "" : ring.stage === "answering" ? "ringing" : ring.stage;
  const key = ring === null ? "" : `${ring.invite.leg} ${kind}`;
  if (key !== (scene?.key ?? "")) {
    if (!scene) focusBefore = /** @type {HTMLElement | null} */ (document.activeElement);
    scene = ring ? { key, ...make(kind, ring) } : null;
    const over = kind === "ended";
    stage.replaceChildren(...(scene && !over ? [scene.element] : []));
    page.toggleAttribute("hidden", kind === "talking");
    page.toggleAttribute("inert", scene !== null && !over);
    main.classList.toggle("home", !over);
    if (scene && over) main.replaceChildren(scene.element);
    else render();
    document.body.classList.toggle("in-call", kind === "talking");
    if (scene) scene.focus();
    else if (focusBefore?.isConnected) focusBefore.focus();
    else main.focus();
    for (const element of [video, voice]) if (element.srcObject) element.play().catch(() => {});
    if (kind === "talking") scene?.microphone?.(micThere);
  }
  if (ring && scene) scene.update?.(ring, now(), device.link, device.waiting);
  homeDoors?.update(device, now(), device.link.connected);
  say(status, announcement(device, latestDoor));
  document.title = ring?.stage === "ringing" && Math.floor(at()) % 2 ? `Ringing: ${ring.invite.entrance.name}` : title;
}

/** @param {string} kind @param {import("../core/resident.js").Ring} ring */
function make(kind, ring) {
  if (kind === "ringing") return incomingCall({ ring, video, onAnswer: answer, onDecline: decline });
  if (kind === "talking") {
    return callView({
      ring,
      video,
      onOpen: (lock, refused) =>
        open(ring.invite.call, lock, (message) => {
          refused();
          happened({ type: "refused", message });
        }),
      onHeld: held,
      onMute: (on) => leg?.mute(on),
      onCamera: camera,
      onHangUp: hangUp,
      onHide: () => happened({ type: "hide" }),
    });
  }
  return endedView({ ring, onBack: () => happened({ type: "closed" }) });
}

function held() {
  sounds.tick();
  navigator.vibrate?.(20);
}

/** The page below the call: home, calls or settings. */
function render() {
  if (device.ring?.stage === "ended") return;
  const name = location.hash.slice(1) || "home";
  leaveView?.();
  leaveView = null;
  homeDoors = null;
  for (const link of document.querySelectorAll("[data-view]")) {
    if (link.getAttribute("data-view") === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const past = { ...history, now: now(), onSeen: seen };
  if (device.link.refused) {
    main.replaceChildren(refusedView(device.link.refused));
    return;
  }
  if (!device.home) {
    const waiting = device.link.nextTryAt !== null;
    main.replaceChildren(h("p", { class: "soft", role: "status" }, waiting ? "No connection to the server. It tries again by itself." : "Connecting to the house."));
    return;
  }
  const health = thisDevice({
    name: device.home.device_name,
    can: { ...can, secure: isSecureContext, connected: device.link.connected, dnd: device.home.dnd },
    onAsk: ask,
  });
  if (name === "calls") main.replaceChildren(callsPage(past));
  else if (name === "settings") {
    const view = settings({
      tones: tones.tones,
      chosen: chosenTone()?.id ?? "",
      device: health,
      onChoose: (id) => localStorage.setItem("tone", id),
    });
    leaveView = view.leave;
    main.replaceChildren(view.element);
  } else if (isSecureContext && !asked && (can.microphone === "prompt" || can.microphone === "unknown")) {
    main.replaceChildren(explainer({ onAsk: ask, onLater: later }));
  } else {
    const list = doors({ home: device.home, onOpen: (lock, refused) => open(null, lock, refused), onHeld: held });
    homeDoors = list;
    main.replaceChildren(
      h("h1", { class: "vh" }, "Home"),
      h("div", { class: "main-col" }, ...[secureNotice()].filter((x) => x !== null), h("section", {}, h("h2", {}, "Doors"), list.element), callsTable(past)),
      h("aside", {}, h("section", {}, dndSwitch(), h("p", { class: "soft small", id: "dnd-hint" }, device.home.dnd ? "This device does not ring. Other devices of yours still do." : "This device rings.")), health),
    );
    homeDoors.update(device, now(), device.link.connected);
  }
}

/** @param {{code: string, message: string}} refused */
function refusedView({ code, message }) {
  const again =
    code === "not_signed_in"
      ? h("a", { class: "btn btn-main", href: "/sign-in" }, "Sign in")
      : h("button", { class: "btn btn-main", type: "button", onclick: () => link.tryNow() }, "Use it here");
  return h("div", { class: "main-col" }, h("h1", {}, "This page does not ring"), h("p", { class: "note", "data-state": "unknown", role: "alert" }, icon("bell-off"), h("span", {}, message)), h("p", {}, again));
}

function dndSwitch() {
  const on = device.home?.dnd ?? false;
  const word = h("span", { class: "word" }, on ? "On" : "Off");
  const lever = h(
    "button",
    { class: "switch", type: "button", role: "switch", "aria-checked": String(on), "aria-describedby": "dnd-hint" },
    h("span", { class: "lever" }),
    h("span", {}, "Do not disturb"),
    word,
  );
  lever.addEventListener("click", async () => {
    const wanted = !on;
    const ack = await link.request("status", { dnd: wanted });
    if (!ack.ok) return say(alarm, ack.error.message);
    happened({ type: "dnd", on: wanted });
    render();
    return undefined;
  });
  return lever;
}

async function ask() {
  later();
  const track = await capture("audio");
  track?.stop();
  await permissions();
}

function later() {
  asked = true;
  localStorage.setItem("asked", "yes");
  render();
}

async function permissions() {
  can = { microphone: await permission("microphone"), camera: await permission("camera") };
  render();
}

async function seen() {
  await api("POST", "/api/v1/history/seen").catch(() => {});
  await load();
}

async function load() {
  try {
    history = await api("GET", "/api/v1/history");
    render();
  } catch {
    // the list stays as it was; the next call loads it again
  }
}

// -- start ----------------------------------------------------------------------------------------------

const memory = deviceMemory(sessionStorage);

/** A duplicated tab copies the memory of its twin: only one of them may keep it. */
async function ownMemory() {
  const id = memory.get();
  if (!id || !navigator.locks) return;
  const mine = await new Promise((resolve) => {
    navigator.locks.request(`device ${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => {});
    });
  });
  if (!mine) memory.forget();
}

await ownMemory();
const link = connect("/resident", {
  auth: () => ({ device: memory.get() }),
  onState: (state) =>
    queueMicrotask(() => {
      const changed = state.connected !== device.link.connected || state.refused !== device.link.refused;
      happened({ type: "link", link: state });
      if (changed) render();
    }),
  onReady: (payload) => {
    const fresh = memory.get() !== payload.device;
    memory.set(payload.device);
    if (fresh) navigator.locks?.request(`device ${payload.device}`, { ifAvailable: true }, () => new Promise(() => {}));
    happened({ type: "ready", payload });
    const ring = device.ring;
    if (ring && ring.stage !== "ended") expectInvite(ring.invite.leg);
    load();
    render();
  },
  onEvent: (name, payload) => {
    if (name === "sdp" || name === "candidates" || name === "renegotiate") {
      if (leg && payload.leg === leg.leg) leg.receive(name, payload);
    } else if (name === "missed") load();
    else if (["invite", "stop", "call", "door", "lock"].includes(name)) happened({ type: /** @type {any} */ (name), payload });
  },
});

/** After a reconnect the server tells again what still rings or goes on; what it does not tell is over. @param {string} id */
function expectInvite(id) {
  const before = device.ring?.invite;
  setTimeout(() => {
    const ring = device.ring;
    if (ring && ring.invite.leg === id && ring.stage !== "ended" && ring.invite === before) happened({ type: "over", reason: "connection lost" });
  }, 2000);
}

addEventListener("hashchange", () => {
  if (device.ring?.stage === "ended") happened({ type: "closed" });
  render();
});
setInterval(() => {
  if (device.ring || homeDoors) show();
  tone();
}, 250);
setInterval(() => {
  if (device.ring?.stage === "ringing") navigator.vibrate?.([400, 200, 400]);
}, 3000);
addEventListener("pointerdown", () => sounds.wake(), { once: true });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && device.ring?.stage === "ringing") event.preventDefault();
});
api("GET", "/api/v1/ringtones").then((found) => {
  tones = found;
});
permissions();
render();

// for support: what is really sent and received
Object.assign(window, { intercom: { stats: () => leg?.stats() ?? null, state: () => device } });
