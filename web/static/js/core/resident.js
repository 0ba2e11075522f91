/** The resident's device as a value: what rings, what is talked, what the doors say. */

import { t } from "./words.js";

/** @typedef {import("/types/wire.js").Invite} Invite */
/** @typedef {import("/types/wire.js").Door} Door */
/** @typedef {import("/types/wire.js").By} By */
/** @typedef {import("/types/wire.js").ReadyResident} Ready */
/** @typedef {import("/types/wire.js").LockOut} Lock */

/**
 * @typedef {{connected: boolean, since: number, nextTryAt: number | null, refused: {code: string, message: string} | null}} Link
 *
 * @typedef {object} Ring a call on this device, from its first ring to the view of its end
 * @property {Invite} invite
 * @property {"ringing" | "answering" | "talking" | "ended"} stage
 * @property {number} rangAt
 * @property {number | null} establishedAt
 * @property {number | null} endedAt
 * @property {number} deadline
 * @property {boolean} lost the visitor's side has lost its connection
 * @property {string} reason words after "Call ended: "
 * @property {boolean} taken somebody answered it elsewhere
 * @property {By | null} by
 * @property {"new" | "up" | "down"} path the connection that carries picture and sound
 * @property {Record<string, Door>} doors newest truth about each lock
 * @property {string | null} meanwhile the entrance at which somebody else has rung for this person, and found them busy
 *
 * @typedef {object} Resident
 * @property {Link} link
 * @property {Ready | null} home
 * @property {Ring | null} ring
 * @property {Invite | null} waiting another call that rings while this device talks
 * @property {Record<string, Door>} doors newest truth about each lock that was opened from home
 * @property {number} offset server's clock minus ours, seconds
 */

/** @returns {Resident} */
export const start = () => ({
  link: { connected: false, since: 0, nextTryAt: null, refused: null },
  home: null,
  ring: null,
  waiting: null,
  doors: {},
  offset: 0,
});

/**
 * @typedef {{type: "link", link: Link} | {type: "ready", payload: Ready} | {type: "invite", payload: Invite}
 *   | {type: "stop", payload: import("/types/wire.js").Stop} | {type: "call", payload: import("/types/wire.js").CallToResident}
 *   | {type: "evidence", payload: import("/types/wire.js").EvidenceToResident}
 *   | {type: "door", payload: Door} | {type: "lock", payload: {lock: Lock, entrance: string}}
 *   | {type: "answering"} | {type: "unanswered"} | {type: "path", up: boolean}
 *   | {type: "taken", by: {person: string, device: string} | null} | {type: "over", reason: string}
 *   | {type: "missed", payload: import("/types/wire.js").Missed}
 *   | {type: "dnd", on: boolean} | {type: "closed"} | {type: "hide"}} Happened
 */

/**
 * The next device. `at`: our own clock, Unix seconds.
 * @param {Resident} device
 * @param {Happened} event
 * @param {number} at
 * @returns {Resident}
 */
