/**
 * Whether anything comes through: how long this end of a talk has heard nothing at all.
 *
 * The honest measure is whatever arrives over the connection, not what arrives as sound or picture: a microphone that
 * is muted sends silence, one that was refused and a camera that is off send nothing, and none of these is a fault.
 * There are always reports for what this end sends (RTCP) and answers to ICE's consent checks (RFC 7675); both are
 * counted, as far as the browser tells of them. They may be seconds apart, so that a line which carries nothing else is
 * given more time. Where nothing has ever come, the state of the connection alone decides.
 * `intercom/panel/flow.py` is the same for the doorstation program.
 */

/** Nothing for so long, seconds, where sound or picture came: something is wrong. */
export const SILENT_AFTER = 5;
/** The same where only reports and checks came. */
export const SPARSE_AFTER = 12;
/** So many packets a second are sound or picture. */
const DENSE = 5;

/**
 * @typedef {object} Flow
 * @property {number} media packets of sound and picture of the present connection
 * @property {number} any all that has come over it, a number that grows
 * @property {number} heardAt when something came last, seconds
 * @property {number} lookedAt
 * @property {boolean} dense what came last was sound or picture
 * @property {boolean} ever something has come since the connection stood
 * @property {boolean} stood the connection stood at the last look
 */

/** @param {number} now seconds, of a clock that is never set @returns {Flow} */
export const start = (now) => ({ media: 0, any: 0, heardAt: now, lookedAt: now, dense: false, ever: false, stood: false });

/** @param {number} now @param {number} before @returns {number} what came more; a new connection counts from 0 again */
const more = (now, before) => (now >= before ? now - before : now);

/**
 * @param {Flow} flow
 * @param {{media: number, any: number, connected: boolean}} come
 * @param {number} now
 * @returns {Flow}
 */
export function hears(flow, { media, any, connected }, now) {
  const came = more(any, flow.any) > 0;
  const past = came && connected && flow.stood; // past the handshake
  const asleep = now - flow.lookedAt > SILENT_AFTER; // who did not listen has not heard nothing
  const ever = flow.ever || past;
  return {
    media,
    any,
    heardAt: came || asleep || (connected && !ever) ? now : flow.heardAt,
    lookedAt: now,
    dense: past ? more(media, flow.media) >= DENSE * Math.min(1, now - flow.lookedAt) : flow.dense,
    ever,
    stood: connected,
  };
}

/** Seconds without anything, if that is too long; else 0. @param {Flow} flow @param {number} now */
export function silent(flow, now) {
  const quiet = now - flow.heardAt;
  return quiet >= (flow.dense ? SILENT_AFTER : SPARSE_AFTER) ? quiet : 0;
}
