/**
 * The page's language. English sentences are the keys of the catalogue, and what is shown where it has none.
 *
 * `t("Sent")`, `t("Open {lock}", { lock })`, `n("1 name found", "{count} names found", count)`: scripts/words
 * collects the strings, so they stand in the call as they are, without `+` and `${}`.
 */

/** @typedef {{dcnpgettext(domain: string, context: undefined, one: string, many?: string, count?: number): string}} Catalogue tannin's */
/** @typedef {Record<string, string | number>} Values */

const DOMAIN = "words";

/** @type {Catalogue | null} */
let catalogue = null;
let spoken = "en";

/** From now on everything is said in `language`. @param {string} language @param {Catalogue | null} [words] none for English */
export function speak(language, words = null) {
  spoken = language;
  catalogue = words;
}

/** The language that is spoken, BCP 47. */
export const language = () => spoken;

/** For `Intl`: English as it is spoken beside the others, with the day before the month. */
export const locale = () => (spoken === "en" ? "en-GB" : spoken);

/** @param {number} value */
export const figure = (value) => new Intl.NumberFormat(locale()).format(value);

/** @param {string} text @param {Values} values */
const filled = (text, values) =>
  text.replace(/\{(\w+)\}/g, (place, name) => {
    const value = values[name];
    return value === undefined ? place : typeof value === "number" ? figure(value) : value;
  });

/**
 * The sentence in the page's language; `{name}` in it becomes the value of that name.
 * @param {string} text
 * @param {Values} [values]
 */
export function t(text, values) {
  const said = catalogue ? catalogue.dcnpgettext(DOMAIN, undefined, text) : text;
  return values ? filled(said, values) : said;
}

/**
 * The same where the words depend on a number; `{count}` becomes that number.
 * @param {string} one for 1, in English
 * @param {string} many
 * @param {number} count
 * @param {Values} [values]
 */
export function n(one, many, count, values = {}) {
  const said = catalogue ? catalogue.dcnpgettext(DOMAIN, undefined, one, many, count) : count === 1 ? one : many;
  return filled(said, { count, ...values });
}

/**
 * A sentence around parts of the page: `woven(t("{name} rings"), { name: element })` gives its pieces in their order.
 * @template T
 * @param {string} said
 * @param {Record<string, T>} parts
 * @returns {(string | T)[]}
 */
export const woven = (said, parts) =>
  said
    .split(/(\{\w+\})/)
    .map((piece) => parts[piece.slice(1, -1)] ?? piece)
    .filter((piece) => piece !== "");
