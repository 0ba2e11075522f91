import assert from "node:assert/strict";
import { test } from "node:test";
import { markIcon, markWords, next, start } from "../static/js/core/quality.js";

const fine = { rtt: 0.05, loss: 0, jitter: 0.005, silent: false };
/** @param {Partial<typeof fine>[]} looks */
const after = (looks, quality = start) => looks.reduce((now, seen) => next(now, { ...fine, ...seen }), quality);
/** @template T @param {number} times @param {T} what */
const times = (times, what) => Array.from({ length: times }, () => what);

test("one bad second is no weak line, three are", () => {
  for (const bad of [{ rtt: 0.5 }, { loss: 0.1 }, { jitter: 0.1 }]) {
    assert.equal(after(times(2, bad)).mark, "good");
    assert.equal(after([bad, bad, {}, bad, bad]).mark, "good", "in a row");
    assert.equal(after(times(3, bad)).mark, "weak");
  }
});

test("a weak line is good again after five seconds that are clearly better, not at the border", () => {
  const weak = after(times(3, { loss: 0.1 }));
  assert.equal(after(times(4, {}), weak).mark, "weak");
  assert.equal(after(times(5, {}), weak).mark, "good");
  assert.equal(after(times(50, { loss: 0.03 }), weak).mark, "weak");
});

test("silence is said at once, and what returns is weak until it has proved itself", () => {
  const lost = after([{ silent: true }]);
  assert.equal(lost.mark, "lost");
  assert.equal(after([{}], lost).mark, "weak");
  assert.equal(after(times(5, {}), lost).mark, "good");
});

test("what is not known is no ground for a complaint", () => {
  assert.equal(after(times(9, /** @type {any} */ ({ rtt: null, loss: null, jitter: null }))).mark, "good");
});

test("each mark has a word and a drawing of its own", () => {
  const marks = /** @type {const} */ (["good", "weak", "lost"]);
  assert.equal(new Set(marks.map(markWords)).size, 3);
  assert.equal(new Set(marks.map(markIcon)).size, 3);
});
