/** The faces that a panel and a visitor's page have in common: what each says, and what changes on it while it is shown. */

import { away, endOf, isOpen } from "../core/panel.js";
import { hourOf, spoken } from "../core/time.js";
import { n, t, woven } from "../core/words.js";
import { bdi, fuse, h, icon, say } from "./dom.js";

/** @typedef {import("../core/panel.js").Panel} Panel */
/** @typedef {import("../core/panel.js").Entry} Entry */
/** @typedef {import("./dom.js").Child} Child */

/**
 * @typedef {object} Content what a face shows, and what changes on it while it is shown
 * @property {string} state the lamp's colour
 * @property {string} drawing
 * @property {string} word
 * @property {Node | string} who
 * @property {Array<Node | false | null | undefined>} [more]
 * @property {Array<HTMLElement | false>} acts
 * @property {boolean} [alarm] readers are told at once
 * @property {boolean} [text] what was written is shown
 * @property {(panel: Panel, now: number, at: number) => void} [live] `now`: the server's clock, `at`: ours
 */

/**
 * @typedef {object} Own what the two say and show differently
 * @property {Record<"hangUp" | "again" | "wait" | "note" | "back" | "tryNow", HTMLElement>} acts
 * @property {(devices: Panel["devices"]) => HTMLElement} keys what stands beside "Hang up" while they talk
 * @property {HTMLElement} wrote what the other side wrote last
 * @property {string} unseen said while it rings where there is no camera
 * @property {string} green said while the door's word is awaited
 * @property {() => Array<Node | false>} [unproven] why the door does not open yet
 * @property {(devices: Panel["devices"]) => Array<Node | false>} heard whether they are heard, and how good the line is
 * @property {(entry: Entry) => void} onRing
 */

/** How long a lock is waited for before its word is missing, seconds: what the bar under "Sent" burns down. */
const WORD_WITHIN = 8;

/** @param {...Child} text */
export const tell = (...text) => h("p", { class: "tell" }, ...text);
/** @param {{name: string, unit: string}} entry */
export const shown = (entry) => bdi([entry.name, entry.unit].filter(Boolean).join(", "));
/** Whom the panel rings, rang or would ring. @param {Panel} panel */
export const rungOn = ({ call, pressed }) => call?.entry ?? pressed ?? { name: "", unit: "" };

/**
 * What `face` shows on both; a face that is the caller's own is none of these.
 * @param {import("../core/visitor.js").VisitorFace} face
 * @param {Panel} panel
 * @param {number} now the server's clock
 * @param {Own} own
 * @returns {Content}
 */
