/** Searching the phonebook: by name, unit and floor, without regard to accents and case. */

/** @typedef {{id: string, name: string, unit: string, floor: string, contact: boolean}} Entry */

/** Letters that Unicode does not take apart into a letter and a mark, but that the letters A to Z must find. */
const OWN = new Map(
  Object.entries({ ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i", ŋ: "n", ħ: "h", "’": "'" }),
);
const UMLAUTS = new Map(Object.entries({ ä: "ae", ö: "oe", ü: "ue" }));

/**
 * A text without accents and capitals, and for each of its letters the letter of the original that it comes from.
 * @param {string} text
 * @param {boolean} [umlauts] write ä as ae, as German speakers do without the key
 * @returns {{plain: string, from: number[], letters: string[]}}
 */
function fold(text, umlauts = false) {
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

/**
 * @param {Entry[]} entries
 * @param {string} words
 * @returns {Entry[]} those in which every word is found, in their order
 */
export function find(entries, words) {
  let parts = wanted(words);
  if (parts.length > 1) parts = parts.filter((part) => part !== "floor"); // "floor 3" means the 3
  if (!parts.length) return entries;
  return entries.filter((entry) => {
    const text = `${entry.name} ${entry.unit}`;
    const ways = [plain(text), fold(text, true).plain];
    return parts.every((part) => ways.some((way) => way.includes(part)) || plain(entry.floor) === part);
  });
}

/**
 * The text in pieces, those that were found marked: at the start of a word if there is such a place.
 * @param {string} text
 * @param {string} words
 * @returns {{text: string, hit: boolean}[]}
 */
export function marked(text, words) {
  const ways = [fold(text), fold(text, true)];
  const letters = ways[0]?.letters ?? [];
  /** @type {boolean[]} */
  const hits = new Array(letters.length).fill(false);
  for (const part of wanted(words)) {
    for (const way of ways) {
      const begin = ` ${way.plain}`.search(new RegExp(`[^\\p{L}\\p{N}]${part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}`, "u"));
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
    const last = pieces.at(-1);
    if (last && last.hit === hit) last.text += letter;
    else pieces.push({ text: letter, hit });
  });
  return pieces;
}

/** "3 names found" @param {number} count */
export const found = (count) => (count === 0 ? "No name found" : count === 1 ? "1 name found" : `${count} names found`);

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
