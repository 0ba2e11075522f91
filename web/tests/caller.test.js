import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { FakePeer, settle, track } from "./peers.js";

const { Caller } = await import("../static/js/rtc/caller.js");

/** @type {{event: string, payload: any}[]} */
let said;
/** @type {InstanceType<typeof Caller>} */
let caller;
/** @type {any[]} */
let channels;
const voice = track("audio");
const picture = track("video");

const offer = (/** @type {string} */ leg, attempt = 0) => caller.receive("sdp", { call: "c1", leg, attempt, type: "offer", sdp: "v=0 offer" });
const sent = (/** @type {FakePeer} */ peer) => Object.fromEntries(peer.transceivers.map(({ kind, sender }) => [kind, sender.track]));

beforeEach(() => {
  FakePeer.made = [];
  said = [];
  channels = [];
  caller = new Caller({
    call: "c1",
    iceServers: [],
    send: async (event, payload) => {
      said.push({ event, payload });
      return { ok: true };
    },
    onRemote: () => {},
    onText: (leg, channel) => channels.push([leg, channel]),
    onState: () => {},
  });
  caller.setLocal({ audio: voice, video: picture });
});

test("answers every leg with the picture and no sound", async () => {
  await offer("l1", 3);
  assert.deepEqual(said, [{ event: "sdp", payload: { call: "c1", leg: "l1", attempt: 3, type: "answer", sdp: "v=0 answer", restarts: true } }]);
  assert.deepEqual(sent(FakePeer.newest), { audio: null, video: picture });
  assert.deepEqual(FakePeer.newest.transceivers.map(({ direction }) => direction), ["sendrecv", "sendrecv"]);
});

test("a device's channel for text is handed on with its leg, any other is left alone", async () => {
  await offer("l1");
  for (const label of ["text", "files"]) FakePeer.newest.dispatchEvent(Object.assign(new Event("datachannel"), { channel: { label } }));
  assert.deepEqual(channels, [["l1", { label: "text" }]]);
});

test("accepted: that leg gets sound, the others are closed and stay so", async () => {
  await offer("l1");
  await offer("l2");
  const [first, second] = FakePeer.made;
  caller.accept("l2");
  assert.equal(first?.connectionState, "closed");
  assert.deepEqual(sent(/** @type {FakePeer} */ (second)), { audio: voice, video: picture });
  await offer("l1");
  assert.equal(FakePeer.made.length, 2);
});

test("accepted before its offer came: sound from the start", async () => {
  caller.accept("l1");
  await offer("l1");
  assert.deepEqual(sent(FakePeer.newest), { audio: voice, video: picture });
});

test("a new offer is a new connection with the same tracks; the old one is closed", async () => {
  await offer("l1");
  caller.accept("l1");
  await offer("l1", 1);
  assert.equal(FakePeer.made[0]?.connectionState, "closed");
  assert.deepEqual(sent(FakePeer.newest), { audio: voice, video: picture });
});

test("candidates wait for the description and belong to their attempt", async () => {
  const answering = offer("l1", 1);
  caller.receive("candidates", { leg: "l1", attempt: 1, candidates: [{ candidate: "early" }] });
  caller.receive("candidates", { leg: "l1", attempt: 0, candidates: [{ candidate: "old" }] });
  await answering;
  await settle();
  assert.deepEqual(FakePeer.newest.candidates, [{ candidate: "early" }]);
});

test("a camera that comes later is put on every leg", async () => {
  caller.setLocal({ audio: null, video: null });
  await offer("l1");
  assert.deepEqual(sent(FakePeer.newest), { audio: null, video: null });
  caller.setLocal({ audio: voice, video: picture });
  assert.deepEqual(sent(FakePeer.newest), { audio: null, video: picture });
});

test("media that is up is told; after the end nothing is answered", async () => {
  await offer("l1");
  FakePeer.newest.becomes("connected");
  assert.deepEqual(said.at(-1), { event: "media_up", payload: { call: "c1", leg: "l1" } });
  caller.close();
  assert.equal(FakePeer.newest.connectionState, "closed");
  await offer("l1");
  assert.equal(FakePeer.made.length, 1);
});

test("an offer of the same attempt restarts ICE on the connection there is; of another, it is a new one", async () => {
  await offer("l1", 3);
  await offer("l1", 3);
  assert.equal(FakePeer.made.length, 1);
  assert.deepEqual(said.map(({ payload }) => [payload.attempt, payload.type]), [[3, "answer"], [3, "answer"]]);
  await offer("l1", 4);
  assert.equal(FakePeer.made.length, 2);
});
