/** Moments and lengths of time, as people read them. */

import { locale as spokenLocale, n, t } from "./words.js";

/** @param {number} seconds a length */
export function clockOf(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** "1 second", "31 seconds" @param {number} count */
export const counted = (count) => n("{count} second", "{count} seconds", count);

/** "1 minute and 12 seconds" @param {number} seconds */
export function spoken(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = counted(whole % 60);
  if (!minutes) return rest;
  const full = n("{count} minute", "{count} minutes", minutes);
  return whole % 60 ? t("{minutes} and {seconds}", { minutes: full, seconds: rest }) : full;
}

/** @param {number} moment Unix seconds @param {string} [locale] @param {boolean} [withSeconds] */
export const hourOf = (moment, locale = spokenLocale(), withSeconds = false) =>
  new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    ...(withSeconds ? { second: "2-digit" } : {}),
    hourCycle: "h23",
  }).format(moment * 1000);

/**
 * "Open again at 07:00.", with the day where that is not today, by the clock of the place.
 * @param {number} moment Unix seconds
 * @param {number} now
 * @param {string} [zone] IANA
 * @param {string} [locale]
 */
export function opensAgain(moment, now, zone, locale = spokenLocale()) {
  /** @param {Intl.DateTimeFormatOptions} options @param {number} at */
  const by = (options, at) => new Intl.DateTimeFormat(locale, { ...options, ...(zone ? { timeZone: zone } : {}) }).format(at * 1000);
  const time = by({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, moment);
  /** @type {Intl.DateTimeFormatOptions} */
  const date = { year: "numeric", month: "numeric", day: "numeric" };
  if (by(date, moment) === by(date, now)) return t("Open again at {time}.", { time });
  return t("Open again on {day} at {time}.", { day: by({ weekday: "long" }, moment), time });
}

/** @param {number} one Unix seconds @param {number} other */
const sameDay = (one, other) => new Date(one * 1000).toDateString() === new Date(other * 1000).toDateString();

/** The same hour of the day before, also where the clocks changed. @param {number} moment Unix seconds */
function dayBefore(moment) {
  const day = new Date(moment * 1000);
  day.setDate(day.getDate() - 1);
  return day.getTime() / 1000;
}

/** "14:05", and before today "Sat 18:40". @param {number} moment Unix seconds @param {number} now @param {string} [locale] */
export function shortDay(moment, now, locale = spokenLocale()) {
  const hour = hourOf(moment, locale);
  if (sameDay(moment, now)) return hour;
  const far = now - moment > 6 * 86_400;
  const day = new Intl.DateTimeFormat(locale, far ? { day: "numeric", month: "short" } : { weekday: "short" });
  return `${day.format(moment * 1000)} ${hour}`;
}

/** @param {number} moment Unix seconds @param {number} now Unix seconds @param {string} [locale] */
export function dayOf(moment, now, locale = spokenLocale()) {
  if (sameDay(moment, now)) return t("Today");
  if (sameDay(moment, dayBefore(now))) return t("Yesterday");
  return new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" }).format(moment * 1000);
}
