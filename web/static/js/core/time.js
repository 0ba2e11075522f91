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

/** The pages speak English; days and months must not come in another language. */
const ENGLISH = "en-GB";

/** @param {number} moment Unix seconds @param {string} [locale] @param {boolean} [withSeconds] */
export const hourOf = (moment, locale = ENGLISH, withSeconds = false) =>
  new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    ...(withSeconds ? { second: "2-digit" } : {}),
    hourCycle: "h23",
  }).format(moment * 1000);

/** The same hour of the day before, also where the clocks changed. @param {number} moment Unix seconds */
function dayBefore(moment) {
  const day = new Date(moment * 1000);
  day.setDate(day.getDate() - 1);
  return day.getTime() / 1000;
}

/** "14:05", and before today "Sat 18:40". @param {number} moment Unix seconds @param {number} now @param {string} [locale] */
export function shortDay(moment, now, locale = ENGLISH) {
  const hour = hourOf(moment, locale);
  if (dayOf(moment, now, locale) === "Today") return hour;
  const far = now - moment > 6 * 86_400;
  const day = new Intl.DateTimeFormat(locale, far ? { day: "numeric", month: "short" } : { weekday: "short" });
  return `${day.format(moment * 1000)} ${hour}`;
}

/** @param {number} moment Unix seconds @param {number} now Unix seconds @param {string} [locale] */
export function dayOf(moment, now, locale = ENGLISH) {
  const day = (/** @type {number} */ at) => new Date(at * 1000).toDateString();
  if (day(moment) === day(now)) return "Today";
  if (day(moment) === day(dayBefore(now))) return "Yesterday";
  return new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" }).format(moment * 1000);
}
