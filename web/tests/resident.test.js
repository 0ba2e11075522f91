import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { announcement, endWords, lockFace, next, start, stopWords, talkFace, truth, warning } from "../static/js/core/resident.js";

const NOW = 1000;
const LOCK = { id: "street", name: "Street door", online: true, since: null, held_open: false, open_seconds: 5 };
const ANNA = { person: "Anna Lind", device: "Anna’s laptop" };

/** @param {object} [more] @returns {any} */
const invite = (more = {}) => ({
  call: "c1",
  leg: "l1",
  stage: "ringing",
  accepted: false,
  early: true,
  site: { id: "s", name: "Birkenhof", plate: "12" },
  entrance: { id: "e", name: "Street door" },
  entry: { id: "n", name: "Anna Lind", unit: "Flat 31", floor: "3", contact: false },
  also: [],
  locks: [LOCK],
  ice_servers: [],
  expires_at: NOW + 45,
  now: NOW,
  ring_seconds: 45,
  ...more,
});
/** @param {object} [more] @returns {any} */
const call = (more = {}) => ({
  call: "c1",
  leg: "l1",
  stage: "established",
  reason: null,
  ended_by: null,
  by: null,
  lost: false,
  deadline: NOW + 600,
  established_at: NOW + 4,
  now: NOW + 4,
  ...more,
});
/** @param {string} state @param {object} [more] @returns {any} */
const door = (state, more = {}) => ({
  call: "c1",
  opening: "o1",
  request: "r1",
  lock: "street",
  lock_name: "Street door",
  state,
  code: null,
  message: null,
  at: NOW + 10,
  now: NOW + 10,
  relocks_at: null,
  by: null,
  ...more,
});
/** @param {string} reason @param {object} [more] @returns {any} */
const stop = (reason, more = {}) => ({ call: "c1", leg: "l1", reason, by: null, missed: false, now: NOW + 8, ...more });
const UP = { type: "link", link: { connected: true, since: 0, nextTryAt: null, refused: null } };
const DOWN = { type: "link", link: { connected: false, since: 0, nextTryAt: null, refused: null } };

/** @param {any[]} events */
const after = (...events) => events.reduce((device, event) => next(device, event, NOW), start());
/** @param {any} payload */
const rung = (payload = invite()) => ({ type: "invite", payload });
/** @param {any} payload */
const told = (payload) => ({ type: "call", payload });
/** @param {any} device @param {any} [latest] @param {number} [now] */
const says = (device, latest = null, now = NOW + 11) => announcement(device, latest, now);
const talking = [UP, rung(), { type: "answering" }, told(call()), { type: "path", up: true }];

describe("a call on this device", () => {
  test("rings, is answered and is connected, and each is said with one word", () => {
    assert.equal(says(after(UP, rung())), "Ringing");
    assert.equal(says(after(UP, rung(), { type: "answering" })), "Ringing");
    assert.equal(says(after(UP, rung(), { type: "answering" }, told(call({ stage: "connecting", established_at: null })))), "");
    assert.equal(says(after(...talking)), "Connected");
  });

  test("the server was not reached by the accept: it still rings and can be answered again", () => {
    const device = after(UP, rung(), { type: "answering" }, { type: "unanswered" });
    assert.equal(device.ring?.stage, "ringing");
  });

  test("a call that goes on is taken up after the page was loaded again", () => {
    const device = after(UP, rung(invite({ accepted: true, stage: "established" })));
    assert.equal(device.ring?.stage, "talking");
    assert.equal(talkFace(/** @type {any} */ (device.ring), { connected: true }), "connected");
  });

  test("the lock's word counts although its clock is behind the house's, and nothing older undoes it", () => {
    const device = after(...talking, { type: "door", payload: door("sent") }, { type: "door", payload: door("opened", { at: NOW + 9 }) }, { type: "door", payload: door("sent", { at: NOW + 11 }) });
    assert.equal(device.ring?.doors.street?.state, "opened");
    const pressed = next(device, { type: "door", payload: door("asked", { opening: "o2", at: NOW + 20 }) }, NOW + 20);
    assert.equal(pressed.ring?.doors.street?.state, "asked");
    const stale = next(pressed, { type: "door", payload: door("opened", { at: NOW + 12 }) }, NOW + 21);
    assert.equal(stale.ring?.doors.street?.state, "asked");
  });

  test("the same invite after a reconnect changes nothing that was heard since", () => {
    const device = after(...talking, { type: "door", payload: door("sent") }, rung(invite({ accepted: true, stage: "established" })));
    assert.equal(device.ring?.stage, "talking");
    assert.equal(device.ring?.doors.street?.state, "sent");
    assert.equal(device.ring?.path, "up");
  });

  test("messages about another leg, or after the end, change nothing", () => {
    const ringing = after(UP, rung());
    assert.equal(next(ringing, /** @type {any} */ ({ type: "stop", payload: stop("cancelled", { leg: "other" }) }), NOW), ringing);
    assert.equal(next(ringing, /** @type {any} */ (told(call({ leg: "other" }))), NOW), ringing);
    const ended = after(UP, rung(), { type: "stop", payload: stop("cancelled") });
    assert.equal(next(ended, /** @type {any} */ ({ type: "stop", payload: stop("no_answer") }), NOW), ended);
    assert.equal(next(ended, /** @type {any} */ (told(call())), NOW), ended);
    assert.equal(next(ended, { type: "over", reason: "connection lost" }, NOW), ended);
  });

  test("the clock of the server counts, not that of the device", () => {
    assert.equal(next(start(), /** @type {any} */ (rung()), NOW - 90).offset, 90);
  });
});

