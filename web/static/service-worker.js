/**
 * Rings when no page is open, and shows a page of its own when there is no network.
 *
 * The server puts `self.words` (the sentences below, in the reader's language), `self.shell` (what is kept for the time
 * without a network) and `self.version` before this file. A push says
 * which call it is about and nothing else; what is shown needs no other word.
 */

/** @typedef {{kind: "ring" | "over" | "missed" | "test" | "quiet_test", call: string, test?: string, leg?: string, device?: string}} Pushed */

const worker = /** @type {any} */ (self);
/** @type {{ring: string, ring_body: string, answer: string, decline: string, missed: string, missed_body: string, over: string, over_body: string, test: string, test_body: string}} */
const words = worker.words;
const OFFLINE = "/offline";
const PANEL = "/panel";
const SHELL = `shell-${worker.version}`;
/** @type {Set<string>} */
const shell = new Set(worker.shell);
const ICON = "/static/icons/icon-192.png";

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.addAll([...shell]))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener("activate", (/** @type {any} */ event) => {
  const forget = async () => {
    for (const name of await caches.keys()) if (name.startsWith("shell-") && name !== SHELL) await caches.delete(name);
  };
  event.waitUntil(Promise.all([worker.clients.claim(), forget()]));
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { pathname, search } = new URL(event.request.url);
  if (event.request.mode === "navigate") event.respondWith(page(event.request, pathname));
  else if (shell.has(pathname + search)) event.respondWith(fetch(event.request).catch(() => kept(pathname + search)));
});

/** The page; where none comes, one that says so. A panel shows no proxy's error page either. @param {Request} request @param {string} path */
async function page(request, path) {
  const answer = await fetch(request).catch(() => null);
  if (path !== PANEL) return answer ?? kept(OFFLINE);
  return answer === null || (answer.status >= 502 && answer.status <= 504) ? kept("/panel/offline") : answer;
}

/** @param {string} address */
const kept = async (address) => (await caches.match(address)) ?? Response.error();

worker.addEventListener("push", (/** @type {any} */ event) => {
  /** @type {Pushed} */
  let pushed;
  try {
    pushed = event.data.json();
  } catch {
    return;
  }
  event.waitUntil(told(pushed));
});

/** @param {Pushed} pushed */
async function told(pushed) {
  if (pushed.kind === "ring") return ring(pushed);
  if (pushed.kind === "test") return test(pushed);
  if (pushed.kind === "quiet_test") return quietTest(pushed);
  const rang = await worker.registration.getNotifications({ tag: pushed.call });
  if (pushed.kind === "missed") return show(words.missed, { body: words.missed_body, tag: pushed.call, data: { view: "calls" } });
  if (rang.length === 0 && (await visible())) return undefined;
  await show(words.over, { body: words.over_body, tag: pushed.call, silent: true, data: { view: "calls" } });
  for (const one of await worker.registration.getNotifications({ tag: pushed.call })) one.close();
  return undefined;
}

/** This device proves that it rings. @param {Pushed} pushed */
async function test({ test: id, device }) {
  await show(words.test, { body: words.test_body, tag: "test" });
  await post(`/api/v1/devices/${device}/proven`, { test: id });
}

/** At night: proves the way to this device. Browsers want a notification for each push; it is gone at once. @param {Pushed} pushed */
async function quietTest({ test: id, device }) {
  await show(words.test, { body: words.test_body, tag: "quiet-test", silent: true });
  await post(`/api/v1/devices/${device}/proven`, { test: id });
  for (const one of await worker.registration.getNotifications({ tag: "quiet-test" })) one.close();
}

/** @param {Pushed} pushed */
async function ring(pushed) {
  if (await visible()) return; // an open page rings by itself
  await show(words.ring, {
    body: words.ring_body,
    tag: pushed.call,
    renotify: true,
    requireInteraction: true,
    vibrate: [400, 200, 400, 200, 400],
    data: pushed,
    actions: [
      { action: "answer", title: words.answer },
      { action: "decline", title: words.decline },
    ],
  });
  const answer = await say("ringing", pushed);
  if (answer && !answer.ok && answer.status !== 503) {
    // it was over before this push arrived
    for (const one of await worker.registration.getNotifications({ tag: pushed.call })) one.close();
    await show(words.missed, { body: words.missed_body, tag: pushed.call, data: { view: "calls" } });
  }
}

/** @param {string} title @param {object} options */
const show = (title, options) => worker.registration.showNotification(title, { icon: ICON, badge: ICON, ...options });

/** Whether the page that rings by itself is in sight. */
async function visible() {
  const pages = await worker.clients.matchAll({ type: "window" });
  return pages.some((/** @type {any} */ page) => page.visibilityState === "visible" && new URL(page.url).pathname === "/");
}

/** @param {"ringing" | "decline"} what @param {Pushed} pushed @returns {Promise<Response | null>} null: no network */
async function say(what, { call, leg, device }) {
  return post(`/api/v1/calls/${call}/${what}`, { leg, device });
}

/** @param {string} path @param {object} said @returns {Promise<Response | null>} null: no network */
async function post(path, said) {
  const headers = { "Content-Type": "application/json" };
  return fetch(path, { method: "POST", headers, body: JSON.stringify(said), credentials: "same-origin" }).catch(() => null);
}

worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(clicked(event.action, event.notification.data ?? {}));
});

/** @param {string} action @param {Partial<Pushed> & {view?: string}} data */
async function clicked(action, data) {
  if (data.kind === "ring" && action === "decline") return void (await say("decline", /** @type {Pushed} */ (data)));
  const wanted = data.kind === "ring" ? `/?${action === "answer" ? "answer" : "call"}=${data.call}` : `/#${data.view ?? "home"}`;
  for (const page of await worker.clients.matchAll({ type: "window" })) {
    if (new URL(page.url).pathname !== "/") continue;
    page.postMessage({ type: action === "answer" ? "answer" : "look", call: data.call ?? "" });
    await page.focus().catch(() => {});
    return;
  }
  await worker.clients.openWindow(wanted);
}
