/** The visitor's own page as a value: the faces of the caller's panel, and those that only a phone has. */

import { away, faceOf, isLive } from "./panel.js";

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./panel.js").Entry} Entry */
/** @typedef {import("./panel.js").Face | "outside" | "where" | "word" | "too-many" | "blocked" | "old-sign" | "over" | "ask" | "locating"} VisitorFace */

/** What the door refused, and the face that says so. @type {Record<string, VisitorFace>} */
const REFUSED = {
  outside_fence: "outside",
  fence_unknown: "where",
  word_needed: "word",
  wrong_word: "word",
  too_many_rings: "too-many",
  blocked: "blocked",
  old_sign: "old-sign",
  visit_over: "over",
};

/**
 * @typedef {object} Here what only this page knows
 * @property {Entry | null} asked the name that was pressed, before anything is asked of the phone
 * @property {boolean} locating the phone is being asked where it is
 * @property {"" | "outside" | "unknown"} unproven what the door makes of where they stand, in a call, where that matters
 */

/**
 * Which face the page shows at `at` (our own clock, Unix seconds).
 * @param {Panel} panel
 * @param {Here} here
 * @param {number} at
 * @returns {VisitorFace}
 */
export function visitorFace(panel, here, at) {
  const refused = panel.link.refused?.code ?? "";
  if (!isLive(panel.call) && (refused === "old_sign" || refused === "visit_over")) return REFUSED[refused] ?? "over";
  if (panel.refusal && !isLive(panel.call) && !panel.link.refused) {
    const face = REFUSED[panel.refusalCode];
    if (face === "too-many" && panel.retryAt <= at + panel.offset) return "ask";
    return face ?? "refused";
  }
  if (here.locating && !panel.call) return "locating";
  if (here.asked && !panel.pressed && !panel.call && panel.home && !panel.link.refused) return away(panel, at) ? "offline" : "ask";
  return faceOf(panel, at);
}

/** Letters and figures in what was typed. @param {string} text */
export const letters = (text) => [...text].filter((c) => /[\p{L}\p{N}]/u.test(c)).length;
