/** Text at the door: phrases and letters for fingers, large, and what the other side wrote where the talk itself is shown. */

import { erased, typed, writingKeys } from "../core/letters.js";
import { VISITOR } from "../core/phrases.js";
import { language, t, woven } from "../core/words.js";
import { bdi, h, icon, say } from "./dom.js";
import { letterKeys } from "./letter-keys.js";
import { lineWords, textView } from "./text-view.js";

/** @param {import("./text-view.js").Writing & {name: () => string, onOpen: () => void}} options `name`: of the entry, as displayed; `onOpen`: shown or put away */
export function panelText({ name, onOpen, onWrite, onFinish, onSay }) {
  const keys = letterKeys({
    onType: (letter) => onWrite(typed(view.line.value, letter)),
    onErase: () => onWrite(erased(view.line.value)),
    onDone: () => {
      onFinish();
      letters(false);
    },
  });
  keys.sets(writingKeys(language()));
  const lettersKey = h("button", { class: "btn", type: "button", "aria-expanded": "false", onclick: () => letters(Boolean(keys.element.hidden)) }, icon("edit"), t("Letters"));
  const view = textView({
    phrases: VISITOR,
    who: () => bdi(name()),
    hint: t("Prepared phrases arrive in their language. What you write arrives letter by letter."),
    // where fingers are all there is, our own letters take the place of the system's keyboard
    inputmode: matchMedia("(any-pointer: fine)").matches ? "text" : "none",
    keys: lettersKey,
    onWrite,
    onFinish,
    onSay,
  });
  view.element.append(keys.element);
  /** @param {boolean} on */
  const letters = (on) => {
    keys.element.hidden = !on;
    lettersKey.setAttribute("aria-expanded", String(on));
    view.element.classList.toggle("spelling", on);
  };
  let finger = false;
  view.line.addEventListener("pointerdown", (event) => (finger = event.pointerType === "touch"));
  view.line.addEventListener("click", () => finger && letters(true));

  const key = h("button", { class: "btn", type: "button", "aria-expanded": "false" }, icon("text"), t("Text"));
  let isOpen = false;
  key.addEventListener("click", () => {
    isOpen = !isOpen;
    key.setAttribute("aria-expanded", String(isOpen));
    onOpen();
    if (isOpen) view.line.focus({ preventScroll: true });
  });

  const words = bdi("");
  const writes = h("small");
  const wrote = h("p", { class: "wrote", hidden: true }, writes, words);
  return {
    element: view.element,
    /** Shows the text, and puts it away. */
    key,
    /** What they wrote last, for a face that has no room for more. */
    wrote,
    open: () => isOpen,
    /** @param {import("../core/text.js").Text} text */
    update(text) {
      view.update(text);
      const last = text.theirs || text.lines.findLast(({ mine }) => !mine);
      wrote.hidden = !last;
      say(words, !last ? "" : typeof last === "string" ? last : lineWords(last));
      if (last && !writes.hasChildNodes()) writes.append(...woven(t("{name} writes"), { name: bdi(name()) }));
    },
  };
}
