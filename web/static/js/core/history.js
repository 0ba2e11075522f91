/** Which of the past calls are shown at home. */

/**
 * The newest, and before all those that nobody has seen; newest first.
 * @template {{at: number, unseen: boolean}} T
 * @param {T[]} calls newest first
 * @param {number} count
 * @returns {T[]}
 */
export function shortList(calls, count) {
  const unseen = calls.filter((call) => call.unseen).slice(0, count);
  const rest = calls.filter((call) => !call.unseen).slice(0, count - unseen.length);
  return [...unseen, ...rest].sort((a, b) => b.at - a.at);
}
