import assert from "node:assert/strict";
import { test } from "node:test";
import { mayReload, reason, reloads } from "../static/js/core/watchdog.js";

const well = { busy: false, away: 0, idle: 1000, refused: null, still: 0, version: "a", served: "a" };
const ill = { away: { away: 301 }, "stood still": { still: 25 }, outdated: { served: "b" }, replaced: { refused: "replaced", away: 61 } };

test("a page that is well stays, for ever", () => {
  for (const idle of [0, 31, 1e6]) assert.equal(reason({ ...well, idle }), null);
  assert.equal(reason({ ...well, away: 299 }), null);
  assert.equal(reason({ ...well, still: 19 }), null);
});

test("each fault is a reason, but not in a call and not under fingers", () => {
  for (const [why, fault] of Object.entries(ill)) {
    assert.equal(reason({ ...well, ...fault }), why);
    assert.equal(reason({ ...well, ...fault, busy: true }), null, `${why}, in a call`);
    assert.equal(reason({ ...well, ...fault, idle: 29 }), null, `${why}, just touched`);
  }
});

test("a panel that the server turned away waits for its code, however long", () => {
  for (const refused of ["not_enrolled", "not_allowed"]) assert.equal(reason({ ...well, ...ill.away, ...ill.outdated, refused }), null);
  assert.equal(reason({ ...well, refused: "replaced", away: 59 }), null);
});

test("a version that is not known on one side is no reason", () => {
  assert.equal(reason({ ...well, version: "", served: "b" }), null);
  assert.equal(reason({ ...well, version: "a", served: "" }), null);
});

test("a fault that loading anew does not mend makes no loop: each pause is twice the last, up to an hour", () => {
  let kept = null;
  const at = [];
  for (let now = 0; now < 24 * 3600; now += 1) {
    if (reason({ ...well, served: "b", idle: 1000 }) && mayReload(kept, now)) {
      at.push(now);
      kept = reloads(kept, now);
    }
  }
  const pauses = at.slice(1).map((moment, index) => moment - at[index]);
  assert.deepEqual(pauses.slice(0, 6), [120, 240, 480, 960, 1920, 3600]);
  assert.ok(Math.max(...pauses) <= 3600);
  assert.ok(at.length < 32, `${at.length} in a day`);
});

test("after a good time it begins anew, and nonsense that was kept is nothing", () => {
  const kept = { tries: 9, at: 1000 };
  assert.equal(mayReload(kept, 1000 + 3599), false);
  assert.deepEqual(reloads(kept, 1000 + 7200), { tries: 1, at: 8200 });
  for (const nonsense of [null, { tries: NaN, at: 0 }, { tries: 3, at: 9e9 }]) assert.equal(mayReload(/** @type {any} */ (nonsense), 500), true);
});
