import assert from "node:assert/strict";
import { test } from "node:test";

import { TextLine } from "../static/js/rtc/text-line.js";

/** Two ends of a channel that is up; what is sent arrives at once. `cut` loses everything from then on. */
function channels() {
  const ends = [0, 1].map(() => Object.assign(new EventTarget(), { readyState: "open", sent: /** @type {any[]} */ ([]), send: (/** @type {any} */ _) => {} }));
  ends.forEach((end, i) => {
    end.send = (data) => {
      if (end.readyState !== "open") throw new Error("closed");
      end.sent.push(data);
      ends[1 - i]?.dispatchEvent(Object.assign(new Event("message"), { data }));
    };
  });
  return /** @type {any[]} */ (ends);
}

const words = (/** @type {TextLine} */ line) => line.text.lines.map(({ mine, text, phrase }) => `${mine ? "me" : "they"}: ${phrase ?? text}`);

/** @param {TextLine} one @param {TextLine} other */
function connect(one, other) {
  const ends = channels();
  for (const end of ends) end.readyState = "connecting";
  one.use(ends[0]);
  other.use(ends[1]);
  for (const end of ends) end.readyState = "open";
  for (const end of ends) end.dispatchEvent(new Event("open"));
  return ends;
}

test("before the call is established nothing is sent, and nothing that comes is taken", () => {
  let changes = 0;
  const door = new TextLine(() => (changes += 1));
  const flat = new TextLine(() => {});
  const [here, there] = connect(door, flat);
  there.send("hello\u2028\u0098phrase coming\u009c");
  door.say("delivery");
  assert.deepEqual(here.sent, []);
  assert.deepEqual(words(door), ["me: delivery"]);
  assert.equal(changes, 1, "only by what was said here");
  flat.open(); // one side knows earlier than the other
  flat.write("Who");
  assert.equal(door.text.theirs, "");
  door.open();
  assert.deepEqual(words(flat), ["they: delivery"]);
  assert.equal(door.text.theirs, "Who");
});

test("a new connection goes on where the old one was cut", () => {
  const door = new TextLine(() => {});
  const flat = new TextLine(() => {});
  door.open();
  flat.open();
  const [here, there] = connect(door, flat);
  flat.write("Floor tw");
  here.readyState = there.readyState = "closed";
  flat.write("Floor two");
  flat.finish();
  door.write("I am");
  connect(flat, door);
  assert.deepEqual(words(door), ["they: Floor two"]);
  assert.equal(flat.text.theirs, "I am");
  assert.equal(door.text.theirs, "");
});

test("an old channel has nothing to say any more, and bytes are no text", () => {
  const door = new TextLine(() => {});
  const flat = new TextLine(() => {});
  door.open();
  flat.open();
  const [, old] = connect(door, flat);
  const [, now] = connect(door, flat);
  old.send("old");
  now.send(new Uint8Array(5));
  assert.equal(door.text.theirs, "");
});

test("whoever asks again and again is told once", () => {
  const door = new TextLine(() => {});
  door.open();
  const [here, there] = channels();
  door.use(here);
  for (let i = 0; i < 100; i += 1) door.say("yes");
  for (let i = 0; i < 100; i += 1) there.send("\u0098heard 0\u009c");
  assert.equal(here.sent.length, 101, "a greeting and a hundred phrases");
});
