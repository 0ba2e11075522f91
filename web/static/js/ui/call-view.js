/** In the call: the picture, the locks, what is true, and the keys. */

import { clockOf, hourOf } from "../core/time.js";
import { bdi, h, icon, say } from "./dom.js";
import { flows } from "./incoming-call.js";
import { openLock } from "./open-lock.js";

/** @typedef {import("../core/resident.js").Ring} Ring */

/**
 * @param {{ring: Ring, video: HTMLVideoElement,
 *   onOpen: (lock: string, refused: () => void) => void, onHeld: () => void, onMute: (on: boolean) => void,
 *   onCamera: (on: boolean) => Promise<boolean>, onHangUp: () => void, onHide: () => void}} options
 */
export function callView({ ring, video, onOpen, onHeld, onMute, onCamera, onHangUp, onHide }) {
  const word = h("h1", {}, "Connected");
  const time = h("span", { class: "fact" });
  const band = h("header", { class: "band", "data-state": "talking" }, icon("phone"), word, time, h("span", { class: "fact wide-only" }, bdi(ring.invite.entrance.name)), h("span", { class: "fact push-end wide-only" }, icon("shield"), "Encrypted from door to device"));
  const waiting = h("span");
  const tab = h("figcaption", { class: "tab", hidden: true });
  const own = h("figcaption", { class: "tab tab-end", hidden: true }, "Your camera is on");
  const problem = h("p", { class: "note", "data-state": "refused", role: "alert", hidden: true }, icon("cross"), h("span"));
  const truth = h("p", { class: "soft wide-only" });
  const sound = h("p", { class: "note", "data-state": "unknown", hidden: true }, icon("mic-off"), h("span", {}, h("strong", {}, "They cannot hear you."), "This browser gives no microphone. You can still see, listen and open."));

  const locks = ring.invite.locks.map((lock) => ({
    id: lock.id,
    part: openLock({ lock, small: ring.invite.locks.length > 1 && lock !== ring.invite.locks[0], onOpen: () => onOpen(lock.id, () => find(lock.id)?.refused()), onHeld }),
  }));
  const find = (/** @type {string} */ id) => locks.find((lock) => lock.id === id)?.part;

  const muteWord = h("span", {}, "Mute");
  const mute = h("button", { class: "key", type: "button", "aria-pressed": "false" }, icon("mic"), muteWord);
  const setMute = (/** @type {boolean} */ on) => {
    mute.setAttribute("aria-pressed", String(on));
    mute.firstElementChild?.replaceWith(icon(on ? "mic-off" : "mic"));
    say(muteWord, on ? "Unmute" : "Mute");
    onMute(on);
  };
  const toggleMute = () => setMute(mute.getAttribute("aria-pressed") !== "true");
  mute.addEventListener("click", toggleMute);

  let cameraOn = false;
  const cameraWord = h("span", {}, "Turn camera on");
  const camera = h("button", { class: "key", type: "button" }, icon("cam"), cameraWord);
  camera.addEventListener("click", async () => {
    if (camera.getAttribute("aria-disabled") === "true") return;
    camera.setAttribute("aria-disabled", "true");
    const wanted = !cameraOn;
    const done = await onCamera(wanted);
    camera.removeAttribute("aria-disabled");
    if (!done) {
      problem.hidden = false;
      say(/** @type {Element} */ (problem.lastElementChild), "This browser gives no camera. Allow it in the browser’s settings for this page.");
      return;
    }
    cameraOn = wanted;
    own.hidden = !cameraOn;
    camera.firstElementChild?.replaceWith(icon(cameraOn ? "cam-off" : "cam"));
    say(cameraWord, cameraOn ? "Turn camera off" : "Turn camera on");
    paintTruth();
  });
  const paintTruth = () => {
    truth.replaceChildren(
      icon(cameraOn ? "cam" : "cam-off", "inline"),
      cameraOn ? "Your camera is on. They can see you." : "Your camera is off. You can see them. They cannot see you.",
    );
  };
  paintTruth();

  const end = h("button", { class: "key key-end", type: "button", onclick: onHangUp }, icon("phone-down"), "Hang up");
  const element = h(
    "section",
    { class: "call", "aria-label": "Call", tabindex: "-1" },
    band,
    waiting,
    h("figure", { class: "picture" }, video, tab, own),
    h("aside", { class: "side" }, h("div", { class: "locks" }, ...locks.map(({ part }) => part.element)), problem, sound, truth),
    h("div", { class: "controls", role: "group", "aria-label": "Keys" }, mute, camera, h("span", { class: "spacer" }), end),
  );
  element.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "m" && !event.ctrlKey && !event.metaKey && !event.altKey) toggleMute();
  });

  return {
    element,
    focus: () => element.focus(),
    /** @param {boolean} there */
    microphone: (there) => {
      sound.hidden = there;
      mute.disabled = !there;
    },
    /**
     * @param {Ring} now
     * @param {number} moment server's clock
     * @param {{connected: boolean, since: number}} link
     * @param {import("../core/resident.js").Invite | null} other
     */
    update(now, moment, link, other) {
      const lost = now.lost || !link.connected;
      band.dataset.state = lost ? "unknown" : "talking";
      say(word, lost ? "Connection lost. Waiting for it to return" : now.establishedAt ? "Connected" : "Connecting");
      const left = now.lost ? Math.max(0, Math.ceil(now.deadline - moment)) : null;
      say(time, lost ? (left === null ? `since ${hourOf(link.since / 1000, undefined, true)}` : `${left} s left`) : now.establishedAt ? clockOf(moment - now.establishedAt) : "");
      tab.hidden = flows(video);
      say(tab, now.pathUp ? "No picture from the door" : "Picture is coming");
      for (const { id, part } of locks) {
        const lock = now.invite.locks.find((known) => known.id === id);
        if (lock) part.update(now.doors[id], lock, moment, now.establishedAt !== null && link.connected);
      }
      if (now.refusal !== null) {
        problem.hidden = false;
        say(/** @type {Element} */ (problem.lastElementChild), now.refusal);
      } else if (Object.values(now.doors).some((door) => door.state === "asked" || door.state === "sent")) problem.hidden = true;
      if (Boolean(other) !== waiting.classList.contains("wait-band")) {
        waiting.className = other ? "wait-band" : "";
        waiting.replaceChildren(
          ...(other
            ? [
                icon("bell"),
                h("p", { role: "status" }, h("b", {}, bdi(other.entrance.name), " is ringing for you."), " The call goes on."),
                h("button", { class: "btn btn-small push-end", type: "button", onclick: onHide }, "Hide"),
              ]
            : []),
        );
      }
    },
  };
}
