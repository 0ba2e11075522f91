/** The panel as a value: what has happened so far, and which face that gives. */

/** @typedef {import("/types/wire.js").CallToPanel} Call */
/** @typedef {import("/types/wire.js").Door} Door */
/** @typedef {import("/types/wire.js").ReadyPanel} Ready */
/** @typedef {import("/types/wire.js").EntryOut} Entry */
/** @typedef {{connected: boolean, since: number, nextTryAt: number | null, refused: {code: string, message: string} | null}} Link */

/**
 * @typedef {object} Panel
 * @property {Link} link
 * @property {Ready | null} home
 * @property {Entry | null} pressed the entry that was pressed last
 * @property {Call | null} call the call that goes on, or that ended last
 * @property {Door | null} door the newest truth about a lock in this call
 * @property {boolean} opened a lock has said in this call that it opened
 * @property {string | null} refusal why ringing was refused
 * @property {number} offset server's clock minus ours, seconds
 * @property {number} changedAt when the present face began, by the server's clock
 */

export const ENDED_FOR = 10;
export const UNANSWERED_FOR = 20;
const NOTICE_LOSS_AFTER = 3;

/** @returns {Panel} */
export const start = () => ({
  link: { connected: false, since: 0, nextTryAt: null, refused: null },
  home: null,
  pressed: null,
  call: null,
  door: null,
  opened: false,
  refusal: null,
  offset: 0,
  changedAt: 0,
});

/**
 * @typedef {{type: "link", link: Link} | {type: "ready", payload: Ready} | {type: "call", payload: Call}
 *   | {type: "camera", payload: {call: string, on: boolean}} | {type: "door", payload: Door}
 *   | {type: "pressed", entry: Entry} | {type: "refused", message: string} | {type: "back"}} Happened
 */

/**
 * The next panel. `at`: our own clock, Unix seconds.
 * @param {Panel} panel
 * @param {Happened} event
 * @param {number} at
 * @returns {Panel}
 */
export function next(panel, event, at) {
  switch (event.type) {
    case "link":
      return { ...panel, link: event.link };
    case "ready": {
      const offset = event.payload.now - at;
      const same = panel.call && event.payload.call && panel.call.call === event.payload.call.call;
      const over = panel.call && panel.call.stage !== "ended" && !event.payload.call;
      /** @type {Call | null} */
      const gone = over && panel.call ? { ...panel.call, stage: "ended", reason: "lost", ended_by: "server", legs: [] } : null;
      return {
        ...panel,
        home: event.payload,
        offset,
        call: event.payload.call ?? gone ?? panel.call,
        door: same ? panel.door : null,
        opened: same ? panel.opened : false,
        changedAt: at + offset,
      };
    }
    case "pressed":
      return { ...panel, pressed: event.entry, refusal: null, call: null, door: null, opened: false, changedAt: at + panel.offset };
    case "refused":
      return { ...panel, refusal: event.message, changedAt: at + panel.offset };
    case "call": {
      const call = event.payload;
      if (panel.call && panel.call.call !== call.call && call.stage === "ended") return panel;
      const fresh = panel.call?.call !== call.call;
      return {
        ...panel,
        call,
        refusal: null,
        offset: call.now - at,
        door: fresh ? null : panel.door,
        opened: fresh ? false : panel.opened,
        changedAt: panel.call?.stage === call.stage && !fresh ? panel.changedAt : call.now,
      };
    }
    case "camera":
      if (panel.call?.call !== event.payload.call) return panel;
      return { ...panel, call: { ...panel.call, camera: event.payload.on } };
    case "door": {
      const door = event.payload;
      if (!panel.call || door.call !== panel.call.call || panel.call.stage === "ended") return panel;
      if (panel.door && panel.door.opening === door.opening && panel.door.state === door.state) return panel;
      return { ...panel, door, opened: panel.opened || door.state === "opened", changedAt: door.now };
    }
    case "back":
      return { ...panel, pressed: null, call: null, door: null, opened: false, refusal: null };
    default:
      return panel;
  }
}

