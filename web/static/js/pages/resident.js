/** The resident's page: home, calls, settings; and a call whenever somebody rings. */

import { announcement, next, start, warning } from "../core/resident.js";
import { language, t } from "../core/words.js";
import { api } from "../net/api.js";
import { here } from "../net/here.js";
import { identity } from "../net/identity.js";
import { lastWords } from "../net/last-words.js";
import * as push from "../net/push.js";
import { ringHealth } from "../net/ring-health.js";
import { connect } from "../net/socket.js";
import { pageWords } from "../net/words.js";
import { DoorLine } from "../rtc/door-line.js";
import { capture, permission, towardsSpeaker } from "../rtc/local.js";
import { stayAwake } from "../ui/awake.js";
import { below } from "../ui/below.js";
import { callView } from "../ui/call-view.js";
import { h, icon, say } from "../ui/dom.js";
import { endedView } from "../ui/ended-view.js";
import { watchFrames } from "../ui/frames.js";
import { incomingCall } from "../ui/incoming-call.js";
import { lineMark } from "../ui/line-mark.js";
import { look } from "../ui/look.js";
import { keepTone, ownTone } from "../ui/own-tone.js";
import { ringer, vibrate } from "../ui/ringer.js";
import { sounds } from "../ui/sounds.js";
import { askedBy } from "../ui/typed-proof.js";

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const app = byId("app");
const main = byId("view");
const stage = byId("stage");
const status = byId("status");
const alarm = byId("alert");
const video = h("video", { autoplay: true, playsinline: true });
video.muted = true; // the visitor's voice comes through the audio element
const voice = h("audio", { autoplay: true });
const picture = watchFrames(video);
const title = document.title;
const testWords = h("span");
const testNote = h("p", { class: "note", role: "status", hidden: true }, icon("bell"), testWords);
const lookNote = h("p", { class: "note", hidden: true });
main.before(testNote, lookNote);
/** A visitor may be asked first where they are. */
const OPENED_WITHIN = 12_000;

let device = start();
/** @type {import("../core/resident.js").Door | null} */
let latestDoor = null;
/** @type {import("../ui/calls.js").History} */
let history = { calls: null, missed: 0, problem: "" };
let can = { microphone: "unknown", camera: "unknown" };
/** Until when it sounds for a test, in milliseconds. */
let testing = 0;
/** Said by its owner, as long as this page lives. */
let onThePhone = false;
let asked = localStorage.getItem("asked") === "yes";
const mark = lineMark();
/** @type {{key: string, element: HTMLElement, update?: (...args: any[]) => void, focus: () => void, microphone?: (there: boolean) => void, text?: (text: import("../core/text.js").Text) => void, cameraGone?: () => void} | null} */
let scene = null;
/** @type {HTMLElement | null} */
let focusBefore = null;
const ringing = ringer();
const health = ringHealth({ me: () => me.get() ?? "", onKnown: () => render() });
const last = lastWords((event, payload) => link.request(event, payload));
const line = new DoorLine({
  video,
  voice,
  request: (event, payload) => link.request(event, payload),
  onPath: (up) => happened({ type: "path", up }),
  onText: (text) => scene?.text?.(text),
  onMark: mark.set,
  onMicrophone: (there) => scene?.microphone?.(there),
  onCameraGone: () => scene?.cameraGone?.(),
});
const looking = look({ place: byId("look"), behind: app, request: (event, payload) => link.request(event, payload), onProblem: lookProblem });
const page = below(main, {
  onOpen: (lock, typed) => open(null, lock, typed),
  onHeld: held,
  onCode: code,
  onLook: (entrance) => void looking.begin(entrance, now),
  onDnd: dnd,
  onSeen: seen,
  onReply: reply,
  onPhone: phone,
  onAsk: ask,
  onLater: later,
  onTest: (id) => {
    sounds.wake();
    return health.test(id);
  },
  onTone: ringing.choose,
  onUseHere: () => link.tryNow(),
  onInstalled: () => render(),
  onOwnTone: async (file) => {
    const problem = await keepTone(file);
    if (problem) return problem;
    ringing.learnOwn(await ownTone());
    ringing.choose("own");
    render();
    return null;
  },
  onEquipment: (kind) => void useAnother(kind),
  toneAddress: () => ringing.address(),
  push: {
    state: () => push.state(me.get() ?? ""),
    turnOn: () => push.turnOn(me.get() ?? ""),
    turnOff: () => push.turnOff(me.get() ?? ""),
  },
  quiet: {
    load: () => api("GET", "/api/v1/account/quiet-hours"),
    save: (quiet) => api("PUT", "/api/v1/account/quiet-hours", quiet),
    letsThrough: async () => (await api("GET", "/api/v1/devices")).find((/** @type {{id: string}} */ own) => own.id === me.get())?.let_through ?? false,
    letThrough: (on) => api("PUT", `/api/v1/devices/${me.get()}`, { let_through: on }),
  },
});

