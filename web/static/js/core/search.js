/** Searching the phonebook: by name, unit and floor, without regard to accents and case. */

/** @typedef {{id: string, name: string, unit: string, floor: string, contact: boolean}} Entry */

/** @param {string} text one character stays one character, so that hits can be marked in the original */
export const plain = (text) =>
  [...text.normalize("NFC")]
    .map((c) => (c.normalize("NFD").replace(/\p{M}/gu, "") || c).toLowerCase())
    .map((c) => ([...c].length === 1 ? c : [...c][0]))
    .join("");

/**
 * @param {Entry[]} entries
 * @param {string} words
 * @returns {Entry[]} those in which every word is found, in their order
 */
export function find(entries, words) {
  const parts = plain(words).split(/\s+/).filter(Boolean);
  if (!parts.length) return entries;
  return entries.filter((entry) => {
    const text = plain(`${entry.name} ${entry.unit}`);
    return parts.every((part) => text.includes(part) || entry.floor.toLowerCase() === part);
  });
}

/**
 * The name in pieces, those that were found marked.
 * @param {string} name
 * @param {string} words
 * @returns {{text: string, hit: boolean}[]}
 */
export function marked(name, words) {
  const letters = [...name.normalize("NFC")];
  const low = [...plain(name)];
  const hits = new Array(letters.length).fill(false);
  for (const part of plain(words).split(/\s+/).filter(Boolean)) {
    const wanted = [...part];
    for (let at = 0; at + wanted.length <= low.length; at += 1) {
      if (wanted.every((c, i) => low[at + i] === c)) {
        hits.fill(true, at, at + wanted.length);
        break;
      }
    }
  }
  /** @type {{text: string, hit: boolean}[]} */
  const pieces = [];
  letters.forEach((letter, i) => {
    const last = pieces.at(-1);
    if (last && last.hit === hits[i]) last.text += letter;
    else pieces.push({ text: letter, hit: hits[i] });
  });
  return pieces;
}

/** "3 names found" @param {number} count */
export const found = (count) => (count === 0 ? "No name found" : count === 1 ? "1 name found" : `${count} names found`);

/** The floors that have entries, top floor first. @param {Entry[]} entries */
export function floors(entries) {
  const all = [...new Set(entries.map((entry) => entry.floor).filter(Boolean))];
  return all.sort((a, b) => b.localeCompare(a, undefined, { numeric: true }));
}
