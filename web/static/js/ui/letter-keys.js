/** Our own letters for a finger: in the order of the alphabet, like a ticket machine, so that no keyboard must be known. */

import { h, icon } from "./dom.js";

const FIGURES = [..."1234567890"];

/**
 * @param {{onType: (character: string) => void, onErase: () => void, onDone: () => void}} options
 */
export function letterKeys({ onType, onErase, onDone }) {
  const element = h("div", { class: "abc", role: "group", "aria-label": "Letters", hidden: true });
  // the box keeps the caret while its keys are pressed
  element.addEventListener("pointerdown", (event) => event.preventDefault());
  /** @type {string[]} */
  let letters = [];
  let figures = false;

  /** @param {string} label @param {() => void} onclick @param {string} [size] */
  const key = (label, onclick, size) => h("button", { class: size, type: "button", onclick }, label);
  const other = key("123", () => ((figures = !figures), fill(), element.setAttribute("aria-label", figures ? "Figures" : "Letters")), "w4");
  const fixed = [
    h("button", { type: "button", "aria-label": "Delete one letter", onclick: onErase }, icon("erase")),
    other,
    key("Space", () => onType(" "), "w10"),
    key("Done", onDone, "w4"),
  ];
  const fill = () => {
    other.textContent = figures ? "ABC" : "123";
    element.replaceChildren(...(figures ? FIGURES : letters).map((c) => key(c, () => onType(c))), ...fixed);
  };
  return {
    element,
    /** @param {string[]} now */
    letters(now) {
      letters = now;
      fill();
    },
    /** Letters first, for the next visitor. */
    reset() {
      if (figures) other.click();
    },
  };
}