const at = () => Date.now() / 1000;
const now = () => at() + device.offset;

/** @param {import("../core/resident.js").Happened} event */
function happened(event) {
  const before = device;
  device = next(device, event, at());
  follow(before, event);
  // the first word goes out before anything is drawn
  if (device.ring?.stage === "talking" && before.ring?.stage !== "talking") setTimeout(show);
  else show();
}

/** What must be done beside showing. @param {typeof device} before @param {import("../core/resident.js").Happened} event */
function follow(before, event) {
  const ring = device.ring;
  const alive = ring !== null && ring.stage !== "ended";
  const talks = ring?.stage === "talking";
  const talked = before.ring?.stage === "talking" && before.ring.invite.leg === ring?.invite.leg;
  tone(); // first: closing connections takes time, and silence shall not wait for it
  link.busy(alive || last.waits());
  if (!alive || line.leg !== ring.invite.leg) line.hangUp();
  if (alive || !device.link.connected) looking.stop();
  if (alive && line.leg === null && (ring.invite.early || talks)) line.join(ring.invite);
  if (event.type === "invite" && ring?.stage === "ringing") rings(event.payload);
  else if (ring?.stage === "ringing" && ring.invite.leg !== before.ring?.invite.leg) rings(ring.invite);
  if (talks && !talked) {
    line.talk().then((here) => void (here && permissions()));
    setTimeout(sounds.accept);
  }
  if (talks && event.type === "invite") link.request("camera", { call: ring.invite.call, leg: ring.invite.leg, on: line.cameraIsOn });
  if (talks && ring.establishedAt !== null) line.text?.open();
  if (talks) line.listen();
  voice.muted = !talks;
  stayAwake(talks);
  if (before.ring?.stage === "ringing" && ring?.stage !== "ringing") push.takeOver(before.ring.invite.call);
  if (before.ring && before.ring.stage !== "ended" && (!alive || ring.invite.leg !== before.ring.invite.leg)) {
    sounds.ended();
    alert("");
    load();
  }
  if (event.type === "door") {
    latestDoor = event.payload;
    if (event.payload.call === null && !["asked", "sent"].includes(event.payload.state)) void load();
    if (event.payload.state === "opened") {
      sounds.opened();
      vibrate(60);
    }
    if (event.payload.state === "not_confirmed" || event.payload.state === "refused") {
      sounds.low();
      vibrate([40, 40, 40]);
    }
    if (event.payload.state === "refused") alert(event.payload.message ?? t("The door was not opened."));
  }
  if (event.type === "closed" || ring?.invite.leg !== before.ring?.invite.leg) latestDoor = null;
  if (warning(device) !== warning(before)) alert(warning(device));
}

/** What came of a look at the door, where it is read and heard. @param {string} words */
function lookProblem(words) {
  alert(words);
  lookNote.hidden = words === "";
  say(lookNote, words);
}

/** @param {import("../core/resident.js").Invite} invite */
function rings({ call, leg: mine, entrance }) {
  link.request("ringing", { call, leg: mine });
  if (document.visibilityState === "visible") push.takeOver(call);
  else {
    const words = { title: t("Ringing: {entrance}", { entrance: entrance.name }), body: t("They neither see nor hear you yet."), answer: t("Answer"), decline: t("Decline") };
    push.showRing({ call, leg: mine, device: me.get() ?? "" }, words);
  }
  if (call !== wanted) return;
  wanted = "";
  answer();
}

/** The call that the notification's "Answer" was pressed for: it is answered as soon as it is here. */
let wanted = new URLSearchParams(location.search).get("answer") ?? "";
if (location.search) window.history.replaceState(null, "", location.pathname + location.hash);
navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (data?.type !== "answer") return;
  if (device.ring?.stage === "ringing" && device.ring.invite.call === data.call) answer();
  else wanted = data.call;
});

