/** The panel as a value: what is shown, and when. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { announcement, ENDED_FOR, endOf, faceOf, next, NOTED_FOR, start, UNANSWERED_FOR } from "../static/js/core/panel.js";

const NOW = 1_000_000;
const SERVER = NOW + 500; // the server's clock is ahead
const lind = { id: "e1", name: "Anna Lind", unit: "Flat 31", floor: "3", contact: false };

const ready = (more = {}) => ({
  panel: "p1", name: "Panel", site: { id: "s", name: "Birkenhof", plate: "12" }, entrance: { id: "x", name: "Street door" },
  entries: [lind], tone: "/tone", call: null, now: SERVER, protocol: 1, ...more,
});
const call = (more = {}) => ({
  call: "c1", entry: lind, stage: "calling", leg: null, legs: ["l1"], ice_servers: [], reason: null, ended_by: null, camera: false, lost: false,
  now: SERVER, ring_seconds: 45, deadline: SERVER + 45, established_at: null, ...more,
});
const door = (more = {}) => ({
  call: "c1", opening: "o1", request: null, lock: "k", lock_name: "Street door", state: "sent", code: null, message: null,
  at: SERVER, now: SERVER, relocks_at: null, by: null, ...more,
});
const talking = { stage: "established", leg: "l1", established_at: SERVER };
const up = { type: "link", link: { connected: true, since: NOW * 1000, nextTryAt: null, refused: null } };
const down = { type: "link", link: { connected: false, since: NOW * 1000, nextTryAt: null, refused: null } };
const refused = (code) => ({ type: "link", link: { connected: false, since: NOW * 1000, nextTryAt: null, refused: { code, message: "" } } });
const pressed = { type: "pressed", entry: lind };
const told = (more) => ({ type: "call", payload: call(more) });
const heard = (more) => ({ type: "door", payload: door(more) });

/** A panel to which all this happened, each event at its own time or at NOW. */
const after = (...events) => events.reduce((panel, event) => next(panel, event, event.at ?? NOW), start(NOW));
const home = [up, { type: "ready", payload: ready() }];
const inCall = [...home, pressed, told({}), told({ stage: "ringing" }), told(talking)];
const faces = (events, at = NOW) => faceOf(after(...events), at);
const says = (events, at = NOW) => announcement(faces(events, at), after(...events));

test("before the server has spoken the panel gets ready, and says after a moment that it cannot", () => {
  assert.equal(faces([]), "starting");
  assert.equal(faces([], NOW + 2.9), "starting");
  assert.equal(faces([], NOW + 3), "offline");
});

test("a panel that is not paired asks for its code, one that was opened elsewhere says so", () => {
  assert.equal(faces([refused("not_enrolled")]), "pairing");
  assert.equal(faces([...home, refused("not_enrolled")]), "pairing");
  assert.equal(faces([...inCall, refused("replaced")]), "replaced");
});

test("a call goes through its faces, and nothing rings before a device rings", () => {
  assert.equal(faces(home), "names");
  assert.equal(faces([...home, pressed]), "asking");
  assert.equal(faces([...home, pressed, told({})]), "asking");
  assert.equal(faces([...home, pressed, told({ stage: "ringing" })]), "ringing");
  assert.equal(faces([...home, pressed, told({ stage: "connecting", leg: "l1" })]), "connecting");
  assert.equal(faces(inCall), "talking");
});

test("the status region says exactly the words of the moment", () => {
  assert.equal(says([...home, pressed, told({})]), "");
  assert.equal(says([...home, pressed, told({ stage: "ringing" })]), "Ringing");
  assert.equal(says([...home, pressed, told({ stage: "connecting", leg: "l1" })]), "");
  assert.equal(says(inCall), "Connected");
  assert.equal(says([...inCall, heard({})]), "Sent");
  assert.equal(says([...inCall, heard({}), heard({ state: "opened", relocks_at: SERVER + 5 })]), "Opened");
  assert.equal(says([...inCall, heard({}), heard({ state: "not_confirmed" })]), "Not confirmed");
  assert.equal(says([...inCall, told({ ...talking, stage: "ended", reason: "completed", ended_by: "resident" })]), "Call ended: they hung up");
});

test("only the lock's own word makes the door open, and only until it locks again", () => {
  const opened = [...inCall, heard({}), heard({ state: "opened", relocks_at: SERVER + 5 })];
  assert.equal(faces([...inCall, heard({ state: "asked" })]), "talking");
  assert.equal(faces([...inCall, heard({})]), "sent");
  assert.equal(faces(opened, NOW + 4.9), "opened");
  assert.equal(faces(opened, NOW + 5), "talking");
  assert.equal(after(...inCall, heard({}), heard({ state: "not_confirmed" })).opened, false);
});

test("a lock may still say that it opened after it was not confirmed", () => {
  const events = [...inCall, heard({}), heard({ state: "not_confirmed" }), heard({ state: "opened", relocks_at: SERVER + 5 })];
  assert.equal(faces(events), "opened");
});

