/** Before the ring: what the phone will ask for, and why. */

import { t } from "../core/words.js";
import { bdi, h, icon } from "./dom.js";
import { visitorHead } from "./visitor-names.js";

/**
 * @param {{where: () => {plate: string, site: string, entrance: string}, entry: {name: string, unit: string}, fenced: boolean, media: boolean,
 *   onRing: () => void, onBack: () => void}} options `media`: the browser has camera and microphone at all
 */
export function visitorAsk({ where, entry, fenced, media, onRing, onBack }) {
  /** @param {string} drawing @param {string} what @param {string} why */
  const line = (drawing, what, why) => h("li", {}, icon(drawing), h("b", {}, what), h("span", {}, why));
  const asked = [
    fenced && line("pin", t("Where you are"), t("So that nobody rings from afar. Looked at once, not kept.")),
    media && line("cam", t("Camera"), t("So that they see who rings. You may say no.")),
    media && line("mic", t("Microphone"), t("So that you can talk. Without it you can write.")),
  ].filter((one) => one !== false);
  const ring = h("button", { class: "btn btn-state btn-tall wide", "data-state": "ringing", type: "button", onclick: onRing }, icon("bell"), media ? t("Ring") : t("Ring without a camera"));
  const element = h(
    "div",
    { class: "visitor", tabindex: "-1" },
    visitorHead(where),
    h(
      "main",
      { class: "v-main" },
      h("div", {}, h("h1", {}, t("Ring {name}", { name: entry.name })), entry.unit && h("p", { class: "big" }, bdi(entry.unit))),
      !media && elsewhere(),
      asked.length > 0 && h("p", { class: "soft" }, t("Your phone will ask you. This is what it is for.")),
      asked.length > 0 && h("ul", { class: "why" }, ...asked),
    ),
    h("footer", { class: "v-foot" }, ring, h("button", { class: "btn btn-quiet", type: "button", onclick: onBack }, t("Back to the names"))),
  );
  return { element, focus: () => element.focus({ preventScroll: true }) };
}

/** An app's own browser, or a page that is not encrypted, has no camera: the address is taken elsewhere. */
function elsewhere() {
  const address = location.origin + location.pathname;
  const copied = h("p", { role: "status", class: "soft" });
  const copy = h("button", { class: "btn", type: "button" }, icon("chain"), t("Copy the address"));
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(address);
      copied.textContent = t("Copied. Paste it in your own browser.");
    } catch {
      copied.textContent = t("Type it in your own browser.");
    }
  });
  return h(
    "section",
    { class: "note", "data-state": "unknown", "aria-label": t("Open in your browser") },
    icon("globe"),
    h(
      "div",
      {},
      h("strong", {}, t("Open in your browser")),
      h("p", {}, isSecureContext ? t("This app’s browser has no camera. Open the same address in your own browser.") : t("Without encryption a browser has no camera. Open the same address with https.")),
      h("p", {}, h("b", {}, h("bdi", {}, address.replace(/^https?:\/\//, "")))),
      h("p", { class: "row" }, copy),
      copied,
    ),
  );
}