/** Say it to readers at once, also when it is the same again; "" ends it. @param {string} words */
function alert(words) {
  alarm.textContent = "";
  if (words) setTimeout(() => (alarm.textContent = words), 50);
}

/** Rings while it should, and no longer than 5 s without the server. */
function tone() {
  const ring = device.ring;
  const deaf = !device.link.connected && Date.now() - device.link.since > 5000;
  const forTest = ring === null && Date.now() < testing;
  ringing.ring(forTest || (ring?.stage === "ringing" && !deaf && now() < ring.invite.expires_at + 5));
  testNote.hidden = !forTest;
  if (forTest) say(testWords, t("This is a test ring. Nobody is at the door."));
}

/** The server tests this device: sound, and say so. In a call it keeps silent. @param {import("../../../types/wire.js").TestRing} payload */
function tested({ test, seconds }) {
  if (device.ring) return;
  // at night it is asked without a sound: whoever could not sound says nothing
  if (seconds === 0 && (!soundIsAllowed() || device.home?.dnd)) return;
  testing = Date.now() + seconds * 1000;
  tone();
  void health.proven(test);
}

async function answer() {
  const ring = device.ring;
  if (!ring || ring.stage !== "ringing") return;
  // first what takes time: showing it can wait for it
  const accepted = link.request("accept", { call: ring.invite.call, leg: ring.invite.leg });
  const opened = line.openMicrophone();
  happened({ type: "answering" });
  sounds.wake();
  const ack = await accepted;
  if (ack.ok) return;
  line.letGo(opened);
  if (ack.error.code === "accepted_elsewhere") happened({ type: "taken", by: ack.error.details?.by ?? null });
  else if (ack.error.code === "call_ended" || ack.error.code === "unknown_call") happened({ type: "over", reason: t("the visitor gave up") });
  else {
    happened({ type: "unanswered" });
    alert(ack.error.code === "no_connection" ? t("There is no connection at the moment. Press Answer again.") : ack.error.message);
  }
}

/** Another microphone, camera or loudspeaker, also in a call. @param {import("../rtc/local.js").Kind} kind */
async function useAnother(kind) {
  await towardsSpeaker(voice);
  if (device.ring?.stage !== "talking" || kind === "audiooutput") return;
  await line.useAnother(kind === "audioinput" ? "audio" : "video");
}

/**
 * Ends it here at once. What the server did not hear is said again if it tells of the same call.
 * @param {"decline" | "hang_up"} event
 * @param {object} payload
 * @param {string} reason
 */
async function leave(event, payload, reason) {
  const call = device.ring?.invite.call;
  if (!call) return;
  const said = last.say(call, event, payload);
  happened({ type: "over", reason });
  await said;
  if (last.waits()) link.busy(true);
}

/** This call was left here already, as soon as the server hears it. @param {string} name @param {{call: string}} payload */
const isLeft = (name, payload) => name === "invite" && last.left(payload.call);

async function decline() {
  const ring = device.ring;
  if (ring?.stage === "ringing") await leave("decline", { call: ring.invite.call, leg: ring.invite.leg }, t("you declined"));
}

/** Peace from a visitor's phone; what goes on with it ends. @type {import("../ui/visitor-facts.js").Block} */
async function block(call, hours) {
  const ack = await link.request("block", { call, hours });
  if (!ack.ok) return { problem: ack.error.message };
  // first it is told here, then the view changes
  if (device.ring?.invite.call === call) setTimeout(() => void (device.ring?.stage === "ringing" ? decline() : device.ring?.stage === "talking" ? hangUp() : null));
  return { until: ack.until };
}

async function hangUp() {
  const ring = device.ring;
  if (ring) await leave("hang_up", { call: ring.invite.call }, t("you hung up"));
}

/**
 * One press, one request.
 * @param {string | null} call
 * @param {string} lock
 * @param {import("../ui/typed-proof.js").Typed} typed
 * @returns {Promise<import("../ui/open-lock.js").Problem | null>}
 */
