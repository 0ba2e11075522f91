/** When a panel's page, at which nobody sits, loads itself anew. Pure: clocks come in as arguments, in seconds. */

/** Without its connection for so long, although the server answers. */
const AWAY = 300;
/** Another page has taken this panel's place, and nobody presses the button that takes it back. */
const REPLACED = 60;
/** A page that has stood still for so long may be broken in other ways as well. */
const STOOD_STILL = 20;
/** Nobody has touched the panel for so long. */
const IDLE = 30;
const FIRST_PAUSE = 120;
const LONGEST_PAUSE = 3600;
/** A page that was well for so long begins anew. */
const FORGIVEN = 2 * LONGEST_PAUSE;

/**
 * What is to be judged: `away` and `idle` say for how long; `refused` is why the server turned the page away;
 * `still`: the longest that the page has stood still; `served` the version of the pages that the server has.
 * @typedef {{busy: boolean, away: number, idle: number, refused: string | null, still: number, version: string, served: string}} Look
 */
/** What a page leaves to the next one: how often it was loaded anew in a row, and when last. @typedef {{tries: number, at: number}} Kept */

/**
 * Why the page should be loaded anew, or null. Never while a call goes on, or fingers are on it.
 * @param {Look} look
 * @returns {"stood still" | "away" | "replaced" | "outdated" | null}
 */
export function reason({ busy, away, idle, refused, still, version, served }) {
  if (busy || idle < IDLE) return null;
  if (refused === "replaced") return away >= REPLACED ? "replaced" : null;
  if (refused) return null; // it is no panel: it waits for a code
  if (still >= STOOD_STILL) return "stood still";
  if (away >= AWAY) return "away";
  return version && served && version !== served ? "outdated" : null;
}

/** Whether enough time has passed since the last ones: each waits twice as long. @param {Kept | null} kept @param {number} now */
export function mayReload(kept, now) {
  const { tries, at } = remembered(kept, now);
  return tries === 0 || now >= at + Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1));
}

/** What to keep for the page that comes. @param {Kept | null} kept @param {number} now @returns {Kept} */
export const reloads = (kept, now) => ({ tries: Math.min(remembered(kept, now).tries + 1, 20), at: now });

/** @param {Kept | null} kept @param {number} now @returns {Kept} */
function remembered(kept, now) {
  const good = kept && Number.isFinite(kept.tries) && Number.isFinite(kept.at) && kept.at <= now && now - kept.at < FORGIVEN;
  return good ? kept : { tries: 0, at: 0 };
}
