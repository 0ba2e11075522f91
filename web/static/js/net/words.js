/** Brings the page's catalogue. A page waits for it before it shows anything. */

import Tannin from "/static/vendor/tannin.js";
import { speak } from "../core/words.js";

const WITHIN = 4000;

/**
 * Speak `language` with the words at `address`. Without them the page speaks English rather than nothing.
 * @param {string} language
 * @param {string | undefined} address
 */
export async function speakIn(language, address) {
  if (!address) return speak(language);
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(WITHIN) });
    if (!answer.ok) throw new Error(`${answer.status}`);
    speak(language, new Tannin({ words: await answer.json() }));
  } catch (error) {
    console.warn("this page has no words in its language", error);
    speak("en");
  }
}

/** The language that the server chose for this page: `<html lang data-words>`. */
export const pageWords = () => speakIn(document.documentElement.lang, document.documentElement.dataset.words);