describe("why it ended", () => {
  const words = {
    cancelled: "the visitor gave up",
    no_answer: "nobody answered",
    declined: "you declined",
    lost: "connection lost",
    unreachable: "connection lost",
    removed: "you were removed from this unit",
    media_failed: "no picture or sound came through",
  };
  for (const [reason, sentence] of Object.entries(words)) {
    test(`${reason}: ${sentence}`, () => {
      const device = after(UP, rung(), { type: "stop", payload: stop(reason) });
      assert.equal(says(device), `Call ended: ${sentence}`);
    });
  }

  test("taken or declined elsewhere: the device of the same person, the name of another", () => {
    assert.equal(stopWords({ reason: "accepted_elsewhere", by: { ...ANNA, you: true } }), "answered on Anna’s laptop");
    assert.equal(stopWords({ reason: "accepted_elsewhere", by: { person: "Ben Lind", device: "x", you: false } }), "answered by Ben Lind");
    assert.equal(stopWords({ reason: "declined_elsewhere", by: { person: "Ben Lind", device: "x", you: false } }), "declined by Ben Lind");
    assert.equal(stopWords({ reason: "declined_elsewhere", by: { ...ANNA, you: true } }), "you declined on Anna’s laptop");
  });

  test("too late to answer: whoever was quicker is named, and oneself by the device", () => {
    const home = { type: "ready", payload: { person: "Anna Lind", now: NOW, doors: [] } };
    const late = [UP, home, rung(), { type: "answering" }];
    assert.equal(says(after(...late, { type: "taken", by: ANNA })), "Call ended: answered on Anna’s laptop");
    const ben = after(...late, { type: "taken", by: { person: "Ben Lind", device: "x" } });
    assert.equal(says(ben), "Call ended: answered by Ben Lind");
    assert.equal(ben.ring?.taken, true);
  });

  test("after talking", () => {
    assert.equal(endWords({ reason: "completed", ended_by: "you" }), "you hung up");
    assert.equal(endWords({ reason: "completed", ended_by: "visitor" }), "the visitor hung up");
    assert.equal(endWords({ reason: "time_limit", ended_by: "server" }), "time limit");
    assert.equal(endWords({ reason: "lost", ended_by: "server" }), "connection lost");
    assert.equal(endWords({ reason: "media_failed", ended_by: "server" }), "no picture or sound came through");
    assert.equal(says(after(...talking, told(call({ stage: "ended", reason: "completed", ended_by: "visitor" })))), "Call ended: the visitor hung up");
  });

  test("the page is this device no longer: nothing of the call is left on it", () => {
    const refused = { connected: false, since: 0, nextTryAt: null, refused: { code: "replaced", message: "This page was opened elsewhere." } };
    assert.equal(after(...talking, { type: "link", link: refused }).ring, null);
  });
});

describe("a second visitor", () => {
  const second = invite({ call: "c2", leg: "l2", entrance: { id: "g", name: "Courtyard gate" } });

  test("waits silently while it is talked", () => {
    const device = after(...talking, rung(second));
    assert.equal(device.waiting?.leg, "l2");
    assert.equal(device.ring?.invite.leg, "l1");
    assert.equal(says(device), "Connected");
  });

  test("gives up, or is hidden", () => {
    assert.equal(after(...talking, rung(second), { type: "stop", payload: stop("cancelled", { call: "c2", leg: "l2" }) }).waiting, null);
    assert.equal(after(...talking, rung(second), { type: "hide" }).waiting, null);
  });

  test("who talks is told silently that somebody else has rung, until it is hidden or the call ends", () => {
    const missed = (/** @type {string} */ call) => ({ type: "missed", payload: { call, entrance: { id: "yard", name: "Yard door" }, at: NOW } });
    const device = after(...talking, missed("c2"));
    assert.equal(device.ring?.meanwhile, "Yard door");
    assert.equal(says(device), "Connected");
    assert.equal(next(device, { type: "hide" }, NOW).ring?.meanwhile, null);
    assert.equal(after(...talking, missed("c1")).ring?.meanwhile, null, "its own call");
    assert.equal(after(UP, /** @type {any} */ (missed("c2"))).ring, null);
  });

  test("rings when the talk is over, unless nobody waits any more", () => {
    const end = { type: "over", reason: "you hung up" };
    const device = after(...talking, rung(second), end);
    assert.equal(device.ring?.invite.leg, "l2");
    assert.equal(device.ring?.stage, "ringing");
    const late = after(...talking, rung({ ...second, expires_at: NOW - 1 }), end);
    assert.equal(late.ring?.stage, "ended");
    assert.equal(late.waiting, null);
  });
});

