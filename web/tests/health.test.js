import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TZ = "Europe/Zurich";
const { healthOf } = await import("../static/js/core/health.js");

const NOW = new Date("2026-03-18T14:00").getTime() / 1000;
/** @param {Partial<import("../static/js/core/health.js").Owned>} told */
const of = (told) => healthOf({ id: "d", name: "Anna’s phone", health: "unproven", fault: null, rang_at: null, rang_after: null, ...told }, NOW);

test("a device that rang says when and how fast", () => {
  const { state, word, sentence } = of({ health: "rings", rang_at: NOW - 3600, rang_after: 0.84 });
  assert.deepEqual([state, word, sentence], ["none", "Rings", "Last proven: Today, 13:00. It rang after 0.8 s."]);
});

test("a device without a fresh proof says since when", () => {
  assert.equal(of({}).word, "Has not proved that it rings");
  assert.equal(of({}).sentence, "It has not rung yet. Test it.");
  assert.equal(of({ rang_at: NOW - 9.5 * 86400, rang_after: 1 }).sentence, "Not proven for 9 days. Test it.");
});

test("a fault says what to do, also of a device that rings while it is open", () => {
  assert.equal(of({ health: "cannot_ring", fault: "closed" }).word, "Cannot ring");
  assert.match(of({ health: "cannot_ring", fault: "closed" }).sentence, /^Its page is closed/);
  assert.match(of({ health: "rings", fault: "push_gone", rang_at: NOW, rang_after: 1 }).sentence, /1\.0 s\. Its notifications were lost/);
});
