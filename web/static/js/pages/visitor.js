/** The visitor's own page: names first, small; all that a call needs comes when a name was pressed. */

import { announcement, isLive, isUnanswered, next, start } from "../core/panel.js";
import { visitorFace } from "../core/visitor.js";
import { language } from "../core/words.js";
import { asks } from "../net/asks.js";
import { here } from "../net/here.js";
import { connect } from "../net/socket.js";
import { pageWords, speakIn } from "../net/words.js";
import { h, say } from "../ui/dom.js";
import { visitorNames } from "../ui/visitor-names.js";

/** @typedef {import("../core/panel.js").Entry} Entry */

/** A page that is shown keeps its session, milliseconds. */
const STAY = 8 * 60 * 1000;
/** A door waits for a fresh position so long, milliseconds. */
const POSITION_WITHIN = 2500;
/** Where the visitor is is said again after this long: at the door, and away from it, milliseconds. */
const SAY_AGAIN = 20_000;
const SAY_AGAIN_OUTSIDE = 4_000;

await pageWords();
const app = /** @type {HTMLElement} */ (document.getElementById("app"));
const status = h("p", { class: "vh", role: "status", id: "status" });
const screen = h("div", {});
app.replaceChildren(screen, status);
/** @type {import("../ui/language-keys.js").Language[]} */
const languages = JSON.parse(app.dataset.languages ?? "[]");
/** Said with the first ring: by which loading of this page. */
let scan = app.dataset.scan ?? "";

const at = () => Date.now() / 1000;
let panel = start(at());
/** What only this page knows. @type {import("../core/visitor.js").Here} */
const mine = { asked: null, locating: false, unproven: "" };
/** What a call needs; loaded when a name was pressed. @type {Awaited<ReturnType<typeof load>> | null} */
let parts = null;
let loading = false;
/** @type {{audio: MediaStreamTrack | null, video: MediaStreamTrack | null}} */
let local = { audio: null, video: null };
/** @type {(() => void) | null} */
let stopTone = null;
/** The call whose "Hang up" was pressed: it sounds no more, whatever the server says. @type {string | null} */
let hungUp = null;

async function load() {
  const [{ cues, Talk }, { visitorLamp }, { visitorAsk }, { sounds }, { capture, mediaAllowedHere }] = await Promise.all([
    import("../ui/talk.js"),
    import("../ui/visitor-lamp.js"),
    import("../ui/visitor-ask.js"),
    import("../ui/sounds.js"),
    import("../rtc/local.js"),
  ]);
  const talk = new Talk({ request: (event, payload) => link.request(event, payload), panel: () => panel, happened, changed: () => show() });
  const self = h("video", { autoplay: true, playsinline: true, "aria-hidden": "true" });
  self.muted = true;
  return { cues, talk, self, sounds, capture, mediaAllowedHere, visitorLamp, visitorAsk };
}

/** @param {import("../core/panel.js").Happened} event */
function happened(event) {
  const before = panel;
  panel = next(panel, event, at());
  tone(); // first: closing connections takes time, and silence shall not wait for it
  if (panel.call && !parts) void ready();
  link.busy(isLive(panel.call) || panel.pressed !== null);
  parts?.talk.follow();
  if (panel.call !== before.call || panel.door !== before.door) parts?.cues(before, panel);
  if (panel.call !== before.call && isUnanswered(panel.call)) void choices();
  if (isLive(before.call) && !isLive(panel.call)) release();
  if (isLive(panel.call) && panel.call.call !== before.call?.call) follow(panel.call.call);
  // the first word goes out before anything is drawn
  if (panel.call?.stage === "established" && before.call?.stage !== "established") setTimeout(show);
  else show();
}

/** All that a call needs is here. */
async function ready() {
  if (parts || loading) return;
  loading = true;
  try {
    parts = await load();
  } catch (error) {
    console.warn("the rest of this page did not come", error);
  }
  loading = false;
  parts?.talk.follow();
  parts?.talk.resume(panel.call);
  show();
}

// -- camera and microphone -----------------------------------------------------------------------

/** Asked for when the visitor rings; whoever says no is heard, or read, all the same. */
async function devices() {
  if (!parts) return;
  const { capture, talk, self } = parts;
  const [video, audio] = await Promise.all([local.video ?? capture("video"), local.audio ?? capture("audio")]);
  if (!panel.pressed && !isLive(panel.call)) return void [video, audio].forEach((track) => track?.stop());
  local = { audio, video };
  self.srcObject = video ? new MediaStream([video]) : null;
  talk.setLocal(local);
  happened({ type: "devices", devices: { camera: video !== null, microphone: audio !== null } });
}