export function common(face, panel, now, { acts, keys, wrote, unseen, green, unproven, heard, onRing }) {
  const { call, devices } = panel;
  const entry = rungOn(panel);
  const bar = fuse();
  const line = tell();

  switch (face) {
    case "asking":
      return { state: "none", drawing: "bell", word: t("Calling"), who: shown(entry), more: [tell(t("It has not rung yet."))], acts: [acts.hangUp] };
    case "ringing":
      return {
        state: "ringing",
        drawing: "bell",
        word: t("Ringing"),
        who: shown(entry),
        more: [tell(`${devices.camera ? t("They may already see you.") : unseen} ${t("You hear each other as soon as they answer.")}`), bar.element],
        acts: [acts.hangUp],
        live: (p, moment) => {
          const left = Math.max(0, Math.ceil((p.call?.deadline ?? moment) - moment));
          bar.set(left / (p.call?.ring_seconds || 45), n("{count} second left", "{count} seconds left", left));
        },
      };
    case "connecting":
      return { state: "none", drawing: "phone", word: t("Answered"), who: shown(entry), more: [tell(t("Sound is on its way."))], acts: [acts.hangUp] };
    case "talking":
    case "refused-door": {
      const sight = devices.camera ? t("They can see you.") : t("They cannot see you.");
      return {
        state: "talking",
        drawing: "phone",
        word: t("Connected"),
        who: bdi(entry.name),
        text: true,
        more: [
          face === "refused-door" && h("p", { class: "tell", role: "alert" }, h("b", {}, t("The door stays shut.")), panel.door?.message ?? ""),
          ...(unproven?.() ?? []),
          call?.camera ? tell(sight) : h("p", { class: "truth" }, icon("eye-off"), h("span", {}, h("span", {}, sight), h("span", {}, t("You cannot see them.")))),
          ...heard(devices),
          wrote,
          line,
        ],
        acts: [keys(devices), acts.hangUp],
        live: (p, _, at) => {
          say(line, away(p, at) ? t("The server does not answer at the moment. You can go on talking.") : "");
          line.hidden = line.textContent === "";
        },
      };
    }
    case "waiting":
      return {
        state: "unknown",
        drawing: "offline",
        word: t("Connection lost"),
        who: bdi(entry.name),
        alarm: true,
        more: [line],
        acts: [acts.hangUp],
        live: (p, moment) => {
          const left = p.call?.lost ? Math.max(0, Math.ceil(p.call.deadline - moment)) : 0;
          say(line, left ? t("Waiting for it to return ({seconds} s left). It returns by itself.", { seconds: left }) : t("Waiting for it to return. It returns by itself."));
        },
      };
    case "sent":
      return {
        state: "talking",
        drawing: "wait",
        word: t("Sent"),
        who: t("The door was told to open."),
        more: [tell(green), bar.element],
        acts: [acts.hangUp],
        live: (p, moment) => {
          const ago = Math.max(0, Math.floor(moment - (p.door?.at ?? moment)));
          bar.set(1 - ago / WORD_WITHIN, ago ? n("{count} second ago", "{count} seconds ago", ago) : t("Now"));
        },
      };
    case "opened":
      return {
        state: "opened",
        drawing: "door-open",
        word: t("Opened"),
        who: t("The door is open. Push now."),
        more: [panel.door?.relocks_at ? bar.element : null, tell(...woven(t("You are still connected to {name}."), { name: bdi(entry.name) }))],
        acts: [acts.hangUp],
        live: ({ door, doorAt }, moment) => {
          if (!door?.relocks_at) return;
          const left = Math.max(0, Math.ceil(door.relocks_at - moment));
          bar.set((door.relocks_at - moment) / Math.max(1, door.relocks_at - doorAt), n("Locks itself again in {count} second", "Locks itself again in {count} seconds", left));
        },
      };
    case "unknown":
      return {
        state: "unknown",
        drawing: "query",
        word: t("Not confirmed"),
        who: t("Try the door."),
        text: true,
        more: [tell(...woven(t("The lock has not told us whether it opened. If it stays shut, ask {name} to open again."), { name: bdi(entry.name) })), wrote],
        acts: [keys(devices), acts.hangUp],
      };
    case "ended": {
      const end = call ? endOf(call) : { word: t("Call ended"), tell: "", again: false };
      const open = isOpen(panel, now);
      const talked = call?.established_at ? t("You talked for {time}.", { time: spoken(panel.endedAt - call.established_at) }) : "";
      const door = open ? t("The door is open. Push now.") : panel.opened ? t("The door was opened.") : "";
      return {
        state: open ? "opened" : "none",
        drawing: open ? "door-open" : "phone-down",
        word: end.word,
        who: end.tell,
        more: [talked || door ? tell([talked, door].filter(Boolean).join(" ")) : null],
        acts: [end.again && acts.again, acts.back],
      };
    }
    case "unanswered": {
      const end = call ? endOf(call, panel.rang, panel.home?.site.time_zone) : { word: "", tell: "", again: true };
      return {
        state: "none",
        drawing: "bell-off",
        word: end.word,
        who: shown(entry),
        more: [tell(end.tell), others(panel.choices?.entries ?? [], onRing)],
        acts: [call?.reason === "busy" ? acts.wait : end.again && acts.again, Boolean(panel.choices?.note) && acts.note, acts.back],
      };
    }
    case "noted": {
      const reply = panel.note?.reply ?? null;
      return {
        state: "none",
        drawing: reply ? "text" : "check",
        word: reply ? t("Reply") : t("Note left"),
        who: reply ? bdi(reply) : shown(entry),
        alarm: Boolean(reply),
        acts: [acts.back],
      };
    }
    case "queued":
      return {
        state: "unknown",
        drawing: "wait",
        word: t("Waiting"),
        who: shown(entry),
        more: [tell(t("It rings by itself as soon as the line is free.")), bar.element],
        acts: [acts.back],
        live: (p, moment) => {
          const left = Math.max(0, Math.ceil(p.waitsUntil - moment));
          bar.set(left / 90, n("{count} second left", "{count} seconds left", left));
        },
      };
    case "refused":
      return { state: "none", drawing: "bell-off", word: t("One moment"), who: shown(entry), alarm: true, more: [tell(panel.refusal ?? "")], acts: [acts.again, acts.back] };
    case "offline":
      return {
        state: "unknown",
        drawing: "offline",
        word: t("No connection"),
        who: t("The bell does not ring at the moment."),
        alarm: true,
        more: [line],
        acts: [acts.tryNow],
        live: (p, _, at) => {
          const wait = p.link.nextTryAt ? Math.max(0, Math.ceil(p.link.nextTryAt / 1000 - at)) : 0;
          const since = t("No connection since {time}. It tries again by itself.", { time: hourOf(p.link.since / 1000) });
          say(line, wait ? `${since} ${n("The next try is in {count} second.", "The next try is in {count} seconds.", wait)}` : since);
        },
      };
    default:
      return { state: "none", drawing: "wait", word: t("One moment"), who: t("The bell is getting ready."), acts: [] };
  }
}

/** Whom the caller may ring instead. @param {Entry[]} entries @param {(entry: Entry) => void} onRing */
const others = (entries, onRing) =>
  entries.length > 0 &&
  h(
    "div",
    { class: "others", role: "group", "aria-label": t("Somebody else there") },
    tell(t("Somebody else there:")),
    ...entries.map((one) => h("button", { class: "btn", type: "button", onclick: () => onRing(one) }, icon("bell"), bdi(one.name))),
  );

/** Its drawing stands beside it, or a picture does. @param {Content} what */
export const saying = (what) =>
  h("div", { class: "say", role: what.alarm ? "alert" : null }, h("h1", { class: "word" }, what.word), h("p", { class: "who" }, what.who));
