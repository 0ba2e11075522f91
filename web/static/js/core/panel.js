/** The panel as a value: what has happened so far, and which face that gives. */

import { opensAgain } from "./time.js";
import { n, t } from "./words.js";

/** @typedef {import("/types/wire.js").CallToPanel} Call */
/** @typedef {import("/types/wire.js").Door} Door */
/** @typedef {import("/types/wire.js").ReadyPanel} Ready */
/** @typedef {import("/types/wire.js").EntryOut} Entry */
/** @typedef {{connected: boolean, since: number, nextTryAt: number | null, refused: {code: string, message: string} | null}} Link */
/** @typedef {{camera: boolean, microphone: boolean}} Devices */

/**
 * @typedef {object} Panel
 * @property {Link} link
 * @property {Ready | null} home
 * @property {Devices} devices what this panel can send
 * @property {Entry | null} pressed the entry that was pressed last
 * @property {Call | null} call the call that goes on, or that ended last
 * @property {string | null} left the call that was hung up here while the server could not hear it
 * @property {boolean} pathDown the media of the accepted leg does not come through at the moment
 * @property {boolean} rang a device has rung in this call
 * @property {Door | null} door the newest truth about a lock in this call
 * @property {number} doorAt since when it is true, by the server's clock
 * @property {boolean} opened a lock has said in this call that it opened
 * @property {number} endedAt when the call ended, by the server's clock
 * @property {string | null} refusal why ringing was refused
 * @property {number} refusedAt when, by the server's clock
 * @property {string} refusalCode the refusal's own code
 * @property {number} retryAt when ringing makes sense again, by the server's clock; 0: not known
 * @property {number} waitsUntil the visitor waits for a busy line until then, by the server's clock; 0: does not
 * @property {Choices | null} choices what the caller may do after a call that nobody answered
 * @property {number} writingAt when the caller last wrote at a note, by the server's clock; 0: they write none
 * @property {Note | null} note what the caller left
 * @property {number} offset server's clock minus ours, seconds
 */
/** @typedef {{entries: Entry[], note: boolean}} Choices `entries`: others there; `note`: one may be left */
/** @typedef {{call: string, at: number, reply: string | null}} Note `call`: which the reply will name */

/** @typedef {"starting" | "pairing" | "replaced" | "offline" | "names" | "asking" | "ringing" | "connecting" | "talking" | "waiting" | "queued" | "sent" | "opened" | "unknown" | "refused-door" | "ended" | "unanswered" | "writing" | "noted" | "refused"} Face */

/** How long a face stays that leads back to the names, seconds. */
export const ENDED_FOR = 8;
export const UNANSWERED_FOR = 20;
/** A note that nobody goes on writing is given up. */
export const WRITING_FOR = 60;
/** A reply is shown for so long at a panel, which the next person uses. */
export const NOTED_FOR = 180;
/** A lock that does not say when it locks again is shown as open for this long. */
const OPENED_FOR = 10;
const UNKNOWN_FOR = 20;
const REFUSED_DOOR_FOR = 6;
/** A connection that returns within this time was not worth a word. */
const NOTICE_LOSS_AFTER = 3;
/** The server has ended a call by then whose panel did not return. */
const GIVE_UP_AFTER = 20;

/**
 * @param {number} [at] our own clock, Unix seconds
 * @returns {Panel}
 */
export const start = (at = 0) => ({
  link: { connected: false, since: at * 1000, nextTryAt: null, refused: null },
  home: null,
  devices: { camera: false, microphone: false },
  pressed: null,
  offset: 0,
  left: null,
  ...quiet,
});

/** No call, and nothing left of the last one. */
const quiet = {
  call: null,
  pathDown: false,
  rang: false,
  door: null,
  doorAt: 0,
  opened: false,
  endedAt: 0,
  refusal: null,
  refusedAt: 0,
  refusalCode: "",
  retryAt: 0,
  waitsUntil: 0,
  choices: null,
  writingAt: 0,
  note: null,
};

/**
 * @typedef {{type: "link", link: Link} | {type: "ready", payload: Ready} | {type: "phonebook", payload: import("/types/wire.js").PhonebookToPanel}
 *   | {type: "devices", devices: Devices} | {type: "call", payload: Call}
 *   | {type: "camera", payload: {call: string, on: boolean}} | {type: "door", payload: Door}
 *   | {type: "path", call: string, leg: string, up: boolean}
 *   | {type: "pressed", entry: Entry} | {type: "refused", message: string, code?: string, retryAt?: number} | {type: "left"} | {type: "back"}
 *   | {type: "waits", until: number} | {type: "choices", call: string, choices: Choices} | {type: "writes"}
 *   | {type: "noted", call: string} | {type: "reply", payload: import("/types/wire.js").ReplyToPanel}} Happened
 */

/**
 * The next panel. `at`: our own clock, Unix seconds.
 * @param {Panel} panel
 * @param {Happened} event
 * @param {number} at
 * @returns {Panel}
 */
