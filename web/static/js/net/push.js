/** Being rung when the page is closed: the service worker and its subscription (W3C Push API). */

import { language } from "../core/words.js";
import { api } from "./api.js";

const SUBSCRIBE_WITHIN = 10_000; // a browser without its push service may never answer

/**
 * @typedef {"on" | "off" | "denied" | "unsupported" | "failed"} Closed how a closed page is rung:
 *   off until asked for; denied: notifications are not allowed; failed: the browser's push service does not answer
 */

/** Whether this browser has all that it takes. On iOS only an app on the home screen has. */
export const supported = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** The worker that also shows the page without a network. @returns {Promise<ServiceWorkerRegistration | null>} */
export async function worker() {
  if (!("serviceWorker" in navigator)) return null;
  try {
    await navigator.serviceWorker.register(`/service-worker.js?lang=${language()}`, { scope: "/" });
    return await navigator.serviceWorker.ready;
  } catch (error) {
    console.warn(error); // withheld in private windows
    return null;
  }
}

/** How a closed page of this device is rung now; what the server lost is said again. @param {string} device @returns {Promise<Closed>} */
export async function state(device) {
  if (!supported()) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  const registration = await worker();
  const kept = await registration?.pushManager.getSubscription();
  if (!registration) return "unsupported";
  if (!kept || Notification.permission !== "granted") return "off";
  return (await tell(device, kept)) ? "on" : "off";
}

/** Ask, subscribe, and tell the server. Must follow a press. @param {string} device @returns {Promise<Closed>} */
export async function turnOn(device) {
  if (!supported()) return "unsupported";
  if ((await Notification.requestPermission()) !== "granted") return "denied";
  const registration = await worker();
  if (!registration) return "unsupported";
  try {
    const { key } = await api("GET", "/api/v1/push");
    const subscribed = registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error("late")), SUBSCRIBE_WITHIN));
    const subscription = /** @type {PushSubscription} */ (await Promise.race([subscribed, late]));
    return (await tell(device, subscription)) ? "on" : "failed";
  } catch (error) {
    console.warn(error);
    return "failed";
  }
}

/** @param {string} device @returns {Promise<Closed>} */
export async function turnOff(device) {
  const registration = await worker();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  await api("DELETE", `/api/v1/devices/${device}/push`).catch(console.warn);
  return "off";
}

/**
 * Shown while it rings in a page that is out of sight; the service worker hears what is pressed on it.
 * @param {{call: string, leg: string, device: string}} ring
 * @param {{title: string, body: string, answer: string, decline: string}} words
 */
export async function showRing({ call, leg, device }, { title, body, answer, decline }) {
  if (!supported() || Notification.permission !== "granted") return;
  const registration = await navigator.serviceWorker.getRegistration("/");
  /** @type {any} */
  const options = {
    body,
    tag: call,
    icon: "/static/icons/icon-192.png",
    requireInteraction: true,
    silent: true, // the page itself sounds
    data: { kind: "ring", call, leg, device },
    actions: [
      { action: "answer", title: answer },
      { action: "decline", title: decline },
    ],
  };
  await registration?.showNotification(title, options).catch(console.warn);
}

/** Takes what is shown of a call off the screen: this page shows it now. @param {string} call */
export async function takeOver(call) {
  const registration = await navigator.serviceWorker?.getRegistration("/");
  for (const shown of (await registration?.getNotifications({ tag: call })) ?? []) shown.close();
}

/** @param {string} device @param {PushSubscription} subscription */
async function tell(device, subscription) {
  const { endpoint, keys } = subscription.toJSON();
  try {
    await api("PUT", `/api/v1/devices/${device}/push`, { endpoint, p256dh: keys?.p256dh, auth: keys?.auth });
    return true;
  } catch (error) {
    console.warn(error);
    return false;
  }
}
