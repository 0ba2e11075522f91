import assert from "node:assert/strict";
import { test } from "node:test";
import { remaining } from "../static/js/core/countdown.js";

test("minutes and seconds are counted down to the end, and then it is over", () => {
  assert.equal(remaining(600), "Good for 10:00 more");
  assert.equal(remaining(59.2), "Good for 1:00 more");
  assert.equal(remaining(9), "Good for 0:09 more");
  assert.equal(remaining(0.01), "Good for 0:01 more");
  for (const over of [0, -5]) assert.equal(remaining(over), "This code has run out. Make a new one.");
});
