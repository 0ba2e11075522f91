/** Ringing that is seen and felt, for whoever does not hear it: kept on this device. */

import { t } from "../core/words.js";
import { h, say } from "./dom.js";

/** Whether the screen flashes: not unless it was wished. */
export const flashes = () => localStorage.getItem("flash") === "yes";
/** Whether the device vibrates, where it can: unless it was not wished. */
export const vibrates = () => localStorage.getItem("vibrate") !== "no";

/** The whole screen brightens and dims once in two seconds, over everything and in nobody's way. @returns {() => void} ends it */
export function flash() {
  const light = h("div", { class: "flash", "aria-hidden": "true" });
  document.body.append(light);
  return () => light.remove();
}

/** @param {string} words @param {string} key @param {() => boolean} is @param {string} [hint] */
function lever(words, key, is, hint) {
  const word = h("span", { class: "word" });
  const note = hint ? h("p", { class: "soft small", id: `hint-${key}` }, hint) : null;
  const button = h("button", { class: "switch", type: "button", role: "switch", "aria-describedby": note?.id }, h("span", { class: "lever" }), h("span", {}, words), word);
  const paint = () => {
    button.setAttribute("aria-checked", String(is()));
    say(word, is() ? t("On") : t("Off"));
  };
  button.addEventListener("click", () => {
    localStorage.setItem(key, is() ? "no" : "yes");
    paint();
  });
  paint();
  return h("div", {}, button, note);
}

/** The part of the settings for it. */
export const seenAndFelt = () =>
  h(
    "section",
    { class: "seen-and-felt" },
    h("h2", {}, t("Seen and felt")),
    lever(t("Flash the screen when it rings"), "flash", flashes, t("The whole screen brightens and dims, slowly. Where movement is reduced, it keeps a bright frame.")),
    "vibrate" in navigator && lever(t("Vibrate when it rings"), "vibrate", vibrates),
  );
