/** The face of the panel that is a lamp: one state, understood from five metres. */

import { endShownUntil, isOpen, notedUntil } from "../core/panel.js";
import { start } from "../core/text.js";
import { n, t, woven } from "../core/words.js";
import { fuse, h, icon } from "./dom.js";
import { common, rungOn, saying, shown, tell } from "./faces.js";
import { panelHead } from "./panel-head.js";
import { panelText } from "./panel-text.js";

/** @typedef {import("../core/panel.js").Panel} Panel */
/** @typedef {import("../core/panel.js").Face} Face */

/**
 * @typedef {{where: () => import("./panel-head.js").Where, remote: HTMLVideoElement, bars: HTMLElement, mark: HTMLElement, writing: import("./text-view.js").Writing,
 *   onHangUp: () => void, onBack: () => void, onAgain: () => void, onWait: () => void, onTryNow: () => void, onNote: () => void, onRing: (entry: import("../core/panel.js").Entry) => void}} Tools
 */

/** @typedef {import("./faces.js").Content & {picture?: boolean}} Content `picture`: theirs is shown */

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

  /** @type {import("./faces.js").Own} */
  const own = {
    acts,
    keys: () => chat.key,
    wrote: chat.wrote,
    unseen: t("They cannot see you: this panel has no camera now."),
    green: t("Wait. Push when this panel turns green."),
    heard: ({ microphone }) => [
      microphone
        ? h("p", { class: "meter" }, t("They hear you"), " ", bars)
        : h("p", { class: "meter" }, t("They cannot hear you: this panel has no microphone now. Press Text to write.")),
      h("p", { class: "meter" }, mark),
    ],
    onRing,
  };

  /** @param {Face} face @param {Panel} panel @param {number} now @returns {Content} */
  const content = (face, panel, now) => {
    const what = common(face, panel, now, own);
    const more = what.more ?? [];
    const bar = fuse();

    switch (face) {
      case "talking":
      case "refused-door":
        return { ...what, picture: Boolean(panel.call?.camera) };
      case "ended":
      case "unanswered":
        return { ...what, more: [...more, bar.element], live: (p, moment) => toNames(bar, p, moment) };
      case "noted": {
        const entry = rungOn(panel);
        const from = entry.name ? woven(t("From {name}"), { name: shown(entry) }) : [t("From those you rang.")];
        return {
          ...what,
          more: [panel.note?.reply ? tell(...from) : tell(t("If somebody replies soon, it is shown here.")), panel.home?.visitor ? null : bar.element],
          live: (p, moment) => {
            const left = Math.max(0, Math.ceil(notedUntil(p) - moment));
            bar.set(left / 180, n("Back to the names in {count} second", "Back to the names in {count} seconds", left));
          },
        };
      }
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
        return { ...what, more: [...more, tell(t("Keys, tags and the keypad still work. The exit from inside is free."))] };
      default:
        return what;
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
        saying(what),
        ...(what.more ?? []),
      ),
    );
    const keys = what.acts.filter((act) => act !== false);
    if (keys.length !== row.childElementCount || keys.some((key, i) => row.children[i] !== key)) row.replaceChildren(...keys);
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
function toNames(bar, panel, now) {
  const until = endShownUntil(panel);
  const left = Math.max(0, Math.ceil(until - now));
  bar.set((until - now) / (until - panel.endedAt), n("Back to the names in {count} second", "Back to the names in {count} seconds", left));
}
