/** Ring health: what is known of a device, in words. */

import { dayOf, hourOf } from "./time.js";
import { locale, n, t } from "./words.js";

/**
 * @typedef {object} Owned a device of one's own, as the server tells it
 * @property {string} id
 * @property {string} name
 * @property {boolean} [push] a push rings it when its page is closed
 * @property {"rings" | "unproven" | "cannot_ring"} health
 * @property {"closed" | "push_gone" | "not_installed" | "silent" | null} fault
 * @property {number | null} rang_at Unix seconds of the last proof
 * @property {number | null} rang_after seconds that it took then
 */

/** "0.8" @param {number} seconds */
const tenths = (seconds) => new Intl.NumberFormat(locale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(Math.max(0.1, seconds));

/** @param {number} from Unix seconds @param {number} now */
const days = (from, now) => Math.max(1, Math.floor((now - from) / 86_400));

/**
 * State, drawing, word and sentence. The state is of the look: none, unknown or refused.
 * @param {Owned} own
 * @param {number} now Unix seconds, the server's
 */
export function healthOf({ health, fault, rang_at: at, rang_after: after }, now) {
  if (health === "cannot_ring") return { state: "refused", drawing: "bell-off", word: t("Cannot ring"), sentence: remedy(fault) };
  if (health === "rings" && at !== null && after !== null) {
    const proven = t("Last proven: {day}, {hour}. It rang after {seconds} s.", { day: dayOf(at, now), hour: hourOf(at), seconds: tenths(after) });
    return { state: "none", drawing: "bell", word: t("Rings"), sentence: fault ? `${proven} ${remedy(fault)}` : proven };
  }
  const sentence = at === null ? t("It has not rung yet. Test it.") : n("Not proven for {count} day. Test it.", "Not proven for {count} days. Test it.", days(at, now));
  return { state: "unknown", drawing: "query", word: t("Has not proved that it rings"), sentence: fault ? `${sentence} ${remedy(fault)}` : sentence };
}

/** What to do about it. @param {Owned["fault"]} fault */
const remedy = (fault) =>
  fault === "push_gone"
    ? t("Its notifications were lost. Open its settings and turn on “Ring also when closed”.")
    : fault === "not_installed"
      ? t("When its page is closed it does not ring: an iPhone or iPad is rung only from its home screen. Put the page there, then turn on “Ring also when closed”.")
    : fault === "silent"
      ? t("It did not answer last night’s test: it may be switched off, or without a network. Test it.")
    : t("Its page is closed. Open it there, or turn on “Ring also when closed” in its settings.");
