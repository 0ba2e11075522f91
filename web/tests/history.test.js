import assert from "node:assert/strict";
import { test } from "node:test";
import { shortList } from "../static/js/core/history.js";

/** @param {number} at @param {boolean} [unseen] */
const call = (at, unseen = false) => ({ at, unseen });

test("an older call that nobody has seen is not pushed off the list by newer ones", () => {
  const calls = [call(9), call(8), call(7), call(6), call(5, true), call(4)];
  assert.deepEqual(shortList(calls, 3).map(({ at }) => at), [9, 8, 5]);
});

test("newest first, and no more than there is room for", () => {
  assert.deepEqual(shortList([call(3, true), call(2, true), call(1, true)], 2).map(({ at }) => at), [3, 2]);
  assert.deepEqual(shortList([call(3), call(2, true)], 5).map(({ at }) => at), [3, 2]);
  assert.deepEqual(shortList([], 5), []);
});