test("an opening without a time of locking is shown as open for a while", () => {
  assert.equal(faces([...inCall, heard({ state: "opened" })], NOW + 9), "opened");
  assert.equal(faces([...inCall, heard({ state: "opened" })], NOW + 10), "talking");
});

test("an opening of another call, or of none, is no news here", () => {
  const panel = after(...inCall);
  assert.equal(next(panel, heard({ call: "c2" }), NOW), panel);
  assert.equal(next(panel, heard({ call: null }), NOW), panel);
});

test("a door that opens as the call ends is still said to be open", () => {
  const panel = after(...inCall, heard({}), told({ ...talking, stage: "ended", reason: "completed", ended_by: "resident" }), heard({ state: "opened" }));
  assert.equal(faceOf(panel, NOW), "ended");
  assert.equal(panel.opened, true);
});

test("a refusal of the lock is shown for a moment, and the talk goes on", () => {
  const events = [...inCall, heard({ state: "refused", code: "lock_offline", message: "The door is offline." })];
  assert.equal(faces(events), "refused-door");
  assert.equal(says(events), "Connected");
  assert.equal(faces(events, NOW + 6), "talking");
});

test("an end leads back to the names by itself, sooner when there is nothing to try again", () => {
  const ended = [...inCall, told({ ...talking, stage: "ended", reason: "completed", ended_by: "caller" })];
  assert.equal(faces(ended, NOW + ENDED_FOR - 0.1), "ended");
  assert.equal(faces(ended, NOW + ENDED_FOR), "names");
  const missed = [...home, pressed, told({ stage: "ringing" }), told({ stage: "ended", reason: "no_answer" })];
  assert.equal(faces(missed, NOW + UNANSWERED_FOR - 0.1), "unanswered");
  assert.equal(faces(missed, NOW + UNANSWERED_FOR), "names");
  assert.equal(faces([...missed, { type: "back" }]), "names");
});

test("a refused ring says why and leads back to the names", () => {
  const events = [...home, pressed, { type: "refused", message: "You can ring here again in 1:40." }];
  assert.equal(faces(events), "refused");
  assert.equal(faces(events, NOW + UNANSWERED_FOR), "names");
});

test("each end has its words", () => {
  const reasons = {
    no_answer: "nobody answered", declined: "nobody can come", busy: "the line is busy", unreachable: "not reachable",
    media_failed: "no picture or sound came through", lost: "the connection was lost", time_limit: "the time is over",
    cancelled: "you hung up", server_error: "the connection was lost",
  };
  for (const [reason, words] of Object.entries(reasons)) assert.equal(endOf(call({ reason })).reason, words);
  assert.equal(endOf(call({ reason: "completed", ended_by: "caller" })).reason, "you hung up");
  assert.equal(endOf(call({ reason: "no_answer" })).tell, "It rang for 45 seconds.");
  assert.doesNotMatch(endOf(call({ reason: "no_answer" }), false).tell, /rang/);
});

test("whether a device has rung is remembered until the end", () => {
  assert.equal(after(...home, pressed, told({}), told({ stage: "ended", reason: "no_answer" })).rang, false);
  assert.equal(after(...home, pressed, told({ stage: "ringing" }), told({ stage: "ended", reason: "no_answer" })).rang, true);
});

test("a short loss of the server is not worth a word; a long one is, except to people who hear each other", () => {
  assert.equal(faces([...home, down], NOW + 2), "names");
  assert.equal(faces([...home, down], NOW + 3), "offline");
  assert.equal(faces([...inCall, down], NOW + 60), "talking");
  assert.equal(faces([...home, pressed, told({ stage: "ringing" }), down], NOW + 4), "waiting");
  assert.equal(faces([...home, pressed, told({ stage: "ringing" }), down], NOW + 30), "offline");
});

test("a call whose path or other side is away waits for it", () => {
  const path = (up) => ({ type: "path", call: "c1", leg: "l1", up });
  assert.equal(faces([...inCall, path(false)]), "waiting");
  assert.equal(faces([...inCall, path(false), path(true)]), "talking");
  assert.equal(faces([...inCall, { type: "path", call: "c1", leg: "l2", up: false }]), "talking");
  assert.equal(faces([...inCall, told({ ...talking, lost: true })]), "waiting");
  assert.equal(faces([...inCall, path(false), down], NOW + 30), "offline");
});

test("a call that the server has forgotten meanwhile has ended", () => {
  const panel = after(...inCall, { type: "ready", payload: ready({ now: SERVER + 30 }), at: NOW + 30 });
  assert.equal(faceOf(panel, NOW + 30), "ended");
  assert.equal(announcement("ended", panel), "Call ended: the connection was lost");
});

test("a call that goes on after a reload is taken up again, and keeps its door", () => {
  assert.equal(faces([up, { type: "ready", payload: ready({ call: call(talking) }) }]), "talking");
  assert.equal(after(...inCall, heard({}), { type: "ready", payload: ready({ call: call(talking) }) }).door.state, "sent");
});

