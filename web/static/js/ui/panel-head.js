/** The head of every face of the panel: plate, place, time. */

import { hourOf } from "../core/time.js";
import { bdi, h, say } from "./dom.js";

/** @param {{plate: string, site: string, entrance: string}} where */
export function panelHead({ plate, site, entrance }) {
  const time = h("time", { class: "clock" });
  const element = h(
    "header",
    { class: "panel-head" },
    h("span", { class: "plate" }, plate),
    h("p", { class: "where" }, h("b", {}, bdi(site)), bdi(entrance)),
    time,
  );
  return { element, update: () => say(time, hourOf(Date.now() / 1000)) };
}