async function open(call, lock, typed) {
  alert("");
  const door = call === null ? device.home?.doors.find(({ locks }) => locks.some(({ id }) => id === lock)) : null;
  const send = (/** @type {Awaited<ReturnType<typeof here>>} */ position) =>
    link.request("open_door", { call, lock, request: requestId(), ...typed, position }, OPENED_WITHIN);
  let ack = await send(door?.position ? await here(device.offset) : null);
  // the house has begun to ask since this page was loaded
  if (!ack.ok && ack.error.code === "position_needed" && !door?.position) ack = await send(await here(device.offset));
  if (ack.ok) return null;
  sounds.low();
  const { code } = ack.error;
  const known = code !== "no_connection";
  const message = known ? ack.error.message : t("The server did not answer. It is not known whether the door was told to open.");
  if (!askedBy(code)) alert(message);
  if (call === null) void load();
  return { message, known, code };
}

/** After a PIN. @param {string} pin @returns {Promise<import("../ui/code-for-computer.js").Shown | string>} */
async function code(pin) {
  try {
    return await api("POST", "/api/v1/account/opening-code", { pin });
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}

/** New for each press; `crypto.randomUUID` is withheld outside secure contexts. */
const requestId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {boolean} on @returns {Promise<string | null>} why it did not work */
async function camera(on) {
  if (await line.camera(on)) return null;
  permissions();
  const message = isSecureContext ? t("This browser gives no camera. Allow it in the browser’s settings for this page.") : t("This browser gives a camera only to pages that come encrypted (https).");
  alert(message);
  return message;
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
    app.toggleAttribute("hidden", kind === "talking");
    app.toggleAttribute("inert", (scene !== null && !over) || looking.on());
    if (scene && over) page.sheet(key, scene.element);
    else render();
    document.body.classList.toggle("in-call", kind === "talking");
    if (scene) scene.focus();
    else if (focusBefore?.isConnected) focusBefore.focus();
    else main.focus();
    for (const element of [video, voice]) if (element.srcObject) element.play().catch(() => {});
    if (kind === "talking") scene?.microphone?.(line.microphoneThere);
    if (line.text) scene?.text?.(line.text.text);
  }
  if (ring && ring.stage !== "ended") video.setAttribute("aria-label", pictureFrom(ring.invite.entrance.name));
  if (ring && scene) scene.update?.(ring, now(), device.link, device.waiting);
  page.tick(device, now());
  say(status, announcement(device, latestDoor, now()));
  document.title = ring?.stage === "ringing" && Math.floor(at()) % 2 ? t("Ringing: {entrance}", { entrance: ring.invite.entrance.name }) : title;
}

/** @param {string} entrance */
function pictureFrom(entrance) {
  const seen = picture();
  if (seen === "none") return t("No picture from the {entrance}", { entrance });
  return seen === "live" ? t("Live picture from the {entrance}", { entrance }) : t("Last picture from the {entrance}", { entrance });
}

/** @param {string} kind @param {import("../core/resident.js").Ring} ring */
function make(kind, ring) {
  if (kind === "ringing") return incomingCall({ ring, video, picture, onReach: line.reach.reach, onAnswer: answer, onDecline: decline, onBlock: block });
  if (kind === "talking") {
    return callView({
      ring,
      video,
      picture,
      factor: device.home?.factor ?? "code",
      onOpen: (lock, typed) => open(ring.invite.call, lock, typed),
      onHeld: held,
      onMute: (on) => line.mute(on),
      onCamera: camera,
      onHangUp: hangUp,
      onBlock: block,
      onHide: () => happened({ type: "hide" }),
      onEquipment: (kind) => void useAnother(kind),
      mark: mark.element,
      writing: { onWrite: (value) => line.text?.write(value), onFinish: () => line.text?.finish(), onSay: (phrase) => line.text?.say(phrase) },
      onLonger: () => link.request("extend", { call: ring.invite.call, leg: ring.invite.leg }),
    });
  }
  return endedView({ ring, onBlock: block, onBack: () => happened({ type: "closed" }) });
}

function held() {
  sounds.tick();
  vibrate(20);
}

/** The page below the call. */
function render() {
  if (device.ring?.stage === "ended") return;
  const explain = isSecureContext && !asked && (can.microphone === "prompt" || can.microphone === "unknown");
  const facts = { history, own: health.own(), can: { ...can, sound: soundIsAllowed(), secure: isSecureContext }, explain, tones: ringing.tones(), tone: ringing.chosen(), phone: onThePhone };
  page.show(device, facts, location.hash.slice(1) || "home", now());
}