describe("a connection that is lost", () => {
  test("the visitor's side: said at once, with what is left", () => {
    const device = after(...talking, told(call({ lost: true, deadline: NOW + 19 })));
    assert.equal(warning(device), "Connection lost. Waiting for it to return");
    assert.equal(device.ring?.deadline, NOW + 19);
    assert.equal(warning(next(device, /** @type {any} */ (told(call())), NOW)), "");
  });

  test("picture and sound: lost from when they stop until they return, not before they came", () => {
    const fresh = after(UP, rung(), told(call()), { type: "path", up: false });
    assert.equal(fresh.ring?.path, "new");
    assert.equal(warning(fresh), "");
    const lost = after(...talking, { type: "path", up: false });
    assert.notEqual(warning(lost), "");
    assert.equal(warning(next(lost, { type: "path", up: true }, NOW)), "");
  });

  test("the server alone: the talk goes on", () => {
    const device = after(...talking, DOWN);
    assert.equal(talkFace(/** @type {any} */ (device.ring), device.link), "apart");
    assert.equal(warning(device), "");
    assert.equal(says(device), "Connected");
  });
});

describe("opening", () => {
  test("each truth has its face, and only the lock's own word is open", () => {
    const faces = ["asked", "sent", "not_confirmed", "refused"].map((state) => lockFace(door(state), LOCK, NOW + 11));
    assert.deepEqual(faces, ["asked", "sent", "unknown", "refused"]);
    assert.equal(lockFace(undefined, LOCK, NOW), "idle");
    assert.equal(lockFace(undefined, { ...LOCK, online: false }, NOW), "offline");
    assert.equal(lockFace(undefined, { ...LOCK, trouble: "otp_blocked", until: NOW + 60 }, NOW), "offline");
    assert.equal(lockFace(undefined, { ...LOCK, held_open: true }, NOW), "held");
    assert.equal(lockFace(undefined, { ...LOCK, held_open: true, online: false }, NOW), "offline");
    assert.equal(lockFace(undefined, { ...LOCK, battery_low: true, left_open_since: NOW }, NOW), "idle", "it can be opened");
  });

  test("open until it locks again", () => {
    const opened = door("opened", { relocks_at: NOW + 15 });
    assert.equal(lockFace(opened, LOCK, NOW + 14.9), "opened");
    assert.equal(lockFace(opened, LOCK, NOW + 15), "idle");
    assert.equal(lockFace(door("opened"), LOCK, NOW + 11), "idle");
  });

  test("what was never answered becomes not confirmed by itself, and opened stays opened", () => {
    assert.equal(truth(door("sent"), NOW + 24)?.state, "sent");
    assert.equal(truth(door("sent"), NOW + 25)?.state, "not_confirmed");
    assert.equal(truth(door("asked"), NOW + 25)?.state, "not_confirmed");
    assert.equal(truth(door("opened"), NOW + 9999)?.state, "opened");
    assert.equal(truth(undefined, NOW), undefined);
  });

  test("the word is said when it is true and never before", () => {
    const device = after(...talking);
    assert.equal(says(device, door("asked")), "Connected");
    assert.equal(says(device, door("sent")), "Sent");
    assert.equal(says(device, door("opened")), "Opened");
    assert.equal(says(device, door("not_confirmed")), "Not confirmed");
    assert.equal(says(device, door("opened", { call: "another" })), "Connected");
    assert.equal(says(start(), door("opened", { call: null })), "Opened");
  });

  test("a late confirmation corrects, an older word does not", () => {
    const late = after(...talking, { type: "door", payload: door("not_confirmed", { at: NOW + 18 }) }, { type: "door", payload: door("opened", { at: NOW + 20 }) });
    assert.equal(late.ring?.doors.street?.state, "opened");
    const old = next(late, /** @type {any} */ ({ type: "door", payload: door("sent", { at: NOW + 10 }) }), NOW);
    assert.equal(old.ring?.doors.street?.state, "opened");
  });

  test("from home it is no part of a call", () => {
    const device = after(...talking, { type: "door", payload: door("sent", { call: null }) });
    assert.equal(device.doors.street?.state, "sent");
    assert.equal(device.ring?.doors.street, undefined);
  });

  test("a lock that goes offline is so everywhere", () => {
    const home = { type: "ready", payload: { person: "Anna Lind", now: NOW, doors: [{ entrance: { id: "e", name: "Street door" }, locks: [LOCK] }] } };
    const device = after(UP, home, rung(), { type: "lock", payload: { lock: { ...LOCK, online: false, since: NOW }, entrance: "e" } });
    assert.equal(device.home?.doors[0]?.locks[0]?.online, false);
    assert.equal(device.ring?.invite.locks[0]?.online, false);
  });
});
