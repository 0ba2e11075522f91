/** The panel's page: what happens on the wire and under fingers, put together. */

import { announcement, away, faceOf, isLive, isUnanswered, next, start } from "../core/panel.js";
import { language, t } from "../core/words.js";
import { api } from "../net/api.js";
import { asks } from "../net/asks.js";
import { connect } from "../net/socket.js";
import { pageWords, speakIn } from "../net/words.js";
import { capture } from "../rtc/local.js";
import { h, say } from "../ui/dom.js";
import { lampface } from "../ui/lampface.js";
import { leaveNote } from "../ui/leave-note.js";
import { lockDown } from "../ui/lock-down.js";
import { lookedAt } from "../ui/looked-at.js";
import { meter } from "../ui/meter.js";
import { pairing } from "../ui/pairing.js";
import { phonebook } from "../ui/phonebook.js";
import { secureNotice } from "../ui/secure-notice.js";
import { sounds } from "../ui/sounds.js";
import { cues, Talk } from "../ui/talk.js";
import { watchdog } from "../ui/watchdog.js";

/** The outdoor tone ends when the server was away for this long, seconds: nobody knows whether it still rings. */
const TONE_WITHOUT_SERVER = 5;

await pageWords();
const app = /** @type {HTMLElement} */ (document.getElementById("app"));
const status = h("p", { class: "vh", role: "status", id: "status" });
const screen = h("div", { class: "screen-face" });
const looked = lookedAt({ request: (event, payload) => link.request(event, payload), camera: () => camera });
const lock = lockDown({ free: () => !isLive(panel.call) });
app.replaceChildren(screen, looked.element, status, lock.element);
const bars = meter();

/** The site's language, and all that a visitor may choose. */
const home = document.documentElement.lang;
/** @type {import("../ui/language-keys.js").Language[]} */
const languages = JSON.parse(app.dataset.languages ?? "[]");
/** The next visitor finds the site's language again after this long without a touch, seconds. */
const IDLE = 30;
let touchedAt = Date.now() / 1000;

const at = () => Date.now() / 1000;
let panel = start(at());
/** @type {string | null} */
let problem = null;
/** @type {MediaStreamTrack | null} */
let camera = null;
/** @type {MediaStreamTrack | null} */
let microphone = null;
/** @type {(() => void) | null} */
let stopTone = null;
const talk = new Talk({ request: (event, payload) => link.request(event, payload), panel: () => panel, happened, changed: () => show() });

/** @param {import("../core/panel.js").Happened} event */
function happened(event) {
  const before = panel;
  panel = next(panel, event, at());
  tone(); // first: closing connections takes time, and silence shall not wait for it
  media();
  if (panel.call !== before.call || panel.door !== before.door) cues(before, panel);
  if (panel.call !== before.call && isUnanswered(panel.call)) void choices();
  // the first word goes out before anything is drawn
  if (panel.call?.stage === "established" && before.call?.stage !== "established") setTimeout(show);
  else show();
}

// -- what is sent and heard ----------------------------------------------------------------------

/** The connections follow the call. */
function media() {
  const live = isLive(panel.call);
  if (live || !panel.link.connected) looked.end();
  link.busy(live || panel.pressed !== null);
  talk.follow();
}

/** The call whose "Hang up" was pressed: it sounds no more, whatever the server says. @type {string | null} */
let hungUp = null;

/** The outdoor tone sounds while a device rings, and never before. */
function tone() {
  const rings = panel.call?.stage === "ringing" && panel.call.call !== hungUp && away(panel, at()) < TONE_WITHOUT_SERVER;
  if (rings && !stopTone && panel.home) stopTone = sounds.loop(panel.home.tone, { loud: 0.7 });
  if (!rings && stopTone) {
    stopTone();
    stopTone = null;
  }
}

/** Camera and microphone of this panel; it rings without them, too. Asking again is free once they are allowed. */
async function devices() {
  /** @param {MediaStreamTrack | null} track @param {"audio" | "video"} kind */
  const ready = async (track, kind) => {
    if (track?.readyState === "live") return track;
    const fresh = await capture(kind);
    fresh?.addEventListener("ended", () => void devices());
    return fresh;
  };
  [camera, microphone] = await Promise.all([ready(camera, "video"), ready(microphone, "audio")]);
  talk.setLocal({ audio: microphone, video: camera });
  bars.of(microphone);
  happened({ type: "devices", devices: { camera: camera !== null, microphone: microphone !== null } });
}

