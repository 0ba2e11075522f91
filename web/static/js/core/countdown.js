/** How much of a time is left, in words. */

import { t } from "./words.js";

/**
 * @param {number} seconds left; not more than none: over
 * @returns {string}
 */
export function remaining(seconds) {
  const whole = Math.ceil(seconds);
  if (whole <= 0) return t("This code has run out. Make a new one.");
  return t("Good for {time} more", { time: `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}` });
}
