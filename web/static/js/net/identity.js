/** Which device this tab is, also after it was loaded again; two tabs are never the same one. */

import { deviceMemory } from "../core/device-name.js";

const TRIES = 5;
const BETWEEN = 100;

/** @param {string} id @returns {Promise<boolean>} whether this tab, and no other, now is the device until it closes */
const hold = (id) =>
  new Promise((resolve) => {
    navigator.locks.request(`device ${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => {});
    });
  });

/**
 * A duplicated tab copies the memory of its twin: only one of them may keep it. A page that is loaded again may have
 * to wait a moment until its own former self is gone.
 */
export async function identity() {
  const memory = deviceMemory(sessionStorage);
  const id = memory.get();
  if (id && navigator.locks && !(await held(id))) memory.forget();
  return {
    get: memory.get,
    /** What the server says that this device is. @param {string} now */
    set(now) {
      if (memory.get() === now) return;
      memory.set(now);
      if (navigator.locks) hold(now);
    },
  };
}

/** @param {string} id */
async function held(id) {
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (await hold(id)) return true;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN));
  }
  return false;
}