// -- what is shown -------------------------------------------------------------------------------

/** @type {{element: HTMLElement, face: string, update: (face: import("../core/panel.js").Face) => void, leave?: () => void, focus?: () => void} | null} */
let view = null;
let wearing = "";

/** The present face. The lamp and the phonebook stay themselves while what they show changes. */
function show() {
  const face = faceOf(panel, at());
  if (face === "names" && (panel.call || panel.pressed || panel.refusal)) panel = next(panel, { type: "back" }, at());
  const kind = face === "names" || face === "pairing" || face === "writing" ? face : "lamp";
  const wears = JSON.stringify([kind, language(), kind === "pairing" && unpaired()]);
  if (wears !== wearing) {
    wearing = wears;
    const focused = screen.contains(document.activeElement);
    view?.leave?.();
    view = make(kind);
    view.update(face);
    screen.replaceChildren(view.element);
    if (view.focus) view.focus();
    else if (focused) view.element.focus({ preventScroll: true });
  } else view?.update(face);
  tone();
  say(status, announcement(face, panel));
}

/** Why this panel, which was one a moment ago or should be one by its address, is none. */
const unpaired = () => problem ?? (panel.home ? t("This panel was taken out of service. A new pairing code puts it back.") : null);

const where = () => ({
  plate: panel.home?.site.plate ?? app.dataset.plate ?? "",
  site: panel.home?.site.name ?? app.dataset.site ?? "",
  entrance: panel.home?.entrance.name ?? "",
});

/** @param {"names" | "pairing" | "writing" | "lamp"} kind @returns {NonNullable<typeof view>} */
function make(kind) {
  if (kind === "names") {
    const book = phonebook({
      where,
      larger: isLarger(),
      notice: secureNotice(),
      languages,
      onLanguage: (chosen) => void speakTo(chosen),
      onPress: ring,
      onLarger: (on) => {
        localStorage.setItem("larger", on ? "yes" : "no");
        document.documentElement.classList.toggle("larger", on);
      },
    });
    const update = () => {
      book.entries(panel.home?.entries ?? []);
      book.update(at() + panel.offset);
    };
    return { element: book.element, face: kind, update, leave: book.leave };
  }
  if (kind === "pairing") {
    const page = pairing({ where, notice: secureNotice(), problem: unpaired(), onCode: pair });
    return { element: page.element, face: kind, update: () => page.update(at() + panel.offset) };
  }
  if (kind === "writing") {
    const entry = panel.call?.entry ?? { name: "", unit: "" };
    const form = leaveNote({ where, entry, onLeave: note, onType: () => happened({ type: "writes" }), onBack: () => happened({ type: "back" }) });
    return { element: form.element, face: kind, update: () => form.update(at() + panel.offset), focus: form.focus };
  }
  const lamp = lampface({
    where,
    remote: talk.remote,
    bars: bars.element,
    mark: talk.mark.element,
    writing: { onWrite: (value) => talk.written()?.write(value), onFinish: () => talk.written()?.finish(), onSay: (phrase) => talk.written()?.say(phrase) },
    onHangUp: hangUp,
    onBack: () => {
      if (panel.waitsUntil && panel.call) link.request("stop_waiting", { call: panel.call.call });
      happened({ type: "back" });
    },
    onWait: wait,
    onAgain: () => {
      const entry = panel.call?.entry ?? panel.pressed;
      if (entry) ring(entry);
    },
    onTryNow: () => link.tryNow(),
    onNote: () => happened({ type: "writes" }),
    onRing: ring,
  });
  return {
    element: lamp.element,
    face: kind,
    update: (face) => {
      lamp.update(face, panel, at(), talk.written()?.text ?? null);
      const { remote } = talk;
      if (remote.isConnected && remote.paused && remote.srcObject) remote.play().catch(() => {});
    },
  };
}

// -- what fingers do -----------------------------------------------------------------------------

