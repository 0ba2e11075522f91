/** The panel's side of a look: whoever stands there reads that somebody looks, and the picture flows, no sound. */

import { t } from "../core/words.js";
import { Caller } from "../rtc/caller.js";
import { h, icon } from "./dom.js";

/**
 * @param {{request: (event: string, payload: object) => Promise<any>, camera: () => MediaStreamTrack | null}} options
 */
export function lookedAt({ request, camera }) {
  const words = h("span");
  const element = h("p", { class: "looked-at", hidden: true, role: "status" }, icon("eye"), words);
  /** @type {Caller | null} */
  let caller = null;

  const end = () => {
    caller?.close();
    caller = null;
    element.hidden = true;
    words.textContent = "";
  };
  return {
    element,
    end,
    /** @param {string} name @param {any} payload @returns {boolean} whether it was about a look */
    receive(name, payload) {
      if (name === "look") {
        end();
        caller = new Caller({
          call: payload.look,
          iceServers: payload.ice_servers.map((/** @type {object} */ server) =>
            Object.fromEntries(Object.entries(server).filter(([, value]) => value !== null)),
          ),
          relay: payload.relay,
          send: async (event, said) => (event === "sdp" || event === "candidates" ? request(event, said) : { ok: true }),
          onRemote: () => {},
          onText: () => {},
          onState: () => {},
        });
        caller.setLocal({ audio: null, video: camera() });
        words.textContent = t("A resident looks at the door now. They do not hear you.");
        element.hidden = false;
      } else if (name === "look_over") {
        if (caller?.call !== payload.look) return true;
        end();
      } else if (caller && payload.call === caller.call) caller.receive(name, payload);
      else return false;
      return true;
    },
  };
}
