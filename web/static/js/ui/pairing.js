/** A panel that is not paired yet asks for its code. */

import { t } from "../core/words.js";
import { h, icon, say } from "./dom.js";
import { panelHead } from "./panel-head.js";

/**
 * @param {{where: () => import("./panel-head.js").Where, notice: HTMLElement | null, problem: string | null,
 *   onCode: (code: string) => Promise<string | null>}} options `problem`: why this panel is not paired (any more);
 *   `onCode` gives the sentence of a refusal, or null
 */
export function pairing({ where, notice, problem, onCode }) {
  const head = panelHead(where);
  const box = h("input", {
    class: "input",
    id: "code",
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    required: true,
    maxlength: "64",
    "aria-describedby": "code-hint",
  });
  const words = h("span");
  const error = h("span", { class: "error", id: "code-error", role: "alert", hidden: true }, icon("cross"), words);
  const button = h("button", { class: "btn btn-main", type: "submit" }, t("Pair this panel"));
  const field = h(
    "div",
    { class: "field" },
    h("label", { for: "code" }, t("Pairing code")),
    box,
    h("span", { class: "hint", id: "code-hint" }, t("10 letters and figures. Who runs the site makes one on the page of the entrance. It works once, for 10 minutes.")),
    error,
  );
  const form = h(
    "form",
    { class: "stack pairing", novalidate: true },
    h("h1", {}, t("This panel is not paired")),
    h("p", {}, t("A pairing code makes this screen the bell of one door.")),
    problem && h("p", { class: "note", "data-state": "refused", role: "alert" }, icon("cross"), h("span", {}, problem)),
    notice,
    field,
    button,
  );

  /** @param {string | null} refused */
  const answer = (refused) => {
    field.classList.toggle("wrong", refused !== null);
    box.setAttribute("aria-invalid", String(refused !== null));
    box.setAttribute("aria-describedby", refused === null ? "code-hint" : "code-hint code-error");
    error.hidden = refused === null;
    say(words, refused ?? "");
    if (refused !== null) box.focus();
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const code = box.value.trim();
    if (!code) return answer(t("Type the code first."));
    button.setAttribute("aria-disabled", "true");
    say(button, t("Pairing …"));
    answer(await onCode(code));
    button.removeAttribute("aria-disabled");
    say(button, t("Pair this panel"));
  });
  return {
    element: h("div", { class: "panel pairing-page", tabindex: "-1" }, head.element, h("main", {}, form)),
    /** @param {number} now the server's clock, Unix seconds */
    update: (now) => head.update(now),
  };
}
