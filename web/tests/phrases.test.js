import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { RESIDENT, VISITOR, phraseWords } from "../static/js/core/phrases.js";

const all = [...RESIDENT, ...VISITOR];

test("there are forty phrases, twenty for each side, and no two are alike", () => {
  assert.equal(RESIDENT.length, 20);
  assert.equal(VISITOR.length, 20);
  assert.equal(new Set(all.map(({ name }) => name)).size, 40);
  assert.equal(new Set(all.map(({ words }) => words())).size, 40);
  for (const { name } of all) assert.match(name, /^[a-z][a-z-]{0,39}$/);
});

test("every phrase is translated into every language, and differs there too", () => {
  for (const language of ["de", "es", "fr"]) {
    const catalogue = readFileSync(new URL(`../../intercom/language/${language}.po`, import.meta.url), "utf8");
    const translated = all.map(({ words }) => catalogue.match(new RegExp(`msgid "${words().replace(/[.?]/g, "\\$&")}"\nmsgstr "(.+)"\n`))?.[1]);
    all.forEach(({ name }, i) => assert.ok(translated[i], `${name} in ${language}`));
    assert.equal(new Set(translated).size, 40, language);
  }
});

test("an unknown phrase is shown as one", () => {
  assert.equal(phraseWords("moment"), "One moment, please.");
  assert.equal(phraseWords("from-next-year"), "A phrase that this page does not know.");
});