export function next(panel, event, at) {
  const now = at + panel.offset;
  switch (event.type) {
    case "link":
      return { ...panel, link: event.link };
    case "devices":
      return { ...panel, devices: event.devices };
    case "phonebook":
      return panel.home ? { ...panel, home: { ...panel.home, ...event.payload } } : panel;
    case "ready": {
      const home = event.payload;
      const known = { ...panel, home, offset: home.now - at };
      if (home.call) return withCall(known, home.call);
      if (!isLive(panel.call)) return { ...known, left: null };
      // the server knows nothing of it any more: it ended while the connection was away
      return { ...known, call: { ...panel.call, stage: "ended", reason: "lost", ended_by: "server", legs: [] }, endedAt: home.now };
    }
    case "pressed":
      return { ...panel, ...quiet, pressed: event.entry };
    case "refused":
      return { ...panel, refusal: event.message, refusedAt: now, refusalCode: event.code ?? "", retryAt: event.retryAt ?? 0 };
    case "call":
      return withCall({ ...panel, offset: event.payload.now - at }, event.payload);
    case "camera":
      if (panel.call?.call !== event.payload.call) return panel;
      return { ...panel, call: { ...panel.call, camera: event.payload.on } };
    case "path":
      if (panel.call?.call !== event.call || panel.call.leg !== event.leg) return panel;
      return { ...panel, pathDown: !event.up };
    case "door": {
      const door = event.payload;
      if (!panel.call || door.call !== panel.call.call) return panel;
      if (panel.door && panel.door.opening === door.opening && panel.door.state === door.state) return panel;
      return { ...panel, door, doorAt: door.now, opened: panel.opened || door.state === "opened" };
    }
    case "waits":
      return { ...panel, waitsUntil: event.until };
    case "choices":
      return panel.call?.call === event.call ? { ...panel, choices: event.choices } : panel;
    case "writes":
      return panel.choices?.note && !panel.note ? { ...panel, writingAt: now } : panel;
    case "noted":
      return { ...panel, writingAt: 0, note: { call: event.call, at: now, reply: null } };
    case "reply": {
      const { call, text } = event.payload;
      if (panel.note?.call === call) return { ...panel, note: { ...panel.note, reply: text } };
      // a visitor's own page was loaded anew; at a panel somebody else may stand by now
      return panel.home?.visitor && !panel.call && !panel.pressed ? { ...panel, note: { call, at: now, reply: text } } : panel;
    }
    case "left":
      return { ...panel, ...quiet, pressed: null, left: panel.call?.call ?? null };
    case "back":
      return { ...panel, ...quiet, pressed: null };
    default:
      return panel;
  }
}

/**
 * The server says how a call stands.
 * @param {Panel} panel
 * @param {Call} call
 * @returns {Panel}
 */
function withCall(panel, call) {
  const ended = call.stage === "ended";
  if (call.call === panel.left) return ended ? { ...panel, left: null } : panel;
  const same = panel.call?.call === call.call;
  if (!same && ended && (panel.call || !panel.pressed)) return panel; // an old call's end, told again
  if (same && panel.call?.stage === "ended") return panel;
  const from = same ? panel : { ...panel, ...quiet };
  return {
    ...from,
    call,
    rang: from.rang || (!ended && call.stage !== "calling"),
    refusal: null,
    endedAt: ended ? call.now : from.endedAt,
    left: null,
  };
}

/** @param {Call | null} call @returns {call is Call} */
export const isLive = (call) => call !== null && call.stage !== "ended";

/** Whether the lock has said that it is open, and has not locked again. @param {Panel} panel @param {number} now */
export const isOpen = ({ door, doorAt }, now) => door?.state === "opened" && now < (door.relocks_at ?? doorAt + OPENED_FOR);

/**
 * How long the connection to the server has been away, seconds; 0 while it is up or was only just lost.
 * @param {Panel} panel
 * @param {number} at
 */
export function away({ link }, at) {
  const gone = at - link.since / 1000;
  return link.connected || gone < NOTICE_LOSS_AFTER ? 0 : gone;
}

/**
 * Which face the panel shows at `at` (our own clock, Unix seconds).
 * @param {Panel} panel
 * @param {number} at
 * @returns {Face}
 */
