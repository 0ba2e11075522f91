import assert from "node:assert/strict";
import { test } from "node:test";
import { lastWords } from "../static/js/net/last-words.js";

test("what did not reach the server is said again until it does, and its call is known as left", async () => {
  /** @type {string[]} */
  const said = [];
  let there = false;
  const last = lastWords(async (event) => {
    said.push(event);
    return there ? { ok: true } : { ok: false, error: { code: "no_connection" } };
  });
  await last.say("c1", "hang_up", { call: "c1" });
  assert.deepEqual([last.waits(), last.left("c1"), last.left("c2")], [true, true, false]);
  await last.again();
  assert.equal(last.waits(), true);
  there = true;
  await last.again();
  await last.again();
  assert.equal(last.waits(), false);
  assert.deepEqual(said, ["hang_up", "hang_up", "hang_up"]);
});

test("a refusal has arrived, too", async () => {
  const last = lastWords(async () => ({ ok: false, error: { code: "call_ended" } }));
  await last.say("c1", "decline", { call: "c1", leg: "l1" });
  assert.equal(last.waits(), false);
});
