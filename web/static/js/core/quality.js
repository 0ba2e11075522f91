/** How good the line is, in one calm word: it changes only after it has been so for a while. */

import { t } from "./words.js";

/** @typedef {"good" | "weak" | "lost"} Mark */

/** From here on talking is hard: round trip and jitter in seconds, loss as a share (ITU-T G.114, G.113). */
const WEAK = { rtt: 0.4, loss: 0.05, jitter: 0.06 };
/** It must be better than this before it is called good again. */
const GOOD = { rtt: 0.3, loss: 0.02, jitter: 0.04 };
/** Looks in a row, one a second. */
const WORSE_FOR = 3;
const BETTER_FOR = 5;

/**
 * @typedef {object} Quality
 * @property {Mark} mark
 * @property {number} worse looks in a row that were weak
 * @property {number} better looks in a row that were good
 */

/** @type {Quality} */
export const start = { mark: "good", worse: 0, better: 0 };

/**
 * @param {Quality} quality
 * @param {{rtt: number | null, loss: number | null, jitter: number | null, silent: boolean}} seen null: not known, no ground for a complaint
 * @returns {Quality}
 */
export function next({ mark, worse, better }, { rtt, loss, jitter, silent }) {
  if (silent) return { mark: "lost", worse: 0, better: 0 };
  const over = (/** @type {typeof WEAK} */ limit) => (rtt ?? 0) > limit.rtt || (loss ?? 0) > limit.loss || (jitter ?? 0) > limit.jitter;
  const bad = over(WEAK) ? worse + 1 : 0;
  const fine = over(GOOD) ? 0 : better + 1;
  if (mark === "good") return { mark: bad >= WORSE_FOR ? "weak" : "good", worse: bad, better: fine };
  return { mark: fine >= BETTER_FOR ? "good" : "weak", worse: bad, better: fine };
}

/** @param {Mark} mark */
export const markWords = (mark) => (mark === "good" ? t("Good line") : mark === "weak" ? t("Weak line") : t("No line"));

/** The icon that goes with the word. @param {Mark} mark */
export const markIcon = (mark) => (mark === "good" ? "online" : mark === "weak" ? "warn" : "offline");
