/** How long to wait before the next try to connect. Pure: chance comes in as an argument. */

const FIRST = 1000;
const LONGEST = 30_000;

/**
 * Doubling from 1 s to 30 s, spread by half so that a whole house does not return at once.
 * While the device rings or talks the next try is at most a second away.
 * @param {number} tries failed tries so far
 * @param {boolean} busy the device rings or talks
 * @param {number} chance from 0 to 1
 * @returns {number} milliseconds
 */
export function nextDelay(tries, busy, chance) {
  if (busy) return tries === 0 ? 100 : 400 + 500 * chance;
  const whole = Math.min(LONGEST, FIRST * 2 ** Math.min(tries, 10));
  return whole / 2 + (whole / 2) * chance;
}
