/** Says why the browser withholds camera and microphone, and what to do. */

import { h, icon } from "./dom.js";

/** @returns {HTMLElement | null} null where the browser gives them */
export function secureNotice() {
  if (isSecureContext) return null;
  return h(
    "section",
    { class: "note", "data-state": "unknown", "aria-label": "Camera and microphone" },
    icon("warn"),
    h(
      "div",
      {},
      h("strong", {}, "This browser withholds camera and microphone."),
      h(
        "p",
        {},
        `Browsers give them only to pages that come encrypted, and ${location.host} is opened over plain http. Open it with https:// instead. On the server’s own machine http://localhost:${location.port || "80"} works as well.`,
      ),
      h("p", {}, "For the installer: give “intercom serve” a certificate and key, or put a proxy that speaks https in front."),
    ),
  );
}
