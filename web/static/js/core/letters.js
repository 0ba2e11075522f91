/** Keys for fingers that write a sentence: the letters of a language, figures, and what ends a sentence. */

const LATIN = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
/** @type {Record<string, string>} */
const OWN = { de: "ÄÖÜß", es: "ÁÉÍÓÚÜÑ¿¡", fr: "ÀÂÇÈÉÊËÎÏÔÙÛ" };
const FIGURES = [..."1234567890.,?!'-:/+@"];

/** @param {string} language BCP 47 @returns {{label: string, keys: string[]}[]} */
export function writingKeys(language) {
  const own = [...(OWN[language.split("-")[0] ?? ""] ?? "")];
  const letters = { label: "ABC", keys: LATIN };
  const figures = { label: "123", keys: FIGURES };
  return own.length ? [letters, { label: own.slice(0, 3).join(""), keys: own }, figures] : [letters, figures];
}

/** The line with one more letter: capital only where a sentence begins. @param {string} line @param {string} letter */
export const typed = (line, letter) => line + (/^$|[.?!] $/.test(line) ? letter : letter.toLowerCase());

/** The line without its last letter. @param {string} line */
export const erased = (line) => [...line].slice(0, -1).join("");
