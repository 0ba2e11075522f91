import assert from "node:assert/strict";
import { test } from "node:test";
import { nextDelay } from "../static/js/core/backoff.js";

test("idle: from a second, doubling to half a minute, spread by half", () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 60].map((tries) => nextDelay(tries, false, 1));
  assert.deepEqual(longest, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  for (const [tries, most] of longest.entries()) assert.equal(nextDelay(tries, false, 0), most / 2);
});

test("while it rings or is talked the next try is never more than a second away", () => {
  for (const tries of [0, 1, 5, 1000]) for (const chance of [0, 0.5, 1]) assert.ok(nextDelay(tries, true, chance) <= 1000);
  assert.ok(nextDelay(0, true, 1) < nextDelay(1, true, 0));
});
