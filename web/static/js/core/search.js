/** Searching the phonebook: by name, unit and floor, without regard to accents and case. */

import { n, t } from "./words.js";

/** @typedef {{id: string, name: string, unit: string, floor: string, contact: boolean}} Entry */

/** Letters that Unicode does not take apart into a letter and a mark, but that the letters A to Z must find. */
const OWN = new Map(
  Object.entries({ ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i", ŋ: "n", ħ: "h", "’": "'" }),
);
const WITH_UMLAUT = /[äöü\u0308]/i;
const PLAIN = /^[\x20-\x7e]{0,200}$/;
const COUNT = Array.from({ length: 200 }, (_, i) => i);
const UMLAUTS = new Map(Object.entries({ ä: "ae", ö: "oe", ü: "ue" }));

/**
 * A text without accents and capitals, and for each of its letters the letter of the original that it comes from.
 * @param {string} text
 * @param {boolean} [umlauts] write ä as ae, as German speakers do without the key
 * @returns {{plain: string, from: number[], letters: string[]}}
 */
function fold(text, umlauts = false) {
  if (PLAIN.test(text)) return { plain: text.toLowerCase(), from: COUNT.slice(0, text.length), letters: text.split("") };
  const letters = [...text.normalize("NFC")];
  /** @type {number[]} */
  const from = [];
  let plain = "";
  letters.forEach((letter, i) => {
    const low = letter.toLowerCase();
    const folded = (umlauts && UMLAUTS.get(low)) || OWN.get(low) || low.normalize("NFD").replace(/\p{M}/gu, "");
    plain += folded;
    for (let n = 0; n < folded.length; n += 1) from.push(i);
  });
  return { plain, from, letters };
}

/** @param {string} text */
export const plain = (text) => fold(text).plain;

/** @param {string} words */
const wanted = (words) => plain(words).split(/\s+/).filter(Boolean);

/** Pieces of this length and shorter are looked up; longer words are looked for where their rarest piece is. */
const GRAM = 3;
/** @type {number[]} */
const NOWHERE = [];

/**
 * A phonebook that is searched as quickly with ten thousand names as with ten: it knows where every piece of up to
 * three letters is. `prepare` gets ready a part at a time; a search gets the rest ready itself.
 */
export class Book {
  /** @param {Entry[]} entries in their order */
  constructor(entries) {
    this.entries = entries;
    /** @type {string[][]} each entry's text, plain, and as German speakers write it without the key, if that differs */
    this.ways = [];
    /** @type {string[]} */
    this.floors = [];
    /** @type {Map<string, number[]>} */
    this.pieces = new Map();
    /** @type {Map<string, number[]>} */
    this.onFloor = new Map();
    /** @type {Set<string>} */
    this.longFloors = new Set();
    /** @type {number[] | null} */
    this.all = null;
  }

  /** Get the next `count` entries ready; whether there is more to do. @param {number} [count] */
  prepare(count = Infinity) {
    const { entries, ways, floors, pieces } = this;
    const until = Math.min(entries.length, ways.length + count);
    for (let i = ways.length; i < until; i += 1) {
      const { name, unit, floor } = /** @type {Entry} */ (entries[i]);
      const text = `${name} ${unit}`;
      const one = plain(text);
      const other = WITH_UMLAUT.test(text) ? fold(text, true).plain : one;
      const low = plain(floor);
      ways.push(one === other ? [one] : [one, other]);
      floors.push(low);
      for (const way of ways[i] ?? []) {
        for (let from = 0; from < way.length; from += 1) {
          for (let to = from + 1; to <= Math.min(from + GRAM, way.length); to += 1) put(pieces, way.slice(from, to), i);
        }
      }
      if (low.length <= GRAM) put(pieces, low, i); // "3" means the floor, too
      else this.longFloors.add(low);
      put(this.onFloor, floor, i);
    }
    return until < entries.length;
  }

  /**
   * Where in `entries` every word is found, in their order. Not to be changed.
   * @param {string} words
   * @param {string} [floor] of this floor only
   * @returns {number[]}
   */
  find(words, floor = "") {
    this.prepare();
    let parts = wanted(words);
    if (parts.length > 1) parts = parts.filter((part) => part !== "floor" && part !== plain(t("floor"))); // "floor 3" means the 3
    if (!parts.length) return floor ? (this.onFloor.get(floor) ?? NOWHERE) : this.everyone();
    let rarest = this.near(/** @type {string} */ (parts[0]));
    for (const part of parts) {
      const near = this.near(part);
      if (near.length < rarest.length) rarest = near;
    }
    if (parts.length === 1 && !floor && /** @type {string} */ (parts[0]).length <= GRAM) return rarest;
    return rarest.filter((i) => (!floor || this.entries[i]?.floor === floor) && parts.every((part) => this.has(i, part)));
  }

  everyone() {
    return (this.all ??= this.entries.map((_, i) => i));
  }

  /** Where a word may be. @param {string} part */
  near(part) {
    if (part.length <= GRAM) return this.pieces.get(part) ?? NOWHERE;
    if (this.longFloors.has(part)) return this.everyone();
    let rarest = this.pieces.get(part.slice(0, GRAM)) ?? NOWHERE;
    for (let from = 1; from + GRAM <= part.length; from += 1) {
      const here = this.pieces.get(part.slice(from, from + GRAM)) ?? NOWHERE;
      if (here.length < rarest.length) rarest = here;
    }
    return rarest;
  }

  /** @param {number} i @param {string} part */
  has(i, part) {
    return this.floors[i] === part || Boolean(this.ways[i]?.some((way) => way.includes(part)));
  }
}

/** @param {Map<string, number[]>} map @param {string} key @param {number} i */
function put(map, key, i) {
  const known = map.get(key);
  if (!known) map.set(key, [i]);
  else if (known[known.length - 1] !== i) known.push(i);
}

/**
 * @param {Entry[]} entries
 * @param {string} words
 * @returns {Entry[]} those in which every word is found, in their order
 */
export function find(entries, words) {
  return new Book(entries).find(words).map((i) => /** @type {Entry} */ (entries[i]));
}

/** @type {{words: string, parts: {part: string, begins: RegExp}[]}} */
let last = { words: "", parts: [] };

/** Each word, and what finds it at the start of one: made once for all rows. @param {string} words */
function patterns(words) {
  if (last.words !== words) {
    const begins = (/** @type {string} */ part) => new RegExp(`[^\\p{L}\\p{N}]${part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}`, "u");
    last = { words, parts: wanted(words).map((part) => ({ part, begins: begins(part) })) };
  }
  return last.parts;
}

/**
 * The text in pieces, those that were found marked: at the start of a word if there is such a place.
 * @param {string} text
 * @param {string} words
 * @returns {{text: string, hit: boolean}[]}
 */
export function marked(text, words) {
  const ways = [fold(text), ...(WITH_UMLAUT.test(text) ? [fold(text, true)] : [])];
  const letters = ways[0]?.letters ?? [];
  /** @type {boolean[]} */
  const hits = new Array(letters.length).fill(false);
  for (const { part, begins } of patterns(words)) {
    for (const way of ways) {
      const begin = ` ${way.plain}`.search(begins);
      const at = begin >= 0 ? begin : way.plain.indexOf(part);
      if (at < 0) continue;
      for (let i = at; i < at + part.length; i += 1) hits[way.from[i] ?? 0] = true;
      break;
    }
  }
  /** @type {{text: string, hit: boolean}[]} */
  const pieces = [];
  letters.forEach((letter, i) => {
    const hit = hits[i] ?? false;
    const before = pieces.at(-1);
    if (before && before.hit === hit) before.text += letter;
    else pieces.push({ text: letter, hit });
  });
  return pieces;
}

/** "3 names found" @param {number} count */
export const found = (count) => (count === 0 ? t("No name found") : n("{count} name found", "{count} names found", count));

/**
 * The floors that have entries, top floor first as in the lift. What is no number ("EG", "Ground") stands at 0.
 * @param {Entry[]} entries
 * @param {string} [locale]
 */
export function floors(entries, locale) {
  const { compare } = new Intl.Collator(locale, { numeric: true });
  const height = (/** @type {string} */ floor) => (/^[-−]?\d+/.test(floor) ? Number.parseInt(floor.replace("−", "-"), 10) : 0);
  const all = [...new Set(entries.map((entry) => entry.floor).filter(Boolean))];
  return all.sort((a, b) => height(b) - height(a) || compare(b, a));
}

const LATIN = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/**
 * The sets of keys that this phonebook needs: A to Z, figures, and the letters of other scripts that occur in it.
 * @param {Entry[]} entries
 * @param {string} [locale]
 * @returns {{label: string, keys: string[]}[]}
 */
export function keySets(entries, locale) {
  const used = new Set([...plain(entries.map((entry) => `${entry.name}${entry.unit}`).join(""))].map((c) => c.toUpperCase()));
  const others = [...used].filter((c) => /^\p{L}$/u.test(c) && !LATIN.includes(c)).sort(new Intl.Collator(locale).compare);
  const sets = [
    { label: "ABC", keys: LATIN },
    { label: "123", keys: [..."1234567890"] },
  ];
  // scripts of very many letters have no keys here: floors, pages and a real keyboard lead to the name
  if (others.length && others.length <= 40) sets.push({ label: others.slice(0, 3).join(""), keys: others });
  return sets;
}
