/** After a call: why it ended, and what was true. */

import { truth } from "../core/resident.js";
import { hourOf, spoken } from "../core/time.js";
import { t, woven } from "../core/words.js";
import { bdi, h, icon } from "./dom.js";
import { visitorFacts } from "./visitor-facts.js";

/** @param {{ring: import("../core/resident.js").Ring, onBlock: import("./visitor-facts.js").Block, onBack: () => void}} options */
export function endedView({ ring, onBlock, onBack }) {
  /** @type {[string, Node | string][]} */
  const facts = [[t("Entrance"), bdi(ring.invite.entrance.name)]];
  if (ring.establishedAt && ring.endedAt) facts.push([t("Talked"), t("{time} on this device", { time: spoken(ring.endedAt - ring.establishedAt) })]);
  else if (ring.endedAt) facts.push([t("Rang here"), spoken(ring.endedAt - ring.rangAt)]);
  if (ring.taken && ring.by && ring.endedAt) {
    const said = ring.by.you ? t("{time} on {device}") : t("{time} by {person}");
    const time = h("span", {}, hourOf(ring.endedAt, undefined, true));
    facts.push([t("Taken"), h("span", {}, ...woven(said, { time, device: bdi(ring.by.device), person: bdi(ring.by.person) }))]);
  }
  for (const said of Object.values(ring.doors)) {
    const door = truth(said, ring.endedAt ?? said.now);
    const state = { opened: ["opened", "door-open", t("Opened")], not_confirmed: ["unknown", "query", t("Not confirmed")], sent: ["none", "wait", t("Sent")], asked: ["none", "wait", t("Sent")], refused: ["refused", "cross", t("Refused")] }[door.state];
    facts.push([
      door.lock_name,
      h("span", { class: "state", "data-state": state[0] }, icon(state[1] ?? "query"), h("span", {}, `${state[2]} ${hourOf(door.at, undefined, true)}`)),
    ]);
  }
  const visitor = visitorFacts({ invite: ring.invite, onBlock });
  visitor.update(ring.invite);
  const back = h("button", { class: "btn btn-main", type: "button", onclick: onBack }, t("Back to the doors"));
  const element = h(
    "section",
    { class: "ended", "aria-label": t("After the call") },
    h(
      "div",
      { class: "sheet" },
      h("span", { class: "lead", "data-state": "none" }, icon(ring.taken ? "phone-device" : "phone-down")),
      h("h1", {}, ...woven(t("Call ended: {reason}"), { reason: bdi(ring.reason) })),
      h("dl", { class: "facts tt" }, ...facts.map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value)))),
      visitor.element,
      h("p", { class: "row" }, back),
    ),
  );
  return { element, focus: () => back.focus() };
}
