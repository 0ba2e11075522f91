import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceMemory } from "../static/js/core/device-name.js";

test("a tab remembers which device it is until it forgets", () => {
  /** @type {Map<string, string>} */
  const kept = new Map();
  const memory = deviceMemory({
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  });
  assert.equal(memory.get(), null);
  memory.set("d1");
  assert.equal(memory.get(), "d1");
  memory.forget();
  assert.equal(memory.get(), null);
});
