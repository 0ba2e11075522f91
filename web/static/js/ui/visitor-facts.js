/** What a resident is told of a visitor's own phone, and what they can do about it: where it is, and peace from it. */

import { hourOf } from "../core/time.js";
import { t } from "../core/words.js";
import { h, icon, say } from "./dom.js";

/** @typedef {import("../core/resident.js").Invite} Invite */
/** @typedef {(call: string, hours: number) => Promise<{until: number} | {problem: string}>} Block */

/** Until when the visitors of these calls were blocked here: the view of the call's end says it, too. @type {Map<string, number>} */
const blocked = new Map();

/** How it is known, in words. @param {Invite["evidence"]["source"]} source */
function known(source) {
  switch (source) {
    case "position":
      return t("by the phone’s position");
    case "scan":
      return t("by the code at the door");
    case "word":
      return t("by the word on the sign");
    default:
      return "";
  }
}

/** Where the visitor is: icon, word, and how it is known. */
function whereabouts() {
  const word = h("b");
  const how = h("span");
  const element = h("p", { class: "state whereabouts" }, icon("query"), h("span", {}, word, " ", how));
  let shown = "";
  return {
    element,
    /** @param {Invite["evidence"]} evidence */
    update({ place, source }) {
      const key = `${place} ${source}`;
      if (key === shown) return;
      shown = key;
      const [state, drawing, words] = { inside: ["none", "pin", t("At the door")], outside: ["refused", "pin-off", t("Not at the door")], unknown: ["unknown", "query", t("Position unknown")] }[place];
      element.dataset.state = state;
      element.firstElementChild?.replaceWith(icon(drawing ?? "query"));
      say(word, words ?? "");
      say(how, place === "unknown" ? "" : known(source));
    },
  };
}

/**
 * Nothing for a fixed panel, which stands at its door.
 * @param {{invite: Invite, onBlock: Block}} options
 */
export function visitorFacts({ invite, onBlock }) {
  const badge = whereabouts();
  const told = h("p", { class: "soft", role: "status", hidden: true });
  /** @param {number} hours @param {string} words */
  const block = (hours, words) =>
    h("button", { class: "btn btn-small", type: "button", onclick: () => void press(hours) }, words);
  const keys = [block(1, t("Block for 1 hour")), block(24, t("Block for 1 day"))];
  async function press(/** @type {number} */ hours) {
    for (const key of keys) key.disabled = true;
    const done = await onBlock(invite.call, hours);
    for (const key of keys) key.disabled = false;
    told.hidden = false;
    if ("problem" in done) return say(told, done.problem);
    blocked.set(invite.call, done.until);
    tell();
  }
  function tell() {
    const until = blocked.get(invite.call);
    if (until === undefined) return;
    row.hidden = true;
    told.hidden = false;
    say(told, t("This phone rings nobody here until {time}.", { time: hourOf(until) }));
  }
  const row = h("div", { class: "row", role: "group", "aria-label": t("Peace from this visitor’s phone") }, ...keys);
  tell();
  const element = invite.visitor ? h("div", { class: "visitor-facts" }, badge.element, row, told) : null;
  return {
    element,
    /** @param {Invite} now */
    update: (now) => badge.update(now.evidence),
  };
}