/** Their lights go out with the call. */
function release() {
  for (const track of [local.audio, local.video]) track?.stop();
  local = { audio: null, video: null };
  if (parts) parts.self.srcObject = null;
  parts?.talk.setLocal(local);
}

// -- where the visitor is ------------------------------------------------------------------------

const fenced = () => (panel.home?.visitor?.fence ?? "off") !== "off";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let again;

/** While the call goes on, the door is told where the phone is: the server keeps "inside" or "outside" of it. @param {string} call */
function follow(call) {
  clearTimeout(again);
  mine.unproven = "";
  if (!fenced()) return;
  const goes = () => isLive(panel.call) && panel.call.call === call;
  const tell = async () => {
    if (!goes()) return;
    const position = await here(panel.offset, { stillGood: 3000 });
    if (!goes()) return;
    const ack = position ? await link.request("position", { call, position }) : null;
    if (ack?.ok && ack.place !== "unknown") stands(ack.place);
    again = setTimeout(tell, ack?.ok && ack.place === "outside" ? SAY_AGAIN_OUTSIDE : SAY_AGAIN);
  };
  again = setTimeout(tell, SAY_AGAIN_OUTSIDE);
}

/** A door is about to open, and asks. @param {string} call */
async function position(call) {
  const ack = await link.request("position", { call, position: await here(panel.offset, { within: POSITION_WITHIN, stillGood: 0 }) });
  if (ack.ok) stands(ack.place);
}

/** What the door makes of it is shown where it decides something. @param {"inside" | "outside" | "unknown"} place */
function stands(place) {
  mine.unproven = place === "inside" || panel.home?.visitor?.fence !== "enforce" ? "" : place;
  show();
}

// -- what fingers do -----------------------------------------------------------------------------

/** @param {Entry} entry */
function press(entry) {
  mine.asked = entry;
  void ready();
  show();
}

/** @param {Entry} entry @param {string} [word] the word on the sign */
async function ring(entry, word) {
  await ready();
  if (!parts) return;
  parts.sounds.wake();
  const moved = panel.refusalCode === "outside_fence" || panel.refusalCode === "fence_unknown";
  mine.asked = entry;
  happened({ type: "pressed", entry });
  const pressed = panel.pressed;
  void devices(); // it rings meanwhile
  let where = null;
  if (fenced()) {
    mine.locating = true;
    show();
    where = await here(panel.offset, { stillGood: moved ? 0 : 5000 });
    mine.locating = false;
  }
  if (panel.pressed !== pressed) return show();
  const ack = await link.request("ring", { entry: entry.id, position: where, ...(word ? { word } : {}), ...(scan ? { scan } : {}) });
  scan = "";
  if (panel.pressed === pressed) {
    if (!ack.ok) refused(ack.error);
  } else if (ack.ok && panel.call?.call !== ack.call) link.request("hang_up", { call: ack.call });
}

/** @param {{code: string, message: string, details?: any}} error */
function refused({ code, message, details }) {
  release();
  happened({ type: "refused", code, message, retryAt: details?.retry_at ?? 0 });
}

/** The word, for the ring or for the door in the call. @param {string} word @returns {Promise<string>} what is wrong with it, in a call */
async function useWord(word) {
  const call = panel.call;
  if (!isLive(call)) {
    const entry = panel.pressed ?? mine.asked;
    if (entry) await ring(entry, word);
    return "";
  }
  const ack = await link.request("position", { call: call.call, word });
  if (!ack.ok) return ack.error.message;
  stands(ack.place);
  return "";
}

const { wait, choices, note, hangUp } = asks({
  request: (event, payload) => link.request(event, payload),
  panel: () => panel,
  happened,
  refused,
  back,
  hush: (call) => {
    hungUp = call;
    tone();
  },
});

function back() {
  if (panel.waitsUntil && panel.call) link.request("stop_waiting", { call: panel.call.call });
  mine.asked = null;
  mine.locating = false;
  release();
  happened({ type: "back" });
}

/** @param {string} words @returns {Promise<Entry[] | string>} */
async function search(words) {
  const ack = await link.request("search", { text: words });
  return ack.ok ? ack.entries : ack.error.message;
}

// -- what is shown -------------------------------------------------------------------------------

const where = () => ({
  plate: panel.home?.site.plate ?? app.dataset.plate ?? "",
  site: panel.home?.site.name ?? app.dataset.site ?? "",
  entrance: panel.home?.entrance.name ?? app.dataset.entrance ?? "",
});

