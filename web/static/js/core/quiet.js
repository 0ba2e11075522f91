/** Quiet hours as a form shows them: one row for the days that share a time. */

/** @typedef {{weekday: number, start: number, end: number}} Span */
/** @typedef {{days: number[], from: string, until: string}} Row */

/** "22:30" of a minute of the day; the end of the day is 00:00 of the next. @param {number} minute */
export const clock = (minute) => `${String(Math.floor(minute / 60) % 24).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

/** The minute of the day of "22:30", or null. @param {string} text */
export function minute(text) {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}

/** Rows of the form, in the order of their first days. @param {Span[]} spans @returns {Row[]} */
export function rows(spans) {
  /** @type {Map<string, Row>} */
  const byTime = new Map();
  for (const { weekday, start, end } of [...spans].sort((a, b) => a.weekday - b.weekday || a.start - b.start)) {
    const [from, until] = [clock(start), clock(end)];
    const row = byTime.get(`${from} ${until}`) ?? { days: [], from, until };
    row.days.push(weekday);
    byTime.set(`${from} ${until}`, row);
  }
  return [...byTime.values()];
}

/** What the rows mean; a row without days or with a time that is none means nothing. @param {Row[]} given @returns {Span[]} */
export function spans(given) {
  return given.flatMap(({ days, from, until }) => {
    const [start, end] = [minute(from), minute(until)];
    return start === null || end === null ? [] : [...new Set(days)].sort().map((weekday) => ({ weekday, start, end }));
  });
}
