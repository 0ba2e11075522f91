/** Nobody answers: the caller writes a short note. */

import { erased, typed, writingKeys } from "../core/letters.js";
import { language, n, t, woven } from "../core/words.js";
import { bdi, h, icon, say } from "./dom.js";
import { letterKeys } from "./letter-keys.js";
import { panelHead } from "./panel-head.js";

/** The server takes no more, characters. */
export const NOTE_LENGTH = 280;

/**
 * @param {{where: () => import("./panel-head.js").Where, entry: {name: string, unit: string}, onLeave: (text: string) => Promise<string | null>,
 *   onType: () => void, onBack: () => void}} options `onLeave` tells why not
 */
export function leaveNote({ where, entry, onLeave, onType, onBack }) {
  const head = panelHead(where);
  const fine = matchMedia("(any-pointer: fine)").matches;
  // a panel has our own letters, a telephone its own keyboard
  const own = !fine && matchMedia("(min-width: 40rem)").matches;
  const box = h("textarea", { class: "input", id: "note", rows: 3, maxlength: NOTE_LENGTH, inputmode: own ? "none" : "text", "aria-describedby": "note-left note-hint", required: true });
  const left = h("span", { id: "note-left" });
  const wrong = h("p", { class: "note", "data-state": "refused", role: "alert", hidden: true });
  const keys = letterKeys({
    onType: (letter) => change(typed(box.value, letter)),
    onErase: () => change(erased(box.value)),
    onDone: () => (keys.element.hidden = true),
  });
  keys.sets(writingKeys(language()));
  const send = h("button", { class: "btn btn-main", type: "submit" }, icon("text"), t("Leave the note"));
  const form = h(
    "form",
    { class: "note-form", novalidate: true },
    h("label", { for: "note" }, ...woven(t("A short note for {name}"), { name: bdi([entry.name, entry.unit].filter(Boolean).join(", ")) })),
    box,
    h("p", { class: "soft" }, left, " · ", h("span", { id: "note-hint" }, t("Only the people behind this name read it."))),
    wrong,
    keys.element,
    h("div", { class: "acts" }, send, h("button", { class: "btn btn-plain", type: "button", onclick: onBack }, t("Back to the names"))),
  );
  const element = h("div", { class: "lampface note-face", "data-state": "none", tabindex: "-1" }, head.element, h("main", { class: "panel-main" }, h("h1", { class: "word" }, t("Leave a note")), form));

  /** @param {string} value */
  const change = (value) => {
    box.value = value.slice(0, NOTE_LENGTH);
    typing();
  };
  const typing = () => {
    wrong.hidden = true;
    const rest = NOTE_LENGTH - box.value.length;
    say(left, n("{count} character left", "{count} characters left", rest));
    onType();
  };
  box.addEventListener("input", typing);
  box.addEventListener("pointerdown", (event) => {
    if (own || event.pointerType === "touch") keys.element.hidden = !own;
  });
  keys.element.hidden = !own;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    const why = box.value.trim() ? await onLeave(box.value) : t("Write a few words first.");
    send.disabled = false;
    wrong.hidden = !why;
    if (!why) return;
    wrong.replaceChildren(icon("cross"), h("span", {}, why));
    box.focus();
  });
  say(left, n("{count} character left", "{count} characters left", NOTE_LENGTH));
  return { element, focus: () => box.focus({ preventScroll: true }), update: (/** @type {number} */ now) => head.update(now) };
}
