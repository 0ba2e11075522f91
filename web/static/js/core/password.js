/** How good a new password looks while it is typed. A hint: the server decides. */

/** Shortest password, in characters. */
export const SHORTEST = 8;
const ROWS = ["abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "yxcvbnm", "zxcvbnm"];

/**
 * From 0 (too short) to 4, by its length and by how many different things are in it.
 * @param {string} text
 * @param {string} own what everybody knows of its owner: names, e-mail, the house
 */
export function strength(text, own = "") {
  const characters = [...text.trim().normalize("NFC")];
  if (characters.length < SHORTEST) return 0;
  let rest = characters.join("").toLowerCase();
  for (const word of own.toLowerCase().split(/[^\p{L}\p{N}]+/u)) if (word.length >= 3) rest = rest.replaceAll(word, "*");
  const guesses = steps(rest);
  if (guesses < 5 || new Set(characters).size < 5) return 1;
  if (guesses < 9) return 2;
  return guesses < 14 ? 3 : 4;
}

/**
 * How many characters are left when a row of keys, or one character again and again, counts as one.
 * @param {string} text
 */
function steps(text) {
  let count = 0;
  for (let at = 0; at < text.length; count += 1) at += Math.max(1, run(text, at));
  return count;
}

/**
 * @param {string} text
 * @param {number} at
 */
function run(text, at) {
  let longest = 0;
  while (at + longest < text.length && text[at + longest] === text[at]) longest += 1;
  if (longest < 3) longest = 0;
  for (const row of ROWS)
    for (const line of [row, [...row].reverse().join("")]) {
      let length = 0;
      while (at + length < text.length && line.includes(text.slice(at, at + length + 1))) length += 1;
      if (length >= 4) longest = Math.max(longest, length);
    }
  return longest;
}