/**
 * Which face the panel shows at `at` (our own clock, Unix seconds).
 * @param {Panel} panel
 * @param {number} at
 * @returns {"starting" | "pairing" | "replaced" | "offline" | "names" | "asking" | "ringing" | "talking" | "waiting" | "sent" | "opened" | "unknown" | "refused-door" | "ended" | "unanswered" | "refused"}
 */
export function faceOf(panel, at) {
  const { link, call, door } = panel;
  const now = at + panel.offset;
  if (link.refused?.code === "not_enrolled") return "pairing";
  if (link.refused) return "replaced";
  const live = call && call.stage !== "ended";
  if (!panel.home) return link.connected || at - link.since / 1000 < NOTICE_LOSS_AFTER ? "starting" : "offline";
  if (!link.connected && !(live && call.stage === "established") && at - link.since / 1000 >= NOTICE_LOSS_AFTER) return "offline";
  if (panel.refusal) return now - panel.changedAt < UNANSWERED_FOR ? "refused" : "names";
  if (!call) return panel.pressed ? "asking" : "names";
  if (call.stage === "ended") {
    const talked = call.established_at !== null || call.reason === "completed" || call.reason === "cancelled";
    if (now - panel.changedAt >= (talked ? ENDED_FOR : UNANSWERED_FOR)) return "names";
    return talked ? "ended" : "unanswered";
  }
  if (call.stage === "calling") return "asking";
  if (call.stage === "ringing") return "ringing";
  if (door && door.state === "sent") return "sent";
  if (door && door.state === "opened" && now < (door.relocks_at ?? 0)) return "opened";
  if (door && door.state === "not_confirmed" && now - panel.changedAt < UNANSWERED_FOR) return "unknown";
  if (door && door.state === "refused" && now - panel.changedAt < 6) return "refused-door";
  if (call.lost) return "waiting";
  return "talking";
}

/** Words, sentence and reason for a call that has ended. @param {Call} call */
export function endOf(call) {
  const talked = call.established_at !== null;
  switch (call.reason) {
    case "no_answer":
      return { word: "Nobody answers", tell: `It rang for ${Math.round(call.ring_seconds)} seconds.`, reason: "nobody answered", again: true };
    case "declined":
      return { word: "Nobody can come", tell: "They cannot come to the door now.", reason: "nobody can come", again: false };
    case "busy":
      return { word: "Busy", tell: "The line is busy. Try again in a moment.", reason: "the line is busy", again: true };
    case "unreachable":
      return { word: "Not reachable", tell: "No device of this household can ring now.", reason: "not reachable", again: true };
    case "media_failed":
      return { word: "Call ended", tell: "No picture or sound came through.", reason: "no picture or sound came through", again: true };
    case "time_limit":
      return { word: "Call ended", tell: "The time is over.", reason: "the time is over", again: false };
    case "cancelled":
      return { word: "Call ended", tell: "You hung up.", reason: "you hung up", again: false };
    case "completed":
      return call.ended_by === "caller"
        ? { word: "Call ended", tell: "You hung up.", reason: "you hung up", again: false }
        : { word: "Call ended", tell: "They hung up.", reason: "they hung up", again: false };
    default:
      return { word: "Call ended", tell: "The connection was lost.", reason: "the connection was lost", again: !talked };
  }
}

/** What the one status region says for a face. @param {string} face @param {Panel} panel */
export function announcement(face, panel) {
  switch (face) {
    case "ringing":
      return "Ringing";
    case "talking":
    case "refused-door":
      return "Connected";
    case "sent":
      return "Sent";
    case "opened":
      return "Opened";
    case "unknown":
      return "Not confirmed";
    case "ended":
    case "unanswered":
      return panel.call ? `Call ended: ${endOf(panel.call).reason}` : "";
    default:
      return "";
  }
}
