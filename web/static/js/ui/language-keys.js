/** The visitor's language: one key, and behind it each language in its own name. */

import { language, t } from "../core/words.js";
import { h, icon } from "./dom.js";

/** @typedef {{code: string, name: string, words: string | null}} Language `words`: address of its catalogue; null for English */

/** @param {{languages: Language[], onLanguage: (chosen: Language) => void}} options @returns {HTMLElement[]} */
export function languageKeys({ languages, onLanguage }) {
  if (languages.length < 2) return [];
  const names = h(
    "div",
    { class: "languages", role: "group", "aria-label": t("Language"), hidden: true },
    ...languages.map((each) =>
      h(
        "button",
        { class: "btn", type: "button", lang: each.code, "aria-pressed": String(each.code === language()), onclick: () => onLanguage(each) },
        each.name,
      ),
    ),
  );
  const key = h("button", { class: "btn", type: "button", "aria-expanded": "false" }, icon("globe"), t("Language"));
  key.addEventListener("click", () => {
    names.hidden = !names.hidden;
    key.setAttribute("aria-expanded", String(!names.hidden));
    if (!names.hidden) /** @type {HTMLElement | null} */ (names.querySelector('[aria-pressed="true"]'))?.focus();
  });
  return [key, names];
}
