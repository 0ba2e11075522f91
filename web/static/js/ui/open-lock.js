/** "Open": press and hold, or Enter twice. One press is one request; it turns green when the lock has said so. */

import { lockFace } from "../core/resident.js";
import { hourOf } from "../core/time.js";
import { h, icon, say } from "./dom.js";

const HOLD = 800;
const SECOND_PRESS_WITHIN = 5000;
const SVG = "http://www.w3.org/2000/svg";
let number = 0;

/** @param {string} name @param {string} radius */
function circle(name, radius) {
  const element = document.createElementNS(SVG, "circle");
  for (const [key, value] of Object.entries({ class: name, cx: "36", cy: "36", r: radius })) element.setAttribute(key, value);
  return element;
}

/**
 * @param {{lock: import("../core/resident.js").Lock, small?: boolean, stops?: boolean, onOpen: () => void, onHeld?: () => void}} options
 */
export function openLock({ lock, small = false, stops: withStops = true, onOpen, onHeld }) {
  number += 1;
  const ring = document.createElementNS(SVG, "svg");
  ring.setAttribute("class", "ring");
  ring.setAttribute("viewBox", "0 0 72 72");
  ring.setAttribute("aria-hidden", "true");
  const run = circle("run", "33");
  run.setAttribute("pathLength", "100");
  ring.append(circle("cap", "26"), circle("track", "33"), run);
  const push = h("span", { class: "push" }, ring, icon("key"));
  const how = h("span", { class: "how", id: `how-${number}` });
  const button = h(
    "button",
    {
      class: small ? "open-lock open-lock-s" : "open-lock",
      type: "button",
      "data-state": "idle",
      "aria-label": `Open ${lock.name}`,
      "aria-describedby": how.id,
    },
    push,
    h("span", { class: "name" }, "Open ", h("bdi", {}, lock.name)),
    how,
  );
  const stops = h("ol", { class: "stops", "aria-label": lock.name, hidden: true });
  const note = h("div", { hidden: true });
  const element = h("div", { class: "lock-part" }, button, ...(withStops ? [stops, note] : []));

  let drawing = "key";
  let hint = "";
  let hintUntil = 0;
  /** @type {number | null} when the hold began */
  let held = null;
  let armedUntil = 0;
  let keyDown = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let frame;
  let face = "idle";
  let stopsKey = "";
  /** @type {number | null} */
  let sentAt = null;

  const takes = () => !button.disabled && button.getAttribute("aria-disabled") !== "true";
  /** @param {string} text @param {number} [milliseconds] */
  const tell = (text, milliseconds = 4000) => {
    hint = text;
    hintUntil = performance.now() + milliseconds;
    paint();
  };
  const release = () => {
    clearInterval(frame);
    held = null;
    run.style.strokeDasharray = "0 100";
  };
  const send = () => {
    release();
    armedUntil = 0;
    hint = "";
    button.setAttribute("aria-disabled", "true");
    onHeld?.();
    onOpen();
  };
  const hold = () => {
    if (!takes() || held !== null) return;
    held = performance.now();
    hint = "";
    frame = setInterval(() => {
      if (held === null) return;
      const share = Math.min(1, (performance.now() - held) / HOLD);
      run.style.strokeDasharray = `${100 * share} 100`;
      if (share >= 1) send();
    }, 16);
    paint();
  };
  const letGo = () => {
    if (held === null) return;
    release();
    tell("Released too early. Nothing was sent.");
  };

  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture?.(event.pointerId);
    hold();
  });
  button.addEventListener("pointerup", letGo);
  button.addEventListener("pointercancel", letGo);
  button.addEventListener("pointermove", (event) => {
    if (held === null) return;
    const box = button.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) letGo();
  });
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (event.repeat || keyDown || !takes()) return;
    keyDown = true;
    if (performance.now() < armedUntil) return send();
    hold();
  });
  button.addEventListener("keyup", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    keyDown = false;
    if (held !== null) arm();
  });
  button.addEventListener("blur", () => {
    keyDown = false;
    letGo();
  });
  // assistive technology presses by a click without a pointer and without a key
  button.addEventListener("click", (event) => {
    if (event.detail !== 0 || keyDown || held !== null || !takes()) return;
    if (performance.now() < armedUntil) send();
    else arm();
  });
  const arm = () => {
    release();
    armedUntil = performance.now() + SECOND_PRESS_WITHIN;
    tell("Press Enter again to open", SECOND_PRESS_WITHIN);
  };

  /** @type {{door: import("../core/resident.js").Door | undefined, lock: import("../core/resident.js").Lock, now: number}} */
  let present = { door: undefined, lock, now: 0 };

  const paint = () => {
    const { door, lock: known, now } = present;
    const left = Math.max(0, Math.ceil((door?.relocks_at ?? now) - now));
    const words = {
      idle: "Press and hold",
      asked: "Sending",
      sent: "Sent. Waiting for the lock",
      opened: `Opened. Locks again in ${left} s`,
      unknown: "Press and hold to try again",
      refused: "Press and hold to try again",
      offline: known.since ? `Offline since ${hourOf(known.since)}` : "Cannot be opened from here",
    };
    const hinted = performance.now() < hintUntil && hint;
    const resting = face === "idle" || face === "unknown" || face === "refused";
    say(how, held !== null ? "Keep holding" : hinted && resting ? hint : words[/** @type {keyof typeof words} */ (face)]);
  };

  return {
    element,
    /**
     * The newest truth. `free`: the call allows opening.
     * @param {import("../core/resident.js").Door | undefined} door
     * @param {import("../core/resident.js").Lock} known
     * @param {number} now
     * @param {boolean} free
     */
    update(door, known, now, free) {
      present = { door, lock: known, now };
      face = lockFace(door, known, now);
      button.dataset.state = face === "opened" ? "opened" : "idle";
      button.disabled = face === "offline" || !free;
      if (face === "asked" || face === "sent") button.setAttribute("aria-disabled", "true");
      else if (held === null) button.removeAttribute("aria-disabled");
      const wanted = face === "opened" ? "door-open" : face === "sent" || face === "asked" ? "wait" : face === "offline" ? "offline" : "key";
      if (wanted !== drawing) {
        drawing = wanted;
        push.lastElementChild?.replaceWith(icon(drawing));
      }
      if (withStops) paintStops(door);
      paint();
    },
    /** The server refused before anything was stored. */
    refused() {
      button.removeAttribute("aria-disabled");
      paint();
    },
    button,
  };

  /** @param {import("../core/resident.js").Door | undefined} door */
  function paintStops(door) {
    const key = door ? `${door.opening} ${door.state}` : "";
    if (key === stopsKey) return;
    if (door?.state === "sent") sentAt = door.at;
    stopsKey = key;
    const shown = door && door.state !== "asked" && door.state !== "refused";
    stops.hidden = !shown;
    note.hidden = !(door?.state === "not_confirmed" || door?.state === "refused");
    if (door?.state === "not_confirmed") {
      note.replaceChildren(
        h("p", { class: "note", "data-state": "unknown" }, icon("query"), h("span", {}, h("strong", {}, "Nobody knows whether it opened."), door.message && door.code !== "no_confirmation" ? `${door.message} ` : "", "Ask the visitor to try the door.")),
      );
    } else if (door?.state === "refused") {
      note.replaceChildren(h("p", { class: "note", "data-state": "refused" }, icon("cross"), h("span", {}, h("strong", {}, door.message ?? "The door was not opened."), "Nothing was opened.")));
    }
    if (!shown) return;
    /** @param {string} state @param {boolean} done @param {string | null} mark @param {string} word @param {string} small */
    const stop = (state, done, mark, word, small) =>
      h("li", { class: done ? "stop done" : "stop", "data-state": state }, h("span", { class: "mark" }, mark && icon(mark)), h("b", {}, word), h("small", {}, small));
    const moment = (/** @type {number} */ when) => hourOf(when, undefined, true);
    const first = stop("none", true, "check", "Sent", moment(sentAt ?? door.at));
    const second =
      door.state === "opened"
        ? stop("opened", true, "door-open", "Opened", `${moment(door.at)}, by the lock`)
        : door.state === "not_confirmed"
          ? stop("unknown", true, "query", "Not confirmed", sentAt ? `no word for ${Math.max(1, Math.round(door.at - sentAt))} s` : moment(door.at))
          : stop("none", false, null, "Waiting", "for the lock");
    stops.replaceChildren(first, second);
    if (door.state !== "sent") sentAt = null;
  }
}
