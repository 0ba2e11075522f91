/** The face of the panel that is a lamp: one state, understood from five metres. */

import { away, endOf, endShownUntil, isOpen, notedUntil } from "../core/panel.js";
import { start } from "../core/text.js";
import { hourOf, spoken } from "../core/time.js";
import { n, t, woven } from "../core/words.js";
import { bdi, fuse, h, icon, say } from "./dom.js";
import { panelHead } from "./panel-head.js";
import { panelText } from "./panel-text.js";

/** @typedef {import("../core/panel.js").Panel} Panel */
/** @typedef {import("../core/panel.js").Face} Face */

/**
 * @typedef {{where: () => import("./panel-head.js").Where, remote: HTMLVideoElement, bars: HTMLElement, mark: HTMLElement, writing: import("./text-view.js").Writing,
 *   onHangUp: () => void, onBack: () => void, onAgain: () => void, onWait: () => void, onTryNow: () => void, onNote: () => void, onRing: (entry: import("../core/panel.js").Entry) => void}} Tools
 */

/**
 * What a face shows, and what changes on it while it is shown (`now`: the server's clock, `at`: ours).
 * @typedef {{state: string, drawing: string, word: string, who: Node | string, alarm?: boolean, picture?: boolean, text?: boolean,
 *   more?: Array<Node | false | null | undefined>, acts: HTMLElement[],
 *   live?: (panel: Panel, now: number, at: number) => void}} Content
 */

/** How long a lock is waited for before its word is missing, seconds: what the bar under "Sent" burns down. */
const WORD_WITHIN = 8;

/** @param {{name: string, unit: string}} entry */
const shown = (entry) => bdi([entry.name, entry.unit].filter(Boolean).join(", "));
/** @param {...(Node | string | false | null | undefined)} text */
const tell = (...text) => h("p", { class: "tell" }, ...text);

/**
 * One lamp for all its faces: the buttons stay where they are while the face changes, so that a finger
 * that is on its way down still meets what it aimed at.
 * @param {Tools} tools
 */