/** @param {import("../core/panel.js").Entry} entry */
async function ring(entry) {
  sounds.wake();
  happened({ type: "pressed", entry });
  const mine = panel.pressed;
  void devices(); // it rings meanwhile: whoever must be asked first, or has no camera, is heard all the same
  const ack = await link.request("ring", { entry: entry.id });
  if (panel.pressed === mine) {
    if (!ack.ok) happened({ type: "refused", message: ack.error.message });
  } else if (ack.ok && panel.call?.call !== ack.call) link.request("hang_up", { call: ack.call });
}

const { wait, choices, note, hangUp } = asks({
  request: (event, payload) => link.request(event, payload),
  panel: () => panel,
  happened,
  refused: (error) => happened({ type: "refused", message: error.message }),
  back: () => happened({ type: "back" }),
  hush: (call) => {
    hungUp = call;
    tone();
  },
});

/** @param {string} code @returns {Promise<string | null>} why not */
async function pair(code) {
  try {
    await api("POST", "/api/v1/panels/enroll", { code });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  problem = null;
  link.tryNow();
  return null;
}

/** A link with a key in its fragment makes this browser that panel. The key does not stay in the address. */
async function becomePanel() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (!key) return;
  try {
    await api("POST", "/api/v1/panels/session", { key });
  } catch (error) {
    problem = t("The key in this address was not taken: {why}", { why: error instanceof Error ? error.message : String(error) });
  }
  history.replaceState(null, "", location.pathname + location.search);
}

/** @param {import("../ui/language-keys.js").Language} chosen */
async function speakTo({ code, words }) {
  touchedAt = at();
  await speakIn(code, words ?? undefined);
  document.documentElement.lang = language();
  link.request("language", { language: language() });
  show();
}

function forgetLanguage() {
  if (view?.face !== "names") touchedAt = at();
  else if (language() !== home && at() - touchedAt > IDLE) {
    const [site] = languages.filter(({ code }) => code === home);
    if (site) void speakTo(site);
  }
}

// -- the page itself -----------------------------------------------------------------------------

function isLarger() {
  return localStorage.getItem("larger") === "yes";
}

/** What this browser goes by while it runs: who connects again is no second panel. */
function instance() {
  const known = sessionStorage.getItem("instance") ?? crypto.randomUUID?.() ?? String(Math.random());
  sessionStorage.setItem("instance", known);
  return known;
}

document.documentElement.classList.toggle("larger", isLarger());
await becomePanel();
const link = connect("/panel", {
  auth: () => ({ language: language(), instance: instance() }),
  onState: (state) => queueMicrotask(() => happened({ type: "link", link: state })),
  onReady: (payload) => {
    const call = payload.call;
    if (call && call.call === panel.left) link.request("hang_up", { call: call.call });
    happened({ type: "ready", payload });
    if (!call && panel.waitsUntil > at() + panel.offset) void wait(); // the place was given up with the connection
    talk.resume(call);
  },
  onEvent: (name, payload) => {
    if (looked.receive(name, payload)) return;
    if (name === "call" || name === "camera" || name === "door" || name === "reply" || name === "phonebook") happened({ type: name, payload });
    else talk.receive(name, payload);
  },
});
addEventListener("hashchange", () => location.hash.startsWith("#key=") && location.reload());
setInterval(show, 250);
setInterval(forgetLanguage, 1000);
for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => (touchedAt = at()));
setInterval(bars.move, 80);
watchdog({
  link,
  busy: () => isLive(panel.call) || panel.pressed !== null || panel.waitsUntil > at() + panel.offset || view?.face === "writing" || !looked.element.hidden || lock.open,
  version: app.dataset.version ?? "",
  served: () => panel.home?.version ?? "",
});
void navigator.serviceWorker?.register(`/service-worker.js?lang=${home}`, { scope: "/" }).catch(() => {});
navigator.mediaDevices?.addEventListener?.("devicechange", () => {
  if (![camera, microphone].every((track) => track?.readyState === "live")) void devices();
});
void devices();

// for support: what is really sent and received
Object.assign(window, { intercom: { stats: () => talk.stats(), state: () => panel } });
