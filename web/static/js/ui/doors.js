/** The doors that a resident may open from home. */

import { hourOf } from "../core/time.js";
import { bdi, h, icon, say } from "./dom.js";
import { openLock } from "./open-lock.js";

/**
 * @param {{home: import("../core/resident.js").Ready, onOpen: (lock: string, refused: (message: string) => void) => void, onHeld: () => void}} options
 */
export function doors({ home, onOpen, onHeld }) {
  const rows = home.doors.flatMap(({ locks }) =>
    locks.map((lock) => {
      const state = h("p");
      const problem = h("p", { class: "note", "data-state": "refused", role: "alert", hidden: true }, icon("cross"), h("span"));
      const part = openLock({
        lock,
        small: true,
        stops: false,
        onHeld,
        onOpen: () => {
          problem.hidden = true;
          onOpen(lock.id, (message) => {
            part.refused();
            problem.hidden = false;
            say(/** @type {Element} */ (problem.lastElementChild), message);
          });
        },
      });
      const element = h("li", { class: "door" }, icon("door"), h("div", {}, h("p", { class: "name" }, bdi(lock.name)), state), part.element, problem);
      return { id: lock.id, element, part, state, key: "" };
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
        const door = device.doors[row.id];
        row.part.update(door, lock, now, free);
        const open = door?.state === "opened" && now < (door.relocks_at ?? 0);
        const [state, drawing, words] = !lock.online
          ? ["unknown", "offline", lock.since ? `Offline since ${hourOf(lock.since)}` : "Offline"]
          : open
            ? ["opened", "door-open", `Opened ${hourOf(door.at, undefined, true)}, by the lock`]
            : door?.state === "not_confirmed"
              ? ["unknown", "query", `Not confirmed ${hourOf(door.at, undefined, true)}. Nobody knows whether it opened`]
              : door?.state === "refused"
                ? ["refused", "cross", door.message ?? "Refused"]
                : ["none", "check", "Ready"];
        const key = `${state} ${words}`;
        if (key === row.key) continue;
        row.key = key;
        row.state.replaceChildren(h("span", { class: "state", "data-state": state }, icon(drawing), h("span", {}, words)));
      }
    },
  };
}
