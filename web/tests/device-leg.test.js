import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { FakePeer, fakeClock, settle, track } from "./peers.js";

const { DeviceLeg } = await import("../static/js/rtc/device.js");

/** @type {{event: string, payload: any}[]} */
let said;
/** @type {ReturnType<typeof fakeClock>} */
let clock;
let reached = true;
/** @type {string[]} */
let states;
/** @type {any[]} */
let channels;
/** @type {InstanceType<typeof DeviceLeg>} */
let leg;

const saidOf = (/** @type {string} */ event) => said.filter((one) => one.event === event).map(({ payload }) => payload);
const answer = (attempt = leg.attempt) => leg.receive("sdp", { attempt, type: "answer", sdp: "v=0 answer" });

beforeEach(async () => {
  clock = fakeClock();
  FakePeer.made = [];
  said = [];
  states = [];
  channels = [];
  reached = true;
  leg = new DeviceLeg({
    call: "c1",
    leg: "l1",
    iceServers: [],
    send: async (event, payload) => {
      said.push({ event, payload });
      return reached ? { ok: true } : { ok: false, error: { code: "no_connection", message: "" } };
    },
    onRemote: () => {},
    onText: (channel) => channels.push(channel),
    onState: (state) => states.push(state),
  });
  leg.start();
  await settle();
});
afterEach(() => {
  leg.close();
  clock.stop();
});

test("offers at once, to send and receive both, with nothing to send", () => {
  assert.deepEqual(saidOf("sdp"), [{ call: "c1", leg: "l1", attempt: 0, type: "offer", sdp: "v=0 offer" }]);
  const [audio, video] = FakePeer.newest.transceivers;
  assert.deepEqual([audio.direction, video.direction], ["sendrecv", "sendrecv"]);
  assert.deepEqual([audio.sender.track, video.sender.track], [null, null]);
  assert.equal(video.sender.parameters.encodings[0].active, false);
  assert.deepEqual(video.codecs, [{ mimeType: "video/VP8" }], "without RTX: its padding would be packets of video");
});

test("the first offer has a channel for text, after picture and sound", () => {
  assert.deepEqual(FakePeer.newest.channels, [{ label: "text", protocol: "t140", after: 2 }]);
  assert.equal(channels.length, 1);
});

test("candidates found within a moment go out together, and empty ones never", () => {
  FakePeer.newest.finds("a");
  FakePeer.newest.finds("");
  FakePeer.newest.finds("b");
  assert.equal(saidOf("candidates").length, 0);
  clock.tick(60);
  assert.deepEqual(saidOf("candidates").map(({ candidates }) => candidates.map((/** @type {any} */ one) => one.candidate)), [["a", "b"]]);
  FakePeer.newest.finds("c");
  FakePeer.newest.finds(null);
  assert.equal(saidOf("candidates").length, 2);
});

test("candidates of the other side wait for its answer", async () => {
  await leg.receive("candidates", { attempt: 0, candidates: [{ candidate: "x" }] });
  assert.deepEqual(FakePeer.newest.candidates, []);
  await answer();
  assert.deepEqual(FakePeer.newest.candidates, [{ candidate: "x" }]);
});

test("words about an older connection are dropped", async () => {
  await leg.receive("renegotiate", {});
  await settle();
  assert.equal(leg.attempt, 1);
  await answer(0);
  await leg.receive("candidates", { attempt: 0, candidates: [{ candidate: "x" }] });
  assert.equal(FakePeer.newest.remoteDescription, null);
  await answer(1);
  assert.equal(FakePeer.newest.remoteDescription.type, "answer");
  assert.equal(FakePeer.made[0]?.connectionState, "closed");
});

test("says that media is up, each time that it is", () => {
  FakePeer.newest.becomes("connected");
  assert.deepEqual(saidOf("media_up"), [{ call: "c1", leg: "l1" }]);
});

test("a path that stays away for three seconds is replaced, with the same microphone and camera", async () => {
  const [voice, picture] = [track("audio"), track("video")];
  FakePeer.newest.becomes("connected");
  await leg.attachMicrophone(voice);
  await leg.cameraOn(picture);
  FakePeer.newest.becomes("disconnected");
  clock.tick(2900);
  assert.equal(FakePeer.made.length, 1);
  clock.tick(100 + 300);
  await settle();
  assert.equal(FakePeer.made.length, 2);
  const [audio, video] = FakePeer.newest.transceivers;
  assert.deepEqual([audio.sender.track, video.sender.track], [voice, picture]);
  assert.equal(video.sender.parameters.encodings[0].active, true);
  assert.equal(saidOf("sdp").at(-1).attempt, 1);
});

