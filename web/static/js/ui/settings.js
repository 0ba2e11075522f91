/** Settings of this device: how it rings, and signing out. */

import { t } from "../core/words.js";
import { closedPage } from "./closed-page.js";
import { h, icon, say, slot } from "./dom.js";
import { quietHours } from "./quiet-hours.js";
import { sounds } from "./sounds.js";
import { thisDevice } from "./this-device.js";

/** @typedef {{id: string, name: string, url: string}} Tone */

/**
 * @param {{name: string, tones: Tone[], chosen: string, onChoose: (id: string) => void, onAsk: () => void, push: import("./closed-page.js").Push, quiet: import("./quiet-hours.js").Deeds}} options
 */
export function settings({ name, tones, chosen, onChoose, onAsk, push, quiet: hours }) {
  const device = slot(h("div"));
  /** @type {(() => void) | null} */
  let stop = null;
  /** @type {HTMLButtonElement | null} */
  let playing = null;
  const quiet = () => {
    stop?.();
    stop = null;
    if (playing) say(/** @type {Element} */ (playing.lastElementChild), t("Listen"));
    playing = null;
  };
  const rows = tones.map((tone) => {
    const listen = h("button", { class: "btn btn-small", type: "button" }, icon("speaker"), h("span", {}, t("Listen")));
    listen.addEventListener("click", () => {
      const mine = playing === listen;
      quiet();
      if (mine) return;
      stop = sounds.loop(tone.url);
      playing = listen;
      say(/** @type {Element} */ (listen.lastElementChild), t("Stop"));
    });
    listen.setAttribute("aria-describedby", `tone-${tone.id}`);
    return h(
      "div",
      { class: "tone" },
      h(
        "label",
        {},
        h("input", { type: "radio", name: "tone", value: tone.id, ...(tone.id === chosen ? { checked: true } : {}), onchange: () => onChoose(tone.id) }),
        h("span", { id: `tone-${tone.id}` }, tone.name),
      ),
      listen,
    );
  });
  const element = h(
    "div",
    { class: "main-col" },
    h("h1", {}, t("Settings")),
    device.place,
    closedPage(push),
    quietHours(hours),
    h("section", {}, h("fieldset", { class: "radios tones" }, h("legend", {}, h("span", { class: "h2" }, t("Ringtone of this device"))), ...rows)),
    h("section", {}, h("h2", {}, t("My account")), h("p", {}, t("Name, password, phone number, language, second step, and where you are signed in.")), h("p", {}, h("a", { class: "btn", href: "/account" }, icon("person"), t("My profile")))),
    h("section", {}, h("form", { method: "post", action: "/sign-out" }, h("p", {}, t("Signing out ends the ringing in this browser.")), h("button", { class: "btn", type: "submit" }, icon("out"), t("Sign out")))),
  );
  return {
    elements: [element],
    leave: quiet,
    /** @param {{can: Parameters<typeof thisDevice>[0]["can"]}} present */
    update: ({ can }) => device.show(can, () => thisDevice({ name, can, onAsk })),
  };
}
