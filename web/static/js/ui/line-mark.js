/** How good the line is: an icon and a word. One element, that is shown wherever the call is. */

import { markIcon, markWords } from "../core/quality.js";
import { h, icon, say } from "./dom.js";

export function lineMark() {
  const word = h("span");
  const element = h("span", { class: "fact line-mark" }, icon("online"), word);
  /** @type {string} */
  let shown = "";
  return {
    element,
    /** @param {import("../core/quality.js").Mark} mark */
    set(mark) {
      say(word, markWords(mark)); // the language may be another one
      if (mark === shown) return;
      shown = mark;
      element.dataset.mark = mark;
      element.firstElementChild?.replaceWith(icon(markIcon(mark)));
    },
  };
}
