/** Settings: how this device rings when its page is closed, and whether it rings in spite of quiet hours. */

import { t } from "../core/words.js";
import { h, icon, say } from "./dom.js";

/**
 * @typedef {import("../net/push.js").Closed} Closed
 * @typedef {{state: () => Promise<Closed>, turnOn: () => Promise<Closed>, turnOff: () => Promise<Closed>}} Push
 */

/** @param {Closed} closed */
const facts = (closed) =>
  ({
    on: { state: "none", drawing: "bell", word: t("Rings also when this page is closed"), sentence: t("A notification rings. It holds no name and no picture.") },
    off: { state: "unknown", drawing: "bell-off", word: t("Rings only while this page is open"), sentence: t("Turn it on to be rung by a notification when the page is closed.") },
    denied: { state: "refused", drawing: "bell-off", word: t("Notifications are not allowed"), sentence: t("Allow them in the browser’s settings for this page. Until then it rings only while this page is open.") },
    unsupported: { state: "unknown", drawing: "bell-off", word: t("This browser cannot ring a closed page"), sentence: t("On an iPhone or iPad, add this page to the home screen first: Share, then Add to Home Screen. Then open it from there.") },
    failed: { state: "refused", drawing: "bell-off", word: t("The browser’s push service does not answer"), sentence: t("Try again later. Until then it rings only while this page is open.") },
  })[closed];

/** @param {Push} push */
export function closedPage(push) {
  const word = h("span");
  const proof = h("p", { class: "proof" });
  const sentence = h("p", { class: "soft" });
  const button = h("button", { class: "btn", type: "button" });
  const status = h("p", { class: "vh", role: "status" });
  /** @type {Closed} */
  let closed = "off";
  /** @param {Closed} is @param {boolean} [aloud] */
  const show = (is, aloud) => {
    closed = is;
    const fact = facts(is);
    proof.dataset.state = fact.state;
    say(word, fact.word);
    proof.replaceChildren(icon(fact.drawing), word);
    say(sentence, fact.sentence);
    button.hidden = is === "unsupported" || is === "denied";
    say(button, is === "on" ? t("Do not ring when closed") : t("Ring also when closed"));
    if (aloud) say(status, fact.word);
  };
  button.addEventListener("click", async () => {
    button.setAttribute("aria-disabled", "true");
    say(sentence, t("Asking the browser."));
    show(await (closed === "on" ? push.turnOff() : push.turnOn()), true);
    button.removeAttribute("aria-disabled");
  });
  show("off");
  push.state().then((is) => show(is), console.warn);
  return h("section", { class: "health" }, h("h2", {}, t("When this page is closed")), proof, sentence, h("p", {}, button), status);
}
