// Firefox for tests: one browser, driven from outside. Reads one JSON object a line, and answers each with one.
//   {"page": NAME, "does": "open", "script": SOURCE}   a page in a context of its own; SOURCE runs before each document
//   {"page": NAME, "does": "goto" | "type" | "press" | "click" | "key" | "eval" | "until" | "shot", ...}
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
  headless: true,
  extraPrefsFirefox: {
    "media.navigator.streams.fake": true,
    "media.navigator.permission.disabled": true,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "media.peerconnection.ice.loopback": true,
    "media.peerconnection.ice.obfuscate_host_addresses": false,
    "media.gmp-gmpopenh264.enabled": false,
    "media.gmp-manager.url": "",
    "permissions.default.desktop-notification": 1,
    "alerts.useSystemBackend": false,
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
    "datareporting.policy.dataSubmissionEnabled": false,
    "app.normandy.enabled": false,
  },
});
const PATIENCE = 20_000;
/** @type {Map<string, import("puppeteer-core").Page>} */
const pages = new Map();

/** Until it is true, and what it is then. The page's policy allows no timers of the driver's own. */
async function until(page, source) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await page.evaluate(source);
    if (found) return found;
    if (Date.now() > end) throw new Error(`in vain: ${source}`);
    await new Promise((soon) => setTimeout(soon, 30));
  }
}

const deeds = {
  async open({ page: name, script }) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    page.on("pageerror", (error) => console.error(`${name}: ${error}`));
    if (script) await page.evaluateOnNewDocument(script);
    pages.set(name, page);
  },
  async close({ page: name }) {
    const page = pages.get(name);
    pages.delete(name);
    await page?.browserContext().close();
  },
  goto: (page, { url }) => page.goto(url).then(() => null),
  type: (page, { selector, text }) => page.type(selector, text),
  click: (page, { selector }) => Promise.all([page.waitForNavigation(), page.click(selector)]).then(() => null),
  press: (page, { name }) =>
    until(
      page,
      `(() => {
        const there = [...document.querySelectorAll("button")].filter((one) => !one.disabled && !one.closest("[inert], [hidden]"));
        const button = there.find((one) => [one, ...one.querySelectorAll("span, .name")].some((part) => part.textContent.trim() === ${JSON.stringify(name)}));
        button?.click();
        return button !== undefined;
      })()`,
    ),
  key: (page, { key }) => page.keyboard.press(key),
  eval: (page, { source }) => page.evaluate(source),
  until: (page, { source }) => until(page, source),
  shot: (page, { path }) => page.screenshot({ path }).then(() => null),
};

try {
  console.log(JSON.stringify({ ready: true }));
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    try {
      const deed = deeds[asked.does];
      const value = asked.does === "open" || asked.does === "close" ? await deed(asked) : await deed(pages.get(asked.page), asked);
      console.log(JSON.stringify({ value: value ?? null }));
    } catch (error) {
      console.log(JSON.stringify({ error: String(error) }));
    }
  }
} finally {
  await browser.close();
}
