import assert from "node:assert/strict";
import { test } from "node:test";
import { SILENT_AFTER, SPARSE_AFTER, hears, silent, start } from "../static/js/core/flow.js";

/**
 * Looks once a second.
 * @param {[number, number][]} looks media and all that came
 */
function heard(looks, flow = start(0), from = 0, connected = true) {
  looks.forEach(([media, any], second) => (flow = hears(flow, { media, any, connected }, from + second)));
  return flow;
}

test("sound that stops is missed after five seconds, and no more when anything comes", () => {
  const flow = heard([[0, 9], [50, 900], [100, 1800], [100, 1800], [100, 1800]]);
  assert.equal(silent(flow, 2 + SILENT_AFTER - 0.1), 0);
  assert.equal(silent(flow, 2 + SILENT_AFTER), SILENT_AFTER);
  assert.equal(silent(hears(flow, { media: 100, any: 1801, connected: true }, 8), 8), 0);
});

test("a muted microphone and a camera that is off leave reports and checks, seconds apart: nothing is missed", () => {
  /** @type {[number, number][]} */
  const looks = Array.from({ length: 60 }, (_, second) => [0, 9 + Math.floor(second / 7)]);
  const flow = heard(looks);
  assert.equal(silent(flow, 59), 0);
  assert.ok(silent(flow, 56 + SPARSE_AFTER) >= SPARSE_AFTER);
});

test("where neither end sends anything, the state of the connection decides", () => {
  const flow = heard(Array.from({ length: 60 }, () => [0, 9]));
  assert.equal(silent(flow, 60), 0);
  const gone = heard(Array.from({ length: 15 }, () => [0, 9]), flow, 60, false);
  assert.ok(silent(gone, 74) > SPARSE_AFTER);
});

test("a new connection counts from nothing, and the silence goes on until it carries", () => {
  let flow = heard([[0, 9], [50, 900], [100, 1800]]);
  flow = heard([[0, 0], [0, 0], [0, 0], [0, 0], [0, 0]], flow, 3, false);
  assert.equal(silent(flow, 7), 5);
  assert.equal(silent(hears(flow, { media: 0, any: 12, connected: true }, 8), 8), 0);
});

test("a page that was asleep has missed nothing yet", () => {
  const flow = hears(heard([[0, 9], [50, 900], [100, 1800]]), { media: 100, any: 1800, connected: true }, 700);
  assert.equal(silent(flow, 700), 0);
});
