import assert from "node:assert/strict";
import { test } from "node:test";

import { clock, minute, rows, spans } from "../static/js/core/quiet.js";

test("a minute of the day is a time, and back", () => {
  assert.equal(clock(0), "00:00");
  assert.equal(clock(1350), "22:30");
  assert.equal(clock(1440), "00:00");
  assert.equal(minute("22:30"), 1350);
  for (const wrong of ["", "24:00", "7:00", "12:60", "noon"]) assert.equal(minute(wrong), null, wrong);
});

test("days that share a time are one row", () => {
  const night = [0, 1, 4].map((weekday) => ({ weekday, start: 1320, end: 390 }));
  const nap = { weekday: 1, start: 780, end: 840 };
  assert.deepEqual(rows([nap, ...night]), [
    { days: [0, 1, 4], from: "22:00", until: "06:30" },
    { days: [1], from: "13:00", until: "14:00" },
  ]);
});

test("rows say again what they were made of", () => {
  const all = [
    { weekday: 6, start: 0, end: 0 },
    { weekday: 0, start: 1320, end: 390 },
    { weekday: 3, start: 1320, end: 390 },
  ];
  const said = spans(rows(all));
  assert.deepEqual(new Set(said.map((s) => JSON.stringify(s))), new Set(all.map((s) => JSON.stringify(s))));
});

test("a row without days or without times says nothing, and a day twice is one", () => {
  assert.deepEqual(spans([{ days: [], from: "22:00", until: "06:00" }]), []);
  assert.deepEqual(spans([{ days: [1], from: "", until: "06:00" }]), []);
  assert.deepEqual(spans([{ days: [1, 1], from: "22:00", until: "06:00" }]), [{ weekday: 1, start: 1320, end: 360 }]);
});
