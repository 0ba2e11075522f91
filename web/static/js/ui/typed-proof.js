/** What some doors ask for after the press: the PIN on a phone, the Code from the phone in any other browser. */

import { t } from "../core/words.js";
import { h, icon, say } from "./dom.js";

/** @typedef {"pin" | "code"} Factor */
/** @typedef {{pin?: string, code?: string}} Typed */

const SHORTEST = { pin: 4, code: 5 };
/** How long nobody need type before it is put away, in milliseconds: a door must not open when nobody expects it. */
const PATIENCE = 60_000;

let number = 0;

/**
 * @param {{lock: string, onTyped: (typed: Typed) => void, onLeave: () => void}} options `lock`: its name
 */
export function typedProof({ lock, onTyped, onLeave }) {
  number += 1;
  const id = `proof-${number}`;
  /** @type {Factor} */
  let factor = "pin";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let away;
  const label = h("label", { for: id, class: "label" });
  const wrong = h("p", { class: "error", id: `${id}-error`, role: "alert", hidden: true });
  const input = h("input", { class: "input proof-input", id, autocomplete: "off", autocorrect: "off", spellcheck: "false", required: true });
  const send = h("button", { class: "btn btn-main", type: "submit" }, icon("key"), h("span", {}, t("Open")));
  const leave = h("button", { class: "btn btn-quiet", type: "button" }, t("Cancel"));
  const element = h("form", { class: "proof-form", hidden: true, "aria-label": lock, novalidate: true }, label, input, wrong, h("p", { class: "row" }, send, leave));

  const tell = (/** @type {string} */ message) => {
    wrong.hidden = message === "";
    wrong.replaceChildren(icon("cross", "inline"), message);
    if (message) input.setAttribute("aria-describedby", wrong.id);
    else input.removeAttribute("aria-describedby");
    input.setAttribute("aria-invalid", String(message !== ""));
  };
  const wait = () => {
    clearTimeout(away);
    away = setTimeout(close, PATIENCE);
  };
  const close = () => {
    clearTimeout(away);
    const had = element.contains(document.activeElement);
    element.hidden = true;
    input.value = "";
    tell("");
    if (had) onLeave();
  };
  input.addEventListener("input", wait);
  leave.addEventListener("click", close);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    event.stopPropagation(); // no single letter of it is a shortcut of the call
  });
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text.length < SHORTEST[factor]) return tell(words(factor));
    input.value = "";
    tell("");
    wait();
    onTyped(factor === "pin" ? { pin: text } : { code: text });
  });

  return {
    element,
    /** Ask; `problem`: what was wrong with what was typed before. @param {Factor} wanted @param {string} [problem] */
    ask(wanted, problem = "") {
      factor = wanted;
      say(label, words(wanted));
      input.type = wanted === "pin" ? "password" : "text";
      input.inputMode = wanted === "pin" ? "numeric" : "text";
      input.autocapitalize = wanted === "pin" ? "off" : "characters";
      input.maxLength = wanted === "pin" ? 8 : 7;
      element.hidden = false;
      tell(problem);
      wait();
      input.focus();
    },
    close,
    get open() {
      return !element.hidden;
    },
  };
}

/** @param {Factor} factor */
const words = (factor) => (factor === "pin" ? t("Type your PIN.") : t("Type the Code from your phone (5 characters)."));

/** What a refusal asks to be typed; null: nothing would help. @param {string} code @returns {Factor | null} */
export function askedBy(code) {
  if (code === "pin_needed" || code === "pin_wrong") return "pin";
  return code === "code_needed" || code === "code_wrong" ? "code" : null;
}
