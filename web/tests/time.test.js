import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TZ = "Europe/Zurich";
const { clockOf, counted, dayOf, hourOf, shortDay, spoken } = await import("../static/js/core/time.js");

/** @param {string} text local time */
const at = (text) => new Date(text).getTime() / 1000;

test("a running time", () => {
  assert.deepEqual([0, 9.9, 42, 60, 725, -3].map(clockOf), ["0:00", "0:09", "0:42", "1:00", "12:05", "0:00"]);
});

test("a length in words", () => {
  assert.deepEqual([0, 1, 7, 60, 72, 120, 121].map(spoken), [
    "0 seconds",
    "1 second",
    "7 seconds",
    "1 minute",
    "1 minute and 12 seconds",
    "2 minutes",
    "2 minutes and 1 second",
  ]);
  assert.equal(counted(31), "31 seconds");
});

test("hours have two digits and midnight is 00", () => {
  assert.equal(hourOf(at("2026-11-22T00:05:09")), "00:05");
  assert.equal(hourOf(at("2026-11-22T14:32:07"), undefined, true), "14:32:07");
});

test("days: today, yesterday, then their names in English", () => {
  const now = at("2026-11-22T10:00:00");
  assert.equal(dayOf(at("2026-11-22T00:00:01"), now), "Today");
  assert.equal(dayOf(at("2026-11-21T23:59:59"), now), "Yesterday");
  assert.equal(dayOf(at("2026-11-14T12:00:00"), now), "Saturday 14 November");
});

test("yesterday is the day before also when the clocks change", () => {
  assert.equal(dayOf(at("2026-10-24T23:30:00"), at("2026-10-25T23:45:00")), "Yesterday");
  assert.equal(dayOf(at("2026-03-28T00:10:00"), at("2026-03-29T00:20:00")), "Yesterday");
});

test("short: the hour today, the weekday within a week, the date before that", () => {
  const now = at("2026-11-22T10:00:00");
  assert.equal(shortDay(at("2026-11-22T09:12:00"), now), "09:12");
  assert.equal(shortDay(at("2026-11-21T18:40:00"), now), "Sat 18:40");
  assert.equal(shortDay(at("2026-11-02T18:40:00"), now), "2 Nov 18:40");
});