/** @type {{element: HTMLElement, update: (face: import("../core/visitor.js").VisitorFace) => void} | null} */
let view = null;
let wearing = "";

function show() {
  const face = visitorFace(panel, mine, at());
  if (face === "names" && (panel.call || panel.pressed || panel.refusal)) {
    mine.asked = null;
    panel = next(panel, { type: "back" }, at());
  }
  // what a call needs may not have come yet, and then a lost connection is told above the names
  const kind = face === "names" || face === "starting" || !parts || (face === "offline" && !panel.pressed && !panel.call) ? "names" : face === "ask" ? "ask" : "lamp";
  const wears = JSON.stringify([kind, language(), kind === "ask" && [mine.asked?.id, fenced()]]);
  if (wears !== wearing) {
    const first = wearing === "";
    wearing = wears;
    view = kind === "names" ? names() : kind === "ask" ? ask() : lamp();
    view.update(face);
    screen.replaceChildren(view.element);
    scrollTo(0, 0);
    if (!first) view.element.focus({ preventScroll: true });
  } else view?.update(face);
  tone();
  if (kind === "lamp") say(status, announcement(/** @type {any} */ (face), panel));
}

/** @returns {NonNullable<typeof view>} */
function names() {
  const list = visitorNames({
    where,
    least: () => panel.home?.visitor?.letters ?? 0,
    fenced,
    languages,
    onLanguage: (chosen) => void speakTo(chosen),
    onPress: press,
    onSearch: search,
  });
  return {
    element: list.element,
    update: (face) => {
      list.away(face === "offline");
      if (panel.home) list.entries(panel.home.entries);
    },
  };
}

/** @returns {NonNullable<typeof view>} */
function ask() {
  const entry = mine.asked ?? panel.pressed;
  if (!parts || !entry) return names();
  const page = parts.visitorAsk({ where, entry, fenced: fenced(), media: parts.mediaAllowedHere(), onRing: () => void ring(entry), onBack: back });
  return { element: page.element, update: () => {} };
}

/** @returns {NonNullable<typeof view>} */
function lamp() {
  if (!parts) return names();
  const face = parts.visitorLamp({
    where,
    talk: parts.talk,
    self: parts.self,
    onHangUp: () => void hangUp(),
    onBack: back,
    onAgain: () => {
      const entry = panel.call?.entry ?? panel.pressed ?? mine.asked;
      if (entry) void ring(entry);
    },
    onWait: () => void wait(),
    onTryNow: () => link.tryNow(),
    onReload: () => location.reload(),
    onMute: (muted) => {
      if (local.audio) local.audio.enabled = !muted;
    },
    onWord: useWord,
    onNote: note,
    onWrites: () => happened({ type: "writes" }),
    onRing: (entry) => void ring(entry),
  });
  return { element: face.element, update: (is) => face.update(is, panel, at(), mine.unproven) };
}

/** What the other side's bell sounds like, from the moment it rings there. */
function tone() {
  const rings = panel.call?.stage === "ringing" && panel.call.call !== hungUp && panel.link.connected;
  if (rings && !stopTone && panel.home && parts) stopTone = parts.sounds.loop(panel.home.tone, { loud: 0.5 });
  if (!rings && stopTone) {
    stopTone();
    stopTone = null;
  }
}

/** @param {import("../ui/language-keys.js").Language} chosen */
async function speakTo({ code, words }) {
  await speakIn(code, words ?? undefined);
  document.documentElement.lang = language();
  link.request("language", { language: language() });
  show();
}

// -- the page itself -----------------------------------------------------------------------------

const link = connect("/panel", {
  auth: () => ({ visitor: "yes", language: language() }),
  onState: (state) => queueMicrotask(() => happened({ type: "link", link: state })),
  onReady: (payload) => {
    const call = payload.call;
    if (call && call.call === panel.left) link.request("hang_up", { call: call.call });
    happened({ type: "ready", payload });
    parts?.talk.resume(call);
  },
  onEvent: (name, payload) => {
    if (name === "position_wanted") void position(payload.call);
    else if (name === "call" || name === "camera" || name === "door" || name === "reply" || name === "phonebook") happened({ type: name, payload });
    else parts?.talk.receive(name, payload);
  },
});
setInterval(show, 250);
setInterval(() => {
  if (document.visibilityState === "visible") fetch(`${location.pathname}/stay`, { method: "POST" }).catch(() => {});
}, STAY);

// for support: what is really sent and received
Object.assign(window, { intercom: { stats: () => parts?.talk.stats() ?? {}, state: () => panel } });
