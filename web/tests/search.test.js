/** Searching the phonebook. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { find, floors, found, keySets, marked, plain } from "../static/js/core/search.js";

const entry = (name, unit = "", floor = "") => ({ id: name, name, unit, floor, contact: false });
const house = [
  entry("Lígia Da Silva", "Flat 23", "2"),
  entry("Łukasz Żak", "Flat 31", "3"),
  entry("Jürgen Müller", "Flat 12", "1"),
  entry("Søren Ørsted", "Studio Ægir", "0"),
  entry("Иван Петров", "Flat 41", "4"),
];
const names = (words) => find(house, words).map((e) => e.name);
const hits = (name, words) => marked(name, words).filter((piece) => piece.hit).map((piece) => piece.text);

test("accents and capitals do not matter, also where Unicode keeps the letter whole", () => {
  assert.deepEqual(names("LIGIA"), ["Lígia Da Silva"]);
  assert.deepEqual(names("lukasz zak"), ["Łukasz Żak"]);
  assert.deepEqual(names("orsted"), ["Søren Ørsted"]);
  assert.deepEqual(names("aegir"), ["Søren Ørsted"]);
  assert.equal(plain("Straße"), "strasse");
});

test("an umlaut is found with and without its e", () => {
  assert.deepEqual(names("muller"), ["Jürgen Müller"]);
  assert.deepEqual(names("mueller"), ["Jürgen Müller"]);
});

test("names, units and floors are searched, in any order of words", () => {
  assert.deepEqual(names("flat 31"), ["Łukasz Żak"]);
  assert.deepEqual(names("silva ligia"), ["Lígia Da Silva"]);
  assert.deepEqual(names("floor 4"), ["Иван Петров"]);
  assert.deepEqual(names("0"), ["Søren Ørsted"]);
  assert.deepEqual(names("пет"), ["Иван Петров"]);
  assert.deepEqual(names("nobody"), []);
  assert.equal(find(house, "  "), house);
});

test("letters with a meaning in patterns are only letters", () => {
  assert.deepEqual(names(".*"), []);
  assert.deepEqual(hits("Dr. Egli (practice)", "(pr"), ["(pr"]);
});

test("hits are marked in the original letters, at the start of a word first", () => {
  assert.deepEqual(hits("Lígia Da Silva", "li"), ["Lí"]);
  assert.deepEqual(hits("Emilia Lind", "li"), ["Li"]);
  assert.deepEqual(hits("Emilia", "li"), ["li"]);
  assert.deepEqual(hits("Jürgen Müller", "mueller"), ["Müller"]);
  assert.deepEqual(hits("Łukasz Żak", "zak luk"), ["Łuk", "Żak"]);
  assert.equal(marked("Lígia Da Silva", "li").map((piece) => piece.text).join(""), "Lígia Da Silva");
  assert.deepEqual(marked("Anna", ""), [{ text: "Anna", hit: false }]);
});

test("the heading counts", () => {
  assert.deepEqual([found(0), found(1), found(3)], ["No name found", "1 name found", "3 names found"]);
});

test("the top floor is on top, as in the lift", () => {
  const house = ["0", "10", "-1", "2", "EG", "", "2"].map((floor) => entry("x", "", floor));
  assert.deepEqual(floors(house, "en"), ["10", "2", "EG", "0", "-1"]);
});

test("other scripts get keys of their own", () => {
  const sets = keySets(house, "en");
  assert.deepEqual(sets.map((set) => set.label), ["ABC", "123", "АВЕ"]);
  assert.deepEqual(sets[2].keys, [..."АВЕИНОПРТ"]);
  assert.equal(keySets([entry("Anna Łąka")], "en").length, 2);
});
