/** "Open": press and hold, or Enter twice. One press is one request; it turns green when the lock has said so. */

import { lockFace, truth } from "../core/resident.js";
import { hourOf, shortDay } from "../core/time.js";
import { t, woven } from "../core/words.js";
import { h, icon, say } from "./dom.js";
import { askedBy, typedProof } from "./typed-proof.js";

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

/** @typedef {{message: string, known: boolean, code: string}} Problem why a press came to nothing; not `known`: whether it did is not known */

/**
 * `onOpen` sends the one request and gives what went wrong, or null once the server has written it down.
 * `asks`: what is typed after the press, where this door asks for it.
 * @param {{lock: import("../core/resident.js").Lock, small?: boolean, stops?: boolean, asks?: import("./typed-proof.js").Factor | null,
 *   onOpen: (typed: import("./typed-proof.js").Typed) => Promise<Problem | null>, onHeld?: () => void}} options
 */
export function openLock({ lock, small = false, stops: withStops = true, asks = null, onOpen, onHeld }) {
  number += 1;
  const ring = document.createElementNS(SVG, "svg");
  ring.setAttribute("class", "ring");
  ring.setAttribute("viewBox", "0 0 72 72");
  ring.setAttribute("aria-hidden", "true");
  const run = circle("run", "33");
  run.setAttribute("pathLength", "100");
  ring.append(circle("cap", "26"), circle("track", "33"), run);
  const push = h("span", { class: "push" }, ring, icon("key"));
  const how = h("span", { class: "how", "aria-hidden": "true", id: `how-${number}` });
  const button = h(
    "button",
    {
      class: small ? "open-lock open-lock-s" : "open-lock",
      type: "button",
      "data-state": "idle",
      "aria-describedby": how.id,
    },
    push,
    h("span", { class: "name" }, ...woven(t("Open {lock}"), { lock: h("bdi", {}, lock.name) })),
    how,
  );
  const stops = h("ol", { class: "stops", "aria-label": lock.name, hidden: true });
  const note = h("div", { hidden: true });
  const problem = h("p", { class: "note", hidden: true }, icon("cross"), h("span"));
  const proof = typedProof({ lock: lock.name, onTyped: (typed) => void request(typed), onLeave: () => button.focus() });
  const element = h("div", { class: "lock-part" }, button, proof.element, problem, ...(withStops ? [stops, note] : []));

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
  /** @type {{opening: string, at: number} | null} when the core took the command */
  let sent = null;
  /** A request is under way: no other press is taken before its truth is known. */
  let pending = false;
  let free = true;

  const takes = () => !button.disabled && free && !pending && !proof.open && face !== "asked" && face !== "sent";
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
    problem.hidden = true;
    onHeld?.();
    if (asks) proof.ask(asks);
    else void request({});
    paint();
  };
  /** @param {import("./typed-proof.js").Typed} typed */
  const request = async (typed) => {
    pending = true;
    problem.hidden = true;
    paint();
    const wrong = await onOpen(typed);
    pending = false;
    const again = wrong && askedBy(wrong.code);
    if (wrong && again) {
      proof.ask(again, typed.pin || typed.code ? wrong.message : "");
    } else if (wrong) {
      proof.close();
      problem.dataset.state = wrong.known ? "refused" : "unknown";
      problem.replaceChildren(icon(wrong.known ? "cross" : "query"), h("span", {}, wrong.message));
      problem.hidden = false;
    } else proof.close();
    paint();
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
    tell(t("Released too early. Nothing was sent."));
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
    if (performance.now() < armedUntil) send();
    else hold();
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
    tell(t("Press Enter again to open"), SECOND_PRESS_WITHIN);
  };

  /** @type {{door: import("../core/resident.js").Door | undefined, lock: import("../core/resident.js").Lock, now: number}} */
  let present = { door: undefined, lock, now: 0 };

  const paint = () => {
    const { door, lock: known, now } = present;
    button.setAttribute("aria-disabled", String(!button.disabled && !takes()));
    if (pending) return say(how, t("Sending"));
    if (proof.open) return say(how, "");
    const left = Math.max(0, Math.ceil((door?.relocks_at ?? now) - now));
    const words = {
      idle: free ? t("Press and hold") : t("Waiting for the connection"),
      asked: t("Sending"),
      sent: t("Sent. Waiting for the lock"),
      opened: t("Opened. Locks again in {seconds} s", { seconds: left }),
      unknown: t("Press and hold to try again"),
      refused: t("Press and hold to try again"),
      offline: whyNot(known, now),
      held: t("Open, just push"),
    };
    const hinted = performance.now() < hintUntil && hint;
    const resting = face === "idle" || face === "unknown" || face === "refused";
    return say(how, held !== null ? t("Keep holding") : hinted && resting ? hint : words[/** @type {keyof typeof words} */ (face)]);
  };

  return {
    element,
    /**
     * The newest truth. `may`: the call is connected and the server is reached.
     * @param {import("../core/resident.js").Door | undefined} said
     * @param {import("../core/resident.js").Lock} known
     * @param {number} now
     * @param {boolean} may
     */
    update(said, known, now, may) {
      const door = truth(said, now);
      if (door?.opening !== present.door?.opening) problem.hidden = true; // the truth came after all
      present = { door, lock: known, now };
      face = lockFace(door, known, now);
      free = may;
      button.dataset.state = face === "opened" || face === "held" ? "opened" : "idle";
      button.disabled = face === "offline" || face === "held";
      if (button.disabled && proof.open) proof.close();
      if (held !== null && !takes()) release();
      const wanted = face === "opened" ? "door-open" : face === "sent" || face === "asked" ? "wait" : face === "offline" ? "offline" : face === "held" ? "door-open" : "key";
      if (wanted !== drawing) {
        drawing = wanted;
        push.lastElementChild?.replaceWith(icon(drawing));
      }
      if (withStops) paintStops(door);
      paint();
    },
  };

  /** @param {import("../core/resident.js").Door | undefined} door */
  function paintStops(door) {
    const key = door ? `${door.opening} ${door.state}` : "";
    if (key === stopsKey) return;
    if (door?.state === "sent") sent = door;
    const sentAt = sent && sent.opening === door?.opening ? sent.at : null;
    stopsKey = key;
    const shown = door && door.state !== "asked" && door.state !== "refused";
    stops.hidden = !shown;
    note.hidden = !(door?.state === "not_confirmed" || door?.state === "refused");
    if (door?.state === "not_confirmed") {
      note.replaceChildren(
        h("p", { class: "note", "data-state": "unknown" }, icon("query"), h("span", {}, h("strong", {}, t("Nobody knows whether it opened.")), door.message && door.code !== "no_confirmation" ? `${door.message} ` : "", t("Ask the visitor to try the door."))),
      );
    } else if (door?.state === "refused") {
      note.replaceChildren(h("p", { class: "note", "data-state": "refused" }, icon("cross"), h("span", {}, h("strong", {}, door.message ?? t("The door was not opened.")), t("Nothing was opened."))));
    }
    if (!shown) return;
    /** @param {string} state @param {boolean} done @param {string | null} mark @param {string} word @param {string} small */
    const stop = (state, done, mark, word, small) =>
      h("li", { class: done ? "stop done" : "stop", "data-state": state }, h("span", { class: "mark" }, mark && icon(mark)), h("b", {}, word), h("small", {}, small));
    const moment = (/** @type {number} */ when) => hourOf(when, undefined, true);
    const first = stop("none", true, "check", t("Sent"), sentAt ? moment(sentAt) : "");
    const second =
      door.state === "opened"
        ? stop("opened", true, "door-open", t("Opened"), t("{time}, by the lock", { time: moment(door.at) }))
        : door.state === "not_confirmed"
          ? stop("unknown", true, "query", t("Not confirmed"), sentAt ? t("no word for {seconds} s", { seconds: Math.max(1, Math.round(door.at - sentAt)) }) : moment(door.at))
          : stop("none", false, null, t("Waiting"), t("for the lock"));
    // whether the core took a command of which nothing is known, is not known either
    stops.replaceChildren(...(door.state === "not_confirmed" && sentAt === null ? [second] : [first, second]));
  }
}

/** Why a lock cannot be opened from here, and since or until when. @param {import("../core/resident.js").Lock} lock @param {number} now */
export function whyNot(lock, now) {
  if (!lock.online) return lock.since ? t("Offline since {time}", { time: shortDay(lock.since, now) }) : t("Cannot be opened from here");
  if (lock.trouble === "otp_blocked" && lock.until) return t("Paused until {time}", { time: shortDay(lock.until, now) });
  return lock.message ?? t("Cannot be opened from here");
}
