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
        "Browsers give them only to encrypted pages. Open this page with ",
        h("b", {}, "https://"),
        " (the installer gives “intercom serve” a certificate and a key), or on the server itself as ",
        h("b", {}, `http://localhost${location.port ? `:${location.port}` : ""}`),
        ".",
      ),
    ),
  );
}