export function next(device, event, at) {
  const ring = device.ring;
  switch (event.type) {
    case "link": // refused: another page is this device now, or nobody is signed in
      return event.link.refused ? { ...device, link: event.link, ring: null, waiting: null } : { ...device, link: event.link };
    case "ready":
      return { ...device, home: event.payload, offset: event.payload.now - at };
    case "invite": {
      const invite = event.payload;
      const offset = invite.now - at;
      if (ring && ring.stage !== "ended" && ring.invite.call !== invite.call) return { ...device, waiting: invite, offset };
      if (ring && ring.invite.leg === invite.leg && ring.stage !== "ended") {
        return { ...device, offset, ring: { ...ring, invite, stage: invite.accepted ? "talking" : ring.stage } };
      }
      return { ...device, offset, ring: fresh(invite) };
    }
    case "stop":
      if (device.waiting?.leg === event.payload.leg) return { ...device, waiting: null };
      if (!ring || ring.invite.leg !== event.payload.leg || ring.stage === "ended") return device;
      return ended(
        device,
        { ...ring, taken: event.payload.reason === "accepted_elsewhere" },
        stopWords(event.payload),
        event.payload.by,
        event.payload.now,
      );
    case "call": {
      const call = event.payload;
      if (!ring || ring.invite.leg !== call.leg || ring.stage === "ended") return device;
      if (call.stage === "ended") return ended(device, ring, endWords(call), call.by, call.now);
      return {
        ...device,
        offset: call.now - at,
        ring: {
          ...ring,
          invite: { ...ring.invite, evidence: call.evidence },
          stage: "talking",
          establishedAt: call.established_at,
          lost: call.lost,
          deadline: call.deadline,
        },
      };
    }
    case "evidence": {
      const { leg, evidence } = event.payload;
      return ring?.invite.leg === leg ? { ...device, ring: { ...ring, invite: { ...ring.invite, evidence } } } : device;
    }
    case "door": {
      const door = event.payload;
      if (ring && door.call === ring.invite.call) {
        return { ...device, ring: { ...ring, doors: { ...ring.doors, [door.lock]: newer(ring.doors[door.lock], door) } } };
      }
      return { ...device, doors: { ...device.doors, [door.lock]: newer(device.doors[door.lock], door) } };
    }
    case "lock": {
      const { lock } = event.payload;
      /** @param {Lock[]} locks */
      const changed = (locks) => locks.map((known) => (known.id === lock.id ? lock : known));
      return {
        ...device,
        home: device.home && { ...device.home, doors: device.home.doors.map((door) => ({ ...door, locks: changed(door.locks) })) },
        ring: ring && { ...ring, invite: { ...ring.invite, locks: changed(ring.invite.locks) } },
      };
    }
    case "answering":
      return ring && ring.stage === "ringing" ? { ...device, ring: { ...ring, stage: "answering" } } : device;
    case "unanswered": // the server was not reached: it still rings
      return ring && ring.stage === "answering" ? { ...device, ring: { ...ring, stage: "ringing" } } : device;
    case "path":
      if (!ring) return device;
      return { ...device, ring: { ...ring, path: event.up ? "up" : ring.path === "new" ? "new" : "down" } };
    case "taken":
      if (!ring || ring.stage === "ended" || ring.stage === "talking") return device;
      return ended(device, { ...ring, taken: true }, takenWords(event.by, device.home?.person), null, at + device.offset);
    case "over":
      if (!ring || ring.stage === "ended") return device;
      return ended(device, ring, event.reason, null, at + device.offset);
    case "dnd":
      return device.home ? { ...device, home: { ...device.home, dnd: event.on } } : device;
    case "closed":
      return { ...device, ring: null };
    case "missed":
      if (!ring || ring.stage === "ended" || ring.invite.call === event.payload.call) return device;
      return { ...device, ring: { ...ring, meanwhile: event.payload.entrance.name } };
    case "hide":
      return { ...device, waiting: null, ring: ring && { ...ring, meanwhile: null } };
    default:
      return device;
  }
}

/** How far an opening has come. The clocks of a lock and of the house may differ; this order does not. */
const FAR = { asked: 0, sent: 1, not_confirmed: 2, refused: 3, opened: 3 };

/** @param {Door | undefined} known @param {Door} said @returns {Door} */
function newer(known, said) {
  if (!known) return said;
  const older = known.opening === said.opening ? FAR[said.state] < FAR[known.state] : said.at < known.at;
  return older ? known : said;
}

/** A call that begins to ring here, or goes on here after the page was loaded again. @param {Invite} invite @returns {Ring} */
const fresh = (invite) => ({
  invite,
  stage: invite.accepted ? "talking" : "ringing",
  rangAt: invite.now,
  establishedAt: invite.accepted && invite.stage === "established" ? invite.now : null,
  endedAt: null,
  deadline: invite.expires_at,
  lost: false,
  reason: "",
  taken: false,
  by: null,
  path: "new",
  doors: {},
  meanwhile: null,
});

/**
 * It is over on this device. Whoever rang meanwhile and still waits rings now.
 * @param {Resident} device @param {Ring} ring @param {string} reason @param {By | null} by @param {number} now @returns {Resident}
 */
const ended = (device, ring, reason, by, now) => {
  const { waiting } = device;
  if (waiting && now < waiting.expires_at) return { ...device, waiting: null, ring: fresh(waiting) };
  return { ...device, waiting: null, ring: { ...ring, stage: "ended", reason, by, endedAt: now, lost: false } };
};

/**
 * Why it stopped on this device, as the words after "Call ended: ".
 * @param {{reason: string, by: By | null}} stop
 */
