/** Moments and lengths of time, as people read them. */

/** @param {number} seconds a length */
export function clockOf(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** @param {number} count @param {string} unit singular @returns {string} "1 second", "2 seconds" */
export const counted = (count, unit) => `${count} ${unit}${count === 1 ? "" : "s"}`;

/** "1 minute and 12 seconds" @param {number} seconds */
export function spoken(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = counted(whole % 60, "second");
  if (!minutes) return rest;
  return whole % 60 ? `${counted(minutes, "minute")} and ${rest}` : counted(minutes, "minute");
}

/** @param {number} moment Unix seconds @param {string} [locale] @param {boolean} [withSeconds] */
export const hourOf = (moment, locale, withSeconds = false) =>
  new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    ...(withSeconds ? { second: "2-digit" } : {}),
    hourCycle: "h23",
  }).format(moment * 1000);

/** @param {number} moment Unix seconds @param {number} now Unix seconds @param {string} [locale] */
export function dayOf(moment, now, locale) {
  const day = (/** @type {number} */ at) => new Date(at * 1000).toDateString();
  if (day(moment) === day(now)) return "Today";
  if (day(moment) === day(now - 86_400)) return "Yesterday";
  return new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" }).format(moment * 1000);
}
