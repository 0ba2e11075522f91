/** Loads the panel's page anew when it should be, and never in a loop. */

import { mayReload, reason, reloads } from "../core/watchdog.js";

const KEPT = "watchdog";

/**
 * Begin to watch. `busy`: a call goes on, or somebody does something; `version`: of this page, `served`: of those
 * that the server has now, as far as it is known.
 * @param {{link: {state: {connected: boolean, since: number, refused: {code: string} | null}}, busy: () => boolean, version: string, served: () => string}} page
 */
export function watchdog({ link, busy, version, served }) {
  let lookedAt = performance.now();
  let touchedAt = performance.now();
  let still = 0;
  let asking = false;
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => (touchedAt = performance.now()), { capture: true });
  // browsers let the clocks of a hidden page stand still
  document.addEventListener("visibilitychange", () => (lookedAt = performance.now()));

  setInterval(() => {
    const now = performance.now();
    if (!document.hidden) still = Math.max(still, (now - lookedAt) / 1000 - 1);
    lookedAt = now;
    const { connected, since, refused } = link.state;
    const why = reason({
      busy: busy(),
      away: connected ? 0 : (Date.now() - since) / 1000,
      idle: (now - touchedAt) / 1000,
      refused: refused?.code ?? null,
      still,
      version,
      served: served(),
    });
    if (why && !document.hidden && !asking && mayReload(kept(), Date.now() / 1000)) void anew(why);
  }, 1000);

  /** Only while the server answers: without a network nothing would be better afterwards. @param {string} why */
  async function anew(why) {
    asking = true;
    const answer = await fetch("/livez", { cache: "no-store" }).catch(() => null);
    asking = false;
    if (!answer?.ok || busy()) return;
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(reloads(kept(), Date.now() / 1000)));
    } catch {
      return; // what cannot be remembered could become a loop
    }
    console.info(`The page is loaded anew: ${why}.`);
    location.reload();
  }
}

/** @returns {import("../core/watchdog.js").Kept | null} */
function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  } catch {
    return null;
  }
}
