/** Settings of this device: how it rings, and signing out. */

import { t } from "../core/words.js";
import { codeForComputer } from "./code-for-computer.js";
import { closedPage } from "./closed-page.js";
import { otherDevices, ringTest } from "./devices.js";
import { h, icon, say, slot } from "./dom.js";
import { equipment } from "./equipment.js";
import { seenAndFelt } from "./flash.js";
import { quietHours } from "./quiet-hours.js";
import { sounds } from "./sounds.js";
import { thisDevice } from "./this-device.js";

/** @typedef {{id: string, name: string, url: string}} Tone */

/**
 * @param {{onCode: Parameters<typeof codeForComputer>[0]["onCode"] | null, name: string, device: string, onTest: import("./devices.js").OnTest, tones: Tone[], chosen: string, onChoose: (id: string) => void, onAsk: () => void, push: import("./closed-page.js").Push, quiet: import("./quiet-hours.js").Deeds, onOwnTone: (file: File) => Promise<string | null>, onEquipment: (kind: import("../rtc/local.js").Kind) => void, toneAddress: () => string}} options
 */
export function settings({ onCode, name, device: id, onTest, tones, chosen, onChoose, onAsk, push, quiet: hours, onOwnTone, onEquipment, toneAddress }) {
  const device = slot(h("div"));
  const test = ringTest(id, onTest);
  const others = otherDevices({ onTest });
  const code = onCode && codeForComputer({ onCode });
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
  const used = equipment({ onChange: onEquipment, tone: toneAddress });
  const wrong = h("p", { class: "note", "data-state": "refused", role: "alert", hidden: true });
  const file = h("input", { type: "file", accept: "audio/*", class: "vh", id: "own-tone", tabindex: "-1", "aria-label": t("Use a file of your own") });
  file.addEventListener("change", async () => {
    const [given] = file.files ?? [];
    const problem = given ? await onOwnTone(given) : null;
    wrong.hidden = problem === null;
    if (problem) wrong.replaceChildren(icon("cross"), h("span", {}, problem));
  });
  const own = h("p", { class: "stack" }, h("button", { class: "btn", type: "button", onclick: () => file.click() }, icon("upload"), t("Use a file of your own")), file, h("span", { class: "soft" }, t("It stays on this device.")));
  const element = h(
    "div",
    { class: "main-col" },
    h("h1", {}, t("Settings")),
    device.place,
    code?.element ?? null,
    closedPage(push),
    others.element,
    quietHours(hours),
    h("section", {}, h("fieldset", { class: "radios tones" }, h("legend", {}, h("span", { class: "h2" }, t("Ringtone of this device"))), ...rows), own, wrong),
    seenAndFelt(),
    used.element,
    h("section", {}, h("h2", {}, t("My account")), h("p", {}, t("Name, password, phone number, language, second step, and where you are signed in.")), h("p", {}, h("a", { class: "btn", href: "/account" }, icon("person"), t("My profile")))),
    h("section", {}, h("form", { method: "post", action: "/sign-out" }, h("p", {}, t("Signing out ends the ringing in this browser.")), h("button", { class: "btn", type: "submit" }, icon("out"), t("Sign out")))),
  );
  return {
    elements: [element],
    leave: () => {
      quiet();
      code?.leave();
      used.leave();
    },
    /** @param {{can: Parameters<typeof thisDevice>[0]["can"], own: import("./devices.js").Owned[], moment: number}} present */
    update({ can, own: all, moment }) {
      const own = all.find((one) => one.id === id) ?? null;
      device.show([can, own, new Date(moment * 1000).toDateString()], () => thisDevice({ name, can, own, now: moment, test, onAsk }));
      others.update(all.filter((one) => one.id !== id), moment);
    },
  };
}
