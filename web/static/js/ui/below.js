/** The page below the calls: home, calls, settings; or why it does not ring. A view that says nothing new stays as it is. */

import { t } from "../core/words.js";
import { callsPage } from "./calls.js";
import { h, icon } from "./dom.js";
import { homeView } from "./home.js";
import { install, wanted } from "./install.js";
import { settings } from "./settings.js";
import { explainer } from "./this-device.js";

/** @typedef {import("../core/resident.js").Resident} Resident */
/**
 * @typedef {object} View
 * @property {HTMLElement[]} elements
 * @property {string} [room] class of the place; "home" unless said otherwise
 * @property {(present: any) => void} [update]
 * @property {(device: Resident, moment: number) => void} [doors] its doors follow the clock
 * @property {() => void} [leave]
 *
 * @typedef {object} Facts what is known beside the device's own state
 * @property {import("./calls.js").History} history
 * @property {import("./this-device.js").Permissions} can
 * @property {import("./devices.js").Owned[]} own devices of this person, with what is known of their ringing
 * @property {boolean} explain the microphone has to be explained first
 * @property {import("./settings.js").Tone[]} tones
 * @property {string} tone the chosen one
 * @property {boolean} phone its owner is on an ordinary telephone call
 *
 * @typedef {object} Deeds
 * @property {(lock: string, typed: import("./typed-proof.js").Typed) => Promise<import("./open-lock.js").Problem | null>} onOpen
 * @property {() => void} onHeld
 * @property {Parameters<typeof import("./code-for-computer.js").codeForComputer>[0]["onCode"]} onCode
 * @property {(entrance: import("/types/wire.js").EntranceOut) => void} onLook
 * @property {(on: boolean) => void} onDnd
 * @property {() => void} onSeen
 * @property {import("./calls.js").OnReply} onReply
 * @property {(on: boolean) => void} onPhone
 * @property {() => void} onAsk
 * @property {() => void} onLater
 * @property {(id: string) => void} onTone
 * @property {() => void} onUseHere
 * @property {() => void} onInstalled
 * @property {(file: File) => Promise<string | null>} onOwnTone
 * @property {(kind: import("../rtc/local.js").Kind) => void} onEquipment
 * @property {() => string} toneAddress
 * @property {import("./devices.js").OnTest} onTest
 * @property {import("./closed-page.js").Push} push
 * @property {import("./quiet-hours.js").Deeds} quiet
 */

/** @param {HTMLElement} place @param {Deeds} deeds */
export function below(place, deeds) {
  /** @type {{key: string, view: View} | null} */
  let present = null;

  /** @param {unknown[]} key @param {() => View} make @returns {View} */
  const put = (key, make) => {
    const wanted = JSON.stringify(key);
    if (present?.key === wanted) return present.view;
    present?.view.leave?.();
    present = { key: wanted, view: make() };
    place.className = present.view.room ?? "home";
    place.replaceChildren(...present.view.elements);
    return present.view;
  };

  /** @param {Resident} device @param {Facts} facts @param {string} name @param {number} moment @returns {View} */
  const viewOf = ({ home, link }, { history, explain, tones, tone }, name, moment) => {
    const { refused } = link;
    if (refused) return put(["refused", refused], () => ({ elements: [refusedView(refused, deeds.onUseHere)] }));
    if (!home) {
      const words = link.nextTryAt === null ? t("Connecting to the house.") : t("No connection to the server. It tries again by itself.");
      return put(["begin", words], () => ({ elements: [h("p", { class: "soft" }, words)] }));
    }
    if (name === "calls") {
      return put(["calls", history, new Date(moment * 1000).toDateString()], () => ({ elements: [callsPage({ ...history, now: moment, onSeen: deeds.onSeen, onReply: deeds.onReply })] }));
    }
    if (name === "settings") {
      return put(["settings", home.device_name, home.factor, tones], () =>
        settings({ name: home.device_name, onCode: home.factor === "pin" ? deeds.onCode : null, device: home.device, onTest: deeds.onTest, tones, chosen: tone, onChoose: deeds.onTone, onAsk: deeds.onAsk, push: deeds.push, quiet: deeds.quiet, onOwnTone: deeds.onOwnTone, onEquipment: deeds.onEquipment, toneAddress: deeds.toneAddress }),
      );
    }
    if (wanted()) return put(["install"], () => ({ room: "explain", elements: install(deeds.onInstalled) }));
    if (explain) return put(["explainer"], () => ({ room: "explain", elements: explainer(deeds) }));
    const locks = home.doors.map((door) => [door.look, door.asks, ...door.locks.map(({ id, name: of }) => [id, of])]);
    return put(["home", home.device_name, home.factor, locks], () => homeView({ home, ...deeds }));
  };

  return {
    /** @param {Resident} device @param {Facts} facts @param {string} name @param {number} moment server's clock */
    show(device, facts, name, moment) {
      for (const tab of document.querySelectorAll("[data-view]")) {
        if (tab.getAttribute("data-view") === name) tab.setAttribute("aria-current", "page");
        else tab.removeAttribute("aria-current");
      }
      const view = viewOf(device, facts, name, moment);
      const dnd = device.home?.dnd ?? false;
      view.update?.({ dnd, phone: facts.phone, history: facts.history, own: facts.own, moment, can: { ...facts.can, connected: device.link.connected, dnd } });
      view.doors?.(device, moment);
    },
    /** A sheet of its own, such as the end of a call. @param {string} key @param {HTMLElement} element */
    sheet: (key, element) => void put(["sheet", key], () => ({ room: "", elements: [element] })),
    /** @param {Resident} device @param {number} moment */
    tick: (device, moment) => present?.view.doors?.(device, moment),
  };
}

/** @param {{code: string, message: string}} refused @param {() => void} onUseHere */
function refusedView({ code, message }, onUseHere) {
  const again =
    code === "not_signed_in"
      ? h("a", { class: "btn btn-main", href: "/sign-in" }, t("Sign in"))
      : h("button", { class: "btn btn-main", type: "button", onclick: onUseHere }, t("Use it here"));
  const note = h("p", { class: "note", "data-state": "unknown", role: "alert" }, icon("bell-off"), h("span", {}, message));
  return h("div", { class: "main-col" }, h("h1", {}, t("This page does not ring")), note, h("p", {}, again));
}
