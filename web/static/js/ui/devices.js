/** Settings: one's other devices, whether they ring, and a test of each. */

import { healthOf } from "../core/health.js";
import { t } from "../core/words.js";
import { bdi, h, icon, say, slot } from "./dom.js";

/** @typedef {import("../core/health.js").Owned} Owned */
/** @typedef {(id: string) => Promise<string>} OnTest rings it; gives what went wrong, or "" when it rang */

/** A button that rings a device, and what came of it. @param {string} id @param {OnTest} onTest @param {string} [describedBy] */
export function ringTest(id, onTest, describedBy) {
  const button = h("button", { class: "btn", type: "button", "aria-describedby": describedBy }, icon("bell"), t("Test ring"));
  const status = h("p", { class: "soft", role: "status" });
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    say(status, t("It is being rung."));
    say(status, (await onTest(id)) || t("It rang."));
    button.removeAttribute("aria-disabled");
    if (document.activeElement === document.body) button.focus(); // the part around it was made anew
  });
  return h("div", { class: "stack" }, h("p", {}, button), status);
}

/** @param {{onTest: OnTest}} options */
export function otherDevices({ onTest }) {
  const place = slot(h("div"));
  /** @type {Map<string, HTMLElement>} */
  const tests = new Map();
  /** @param {Owned} own @param {number} now */
  const row = (own, now) => {
    const { state, drawing, word, sentence } = healthOf(own, now);
    const test = tests.get(own.id) ?? ringTest(own.id, onTest, `device-${own.id}`);
    tests.set(own.id, test);
    return h(
      "li",
      { class: "stack" },
      h("h3", { id: `device-${own.id}` }, bdi(own.name)),
      h("p", {}, h("span", { class: "state", "data-state": state }, icon(drawing), h("span", {}, word))),
      h("p", { class: "soft" }, sentence),
      own.health !== "cannot_ring" && test,
    );
  };
  return {
    element: place.place,
    /** @param {Owned[]} others @param {number} now */
    update: (others, now) =>
      place.show([others, new Date(now * 1000).toDateString()], () =>
        others.length ? h("section", { class: "health" }, h("h2", {}, t("Other devices")), h("ul", { class: "devices" }, ...others.map((own) => row(own, now)))) : h("div"),
      ),
  };
}
