import assert from "node:assert/strict";
import test from "node:test";

import { strength } from "../static/js/core/password.js";

test("too short is nothing, however odd", () => {
  assert.equal(strength(""), 0);
  assert.equal(strength("aB3$xY9"), 0);
  assert.equal(strength("   abc    "), 0);
});

test("rows, repetitions and one's own name are easily guessed", () => {
  for (const text of ["12345678", "abcdefghij", "qwertzuiop", "aaaaaaaaaaaa", "abababab", "aaaabbbb1234"]) {
    assert.equal(strength(text), 1, text);
  }
  assert.equal(strength("annalind1", "Anna Lind anna.lind@example.org"), 1);
  assert.equal(strength("birkenhofanna", "Anna Birkenhof"), 1);
});

test("length makes it better", () => {
  assert.equal(strength("hxk29dkw"), 2);
  assert.equal(strength("purple tram"), 3);
  assert.equal(strength("purple tram at noon"), 4);
  assert.equal(strength("密码安全很重要的"), 2);
});