test("a call that was hung up while nobody could hear it stays hung up", () => {
  const events = [...inCall, down, { type: "left" }];
  assert.equal(after(...events).left, "c1");
  assert.equal(faces([...events, up, { type: "ready", payload: ready({ call: call(talking) }) }]), "names");
  assert.equal(faces([...events, up, told(talking), told({ ...talking, stage: "ended", reason: "completed" })]), "names");
});

test("the end of an older call, told late or twice, changes nothing", () => {
  const again = after(...home, pressed, told({ call: "c2", stage: "ringing" }));
  assert.equal(next(again, told({ stage: "ended", reason: "completed" }), NOW).call.call, "c2");
  const over = after(...inCall, told({ ...talking, stage: "ended", reason: "completed", ended_by: "resident" }));
  assert.equal(next(over, told({ ...talking, stage: "ended", reason: "lost", now: SERVER + 5 }), NOW + 5).endedAt, over.endedAt);
});

test("names, the house and its tone change under the panel, and neither a call nor a search is disturbed", () => {
  const site = { id: "s", name: "Birch house", plate: "14" };
  const news = { site, entrance: { id: "e", name: "Back door" }, entries: [], tone: "/ringtones/gong.mp3" };
  const panel = after(...home, { type: "phonebook", payload: news });
  assert.deepEqual([panel.home.entries, panel.home.site, panel.home.entrance.name], [[], site, "Back door"]);
  assert.equal(panel.home.tone, "/ringtones/gong.mp3");
  const talks = after(...inCall);
  const still = next(talks, { type: "phonebook", payload: news }, NOW);
  assert.deepEqual([still.call, faceOf(still, NOW)], [talks.call, faceOf(talks, NOW)]);
});

test("the camera of the call is the camera of this call", () => {
  assert.equal(after(...inCall, { type: "camera", payload: { call: "c1", on: true } }).call.camera, true);
  assert.equal(after(...inCall, { type: "camera", payload: { call: "c2", on: true } }).call.camera, false);
});

test("a busy line may be waited for, and it rings by itself", () => {
  const busy = told({ stage: "ended", reason: "busy", legs: [] });
  const waits = { type: "waits", until: SERVER + 90 };
  assert.equal(faces([...home, pressed, busy]), "unanswered");
  assert.equal(faces([...home, pressed, busy, waits], NOW + 60), "queued");
  assert.equal(faces([...home, pressed, busy, waits], NOW + 91), "names");
  assert.equal(faces([...home, pressed, busy, waits, told({ call: "c2" })]), "asking");
  assert.equal(faces([...home, pressed, busy, waits, { type: "back" }]), "names");
  assert.equal(faces([...home, pressed, busy, waits, down], NOW + 10), "offline");
});

test("that the place is taken is said, and gives way to the names", () => {
  const busy = told({ stage: "ended", reason: "busy", legs: [] });
  const taken = { type: "refused", message: "Somebody else waits there already." };
  assert.equal(faces([...home, pressed, busy, taken]), "refused");
  assert.equal(faces([...home, pressed, busy, taken], NOW + UNANSWERED_FOR + 1), "names");
});

const unanswered = [...home, pressed, told({ stage: "ended", reason: "declined", ended_by: "resident", legs: [] })];
const mayNote = { type: "choices", call: "c1", choices: { entries: [], note: true } };

test("a note is written while its writer goes on, and given up after a minute without a letter", () => {
  assert.equal(faces([...unanswered, { type: "writes" }]), "unanswered", "nobody said that a note may be left");
  const writing = [...unanswered, mayNote, { type: "writes" }];
  assert.equal(faces(writing), "writing");
  assert.equal(faces(writing, NOW + 59), "writing");
  assert.equal(faces(writing, NOW + 60), "names");
  assert.equal(faces([...writing, { type: "writes", at: NOW + 50 }], NOW + 100), "writing");
});

test("a reply is shown for three minutes at most, and to nobody after the face went back to the names", () => {
  const left = [...unanswered, mayNote, { type: "writes" }, { type: "noted", call: "n1" }];
  const reply = (call) => ({ type: "reply", payload: { call, text: "At six", at: SERVER } });
  assert.equal(faces(left), "noted");
  assert.equal(after(...left, reply("n1")).note.reply, "At six");
  assert.equal(after(...left, reply("another")).note.reply, null);
  assert.equal(faces([...left, reply("n1")], NOW + NOTED_FOR - 1), "noted");
  assert.equal(faces([...left, reply("n1")], NOW + NOTED_FOR), "names");
  assert.equal(after(...left, { type: "back" }, reply("n1")).note, null);
  assert.equal(after(...left, { type: "back" }, pressed, reply("n1")).note, null);
});

test("a closed company says when it opens again, by the clock of the place", () => {
  const at = (opens) => endOf(call({ stage: "ended", reason: "closed", now: 1_800_000_000, opens_at: opens }), false, "Europe/Zurich").tell;
  assert.equal(at(1_800_000_000 + 3600), "Nobody is rung at this hour. Open again at 10:00.");
  assert.equal(at(1_800_000_000 + 86_400), "Nobody is rung at this hour. Open again on Saturday at 09:00.");
  assert.equal(at(null), "Nobody is rung at this hour.");
});
