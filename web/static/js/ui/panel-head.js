/** The head of every face of the panel: plate, place, time. */

import { hourOf } from "../core/time.js";
import { bdi, h, say } from "./dom.js";

/** @typedef {{plate: string, site: string, entrance: string}} Where */

/** @param {() => Where} where what it says may change while the face stays */
export function panelHead(where) {
  const time = h("time", { class: "clock" });
  const [plate, site, entrance] = [h("span", { class: "plate" }), bdi(""), bdi("")];
  const place = () => {
    const now = where();
    say(plate, now.plate);
    say(site, now.site);
    say(entrance, now.entrance);
  };
  place();
  return {
    element: h("header", { class: "panel-head" }, plate, h("p", { class: "where" }, h("b", {}, site), entrance), time),
    /** @param {number} now the server's clock, Unix seconds */
    update(now) {
      place();
      say(time, hourOf(now));
    },
  };
}
