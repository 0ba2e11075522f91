/** Keys for fingers that write a sentence: the letters of a language, figures, and what ends a sentence. */

const LATIN = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
/** @type {Record<string, string>} */
const OWN = { de: "ÄÖÜß", es: "ÁÉÍÓÚÑ", fr: "ÀÇÈÉÊÎÔÙ" };
const FIGURES = [..."1234567890.,?!¿¡'-:/@"];

/** @param {string} language BCP 47 @returns {{label: string, keys: string[]}[]} */
export function writingKeys(language) {
  const own = OWN[language.split("-")[0] ?? ""] ?? "";
  return [
    { label: "ABC", keys: [...LATIN, ...own] },
    { label: "123", keys: FIGURES },
  ];
}

/** The line with one more letter: capital only where a sentence begins. @param {string} line @param {string} letter */
export const typed = (line, letter) => line + (/^$|[.?!] $/.test(line) ? letter : letter.toLowerCase());

/** The line without its last letter. @param {string} line */
export const erased = (line) => [...line].slice(0, -1).join("");
