/** The dialog "Incoming call": see first, then answer or decline. */

import { n, t, woven } from "../core/words.js";
import { bdi, fuse, h, icon, say } from "./dom.js";
import { pictureWords } from "./frames.js";
import { visitorFacts } from "./visitor-facts.js";

/** @typedef {import("../core/resident.js").Ring} Ring */

/** "Anna’s phone, Kitchen tablet and 2 more" @param {string[]} names */
function listed(names) {
  const shown = names.slice(0, 3).flatMap((name, index) => (index ? [", ", bdi(name)] : [bdi(name)]));
  return names.length > 3 ? [...shown, " ", n("and {count} more", "and {count} more", names.length - 3)] : shown;
}

/**
 * @param {{ring: Ring, video: HTMLVideoElement, picture: () => import("./frames.js").Picture, onReach: () => void, onAnswer: () => void, onDecline: () => void, onBlock: import("./visitor-facts.js").Block}} options
 */
export function incomingCall({ ring, video, picture, onReach, onAnswer, onDecline, onBlock }) {
  const { invite } = ring;
  const bar = fuse();
  const live = h("span");
  const answer = h("button", { class: "btn btn-state btn-tall", "data-state": "talking", type: "button", onpointerdown: onReach, onclick: onAnswer }, icon("phone"), h("span", {}, t("Answer")));
  const decline = h("button", { class: "btn btn-no btn-tall", type: "button", onclick: onDecline }, icon("phone-down"), t("Decline"));
  const whom = invite.entry.unit || invite.entry.name;
  const also = h("span", {}, ...listed(invite.also));
  const whomFor = woven(invite.also.length ? t("For {unit}. Also ringing: {devices}.") : t("For {unit}."), { unit: bdi(whom), devices: also });
  const facts = visitorFacts({ invite, onBlock });
  const eye = icon("eye");
  const blind = icon("eye-off");
  const element = h(
    "div",
    { class: "veil" },
    h(
      "section",
      { class: "dialog incoming", role: "dialog", "aria-modal": "true", "aria-labelledby": "incoming", "data-state": "ringing", tabindex: "-1" },
      h("header", { class: "band", "data-state": "ringing" }, icon("bell"), h("h2", { id: "incoming" }, t("Incoming call"))),
      h("figure", { class: "picture" }, video, h("figcaption", { class: "tab" }, eye, live)),
      h(
        "div",
        { class: "side" },
        h(
          "div",
          { class: "stack" },
          h("p", { class: "who" }, bdi(invite.entrance.name)),
          h("p", { class: "soft" }, ...whomFor),
          facts.element,
          h("p", { class: "soft wide-only" }, icon("cam-off", "inline"), t("They neither see nor hear you yet. Your camera stays off when you answer.")),
        ),
        h("div", { class: "stack" }, bar.element, h("div", { class: "acts-2" }, answer, decline)),
      ),
    ),
  );
  const dialog = /** @type {HTMLElement} */ (element.firstElementChild);
  // the keys about the visitor's phone come before "Answer" in the page, and after it for fingers on Tab
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const keys = /** @type {HTMLElement[]} */ ([answer, decline, ...(facts.element?.querySelectorAll("button:not([disabled])") ?? [])]).filter((key) => key.offsetParent !== null);
    const now = keys.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    event.preventDefault();
    keys[(now + (event.shiftKey ? (now < 0 ? 0 : -1) : 1) + keys.length) % keys.length]?.focus();
  });
  return {
    element,
    focus: () => dialog.focus(),
    /** @param {Ring} now @param {number} moment */
    update(now, moment) {
      facts.update(now.invite);
      const left = Math.max(0, Math.ceil(now.invite.expires_at - moment));
      bar.set(left / now.invite.ring_seconds, n("{count} second left", "{count} seconds left", left));
      const moves = picture() === "live";
      say(live, invite.early ? pictureWords(picture(), now.path) : t("The picture comes when you answer"));
      if (moves && blind.isConnected) blind.replaceWith(eye);
      else if (!moves && eye.isConnected) eye.replaceWith(blind);
      const answering = now.stage === "answering";
      answer.setAttribute("aria-disabled", String(answering));
      say(/** @type {Element} */ (answer.lastElementChild), answering ? t("Answering") : t("Answer"));
    },
  };
}
