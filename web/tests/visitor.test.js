/** The faces that only a visitor's own page has. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { next, start } from "../static/js/core/panel.js";
import { letters, visitorFace } from "../static/js/core/visitor.js";

const AT = 1000;
const ANNA = { id: "a", name: "Anna Lind", unit: "Flat 31", floor: "3", contact: false };
/** @type {any} */
const READY = {
  panel: "v", name: "", site: { id: "s", name: "Birkenhof", plate: "12" }, entrance: { id: "e", name: "Street door" }, entries: [ANNA], tone: "",
  visitor: { fence: "enforce", letters: 0 }, call: null, now: AT, protocol: 1,
};
/** @param {any[]} events */
const after = (...events) =>
  [{ type: "link", link: { connected: true, since: AT * 1000, nextTryAt: null, refused: null } }, { type: "ready", payload: READY }, ...events].reduce((panel, event) => next(panel, event, AT), start(AT));
/** @type {import("../static/js/core/visitor.js").Here} */
const HERE = { asked: null, locating: false, unproven: "" };
/** @param {string} code @param {object} [more] */
const refused = (code, more = {}) => after({ type: "pressed", entry: ANNA }, { type: "refused", code, message: "no", ...more });

test("a name that was pressed is asked about before it rings", () => {
  assert.equal(visitorFace(after(), HERE, AT), "names");
  assert.equal(visitorFace(after(), { ...HERE, asked: ANNA }, AT), "ask");
  const pressed = after({ type: "pressed", entry: ANNA });
  assert.equal(visitorFace(pressed, { ...HERE, asked: ANNA, locating: true }, AT), "locating");
  assert.equal(visitorFace(pressed, { ...HERE, asked: ANNA }, AT), "asking");
});

test("each refusal of the door has its face", () => {
  const faces = { outside_fence: "outside", fence_unknown: "where", word_needed: "word", wrong_word: "word", blocked: "blocked", old_sign: "old-sign", visit_over: "over", try_later: "refused" };
  for (const [code, face] of Object.entries(faces)) assert.equal(visitorFace(refused(code), { ...HERE, asked: ANNA }, AT), face, code);
});

test("who rang too often sees until when, and may then ring", () => {
  const panel = refused("too_many_rings", { retryAt: AT + 100 });
  assert.equal(visitorFace(panel, { ...HERE, asked: ANNA }, AT + 99), "too-many");
  assert.equal(visitorFace(panel, { ...HERE, asked: ANNA }, AT + 100), "ask");
});

test("a refused connection says why, and not that the panel is unpaired", () => {
  for (const [code, face] of [["old_sign", "old-sign"], ["visit_over", "over"]]) {
    const panel = after({ type: "link", link: { connected: false, since: 0, nextTryAt: null, refused: { code, message: "" } } });
    assert.equal(visitorFace(panel, HERE, AT), face);
  }
});

test("the end of a call stays until it was read", () => {
  const call = { call: "c", entry: ANNA, stage: "ringing", leg: null, legs: [], ice_servers: [], reason: null, ended_by: null, camera: false, lost: false, now: AT, ring_seconds: 45, deadline: AT + 45, established_at: null };
  const panel = after({ type: "pressed", entry: ANNA }, { type: "call", payload: call }, { type: "call", payload: { ...call, stage: "ended", reason: "no_answer" } });
  assert.equal(visitorFace(panel, HERE, AT + 3600), "unanswered");
});

test("letters and figures are counted, and nothing else", () => {
  assert.deepEqual(["", " a ", "a-b", "Lí", "4 1", "…%"].map(letters), [0, 1, 2, 2, 2, 0]);
});
