/** What the server knows of the ringing of one's devices, and tests of it. */

import { t } from "../core/words.js";
import { api } from "./api.js";
import * as push from "./push.js";

const TEST_TRIES = 15;
const TEST_PAUSE = 1000;

/** @param {{me: () => string, onKnown: () => void}} options `me`: the id of this device; `onKnown`: it knows more */
export function ringHealth({ me, onKnown }) {
  /** @type {import("../core/health.js").Owned[]} */
  let own = [];
  const rangAt = (/** @type {string} */ id) => own.find((one) => one.id === id)?.rang_at ?? null;

  async function check() {
    own = await api("GET", "/api/v1/devices").catch(() => own);
    onKnown();
  }

  return {
    check,
    /** The devices, as they were known last. */
    own: () => own,

    /** Ring one of one's own devices, and wait until it has. @param {string} id @returns {Promise<string>} what went wrong */
    async test(id) {
      const before = rangAt(id);
      try {
        await api("POST", `/api/v1/devices/${id}/test-ring`);
      } catch (error) {
        await check();
        return /** @type {Error} */ (error).message;
      }
      for (let tries = 0; tries < TEST_TRIES && rangAt(id) === before; tries++) {
        await new Promise((soon) => setTimeout(soon, TEST_PAUSE));
        await check();
      }
      return rangAt(id) === before ? t("It did not say that it rang. Look at it.") : "";
    },

    /** This device has sounded for a test. @param {string} test */
    proven: (test) => api("POST", `/api/v1/devices/${me()}/proven`, { test }).then(check, console.warn),

    /** The server rings this page by push when it is closed: if its browser can no more, that is said now and not at the next ring. */
    async checkPush() {
      const id = me();
      await check();
      if (!own.find((one) => one.id === id)?.push) return;
      const state = await push.state(id);
      if (state !== "off" && state !== "denied") return;
      await api("POST", `/api/v1/devices/${id}/push/lost`).catch(console.warn);
      await check();
    },
  };
}