/** Whether this page may sound: browsers wait for the first touch of a page, unless they were told otherwise. */
function soundIsAllowed() {
  const policy = /** @type {any} */ (navigator).getAutoplayPolicy?.("mediaelement");
  return policy === "allowed" || (navigator.userActivation?.hasBeenActive ?? true);
}

/** @param {boolean} on */
async function dnd(on) {
  const ack = await link.request("status", { dnd: on });
  if (!ack.ok) return alert(ack.error.message);
  happened({ type: "dnd", on });
  return render();
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
  void line.reach.learn();
  can = { microphone: await permission("microphone"), camera: await permission("camera") };
  render();
}

/** The owner is on an ordinary telephone call: whoever rings is told that the line is busy. @param {boolean} on */
async function phone(on) {
  const ack = await link.request("status", { on_the_phone: on });
  if (!ack.ok) return alert(ack.error.message);
  onThePhone = on;
  render();
}

/** Reply to a caller's note. @param {string} call @param {string} text @returns {Promise<string>} what went wrong */
async function reply(call, text) {
  try {
    await api("POST", `/api/v1/history/${call}/reply`, { text });
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
  await load();
  return "";
}

async function seen() {
  await api("POST", "/api/v1/history/seen").catch(() => {});
  await load();
}

async function load() {
  void health.check();
  try {
    history = { problem: "", ...(await api("GET", "/api/v1/history")) };
  } catch (error) {
    history = { ...history, problem: /** @type {Error} */ (error).message };
  }
  render();
}

// -- start ----------------------------------------------------------------------------------------------

await pageWords();
const me = await identity();
const link = connect("/resident", {
  auth: () => ({ device: me.get(), language: language() }),
  onState: (state) =>
    queueMicrotask(() => {
      const changed = state.connected !== device.link.connected || state.refused !== device.link.refused;
      happened({ type: "link", link: state });
      if (changed) render();
    }),
  onReady: (payload) => {
    me.set(payload.device);
    happened({ type: "ready", payload });
    const ring = device.ring;
    if (ring && ring.stage !== "ended") expectInvite(ring.invite.leg);
    line.resume();
    void last.again();
    if (onThePhone) link.request("status", { on_the_phone: true });
    load();
    render();
    void health.checkPush();
  },
  onEvent: (name, payload) => {
    if (looking.receive(name, payload)) return;
    if (name === "sdp" || name === "candidates" || name === "renegotiate") {
      line.receive(name, payload);
    } else if (name === "missed" || name === "history") {
      load();
      if (name === "missed") happened({ type: "missed", payload });
    }
    else if (name === "test_ring") tested(payload);
    else if (["invite", "stop", "call", "evidence", "door", "lock"].includes(name) && !isLeft(name, payload)) {
      happened({ type: /** @type {any} */ (name), payload });
    }
  },
});

/** After a reconnect the server tells again what still rings or goes on; what it does not tell is over. @param {string} id */
function expectInvite(id) {
  const before = device.ring?.invite;
  setTimeout(() => {
    const ring = device.ring;
    if (ring && ring.invite.leg === id && ring.stage !== "ended" && ring.invite === before) happened({ type: "over", reason: t("connection lost") });
  }, 2000);
}

addEventListener("hashchange", () => {
  if (device.ring?.stage === "ended") happened({ type: "closed" });
  render();
  if (location.hash === "#settings") void health.check();
});
setInterval(() => {
  show();
  tone();
}, 250);
for (const touch of ["pointerdown", "keydown"]) {
  addEventListener(
    touch,
    () => {
      sounds.wake();
      for (const element of [video, voice]) if (element.srcObject) element.play().catch(() => {});
      setTimeout(render, 100);
    },
    { once: true },
  );
}
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  stayAwake(device.ring?.stage === "talking");
  load();
});
// the address does not change when the view that is shown already is chosen again after a call
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-view]") && device.ring?.stage === "ended") happened({ type: "closed" });
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && device.ring?.stage === "ringing") event.preventDefault();
});
api("GET", "/api/v1/ringtones").then((found) => {
  ringing.learn(found);
  render();
}, console.warn);
void towardsSpeaker(voice);
ownTone().then((tone) => {
  ringing.learnOwn(tone);
  render();
}, console.warn);
permissions();
push.worker();
render();

// for support: what is really sent and received
Object.assign(window, { intercom: { stats: () => line.stats(), look: () => looking.stats(), state: () => device } });
