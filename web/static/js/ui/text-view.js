/**
 * Text in the call: what both wrote, the prepared phrases, and the line to write on.
 *
 * Readers are told finished lines; a line that still grows is told when its writer pauses.
 */

import { LONGEST } from "../core/text.js";
import { phraseWords } from "../core/phrases.js";
import { t } from "../core/words.js";
import { bdi, h, say } from "./dom.js";

/** After this long without a letter an unfinished line is read aloud, milliseconds. */
const PAUSE = 2500;

/** @typedef {import("../core/text.js").Line} Line */
/**
 * @typedef {object} Writing what hands do
 * @property {(value: string) => void} onWrite the line is now this
 * @property {() => void} onFinish
 * @property {(phrase: string) => void} onSay a phrase, by its name
 */

/** What a line says in this page's language. @param {Line} line */
export const lineWords = (line) => (line.phrase === null ? line.text : phraseWords(line.phrase));

/**
 * @param {{phrases: import("../core/phrases.js").Phrase[], who: () => Node | string, hint: string, inputmode?: string, keys?: HTMLElement} & Writing} options
 *   `who`: the name of the other side; `keys`: letters for fingers, shown under the line
 */
export function textView({ phrases, who, hint, inputmode, keys, onWrite, onFinish, onSay }) {
  /** @param {boolean} mine @param {string} words */
  const bubble = (mine, words) => h("p", { class: mine ? "said mine" : "said" }, h("small", {}, mine ? t("You") : who()), bdi(words));
  const log = h("div", { class: "lines", role: "log", "aria-label": t("Text of this call") });
  const growing = h("p", { class: "said", hidden: true }, h("small"), bdi(""));
  const aloud = h("p", { class: "vh", "aria-live": "polite" });
  const scroll = h("div", { class: "written", tabindex: "0", role: "group", "aria-label": t("What was written") }, log, growing, aloud);
  const line = h("input", { class: "input", id: "write", type: "text", autocomplete: "off", maxlength: String(LONGEST), enterkeyhint: "done", dir: "auto", inputmode: inputmode ?? null });
  const field = h("form", { class: "field" }, h("label", { for: "write" }, t("Write")), line, keys);
  const prepared = h(
    "div",
    { class: "phrases", role: "group", "aria-label": t("Prepared phrases") },
    ...phrases.map(({ name, words }) => h("button", { class: "btn", type: "button", onclick: () => onSay(name) }, words())),
  );
  const element = h("section", { class: "chat", "aria-label": t("Text"), hidden: true }, h("h2", {}, t("Text")), scroll, prepared, field, h("p", { class: "soft small hint" }, hint));

  line.addEventListener("input", () => onWrite(line.value));
  field.addEventListener("submit", (event) => {
    event.preventDefault();
    onFinish();
  });

  /** @type {Line[]} */
  let drawn = [];
  let theirs = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;

  return {
    element,
    line,
    /** @param {import("../core/text.js").Text} text */
    update(text) {
      const known = drawn.at(-1);
      const fresh = text.lines.slice(known ? text.lines.lastIndexOf(known) + 1 : 0);
      if (fresh.length) log.append(...fresh.map((line) => bubble(line.mine, lineWords(line))));
      while (log.childElementCount > text.lines.length) log.firstElementChild?.remove();
      drawn = text.lines;
      if (line.value !== text.mine) line.value = text.mine;
      if (text.theirs !== theirs) {
        theirs = text.theirs;
        growing.hidden = theirs === "";
        growing.firstElementChild?.replaceChildren(who());
        say(/** @type {Element} */ (growing.lastElementChild), theirs);
        say(aloud, "");
        clearTimeout(pause);
        if (theirs.trim()) pause = setTimeout(() => say(aloud, theirs), PAUSE);
        scroll.scrollTop = scroll.scrollHeight;
      } else if (fresh.length) scroll.scrollTop = scroll.scrollHeight;
    },
  };
}
