import assert from "node:assert/strict";
import { test } from "node:test";

import { LONGEST, finish, greeting, hear, joined, rest, say, start, write } from "../static/js/core/text.js";

/** Numbers that look random and are the same each time. @param {number} seed */
function dice(seed) {
  let state = seed;
  return (/** @type {number} */ sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const LETTERS = [..."abc dé ñß.", "👍", "👨‍👩‍👧", "ض", "\u0301"];

/** What somebody might do to a line: type at its end, take back, change the middle, paste. @param {string} value @param {ReturnType<typeof dice>} roll */
function edited(value, roll) {
  const letters = [...value];
  const at = roll(letters.length + 1);
  const some = Array.from({ length: roll(4) }, () => LETTERS[roll(LETTERS.length)] ?? "").join("");
  return [value + some, letters.slice(0, -1).join(""), letters.slice(0, at).join("") + some + letters.slice(at + roll(3)).join(""), some][roll(4)] ?? "";
}

/** The lines of one of them, as the other has them. @param {import("../static/js/core/text.js").Text} text @param {boolean} mine */
const of = (text, mine) => text.lines.filter((line) => line.mine === mine).map(({ text, phrase }) => phrase ?? text);

test("whatever is done to a line, the other side sees the same line", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const roll = dice(seed);
    let here = start();
    let there = start();
    for (let step = 0; step < 30; step += 1) {
      const done = roll(8) === 0 ? finish(here) : roll(10) === 0 ? say(here, "moment") : write(here, edited(here.mine, roll));
      here = done.text;
      there = hear(there, done.send).text;
      assert.equal(there.theirs, here.mine, `seed ${seed}`);
      assert.deepEqual(of(there, false), of(here, true), `seed ${seed}`);
    }
  }
});

/** Two ends and what is on its way between them; a cut loses what is on its way. @param {number} seed */
function talk(seed) {
  const roll = dice(seed);
  const ends = [0, 1].map(() => ({ text: start(), asked: /** @type {number | null} */ (null), inbox: /** @type {string[]} */ ([]) }));
  const end = (/** @type {number} */ i) => /** @type {typeof ends[number]} */ (ends[i % 2]);
  const connect = () => {
    for (const one of ends) {
      one.text = joined(one.text);
      one.asked = null;
      one.inbox = [];
    }
    for (const i of [0, 1]) end(i + 1).inbox.push(greeting(end(i).text));
  };
  const take = (/** @type {number} */ i) => {
    const piece = end(i).inbox.shift();
    if (piece === undefined) return;
    const { text, asked } = hear(end(i).text, piece);
    end(i).text = text;
    if (asked === null) return;
    end(i).asked = asked;
    const missing = rest(text, asked);
    end(i).text = missing.text;
    end(i + 1).inbox.push(...missing.send);
  };
  return { roll, end, connect, take };
}

test("over connections that come and go, no line is lost and none comes twice", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const { roll, end, connect, take } = talk(seed);
    connect();
    for (let step = 0; step < 60; step += 1) {
      const i = roll(2);
      if (roll(12) === 0) connect();
      else if (roll(2)) take(i);
      else {
        const mine = end(i);
        const done = roll(4) === 0 ? finish(mine.text) : roll(6) === 0 ? say(mine.text, "yes") : write(mine.text, edited(mine.text.mine, roll));
        mine.text = done.text;
        if (mine.asked !== null && done.send) end(i + 1).inbox.push(done.send);
      }
    }
    connect();
    while (end(0).inbox.length || end(1).inbox.length) [0, 1].forEach(take);
    for (const i of [0, 1]) {
      assert.deepEqual(of(end(i + 1).text, false), of(end(i).text, true), `seed ${seed}`);
      assert.equal(end(i + 1).text.theirs, end(i).text.mine, `seed ${seed}`);
    }
  }
});

test("a page that was loaded again gets the other's lines, and says its new ones once", () => {
  let door = start();
  door = say(door, "delivery").text;
  door = hear(door, `${greeting(start())}Hello\u2028there\u2028`).text;
  const again = hear(start(), rest(door, 0).send.join("")).text;
  assert.deepEqual(of(again, false), ["delivery"]);
  const wrote = finish(write(again, "I am back").text).text; // before the connection was there
  const { text, send } = rest(wrote, door.heard);
  assert.deepEqual(send, ["I am back\u2028"]);
  assert.deepEqual(rest(text, door.heard + 1).send, []);
});

test("junk does no harm", () => {
  const junk = ["\b".repeat(500), "\u0098phrase", "\u0098phrase ../../x\u009c", "\u0098heard -1\u009c", "\u0098heard 99999999999\u009c", "\u0098\u009c", "\u2028\u2028 \u2028", "\u0000\u0007\ufeff\u009c", "x".repeat(100_000)];
  for (const piece of junk) {
    const { text, asked } = hear(start(), piece);
    assert.deepEqual({ ...text, theirs: text.theirs.trim() }, start(), JSON.stringify(piece.slice(0, 30)));
    assert.equal(asked, null);
  }
  for (let seed = 1; seed <= 300; seed += 1) {
    const roll = dice(seed);
    let text = start();
    for (let piece = 0; piece < 30; piece += 1) {
      const bytes = Array.from({ length: roll(60) }, () => String.fromCharCode([8, 0x2028, 0x98, 0x9c, 0xd800, 97 + roll(26), roll(65536)][roll(7)] ?? 0));
      text = hear(text, bytes.join("")).text;
    }
    assert.ok([...text.theirs].length <= LONGEST);
    assert.doesNotMatch(text.theirs, /[\u0000-\u001f\u0080-\u009f\u2028]/);
  }
});

test("a line is no longer than it may be, and not more lines are kept than may be", () => {
  const { text, send } = write(start(), "é".repeat(LONGEST + 500));
  assert.equal(text.mine.length, LONGEST);
  assert.equal(send, text.mine);
  let there = start();
  for (let i = 0; i < 5; i += 1) there = hear(there, "x".repeat(1000)).text;
  assert.equal(there.theirs.length, LONGEST);
  let here = start();
  for (let i = 0; i < 1000; i += 1) here = say(here, "yes").text;
  assert.equal(here.lines.length, 200);
});

test("what nobody can see is not sent", () => {
  assert.equal(write(start(), "a\u0000b\u2028c\u0098phrase yes\u009c").send, "abcphrase yes");
  assert.deepEqual(finish(write(start(), "   ").text), { text: start(), send: "\b\b\b" });
});
