/** The faces of the panel that are a lamp: one state, understood from five metres. */

import { endOf } from "../core/panel.js";
import { counted, hourOf, spoken } from "../core/time.js";
import { bdi, fuse, h, icon, say } from "./dom.js";
import { panelHead } from "./panel-head.js";

/** @typedef {import("../core/panel.js").Panel} Panel */

/**
 * @typedef {{where: {plate: string, site: string, entrance: string}, camera: boolean, microphone: boolean,
 *   remote: HTMLVideoElement, level: () => number, onHangUp: () => void, onBack: () => void,
 *   onAgain: () => void, onTryNow: () => void}} Tools
 */

/** @param {{name: string, unit: string}} entry */
const shown = (entry) => [entry.name, entry.unit].filter(Boolean).join(", ");

/**
 * A face, and what changes on it while it is shown.
 * @param {string} face
 * @param {Panel} panel
 * @param {Tools} tools
 * @returns {{element: HTMLElement, update: (panel: Panel, at: number) => void}}
 */
export function lampface(face, panel, tools) {
  const head = panelHead(tools.where);
  const call = panel.call;
  const entry = call?.entry ?? panel.pressed ?? { name: "", unit: "" };
  const hangUp = h("button", { class: "btn btn-end", type: "button", onclick: tools.onHangUp }, icon("phone-down"), "Hang up");
  const back = h("button", { class: "btn btn-plain", type: "button", onclick: tools.onBack }, "Back to the names");
  const again = h("button", { class: "btn btn-main", type: "button", onclick: tools.onAgain }, icon("bell"), "Ring again");
  const bar = fuse();
  const line = h("p", { class: "tell" });

  /**
   * @param {{state: string, drawing: string, word: string, who: Array<Node | string> | Node | string,
   *   more?: Array<Node | false | null>, acts: Node[], picture?: boolean, alarm?: boolean}} what
   */
  const build = ({ state, drawing, word, who, more = [], acts, picture = false, alarm = false }) =>
    h(
      "div",
      { class: picture ? "lampface with-picture" : "lampface", "data-state": state },
      head.element,
      picture && h("figure", { class: "picture" }, tools.remote),
      h(
        "main",
        { class: "face" },
        !picture && h("span", { class: "roundel" }, icon(drawing)),
        h(
          "div",
          { class: "say", ...(alarm ? { role: "alert" } : {}) },
          h("h1", { class: "word" }, word),
          h("p", { class: "who" }, ...(Array.isArray(who) ? who : [who])),
        ),
        ...more,
      ),
      h("div", { class: "acts" }, ...acts),
    );
  /** @param {HTMLElement} element @param {(panel: Panel, now: number, at: number) => void} [update] */
  const living = (element, update) => ({
    element,
    update: (/** @type {Panel} */ p, /** @type {number} */ at) => {
      head.update();
      update?.(p, at + p.offset, at);
    },
  });
  const connected = () => h("p", { class: "tell" }, "You are still connected to ", bdi(entry.name), ".");

  switch (face) {
    case "asking":
      return living(
        build({ state: "ringing", drawing: "bell", word: "Calling", who: bdi(shown(entry)), more: [h("p", { class: "tell" }, "It rings in a moment.")], acts: [hangUp] }),
      );
    case "ringing":
      return living(
        build({
          state: "ringing",
          drawing: "bell",
          word: "Ringing",
          who: bdi(shown(entry)),
          more: [
            h("p", { class: "tell" }, tools.camera ? "They may already see you. You hear each other as soon as they answer." : "You hear each other as soon as they answer."),
            bar.element,
          ],
          acts: [hangUp],
        }),
        (p, now) => {
          const left = Math.max(0, Math.ceil((p.call?.deadline ?? now) - now));
          bar.set(left / (p.call?.ring_seconds ?? 45), `${counted(left, "second")} left`);
        },
      );
    case "talking":
    case "refused-door":
    case "waiting": {
      const bars = h("span", { class: "bars", "aria-hidden": "true" }, ...Array.from({ length: 6 }, () => h("i")));
      const meter = h("p", { class: "meter" }, tools.microphone ? "They hear you" : "They cannot hear you: no microphone here", tools.microphone && bars);
      const sees = tools.camera ? "They can see you." : "They cannot see you.";
      const picture = Boolean(call?.camera);
      const refused = face === "refused-door" && h("p", { class: "tell", role: "alert" }, "The door was not opened. ", panel.door?.message ?? "");
      const lost = face === "waiting";
      const element = build({
        state: lost ? "unknown" : "talking",
        drawing: lost ? "offline" : "phone",
        word: lost ? "Connection lost" : "Connected",
        who: bdi(entry.name),
        picture: picture && !lost,
        alarm: lost,
        more: lost
          ? [line]
          : [
              refused,
              !picture &&
                h("p", { class: "truth" }, icon("eye-off"), h("span", {}, h("span", {}, sees), h("span", {}, "You cannot see them."))),
              meter,
            ],
        acts: [hangUp],
      });
      return living(element, (p, now) => {
        const level = tools.level();
        [...bars.children].forEach((b, i) => b.toggleAttribute("hidden", level * 6 < i));
        say(line, `It returns by itself. ${counted(Math.max(0, Math.ceil((p.call?.deadline ?? now) - now)), "second")} left.`);
      });
    }
    case "sent":
      return living(
        build({
          state: "talking",
          drawing: "wait",
          word: "Sent",
          who: "The door was told to open.",
          more: [h("p", { class: "tell" }, "Wait. Push when this panel turns green."), bar.element],
          acts: [hangUp],
        }),
        (p, now) => {
          const ago = Math.max(0, Math.floor(now - (p.door?.at ?? now)));
          bar.set(1 - ago / 8, ago ? `${counted(ago, "second")} ago` : "Now");
        },
      );
    case "opened":
      return living(
        build({ state: "opened", drawing: "door-open", word: "Opened", who: "The door is open. Push now.", more: [bar.element, connected()], acts: [hangUp] }),
        (p, now) => {
          const until = p.door?.relocks_at ?? now;
          const whole = Math.max(1, until - (p.door?.at ?? until - 5));
          const left = Math.max(0, Math.ceil(until - now));
          bar.set((until - now) / whole, `Locks itself again in ${counted(left, "second")}`);
        },
      );
    case "unknown":
      return living(
        build({
          state: "unknown",
          drawing: "query",
          word: "Not confirmed",
          who: "Try the door.",
          more: [h("p", { class: "tell" }, "The lock has not told us whether it opened. If it stays shut, ask ", bdi(entry.name), " to open again.")],
          acts: [hangUp],
        }),
      );
    case "ended":
    case "unanswered": {
      const end = call ? endOf(call) : { word: "Call ended", tell: "", again: false };
      const talked = call?.established_at ? `You talked for ${spoken(panel.changedAt - call.established_at)}.` : "";
      const door = panel.opened ? "The door was opened." : "";
      const plain = face === "ended";
      return living(
        build({
          state: "none",
          drawing: plain ? "phone-down" : "bell-off",
          word: end.word,
          who: plain ? end.tell : bdi(shown(entry)),
          more: [h("p", { class: "tell" }, plain ? [talked, door].filter(Boolean).join(" ") : end.tell), bar.element],
          acts: end.again ? [again, back] : [back],
        }),
        (p, now) => {
          const whole = plain ? 10 : 20;
          const left = Math.max(0, Math.ceil(p.changedAt + whole - now));
          bar.set(left / whole, `Back to the names in ${counted(left, "second")}`);
        },
      );
    }
    case "refused":
      return living(
        build({
          state: "none",
          drawing: "bell-off",
          word: "One moment",
          who: bdi(shown(entry)),
          more: [h("p", { class: "tell" }, panel.refusal ?? "")],
          acts: [again, back],
          alarm: true,
        }),
      );
    case "replaced":
      return living(
        build({
          state: "unknown",
          drawing: "panel",
          word: "In use elsewhere",
          who: "The bell does not ring here.",
          more: [h("p", { class: "tell" }, panel.link.refused?.message ?? "")],
          acts: [h("button", { class: "btn", type: "button", onclick: tools.onTryNow }, "Use it here")],
          alarm: true,
        }),
      );
    case "offline":
      return living(
        build({
          state: "unknown",
          drawing: "offline",
          word: "No connection",
          who: "The bell does not ring at the moment.",
          more: [line, h("p", { class: "tell" }, "Keys, tags and the keypad still work. The exit from inside is free.")],
          acts: [h("button", { class: "btn", type: "button", onclick: tools.onTryNow }, "Try now")],
          alarm: true,
        }),
        (p, _, at) => {
          const wait = p.link.nextTryAt ? Math.max(0, Math.ceil(p.link.nextTryAt / 1000 - at)) : 0;
          const soon = wait ? ` The next try is in ${counted(wait, "second")}.` : "";
          say(line, `No connection since ${hourOf(p.link.since / 1000)}. It tries again by itself.${soon}`);
        },
      );
    default:
      return living(
        build({ state: "none", drawing: "wait", word: "One moment", who: "The bell is getting ready.", acts: [] }),
      );
  }
}
