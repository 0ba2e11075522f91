/** Our own letters for a finger: in the order of the alphabet, like a ticket machine, so that no keyboard must be known. */

import { t } from "../core/words.js";
import { h, icon } from "./dom.js";

/** @param {{onType: (character: string) => void, onErase: () => void, onDone: () => void}} options */
export function letterKeys({ onType, onErase, onDone }) {
  const element = h("div", { class: "abc", role: "group", "aria-label": t("Letters"), hidden: true });
  // the box keeps the caret while its keys are pressed
  element.addEventListener("pointerdown", (event) => event.preventDefault());
  /** @type {{label: string, keys: string[]}[]} */
  let sets = [];
  let chosen = 0;

  /** @param {string} label @param {() => void} onclick @param {string} [size] */
  const key = (label, onclick, size) => h("button", { class: size, type: "button", onclick }, label);
  const other = key("123", () => choose(chosen + 1), "w4 other");
  const fixed = [
    h("button", { type: "button", "aria-label": t("Delete one letter"), onclick: onErase }, icon("erase")),
    other,
    key(t("Space"), () => onType(" "), "w10"),
    key(t("Done"), onDone, "w4"),
  ];
  /** @param {number} set */
  const choose = (set) => {
    chosen = sets.length ? set % sets.length : 0;
    other.textContent = sets[(chosen + 1) % sets.length]?.label ?? "";
    element.setAttribute("aria-label", sets[chosen]?.label === "123" ? t("Figures") : t("Letters"));
    element.replaceChildren(...(sets[chosen]?.keys ?? []).map((c) => key(c, () => onType(c))), ...fixed);
  };
  return {
    element,
    /** @param {{label: string, keys: string[]}[]} now */
    sets(now) {
      if (JSON.stringify(now) === JSON.stringify(sets)) return; // whoever is typing keeps their keys
      sets = now;
      choose(0);
    },
    /** The first set again, for the next visitor. */
    reset: () => choose(0),
  };
}
