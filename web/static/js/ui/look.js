/** Looking at a door without a ring: a key for each door that has a panel, and the picture. */

import { n, t } from "../core/words.js";
import { DeviceLeg } from "../rtc/device.js";
import { bdi, fuse, h, icon, say } from "./dom.js";
import { pictureWords, watchFrames } from "./frames.js";

/** How long a look lasts, seconds; the bar's length. */
const LASTS = 30;

/**
 * A key for each door through whose panel the resident may look.
 * @param {import("../core/resident.js").Ready} home
 * @param {(entrance: import("/types/wire.js").EntranceOut) => void} onLook
 */
export function lookKeys(home, onLook) {
  const keys = home.doors
    .filter(({ look }) => look)
    .map(({ entrance }) =>
      h("button", { class: "btn", type: "button", onclick: () => onLook(entrance) }, icon("eye"), h("span", {}, t("Look at the door: {entrance}", { entrance: entrance.name }))),
    );
  return h("div", { class: "looks", hidden: keys.length === 0 }, ...keys);
}

/** What became of it, in words. @type {Record<string, () => string>} */
const OVER = {
  time: () => t("The look is over after half a minute."),
  ring: () => t("Somebody rings there now. The look is over."),
  offline: () => t("The panel has lost its connection. The look is over."),
  stopped: () => "",
};

/**
 * The one look of this device.
 * @param {{place: HTMLElement, behind: HTMLElement, request: (event: string, payload: object) => Promise<any>, onProblem: (words: string) => void}} options
 */
export function look({ place, behind, request, onProblem }) {
  /** @type {{id: string, leg: DeviceLeg, element: HTMLElement, timer: ReturnType<typeof setInterval>} | null} */
  let present = null;
  /** @type {Element | null} */
  let focusBefore = null;

  const close = () => {
    if (!present) return;
    clearInterval(present.timer);
    present.leg.close();
    present.element.remove();
    present = null;
    behind.inert = false;
    if (focusBefore instanceof HTMLElement) focusBefore.focus();
  };
  const stop = () => {
    if (present) request("stop_looking", { look: present.id });
    close();
  };

  return {
    stop,
    on: () => present !== null,
    /** @param {import("/types/wire.js").EntranceOut} entrance @param {() => number} now server's clock */
    async begin(entrance, now) {
      close();
      onProblem("");
      focusBefore = document.activeElement;
      const ack = await request("look", { entrance: entrance.id });
      if (!ack.ok) return onProblem(ack.error.message);
      const video = h("video", { autoplay: true, playsinline: true, "aria-label": t("Live picture from the {entrance}", { entrance: entrance.name }) });
      video.muted = true;
      const picture = watchFrames(video);
      const bar = fuse();
      const live = h("span");
      const end = h("button", { class: "btn btn-main", type: "button", onclick: stop }, icon("cross"), t("Stop looking"));
      const dialog = h(
        "section",
        { class: "dialog incoming looking", role: "dialog", "aria-modal": "true", "aria-labelledby": "looking", tabindex: "-1" },
        h("div", { class: "band" }, icon("eye"), h("h2", { id: "looking" }, bdi(entrance.name))),
        h("figure", { class: "picture" }, video, h("figcaption", { class: "tab" }, live)),
        h(
          "div",
          { class: "side" },
          h("p", {}, t("They neither see nor hear you, and you do not hear them. The panel shows that somebody looks.")),
          h("div", { class: "stack" }, bar.element, end),
        ),
      );
      dialog.addEventListener("keydown", (event) => {
        if (event.key === "Escape") stop();
        if (event.key !== "Tab") return;
        event.preventDefault();
        end.focus();
      });
      /** @type {"new" | "up" | "down"} */
      let path = "new";
      const leg = new DeviceLeg({
        call: ack.look,
        leg: ack.look,
        iceServers: ack.ice_servers.map((/** @type {object} */ server) =>
          Object.fromEntries(Object.entries(server).filter(([, value]) => value !== null)),
        ),
        relay: ack.relay,
        // the server keeps no book on whether a look's path is up
        send: async (event, payload) => (event === "sdp" || event === "candidates" ? request(event, payload) : { ok: true }),
        onRemote: ({ video: stream }) => {
          if (video.srcObject !== stream) video.srcObject = stream;
          video.play().catch(() => {});
        },
        onText: () => {},
        onState: (state) => (path = state === "connected" ? "up" : state === "failed" ? "down" : path),
      });
      const element = h("div", { class: "veil" }, dialog);
      const tick = () => {
        const left = Math.max(0, Math.ceil(ack.until - now()));
        bar.set(left / LASTS, n("{count} second left", "{count} seconds left", left));
        say(live, pictureWords(picture(), path));
      };
      present = { id: ack.look, leg, element, timer: setInterval(tick, 250) };
      tick();
      behind.inert = true;
      place.append(element);
      dialog.focus();
      await leg.start();
    },
    /** @param {string} name @param {any} payload @returns {boolean} whether it was about this look */
    receive(name, payload) {
      if (!present || (payload.look ?? payload.leg) !== present.id) return false;
      if (name === "look_over") {
        close();
        onProblem(OVER[payload.reason]?.() ?? "");
      } else present.leg.receive(name, payload);
      return true;
    },
    stats: () => present?.leg.stats() ?? null,
  };
}
