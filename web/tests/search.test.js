/** Searching the phonebook. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Book, find, floors, found, keySets, marked, plain } from "../static/js/core/search.js";

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
  assert.deepEqual(find(house, "  "), house);
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

test("every word that is typed finds what looking at each name finds, in the same order", () => {
  const parts = ["An", "na", "Lü", "ders", "Müll", "er", "3", "31", "Ægir", " ", "-", "ß", "Иван", "Ñ"];
  let seed = 7;
  const some = (/** @type {number} */ n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const word = () => Array.from({ length: 1 + some(4) }, () => parts[some(parts.length)]).join("");
  const many = Array.from({ length: 400 }, (_, i) => ({ ...entry(word(), word(), ["", "3", "EG", "Ground"][some(4)]), id: `${i}` }));
  const book = new Book(many);
  while (book.prepare(37));
  const spelled = (/** @type {string} */ text) => plain(text.replace(/ü/g, "ue"));
  const looked = (/** @type {string} */ words, /** @type {string} */ floor) => {
    let typed = plain(words).split(" ").filter(Boolean);
    if (typed.length > 1) typed = typed.filter((part) => part !== "floor");
    const has = (/** @type {import("../static/js/core/search.js").Entry} */ e, /** @type {string} */ part) =>
      [plain, spelled].some((way) => way(`${e.name} ${e.unit}`).includes(part)) || plain(e.floor) === part;
    return many.filter((e) => (!floor || e.floor === floor) && typed.every((part) => has(e, part))).map((e) => e.id);
  };
  for (let n = 0; n < 300; n += 1) {
    const words = ["ground", "floor 3", word(), `${word()} ${word()}`, word().slice(0, 2)][some(5)] ?? "";
    const floor = ["", "", "3", "Ground"][some(4)] ?? "";
    assert.deepEqual(book.find(words, floor).map((i) => many[i]?.id), looked(words, floor), `${words} on ${floor}`);
  }
});

test("an empty phonebook finds nothing", () => {
  assert.deepEqual(new Book([]).find("a"), []);
  assert.deepEqual(new Book([]).find("", "3"), []);
});
