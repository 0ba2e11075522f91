/** The head of every face of the panel: plate, place, time. */

import { hourOf } from "../core/time.js";
import { bdi, h, say } from "./dom.js";

/** @param {{plate: string, site: string, entrance: string}} where */
export function panelHead({ plate, site, entrance }) {
  const time = h("time", { class: "clock" });
  const place = bdi(entrance);
  const element = h("header", { class: "panel-head" }, h("span", { class: "plate" }, plate), h("p", { class: "where" }, h("b", {}, bdi(site)), place), time);
  return {
    element,
    /** @param {number} now the server's clock, Unix seconds */
    update: (now) => say(time, hourOf(now)),
  };
}