export function stopWords({ reason, by }) {
  switch (reason) {
    case "accepted_elsewhere":
      if (!by) return t("answered elsewhere");
      return by.you ? t("answered on {device}", { device: by.device }) : t("answered by {person}", { person: by.person });
    case "declined":
      return t("you declined");
    case "declined_elsewhere":
      if (!by) return t("declined");
      return by.you ? t("you declined on {device}", { device: by.device }) : t("declined by {person}", { person: by.person });
    case "cancelled":
      return t("the visitor gave up");
    case "no_answer":
      return t("nobody answered");
    case "removed":
      return t("you were removed from this unit");
    case "busy":
      return t("you are on the telephone");
    case "left":
      return t("the visitor left the door");
    case "media_failed":
      return t("no picture or sound came through");
    default:
      return t("connection lost");
  }
}

/** @param {{person: string, device: string} | null} by @param {string | undefined} me */
const takenWords = (by, me) =>
  stopWords({ reason: "accepted_elsewhere", by: by && { ...by, you: by.person === me } });

/** @param {{reason: string | null, ended_by: string | null}} call */
export function endWords({ reason, ended_by }) {
  switch (reason) {
    case "completed":
      return ended_by === "you" ? t("you hung up") : t("the visitor hung up");
    case "time_limit":
      return t("time limit");
    case "left":
      return t("the visitor left the door");
    case "media_failed":
      return t("no picture or sound came through");
    case "removed":
      return t("you were removed from this unit");
    default:
      return t("connection lost");
  }
}

/** After so long without a word from the lock nobody knows, even if the server could not tell us so. Seconds. */
const NO_WORD_AFTER = 15;

/**
 * The truth about an opening, as far as it is known here and now.
 * @template {Door | undefined | null} T
 * @param {T} door
 * @param {number} now server's clock
 * @returns {T}
 */
export function truth(door, now) {
  if (!door || (door.state !== "asked" && door.state !== "sent") || now - door.at < NO_WORD_AFTER) return door;
  return { ...door, state: "not_confirmed", at: door.at + NO_WORD_AFTER };
}

/**
 * What a lock's button shows.
 * @param {Door | undefined} said newest word about the lock
 * @param {Lock} lock
 * @param {number} now server's clock
 * @returns {"idle" | "asked" | "sent" | "opened" | "unknown" | "refused" | "offline" | "held"}
 */
export function lockFace(said, lock, now) {
  const door = truth(said, now);
  if (door?.state === "asked") return "asked";
  if (door?.state === "sent") return "sent";
  if (door?.state === "opened" && now < (door.relocks_at ?? 0)) return "opened";
  if (!lock.online || lock.trouble) return "offline";
  if (lock.held_open) return "held";
  if (door?.state === "not_confirmed") return "unknown";
  if (door?.state === "refused") return "refused";
  return "idle";
}

/**
 * What a call that is accepted here is now. "apart": we talk, but the server is not reached.
 * @param {Ring} ring
 * @param {{connected: boolean}} link
 * @returns {"connecting" | "connected" | "apart" | "lost"}
 */
export function talkFace(ring, link) {
  if (ring.lost || ring.path === "down") return "lost";
  if (ring.establishedAt === null || (ring.path === "new" && !link.connected)) return "connecting";
  return link.connected ? "connected" : "apart";
}

/**
 * What the one status region says.
 * @param {Resident} device
 * @param {Door | null} latest the door event that came last
 * @param {number} now server's clock
 */
export function announcement(device, latest, now) {
  const ring = device.ring;
  const door = truth(latest && (!ring || latest.call === ring.invite.call) ? latest : null, now);
  if (ring?.stage === "ended") return t("Call ended: {reason}", { reason: ring.reason });
  if (door?.state === "sent") return t("Sent");
  if (door?.state === "opened") return t("Opened");
  if (door?.state === "not_confirmed") return t("Not confirmed");
  if (ring?.stage === "ringing" || ring?.stage === "answering") return t("Ringing");
  if (ring?.stage === "talking") return talkFace(ring, device.link) === "connecting" ? "" : t("Connected");
  return "";
}

/** What interrupts the reader; empty: nothing. @param {Resident} device */
export function warning(device) {
  const ring = device.ring;
  return ring?.stage === "talking" && talkFace(ring, device.link) === "lost" ? t("Connection lost. Waiting for it to return") : "";
}
