/** In the call: the picture, the locks, what is true, and the keys. */

import { RESIDENT } from "../core/phrases.js";
import { talkFace } from "../core/resident.js";
import { clockOf, hourOf } from "../core/time.js";
import { t, woven } from "../core/words.js";
import { callEquipment } from "./call-equipment.js";
import { bdi, h, icon, say } from "./dom.js";
import { pictureWords } from "./frames.js";
import { openLock } from "./open-lock.js";
import { textView } from "./text-view.js";
import { visitorFacts } from "./visitor-facts.js";

/** @typedef {import("../core/resident.js").Ring} Ring */

/** The server lets a talk be made longer in its last minute. */
const LAST_MINUTE = 60;

/**
 * @param {{ring: Ring, factor: import("./typed-proof.js").Factor, video: HTMLVideoElement, picture: () => import("./frames.js").Picture,
 *   onOpen: (lock: string, typed: import("./typed-proof.js").Typed) => Promise<import("./open-lock.js").Problem | null>, onHeld: () => void, onMute: (on: boolean) => void,
 *   onCamera: (on: boolean) => Promise<string | null>, onHangUp: () => void, onBlock: import("./visitor-facts.js").Block, onHide: () => void, onLonger: () => void,
 *   onEquipment: (kind: import("../rtc/local.js").Kind) => void, mark: HTMLElement,
 *   writing: import("./text-view.js").Writing}} options
 *   `onCamera` gives the sentence that says why it did not work, or null
 */