test("a path that comes back within three seconds is kept", () => {
  FakePeer.newest.becomes("connected");
  FakePeer.newest.becomes("disconnected");
  clock.tick(2000);
  FakePeer.newest.becomes("connected");
  clock.tick(20_000);
  assert.equal(FakePeer.made.length, 1);
});

test("gives up aloud after every third failure, and tries on", async () => {
  for (let failure = 1; failure <= 6; failure += 1) {
    FakePeer.newest.becomes("failed");
    clock.tick(3000);
    await settle();
  }
  assert.equal(saidOf("media_failed").length, 2);
  assert.equal(FakePeer.made.length, 7);
});

test("an answer that never comes counts as a failure, but not while the server is away", async () => {
  clock.tick(8000 + 300);
  await settle();
  assert.equal(leg.failures, 1);
  reached = false;
  for (let second = 0; second < 60; second += 1) {
    clock.tick(1000);
    await settle();
  }
  assert.equal(leg.failures, 2, "the one attempt that the server still heard of");
  assert.equal(saidOf("media_failed").length, 0);
});

test("the server is back: a path that is up is told again, one that is not is begun anew", async () => {
  FakePeer.newest.becomes("connected");
  leg.resume();
  assert.equal(saidOf("media_up").length, 2);
  assert.equal(FakePeer.made.length, 1);
  FakePeer.newest.becomes("disconnected");
  leg.resume();
  await settle();
  assert.equal(FakePeer.made.length, 2);
});

test("muted before there is a microphone is muted when it comes", async () => {
  const voice = track("audio");
  leg.mute(true);
  await leg.attachMicrophone(voice);
  assert.equal(voice.enabled, false);
  leg.mute(false);
  assert.equal(voice.enabled, true);
});

test("camera off: nothing is encoded, nothing is attached, and its light goes out", async () => {
  const picture = track("video");
  const { sender } = FakePeer.newest.transceivers[1];
  await leg.cameraOn(picture);
  assert.deepEqual([sender.track, sender.parameters.encodings[0].active], [picture, true]);
  await leg.cameraOff();
  assert.deepEqual([sender.track, sender.parameters.encodings[0].active, picture.stopped], [null, false, true]);
});

test("closed: no new connection ever, and every light is out", async () => {
  const voice = track("audio");
  await leg.attachMicrophone(voice);
  FakePeer.newest.becomes("failed");
  leg.close();
  clock.tick(60_000);
  await leg.receive("renegotiate", {});
  assert.equal(FakePeer.made.length, 1);
  assert.equal(voice.stopped, true);
});

test("where the other end can, ICE is restarted on the connection there is, once; then there is a new one", async () => {
  FakePeer.newest.restartIce = () => restarted.push(FakePeer.newest);
  /** @type {any[]} */
  const restarted = [];
  await leg.receive("sdp", { attempt: 0, type: "answer", sdp: "v=0 answer", restarts: true });
  FakePeer.newest.becomes("connected");
  leg.mend();
  leg.mend();
  await settle();
  assert.equal(restarted.length, 1);
  assert.equal(FakePeer.made.length, 1);
  assert.deepEqual(saidOf("sdp").map(({ attempt, type }) => [attempt, type]), [[0, "offer"], [0, "offer"]]);
  await answer(0);
  clock.tick(4000);
  leg.mend();
  clock.tick(300);
  await settle();
  assert.equal(FakePeer.made.length, 2);
  assert.equal(saidOf("sdp").at(-1).attempt, 1);
});

test("where it cannot, or on a network that changed, a line that carries nothing is replaced", async () => {
  await answer();
  FakePeer.newest.becomes("connected");
  leg.networkChanged();
  clock.tick(300);
  await settle();
  assert.equal(FakePeer.made.length, 2);
  leg.mend(); // it is connecting: that has its own time
  clock.tick(7000);
  await settle();
  assert.equal(FakePeer.made.length, 2);
});
