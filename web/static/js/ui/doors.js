/** The doors that a resident may open from home. */

import { truth } from "../core/resident.js";
import { hourOf, shortDay } from "../core/time.js";
import { t } from "../core/words.js";
import { bdi, h, icon } from "./dom.js";
import { openLock, whyNot } from "./open-lock.js";

/**
 * @param {{home: import("../core/resident.js").Ready, onOpen: (lock: string, typed: import("./typed-proof.js").Typed) => Promise<import("./open-lock.js").Problem | null>, onHeld: () => void}} options
 */
export function doors({ home, onOpen, onHeld }) {
  const rows = home.doors.flatMap(({ locks, asks }) =>
    locks.map((lock) => {
      const state = h("p");
      const part = openLock({ lock, small: true, stops: false, asks: asks.includes(lock.id) ? home.factor : null, onHeld, onOpen: (typed) => onOpen(lock.id, typed) });
      const plate = h("p", { class: "open-plate" }, icon("door-open"), t("Open, just push"));
      const element = h("li", { class: "door" }, icon("door"), h("div", {}, h("p", { class: "name" }, bdi(lock.name)), state), part.element);
      return { id: lock.id, element, part, plate, state, key: "" };
    }),
  );
  return {
    element: h("ul", { class: "doors" }, ...rows.map(({ element }) => element)),
    /** @param {import("../core/resident.js").Resident} device @param {number} now @param {boolean} free */
    update(device, now, free) {
      const known = new Map(device.home?.doors.flatMap(({ locks }) => locks.map((lock) => [lock.id, lock])));
      for (const row of rows) {
        const lock = known.get(row.id);
        if (!lock) continue;
        const door = truth(device.doors[row.id], now);
        row.part.update(door, lock, now, free);
        const [wanted, other] = lock.held_open ? [row.plate, row.part.element] : [row.part.element, row.plate];
        if (other.parentNode) other.replaceWith(wanted);
        const [state, drawing, words] = told(door, lock, now, free);
        const key = `${state} ${words}`;
        if (key === row.key) continue;
        row.key = key;
        row.state.replaceChildren(h("span", { class: "state", "data-state": state }, icon(drawing), h("span", {}, words)));
      }
    },
  };
}

/**
 * What is true about a lock: state, drawing, words.
 * @param {import("../core/resident.js").Door | undefined} door
 * @param {import("../core/resident.js").Lock} lock
 * @param {number} now
 * @param {boolean} free the server can be asked
 * @returns {[string, string, string]}
 */
function told(door, lock, now, free) {
  if (!lock.online || lock.trouble) return ["unknown", "offline", whyNot(lock, now)];
  if (lock.held_open) return ["opened", "door-open", heldOpen(lock, now)];
  const when = door ? hourOf(door.at, undefined, true) : "";
  if (door?.state === "asked" || door?.state === "sent") return ["none", "wait", t("Sent {time}", { time: when })];
  if (door?.state === "opened" && now < (door.relocks_at ?? 0)) return ["opened", "door-open", t("Opened {time}, by the lock", { time: when })];
  if (door?.state === "not_confirmed") return ["unknown", "query", t("Not confirmed {time}. Nobody knows whether it opened", { time: when })];
  if (door?.state === "refused") return ["refused", "cross", door.message ?? t("Refused")];
  if (!free) return ["unknown", "offline", t("No connection")]; // what was true may be no more
  if (lock.left_open_since) return ["unknown", "warn", t("Left open for {time}", { time: lasted(now - lock.left_open_since) })];
  if (lock.battery_low) return ["unknown", "warn", t("Ready. Battery low")];
  return ["none", "check", t("Ready")];
}

/** @param {import("../core/resident.js").Lock} lock @param {number} now */
function heldOpen(lock, now) {
  if (lock.until) return t("Held open until {time}", { time: shortDay(lock.until, now) });
  return lock.since ? t("Held open since {time}", { time: shortDay(lock.since, now) }) : t("Held open");
}

/** @param {number} seconds */
const lasted = (seconds) => (seconds < 120 ? t("{seconds} s", { seconds: Math.max(0, Math.round(seconds)) }) : t("{minutes} min", { minutes: Math.floor(seconds / 60) }));
