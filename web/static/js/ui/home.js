/** Home: the doors, the last calls, do not disturb and this device. Parts are made anew only when they say something new. */

import { t } from "../core/words.js";
import { callsTable } from "./calls.js";
import { ringTest } from "./devices.js";
import { h, say, slot } from "./dom.js";
import { doors } from "./doors.js";
import { lookKeys } from "./look.js";
import { secureNotice } from "./secure-notice.js";
import { thisDevice } from "./this-device.js";

/**
 * @param {{home: import("../core/resident.js").Ready, onOpen: (lock: string, typed: import("./typed-proof.js").Typed) => Promise<import("./open-lock.js").Problem | null>, onHeld: () => void, onLook: (entrance: import("/types/wire.js").EntranceOut) => void,
 *   onDnd: (on: boolean) => void, onPhone: (on: boolean) => void, onSeen: () => void, onReply: import("./calls.js").OnReply, onAsk: () => void, onTest: import("./devices.js").OnTest}} options
 */
export function homeView({ home, onOpen, onHeld, onLook, onDnd, onPhone, onSeen, onReply, onAsk, onTest }) {
  const list = doors({ home, onOpen, onHeld });
  const calls = slot(h("div"));
  const device = slot(h("div"));
  const test = ringTest(home.device, onTest);
  const word = h("span", { class: "word" });
  const hint = h("p", { class: "soft small", id: "dnd-hint" });
  const lever = h("button", { class: "switch", type: "button", role: "switch", "aria-describedby": hint.id }, h("span", { class: "lever" }), h("span", {}, t("Do not disturb")), word);
  lever.addEventListener("click", () => onDnd(lever.getAttribute("aria-checked") !== "true"));
  const phoneWord = h("span", { class: "word" });
  const phoneHint = h("p", { class: "soft small", id: "phone-hint" });
  const phone = h("button", { class: "switch", type: "button", role: "switch", "aria-describedby": phoneHint.id }, h("span", { class: "lever" }), h("span", {}, t("On the telephone")), phoneWord);
  phone.addEventListener("click", () => onPhone(phone.getAttribute("aria-checked") !== "true"));
  const notice = secureNotice();
  const elements = [
    h("h1", { class: "vh" }, t("Home")),
    h("div", { class: "main-col" }, notice, h("section", {}, h("h2", {}, t("Doors")), list.element, lookKeys(home, onLook)), calls.place),
    h("aside", {}, h("section", {}, lever, hint, phone, phoneHint), device.place),
  ];
  return {
    elements,
    /** @param {import("../core/resident.js").Resident} now @param {number} moment */
    doors: (now, moment) => list.update(now, moment, now.link.connected),
    /**
     * @param {{dnd: boolean, phone: boolean, history: import("./calls.js").History, moment: number,
     *   can: Parameters<typeof thisDevice>[0]["can"], own: import("./devices.js").Owned[]}} present
     */
    update({ dnd, phone: talks, history, moment, can, own: all }) {
      phone.setAttribute("aria-checked", String(talks));
      say(phoneWord, talks ? t("On") : t("Off"));
      say(phoneHint, talks ? t("Visitors are told that the line is busy, on all your devices. Off again when this page is closed.") : t("Turn it on while you are on an ordinary telephone call."));
      lever.setAttribute("aria-checked", String(dnd));
      say(word, dnd ? t("On") : t("Off"));
      say(hint, dnd ? t("This device does not ring. Other devices of yours still do.") : t("Calls ring on this device."));
      calls.show([history, new Date(moment * 1000).toDateString()], () => callsTable({ ...history, now: moment, onSeen, onReply }));
      const own = all.find(({ id }) => id === home.device) ?? null;
      device.show([can, own, new Date(moment * 1000).toDateString()], () => thisDevice({ name: home.device_name, can, own, now: moment, test, onAsk }));
    },
  };
}
