import assert from "node:assert/strict";
import { test } from "node:test";
import { howToAllow } from "../static/js/core/allowing.js";

const AGENTS = {
  chrome: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
  android: "Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
  firefox: "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
  safari: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
  iphone: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
};
/** @param {keyof typeof AGENTS} name @param {boolean} [installed] */
const first = (name, installed = false) => howToAllow({ agent: AGENTS[name], installed, address: "intercom.test" })[0];

test("each browser's own place is named", () => {
  assert.equal(first("chrome"), "Press the sign at the left of the address.");
  assert.equal(first("android"), "Press the sign at the left of the address.");
  assert.match(first("firefox") ?? "", /crossed-out/);
  assert.equal(first("safari"), "In the menu Safari, choose Settings for intercom.test.");
  assert.match(first("iphone") ?? "", /Website Settings/);
});

test("an installed app has no address to press at", () => {
  assert.match(first("android", true) ?? "", /App info/);
  assert.match(first("iphone", true) ?? "", /Close the app/);

});
