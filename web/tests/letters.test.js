import assert from "node:assert/strict";
import { test } from "node:test";

import { erased, typed, writingKeys } from "../static/js/core/letters.js";

test("every language has its letters, and figures", () => {
  assert.equal(writingKeys("en")[0]?.keys.length, 26);
  assert.ok(writingKeys("de-CH")[0]?.keys.includes("Ü"));
  for (const language of ["en", "de", "es", "fr"]) {
    const keys = writingKeys(language).flatMap(({ keys }) => keys);
    assert.equal(new Set(keys).size, keys.length, language);
  }
});

test("a sentence begins with a capital", () => {
  const line = [..."HELLO. YOU"].reduce(typed, "");
  assert.equal(line, "Hello. You");
  assert.equal(erased("👍"), "");
});
