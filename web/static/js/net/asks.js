/** What a caller asks of the server around a call: the same from a panel and from a visitor's page. */

import { isLive } from "../core/panel.js";

/**
 * @param {object} options
 * @param {(event: string, payload: object) => Promise<import("./socket.js").Ack>} options.request
 * @param {() => import("../core/panel.js").Panel} options.panel
 * @param {(event: import("../core/panel.js").Happened) => void} options.happened
 * @param {(error: {code: string, message: string, details?: any}) => void} options.refused
 * @param {() => void} options.back there is no call that could be hung up
 * @param {(call: string) => void} options.hush a call sounds no more, whatever the server says
 */
export function asks({ request, panel, happened, refused, back, hush }) {
  return {
    /** The line was busy: it rings by itself as soon as it is free. */
    async wait() {
      const { call } = panel();
      if (!call) return;
      const ack = await request("wait", { call: call.call });
      if (panel().call?.call !== call.call) return;
      if (ack.ok) happened({ type: "waits", until: ack.until });
      else refused(ack.error);
    },

    /** Nobody answered: whom else may be rung there, and may a note be left? */
    async choices() {
      const call = panel().call?.call ?? "";
      const ack = await request("choices", { call });
      if (ack.ok) happened({ type: "choices", call, choices: { entries: ack.entries, note: ack.note } });
    },

    /** @param {string} text @returns {Promise<string | null>} why not */
    async note(text) {
      const call = panel().call?.call ?? "";
      const ack = await request("note", { call, text });
      if (!ack.ok) return ack.error.details?.fields?.text ?? ack.error.message;
      if (panel().call?.call === call) happened({ type: "noted", call: ack.note });
      return null;
    },

    async hangUp() {
      const { call } = panel();
      if (!isLive(call)) return back();
      hush(call.call);
      const ack = await request("hang_up", { call: call.call });
      if (ack.ok || panel().call?.call !== call.call) return;
      // not heard: over here all the same, and said again as soon as the server can hear
      happened({ type: ack.error.code === "no_connection" ? "left" : "back" });
    },
  };
}
