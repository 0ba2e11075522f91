/** After a call: why it ended, and what was true. */

import { truth } from "../core/resident.js";
import { hourOf, spoken } from "../core/time.js";
import { bdi, h, icon } from "./dom.js";

/** @param {{ring: import("../core/resident.js").Ring, onBack: () => void}} options */
export function endedView({ ring, onBack }) {
  /** @type {[string, Node | string][]} */
  const facts = [["Entrance", bdi(ring.invite.entrance.name)]];
  if (ring.establishedAt && ring.endedAt) facts.push(["Talked", `${spoken(ring.endedAt - ring.establishedAt)} on this device`]);
  else if (ring.endedAt) facts.push(["Rang here", spoken(ring.endedAt - ring.rangAt)]);
  if (ring.taken && ring.by && ring.endedAt) facts.push(["Taken", h("span", {}, hourOf(ring.endedAt, undefined, true), ring.by.you ? " on " : " by ", bdi(ring.by.you ? ring.by.device : ring.by.person))]);
  for (const said of Object.values(ring.doors)) {
    const door = truth(said, ring.endedAt ?? said.now);
    const state = { opened: ["opened", "door-open", "Opened"], not_confirmed: ["unknown", "query", "Not confirmed"], sent: ["none", "wait", "Sent"], asked: ["none", "wait", "Sent"], refused: ["refused", "cross", "Refused"] }[door.state];
    facts.push([
      door.lock_name,
      h("span", { class: "state", "data-state": state[0] }, icon(state[1] ?? "query"), h("span", {}, `${state[2]} ${hourOf(door.at, undefined, true)}`)),
    ]);
  }
  const back = h("button", { class: "btn btn-main", type: "button", onclick: onBack }, "Back to the doors");
  const element = h(
    "section",
    { class: "ended", "aria-label": "After the call" },
    h(
      "div",
      { class: "sheet" },
      h("span", { class: "lead", "data-state": "none" }, icon(ring.taken ? "phone-device" : "phone-down")),
      h("h1", {}, "Call ended: ", bdi(ring.reason)),
      h("dl", { class: "facts tt" }, ...facts.map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value)))),
      h("p", { class: "row" }, back),
    ),
  );
  return { element, focus: () => back.focus() };
}
