/** Keeps the screen on during a talk: a phone that falls asleep would take picture and sound with it. */

/** @type {WakeLockSentinel | null} */
let lock = null;
let wanted = false;

/** @param {boolean} on */
export async function stayAwake(on) {
  if (wanted === on && (!on || lock)) return;
  wanted = on;
  if (!on) {
    lock?.release().catch(() => {});
    lock = null;
    return;
  }
  try {
    const taken = await navigator.wakeLock?.request("screen");
    if (!taken) return;
    if (!wanted) return void taken.release();
    lock = taken;
    taken.addEventListener("release", () => {
      if (lock === taken) lock = null;
    });
  } catch {
    // hidden, or low on battery: the device decides
  }
}
