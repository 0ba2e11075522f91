/** What this device can do, truthfully, and what to do about what it cannot. */

import { howToAllow } from "../core/allowing.js";
import { healthOf } from "../core/health.js";
import { t, woven } from "../core/words.js";
import { h, icon } from "./dom.js";
import { isInstalled } from "./install.js";

/** @typedef {{sound: boolean, microphone: string, camera: string, secure: boolean}} Permissions */
/** @typedef {Permissions & {connected: boolean, dnd: boolean}} Can */

/** @param {string} state */
const allowed = (state) =>
  ({ granted: t("Allowed"), denied: t("Not allowed"), prompt: t("Not asked yet"), unknown: t("Asked at the first call") })[state] ?? state;

/**
 * @param {{name: string, can: Can, own: import("../core/health.js").Owned | null, now: number, test: HTMLElement, onAsk: () => void}} options
 *   `own`: what the server knows of it, null until it has said so; `test`: rings it
 */
export function thisDevice({ name, can, own, now, test, onAsk }) {
  const known = own && healthOf(own, now);
  const [state, drawing, words, sentence] = !can.connected
    ? ["refused", "offline", t("Cannot ring"), t("No connection to the server. It tries again by itself.")]
    : can.dnd
      ? ["none", "bell-off", t("Does not ring"), t("Do not disturb is on. Calls are listed as missed.")]
      : can.sound
        ? known
          ? [known.state, known.drawing, known.word, known.sentence]
          : ["none", "bell", t("Rings"), t("This page rings while it is open.")]
        : ["unknown", "bell-off", t("Rings without sound"), t("Browsers keep a page silent until it is touched once. Click anywhere on it.")];
  const ask = can.secure && (can.microphone === "prompt" || can.microphone === "unknown");
  return h(
    "section",
    { class: "health" },
    h("h2", {}, t("This device")),
    h("p", { class: "proof", "data-state": state }, icon(drawing), words),
    h("p", { class: "soft" }, sentence),
    h(
      "dl",
      { class: "facts" },
      ...[
        [t("Name"), name],
        [t("Sound"), can.sound ? t("On") : t("After the first click here")],
        [t("Microphone"), can.secure ? allowed(can.microphone) : t("Withheld by the browser")],
        [t("Camera"), can.secure ? (can.camera === "denied" ? t("Not allowed") : t("Off until you turn it on")) : t("Withheld by the browser")],
      ].map(([term, value]) => h("div", {}, h("dt", {}, term ?? ""), h("dd", {}, value ?? ""))),
    ),
    can.secure && (can.microphone === "denied" || can.camera === "denied") && refused(can),
    can.connected && own && test,
    ask && h("p", {}, h("button", { class: "btn", type: "button", onclick: onAsk }, icon("mic"), t("Ask for the microphone now"))),
  );
}

/** What works all the same, and where to allow the rest. @param {Can} can */
function refused(can) {
  const steps = howToAllow({ agent: navigator.userAgent, installed: isInstalled(), address: location.host });
  return h(
    "div",
    { class: "stack" },
    can.microphone === "denied" && h("p", { class: "soft" }, t("Calls ring all the same: you can see, listen and open.")),
    h("details", { class: "equipment-now" }, h("summary", {}, can.microphone === "denied" ? t("How to allow the microphone") : t("How to allow the camera")), h("ol", { class: "steps" }, ...steps.map((step) => h("li", {}, step)))),
  );
}

/** @param {{onAsk: () => void, onLater: () => void}} options */
export function explainer({ onAsk, onLater }) {
  /** @param {string} drawing @param {string} title @param {string} text */
  const why = (drawing, title, text) => h("li", {}, icon(drawing), h("b", {}, title), h("span", {}, text));
  return [
    h(
      "div",
      { class: "left" },
      h("h1", {}, t("Let this browser talk to the door")),
      h("p", { class: "soft" }, t("Your browser is about to ask for the microphone.")),
      h(
        "ul",
        { class: "why" },
        why("mic", t("Microphone"), t("So that the visitor hears you, after you answer and never before.")),
        why("cam", t("Camera"), t("Off in every call until you turn it on. Off means that nothing is sent.")),
        why("bell", t("Calls ring either way"), t("If you say no, you can still see, listen and open. Settings tell you how to allow it later.")),
      ),
      h("p", { class: "row" }, h("button", { class: "btn btn-main btn-tall", type: "button", onclick: onAsk }, t("Ask me now")), h("button", { class: "btn btn-quiet", type: "button", onclick: onLater }, t("Later"))),
    ),
    h(
      "div",
      { class: "right", "aria-hidden": "true" },
      h("p", { class: "label" }, t("This is what comes next")),
      h(
        "div",
        { class: "browser-box" },
        h("p", { class: "addr" }, icon("lock", "inline"), location.host),
        h(
          "div",
          { class: "ask" },
          h("p", {}, t("{address} wants to", { address: location.host })),
          h("p", { class: "row" }, icon("mic"), t("use your microphone")),
          h("p", { class: "row" }, h("span", { class: "ghost" }, t("Block")), h("span", { class: "ghost strong" }, t("Allow"))),
        ),
      ),
      h("p", { class: "soft" }, ...woven(t("Choose {allow}."), { allow: h("b", {}, t("Allow")) })),
    ),
  ];
}