export function lampface({ where, remote, bars, mark, writing, onHangUp, onBack, onAgain, onWait, onTryNow, onNote, onRing }) {
  const head = panelHead(where);
  const acts = {
    hangUp: h("button", { class: "btn btn-end", type: "button", onclick: onHangUp }, icon("phone-down"), t("Hang up")),
    again: h("button", { class: "btn btn-main", type: "button", onclick: onAgain }, icon("bell"), t("Ring again")),
    wait: h("button", { class: "btn btn-main", type: "button", onclick: onWait }, icon("wait"), t("Wait")),
    note: h("button", { class: "btn", type: "button", onclick: onNote }, icon("edit"), t("Leave a note")),
    back: h("button", { class: "btn btn-plain", type: "button", onclick: onBack }, t("Back to the names")),
    tryNow: h("button", { class: "btn", type: "button", onclick: onTryNow }, t("Try now")),
    here: h("button", { class: "btn", type: "button", onclick: onTryNow }, t("Use it here")),
  };
  let name = "";
  const chat = panelText({ ...writing, name: () => name, onOpen: () => put(present) });
  const picture = h("figure", { class: "picture", hidden: true });
  const text = h("div", { class: "face" });
  const row = h("div", { class: "acts" });
  const element = h("div", { class: "lampface", tabindex: "-1" }, head.element, h("main", { class: "panel-main" }, picture, text, chat.element, row));
  let shownKey = "";
  /** @type {Content | null} */
  let present = null;
  /** @type {Content["live"]} */
  let live;

  /** @param {Face} face @param {Panel} panel @param {number} now @returns {Content} */
  const content = (face, panel, now) => {
    const { call, devices } = panel;
    const entry = call?.entry ?? panel.pressed ?? { name: "", unit: "" };
    const bar = fuse();
    const line = tell();
    const hear = t("You hear each other as soon as they answer.");
    const noSight = t("They cannot see you: this panel has no camera now.");

    /** Others whom the caller may ring instead. @param {import("../core/panel.js").Entry[]} entries */
    const others = (entries) =>
      entries.length > 0 &&
      h(
        "div",
        { class: "others", role: "group", "aria-label": t("Somebody else there") },
        h("p", { class: "tell" }, t("Somebody else there:")),
        ...entries.map((one) => h("button", { class: "btn", type: "button", onclick: () => onRing(one) }, icon("bell"), bdi(one.name))),
      );

    switch (face) {
      case "asking":
        return { state: "none", drawing: "bell", word: t("Calling"), who: shown(entry), more: [tell(t("It has not rung yet."))], acts: [acts.hangUp] };
      case "ringing":
        return {
          state: "ringing",
          drawing: "bell",
          word: t("Ringing"),
          who: shown(entry),
          more: [tell(devices.camera ? `${t("They may already see you.")} ${hear}` : `${noSight} ${hear}`), bar.element],
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
        const seen = Boolean(call?.camera);
        const sight = devices.camera ? t("They can see you.") : t("They cannot see you.");
        return {
          state: "talking",
          drawing: "phone",
          word: t("Connected"),
          who: bdi(entry.name),
          picture: seen,
          text: true,
          more: [
            face === "refused-door" && h("p", { class: "tell", role: "alert" }, h("b", {}, t("The door stays shut.")), panel.door?.message ?? ""),
            seen ? tell(sight) : h("p", { class: "truth" }, icon("eye-off"), h("span", {}, h("span", {}, sight), h("span", {}, t("You cannot see them.")))),
            devices.microphone
              ? h("p", { class: "meter" }, t("They hear you"), " ", bars)
              : h("p", { class: "meter" }, t("They cannot hear you: this panel has no microphone now. Press Text to write.")),
            h("p", { class: "line" }, mark),
            chat.wrote,
            line,
          ],
          acts: [chat.key, acts.hangUp],
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
          more: [line],
          acts: [acts.hangUp],
          alarm: true,
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
          more: [tell(t("Wait. Push when this panel turns green.")), bar.element],
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
          live: (p, moment) => relocking(bar, p, moment),
        };
      case "unknown":
        return {
          state: "unknown",
          drawing: "query",
          word: t("Not confirmed"),
          who: t("Try the door."),
          more: [tell(...woven(t("The lock has not told us whether it opened. If it stays shut, ask {name} to open again."), { name: bdi(entry.name) })), chat.wrote],
          text: true,
          acts: [chat.key, acts.hangUp],
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
          more: [talked || door ? tell([talked, door].filter(Boolean).join(" ")) : null, bar.element],
          acts: end.again ? [acts.again, acts.back] : [acts.back],
          live: (p, moment) => toNames(bar, p, moment),
        };
      }
      case "unanswered": {
        const end = call ? endOf(call, panel.rang, panel.home?.site.time_zone) : { word: "", tell: "", again: true };
        const first = call?.reason === "busy" ? [acts.wait] : end.again ? [acts.again] : [];
        return {
          state: "none",
          drawing: "bell-off",
          word: end.word,
          who: shown(entry),
          more: [tell(end.tell), others(panel.choices?.entries ?? []), bar.element],
          acts: [...first, ...(panel.choices?.note ? [acts.note] : []), acts.back],
          live: (p, moment) => toNames(bar, p, moment),
        };
      }
      case "noted": {
        const { reply } = panel.note ?? { reply: null };
        return {
          state: "none",
          drawing: reply ? "text" : "check",
          word: reply ? t("Reply") : t("Note left"),
          who: reply ? bdi(reply) : shown(entry),
          more: [reply ? tell(...(entry.name ? woven(t("From {name}"), { name: shown(entry) }) : [t("From those you rang.")])) : tell(t("If somebody replies soon, it is shown here.")), panel.home?.visitor ? null : bar.element],
          acts: [acts.back],
          alarm: Boolean(reply),
          live: (p, moment) => {
            const left = Math.max(0, Math.ceil(notedUntil(p) - moment));
            bar.set(left / 180, n("Back to the names in {count} second", "Back to the names in {count} seconds", left));
          },
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
        return { state: "none", drawing: "bell-off", word: t("One moment"), who: shown(entry), more: [tell(panel.refusal ?? "")], acts: [acts.again, acts.back], alarm: true };
      case "replaced": {
        const elsewhere = panel.link.refused?.code === "replaced";
        return {
          state: "unknown",
          drawing: "panel",
          word: elsewhere ? t("In use elsewhere") : t("Out of service"),
          who: t("The bell does not ring here."),
          more: [tell(elsewhere ? t("This panel was opened elsewhere. Only one of them can be the bell of this door.") : (panel.link.refused?.message ?? ""))],
          acts: [elsewhere ? acts.here : acts.tryNow],
          alarm: true,
        };
      }
      case "offline":
        return {
          state: "unknown",
          drawing: "offline",
          word: t("No connection"),
          who: t("The bell does not ring at the moment."),
          more: [line, tell(t("Keys, tags and the keypad still work. The exit from inside is free."))],
          acts: [acts.tryNow],
          alarm: true,
          live: (p, _, at) => {
            const wait = p.link.nextTryAt ? Math.max(0, Math.ceil(p.link.nextTryAt / 1000 - at)) : 0;
            const since = t("No connection since {time}. It tries again by itself.", { time: hourOf(p.link.since / 1000) });
            say(line, wait ? `${since} ${n("The next try is in {count} second.", "The next try is in {count} seconds.", wait)}` : since);
          },
        };
      default:
        return { state: "none", drawing: "wait", word: t("One moment"), who: t("The bell is getting ready."), acts: [] };
    }
  };

  /** The text has its place where they talk, and nowhere else. @param {Content | null} what */
  const put = (what) => {
    const open = Boolean(what?.text) && chat.open();
    chat.element.hidden = !open;
    element.classList.toggle("with-text", open);
  };

  /** @param {Content} what */
  const fill = (what) => {
    present = what;
    put(what);
    element.dataset.state = what.state;
    element.classList.toggle("with-picture", Boolean(what.picture));
    picture.hidden = !what.picture;
    if (what.picture && !picture.contains(remote)) picture.replaceChildren(remote);
    text.replaceChildren(
      ...(what.picture ? [] : [h("span", { class: "roundel" }, icon(what.drawing))]),
      h(
        "div",
        { class: "words" },
        h("div", { class: "say", role: what.alarm ? "alert" : null }, h("h1", { class: "word" }, what.word), h("p", { class: "who" }, what.who)),
        ...(what.more ?? []),
      ),
    );
    if (what.acts.length !== row.childElementCount || what.acts.some((act, i) => row.children[i] !== act)) row.replaceChildren(...what.acts);
    live = what.live;
  };

  return {
    element,
    /** @param {Face} face @param {Panel} panel @param {number} at @param {import("../core/text.js").Text | null} text what is written in the call */
    update(face, panel, at, text) {
      const now = at + panel.offset;
      const { call, door, devices, link } = panel;
      name = call?.entry.name ?? "";
      chat.update(text ?? start());
      const key = JSON.stringify([
        face, call?.call, call?.camera, panel.pressed?.id, panel.refusal, devices, link.refused?.code,
        panel.choices, panel.note?.reply,
        face === "ended" ? [panel.opened, isOpen(panel, now)] : [door?.opening, door?.state],
      ]);
      if (key !== shownKey) {
        shownKey = key;
        fill(content(face, panel, now));
      }
      head.update(now);
      live?.(panel, now, at);
    },
  };
}

/** @param {ReturnType<typeof fuse>} bar @param {Panel} panel @param {number} now */
function relocking(bar, { door, doorAt }, now) {
  if (!door?.relocks_at) return;
  const left = Math.max(0, Math.ceil(door.relocks_at - now));
  bar.set((door.relocks_at - now) / Math.max(1, door.relocks_at - doorAt), n("Locks itself again in {count} second", "Locks itself again in {count} seconds", left));
}

/** @param {ReturnType<typeof fuse>} bar @param {Panel} panel @param {number} now */
function toNames(bar, panel, now) {
  const until = endShownUntil(panel);
  const left = Math.max(0, Math.ceil(until - now));
  bar.set((until - now) / (until - panel.endedAt), n("Back to the names in {count} second", "Back to the names in {count} seconds", left));
}