export function faceOf(panel, at) {
  const { link, call, door } = panel;
  const now = at + panel.offset;
  const gone = away(panel, at);
  if (link.refused?.code === "not_enrolled") return "pairing";
  if (link.refused) return "replaced";
  if (!panel.home) return gone ? "offline" : "starting";

  if (isLive(call)) {
    const heard = call.stage === "established" && !panel.pathDown; // they talk without the server
    if (gone && !heard) return gone < GIVE_UP_AFTER ? "waiting" : "offline";
    if (call.stage === "calling") return "asking";
    if (call.stage === "ringing") return "ringing";
    if (isOpen(panel, now)) return "opened";
    if (door?.state === "sent") return "sent";
    if (door?.state === "not_confirmed" && now - panel.doorAt < UNKNOWN_FOR) return "unknown";
    if (call.stage === "connecting") return "connecting";
    if (call.lost || panel.pathDown) return "waiting";
    return door?.state === "refused" && now - panel.doorAt < REFUSED_DOOR_FOR ? "refused-door" : "talking";
  }

  if (now < panel.waitsUntil) return gone ? "offline" : "queued";
  if (panel.refusal && panel.refusedAt >= panel.endedAt && now - panel.refusedAt < UNANSWERED_FOR && !gone) return "refused";
  if (panel.note && now < notedUntil(panel)) return "noted";
  if (panel.writingAt && now < panel.writingAt + WRITING_FOR) return "writing";
  if (call && isEndShown(panel, now)) return isPlainEnd(call) ? "ended" : "unanswered";
  if (gone) return "offline";
  if (panel.refusal) return "names";
  return panel.pressed && !call ? "asking" : "names";
}

/** When the face of the note gives way to the names, by the server's clock. @param {Panel} panel */
export const notedUntil = ({ note, home }) => (!note ? 0 : home?.visitor ? Infinity : note.at + NOTED_FOR);

/** Nobody answered this call: the server may offer something else. @param {Call | null} call */
export const isUnanswered = (call) => call?.stage === "ended" && ["no_answer", "unreachable", "busy", "declined", "closed"].includes(call.reason ?? "");

/** They talked, or the visitor gave up: nothing to try again. @param {Call} call */
const isPlainEnd = (call) => call.established_at !== null || call.reason === "completed" || call.reason === "cancelled";

/** When the face of the end gives way to the names, by the server's clock; never on a visitor's own phone. @param {Panel} panel */
export const endShownUntil = ({ call, endedAt, home }) => (home?.visitor ? Infinity : endedAt + (call && isPlainEnd(call) ? ENDED_FOR : UNANSWERED_FOR));

/** @param {Panel} panel @param {number} now */
const isEndShown = (panel, now) => now < endShownUntil(panel);

/**
 * Words, sentence and reason for a call that has ended; `again`: ringing again makes sense.
 * @param {Call} call
 * @param {boolean} [rang] a device has rung
 * @param {string} [zone] the site's time zone
 */
export function endOf(call, rang = true, zone = undefined) {
  switch (call.reason) {
    case "no_answer":
      return {
        word: t("Nobody answers"),
        tell: rang ? n("It rang for {count} second.", "It rang for {count} seconds.", Math.round(call.ring_seconds)) : t("No device of this household answered."),
        reason: t("nobody answered"),
        again: true,
      };
    case "declined":
      return { word: t("Nobody can come"), tell: t("They cannot come to the door now."), reason: t("nobody can come"), again: false };
    case "busy":
      return { word: t("Busy"), tell: t("The line is busy. You may wait: it rings by itself as soon as the line is free, for 90 seconds at most."), reason: t("the line is busy"), again: false };
    case "unreachable":
      return { word: t("Not reachable"), tell: t("No device of this household can ring now."), reason: t("not reachable"), again: true };
    case "closed":
      return {
        word: t("Closed"),
        tell: [t("Nobody is rung at this hour."), call.opens_at ? opensAgain(call.opens_at, call.now, zone) : ""].filter(Boolean).join(" "),
        reason: t("closed"),
        again: false,
      };
    case "media_failed":
      return { word: t("Call ended"), tell: t("No picture or sound came through."), reason: t("no picture or sound came through"), again: true };
    case "left":
      return { word: t("Call ended"), tell: t("You left the door."), reason: t("you left the door"), again: true };
    case "time_limit":
      return { word: t("Call ended"), tell: t("The time is over."), reason: t("the time is over"), again: false };
    case "cancelled":
      return { word: t("Call ended"), tell: t("You hung up."), reason: t("you hung up"), again: false };
    case "completed":
      return call.ended_by === "caller"
        ? { word: t("Call ended"), tell: t("You hung up."), reason: t("you hung up"), again: false }
        : { word: t("Call ended"), tell: t("They hung up."), reason: t("they hung up"), again: false };
    default:
      return { word: t("Call ended"), tell: t("The connection was lost."), reason: t("the connection was lost"), again: true };
  }
}

/**
 * What the one status region says for a face; nothing for faces that say it themselves, as alerts.
 * @param {Face} face
 * @param {Panel} panel
 */
export function announcement(face, panel) {
  switch (face) {
    case "ringing":
      return t("Ringing");
    case "talking":
    case "refused-door":
      return t("Connected");
    case "sent":
      return t("Sent");
    case "opened":
      return t("Opened");
    case "unknown":
      return t("Not confirmed");
    case "ended":
    case "unanswered":
      return panel.call ? t("Call ended: {reason}", { reason: endOf(panel.call).reason }) : "";
    default:
      return "";
  }
}
