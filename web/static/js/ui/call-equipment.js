/** In the call: another microphone, camera or loudspeaker, without a new call. */

import { t } from "../core/words.js";
import { canChooseSpeaker, choose, chosen, equipment as list } from "../rtc/local.js";
import { h } from "./dom.js";

/** @typedef {import("../rtc/local.js").Kind} Kind */

/** @param {(kind: Kind) => void} onChange */
export function callEquipment(onChange) {
  /** @param {Kind} kind @param {string} name */
  const row = (kind, name) => {
    const select = h("select", { class: "input", id: `now-${kind}` });
    select.addEventListener("change", () => {
      choose(kind, select.value);
      onChange(kind);
    });
    return { kind, select, element: h("div", { class: "field" }, h("label", { for: select.id }, name), select) };
  };
  const rows = [row("audioinput", t("Microphone")), row("videoinput", t("Camera")), ...(canChooseSpeaker() ? [row("audiooutput", t("Loudspeaker"))] : [])];
  const fill = async () => {
    for (const { kind, select } of rows) {
      const options = [{ id: "", label: t("What the browser takes") }, ...(await list(kind))];
      select.replaceChildren(...options.map(({ id, label }) => h("option", { value: id }, label)));
      select.value = options.some(({ id }) => id === chosen(kind)) ? chosen(kind) : "";
    }
  };
  const element = h("details", { class: "equipment-now" }, h("summary", {}, t("Microphone, camera, loudspeaker")), ...rows.map(({ element: one }) => one));
  element.addEventListener("toggle", () => element.open && void fill());
  return { element, refresh: () => element.open && void fill() };
}
