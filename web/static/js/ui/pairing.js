/** A panel that is not paired yet asks for its code. */

import { h, icon, say } from "./dom.js";
import { panelHead } from "./panel-head.js";

/**
 * @param {{where: {plate: string, site: string, entrance: string}, notice: HTMLElement | null,
 *   onCode: (code: string) => Promise<string | null>}} options `onCode` gives the sentence of a refusal, or null
 */
export function pairing({ where, notice, onCode }) {
  const head = panelHead(where);
  const box = h("input", {
    class: "input",
    id: "code",
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    required: true,
    maxlength: "64",
    "aria-describedby": "code-hint code-error",
  });
  const words = h("span");
  const error = h("span", { class: "error", id: "code-error", role: "alert", hidden: true }, icon("cross"), words);
  const button = h("button", { class: "btn btn-main", type: "submit" }, "Pair this panel");
  const field = h(
    "div",
    { class: "field" },
    h("label", { for: "code" }, "Pairing code"),
    box,
    h("span", { class: "hint", id: "code-hint" }, "10 letters and figures, from the page “Doors and panels” of the house’s admin. It works once, for 10 minutes."),
    error,
  );
  const form = h("form", { class: "stack pairing" }, h("h1", {}, "Pair this panel"), notice, field, button);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    say(button, "Pairing");
    const refused = await onCode(box.value);
    button.disabled = false;
    say(button, "Pair this panel");
    field.classList.toggle("wrong", refused !== null);
    box.toggleAttribute("aria-invalid", refused !== null);
    error.hidden = refused === null;
    say(words, refused ?? "");
    if (refused !== null) box.focus();
  });
  return { element: h("div", { class: "panel pairing-page" }, head.element, h("main", {}, form)), update: head.update };
}
