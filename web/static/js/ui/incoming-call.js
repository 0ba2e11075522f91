/** The dialog "Incoming call": see first, then answer or decline. */

import { counted } from "../core/time.js";
import { bdi, fuse, h, icon, say } from "./dom.js";

/** @typedef {import("../core/resident.js").Ring} Ring */

/** @param {HTMLVideoElement} video */
export const flows = (video) => video.readyState >= 2 && video.videoWidth > 2;

/** @param {string[]} names */
const listed = (names) => (names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", "));

/**
 * @param {{ring: Ring, video: HTMLVideoElement, onAnswer: () => void, onDecline: () => void}} options
 */
export function incomingCall({ ring, video, onAnswer, onDecline }) {
  const { invite } = ring;
  const bar = fuse();
  const live = h("span");
  const answer = h("button", { class: "btn btn-state btn-tall", "data-state": "talking", type: "button", onclick: onAnswer }, icon("phone"), h("span", {}, "Answer"));
  const decline = h("button", { class: "btn btn-no btn-tall", type: "button", onclick: onDecline }, icon("phone-down"), "Decline");
  const whom = invite.entry.unit || invite.entry.name;
  const eye = icon("eye");
  const element = h(
    "div",
    { class: "veil" },
    h(
      "section",
      { class: "dialog incoming", role: "dialog", "aria-modal": "true", "aria-labelledby": "incoming", "data-state": "ringing", tabindex: "-1" },
      h("header", { class: "band", "data-state": "ringing" }, icon("bell"), h("h2", { id: "incoming" }, "Incoming call")),
      h("figure", { class: "picture" }, video, h("figcaption", { class: "tab" }, eye, live)),
      h(
        "div",
        { class: "side" },
        h(
          "div",
          { class: "stack" },
          h("p", { class: "who" }, bdi(invite.entrance.name)),
          h("p", { class: "soft" }, "For ", bdi(whom), invite.also.length ? `. Also ringing: ${listed(invite.also)}.` : "."),
          h("p", { class: "soft wide-only" }, icon("cam-off", "inline"), "They neither see nor hear you yet. Your camera stays off when you answer."),
        ),
        h("div", { class: "stack" }, bar.element, h("div", { class: "acts-2" }, answer, decline)),
      ),
    ),
  );
  const dialog = /** @type {HTMLElement} */ (element.firstElementChild);
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const at = document.activeElement;
    if (event.shiftKey && (at === answer || at === dialog)) {
      event.preventDefault();
      decline.focus();
    } else if (!event.shiftKey && at === decline) {
      event.preventDefault();
      answer.focus();
    }
  });
  return {
    element,
    focus: () => dialog.focus(),
    /** @param {Ring} now @param {number} moment */
    update(now, moment) {
      const left = Math.max(0, Math.ceil(now.invite.expires_at - moment));
      bar.set(left / now.invite.ring_seconds, `${counted(left, "second")} left`);
      say(live, flows(video) ? "Live" : now.pathUp ? "No picture from the door" : "Picture is coming");
      const answering = now.stage === "answering";
      answer.toggleAttribute("aria-disabled", answering);
      say(/** @type {Element} */ (answer.lastElementChild), answering ? "Answering" : "Answer");
    },
  };
}