export function callView({ ring, factor, video, picture, onOpen, onHeld, onMute, onCamera, onHangUp, onBlock, onHide, onLonger, onEquipment, mark, writing }) {
  const word = h("h1", {}, t("Connecting"));
  const time = h("span", { class: "fact" });
  const band = h("header", { class: "band", "data-state": "talking" }, icon("phone"), word, time, mark, h("span", { class: "fact wide-only" }, bdi(ring.invite.entrance.name)), h("span", { class: "fact push-end wide-only" }, icon("shield"), t("Encrypted from door to device")));
  const waiting = h("div", { role: "status" });
  const tab = h("figcaption", { class: "tab", hidden: true });
  const own = h("figcaption", { class: "tab tab-end", hidden: true }, t("Your camera is on"));
  const problem = h("p", { class: "note", "data-state": "refused", hidden: true }, icon("cross"), h("span"));
  const apart = h("p", { class: "note", "data-state": "unknown", hidden: true }, icon("offline"), h("span"));
  const truth = h("p", { class: "soft wide-only" });
  const endsIn = h("span");
  const ending = h("div", { class: "note", "data-state": "unknown", role: "status", hidden: true }, icon("clock"), h("div", { class: "stack" }, endsIn, h("button", { class: "btn btn-small", type: "button", onclick: onLonger }, t("Talk on"))));
  const sound = h("p", { class: "note", "data-state": "unknown", hidden: true }, icon("mic-off"), h("span", {}, h("strong", {}, t("They cannot hear you.")), t("This browser gives no microphone. You can still see, listen, write and open.")));

  const equipment = callEquipment(onEquipment);
  const facts = visitorFacts({ invite: ring.invite, onBlock });

  const locks = ring.invite.locks.map((lock, index) => ({
    id: lock.id,
    part: openLock({ lock, small: index > 0, asks: ring.invite.asks.includes(lock.id) ? factor : null, onOpen: (typed) => onOpen(lock.id, typed), onHeld }),
  }));

  const muteWord = h("span", {}, t("Mute"));
  const mute = h("button", { class: "key", type: "button", "aria-pressed": "false" }, icon("mic"), muteWord);
  const setMute = (/** @type {boolean} */ on) => {
    mute.setAttribute("aria-pressed", String(on));
    mute.firstElementChild?.replaceWith(icon(on ? "mic-off" : "mic"));
    say(muteWord, on ? t("Unmute") : t("Mute"));
    onMute(on);
  };
  const toggleMute = () => setMute(mute.getAttribute("aria-pressed") !== "true");
  mute.addEventListener("click", toggleMute);

  let cameraOn = false;
  const cameraWord = h("span", {}, t("Turn camera on"));
  const camera = h("button", { class: "key", type: "button" }, icon("cam"), cameraWord);
  camera.addEventListener("click", async () => {
    if (camera.getAttribute("aria-disabled") === "true") return;
    camera.setAttribute("aria-disabled", "true");
    const wanted = !cameraOn;
    const message = await onCamera(wanted);
    camera.removeAttribute("aria-disabled");
    problem.hidden = message === null;
    if (message !== null) say(/** @type {Element} */ (problem.lastElementChild), message);
    else setCamera(wanted);
  });
  const setCamera = (/** @type {boolean} */ on) => {
    cameraOn = on;
    own.hidden = !on;
    camera.firstElementChild?.replaceWith(icon(on ? "cam-off" : "cam"));
    say(cameraWord, on ? t("Turn camera off") : t("Turn camera on"));
    paintTruth();
  };
  const paintTruth = () => {
    truth.replaceChildren(
      icon(cameraOn ? "cam" : "cam-off", "inline"),
      cameraOn ? t("Your camera is on. They can see you.") : t("Your camera is off. You can see them. They cannot see you."),
    );
  };
  paintTruth();

  const chat = textView({ phrases: RESIDENT, who: () => t("Visitor"), hint: t("Prepared phrases arrive in the visitor’s language."), ...writing });
  const text = h("button", { class: "key", type: "button", "aria-expanded": "false" }, icon("text"), t("Text"));
  /** @param {boolean} on */
  const showText = (on) => {
    chat.element.hidden = !on;
    text.setAttribute("aria-expanded", String(on));
    element.classList.toggle("with-text", on);
  };
  text.addEventListener("click", () => {
    showText(Boolean(chat.element.hidden));
    if (!chat.element.hidden) chat.line.focus();
  });
  /** Of the other side, that was seen. */
  let theirs = { heard: 0, growing: false };

  const end = h("button", { class: "key key-end", type: "button", onclick: onHangUp }, icon("phone-down"), t("Hang up"));
  const element = h(
    "main",
    { class: "call", "aria-label": t("Call"), tabindex: "-1" },
    band,
    waiting,
    h("figure", { class: "picture" }, video, tab, own),
    h("aside", { class: "side" }, h("div", { class: "locks" }, ...locks.map(({ part }) => part.element)), chat.element, ending, problem, sound, apart, facts.element ?? "", equipment.element, truth),
    h("div", { class: "controls", role: "group", "aria-label": t("Keys") }, mute, camera, text, h("span", { class: "spacer" }), end),
  );
  element.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLInputElement || event.key.toLowerCase() !== "m" || event.repeat || event.ctrlKey || event.metaKey || event.altKey || mute.disabled) return;
    toggleMute();
  });
  /** @type {number | null} */
  let lostAt = null;
  let drawn = "phone";

  let waits = "";
  /** Somebody else at a door: seen here, and never heard. @param {string} words @param {string | null} entrance */
  const wait = (words, entrance) => {
    const said = entrance === null ? "" : `${words} ${entrance}`;
    if (said === waits) return;
    waits = said;
    waiting.className = said ? "wait-band" : "";
    waiting.replaceChildren(
      ...(entrance === null
        ? []
        : [
            icon("bell"),
            h("p", {}, h("b", {}, ...woven(words, { entrance: bdi(entrance) })), " ", t("The call goes on.")),
            h("button", { class: "btn btn-small push-end", type: "button", onclick: onHide }, t("Hide")),
          ]),
    );
  };

  return {
    element,
    focus: () => element.focus(),
    /** @param {boolean} there */
    microphone: (there) => {
      equipment.refresh();
      sound.hidden = there;
      mute.disabled = !there;
    },
    /** Something was written; what comes from the door is shown even where nobody had asked for text. @param {import("../core/text.js").Text} now */
    text: (now) => {
      chat.update(now);
      const seen = { heard: now.heard, growing: now.theirs !== "" };
      if (seen.heard > theirs.heard || (seen.growing && !theirs.growing)) showText(true);
      theirs = seen;
    },
    /** The camera stopped by itself. */
    cameraGone: () => setCamera(false),
    /**
     * @param {Ring} now
     * @param {number} moment server's clock
     * @param {{connected: boolean, since: number}} link
     * @param {import("../core/resident.js").Invite | null} other
     */
    update(now, moment, link, other) {
      facts.update(now.invite);
      const face = talkFace(now, link);
      const lost = face === "lost";
      lostAt = lost ? (lostAt ?? moment) : null;
      band.dataset.state = lost ? "unknown" : "talking";
      const drawing = lost ? "offline" : "phone";
      if (drawing !== drawn) band.firstElementChild?.replaceWith(icon(drawing));
      drawn = drawing;
      say(word, lost ? t("Connection lost. Waiting for it to return") : face === "connecting" ? t("Connecting") : t("Connected"));
      say(time, lost ? waited(now, moment, lostAt ?? moment) : face === "connecting" ? "" : clockOf(moment - (now.establishedAt ?? moment)));
      apart.hidden = link.connected;
      if (!link.connected) say(/** @type {Element} */ (apart.lastElementChild), t("No connection to the server since {time}. The door can be opened again as soon as it is back.", { time: hourOf(link.since / 1000, undefined, true) }));
      const left = Math.ceil(now.deadline - moment);
      ending.hidden = face !== "connected" || now.establishedAt === null || left > LAST_MINUTE;
      if (!ending.hidden) say(endsIn, left > 10 ? t("The talk ends within a minute.") : t("The talk ends in a moment."));
      tab.hidden = picture() === "live";
      say(tab, pictureWords(picture(), now.path));
      for (const { id, part } of locks) {
        const lock = now.invite.locks.find((known) => known.id === id);
        if (lock) part.update(now.doors[id], lock, moment, now.establishedAt !== null && link.connected);
      }
      wait(other ? t("{entrance} is ringing for you.") : t("{entrance} has rung for you."), other ? other.entrance.name : now.meanwhile);
    },
  };
}

/** How long it is waited for, or has been. @param {Ring} ring @param {number} moment @param {number} since */
const waited = (ring, moment, since) =>
  ring.lost
    ? t("{seconds} s left", { seconds: Math.max(0, Math.ceil(ring.deadline - moment)) })
    : t("for {seconds} s", { seconds: Math.max(0, Math.round(moment - since)) });
