/** On a phone: the Code that opens a door from another browser, after the PIN. */

import { t } from "../core/words.js";
import { h, icon, say } from "./dom.js";

/** @typedef {{code: string, until: number, now: number}} Shown */

/** @param {{onCode: (pin: string) => Promise<Shown | string>}} options `onCode` gives the Code, or why there is none */
export function codeForComputer({ onCode }) {
  const input = h("input", { class: "input proof-input", id: "code-pin", type: "password", inputmode: "numeric", autocomplete: "off", maxlength: "8", required: true });
  const wrong = h("p", { class: "error", id: "code-pin-error", role: "alert", hidden: true });
  const button = h("button", { class: "btn", type: "submit" }, icon("laptop"), t("Show the Code"));
  const form = h("form", { class: "stack", novalidate: true }, h("label", { class: "label", for: input.id }, t("Your PIN")), input, wrong, h("p", {}, button));
  const code = h("output", { class: "code-shown" });
  const left = h("p", { class: "soft" });
  const shown = h("div", { class: "stack", role: "status", hidden: true }, code, left);
  const element = h(
    "section",
    { class: "code-for-computer" },
    h("h2", {}, t("Code for a computer")),
    h("p", {}, t("A door that asks for a PIN here asks for this Code in any other browser. It is good for 3 minutes.")),
    form,
    shown,
    h("p", { class: "soft" }, h("a", { href: "/account/pin" }, t("Choose or change your PIN"))),
  );
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let ticking;
  const hide = () => {
    clearInterval(ticking);
    shown.hidden = true;
    say(code, "");
  };
  const tell = (/** @type {string} */ message) => {
    wrong.hidden = message === "";
    wrong.replaceChildren(icon("cross", "inline"), message);
    if (message) input.setAttribute("aria-describedby", wrong.id);
    else input.removeAttribute("aria-describedby");
    input.setAttribute("aria-invalid", String(message !== ""));
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    hide();
    const pin = input.value.trim();
    if (pin.length < 4) return tell(t("Type your PIN."));
    input.value = "";
    tell("");
    const said = await onCode(pin);
    if (typeof said === "string") return tell(said);
    const ends = performance.now() + (said.until - said.now) * 1000;
    say(code, said.code);
    shown.hidden = false;
    const count = () => {
      const seconds = Math.ceil((ends - performance.now()) / 1000);
      if (seconds <= 0) return hide();
      say(left, t("Good for {time} more", { time: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` }));
    };
    count();
    ticking = setInterval(count, 1000);
  });
  return { element, leave: hide };
}
