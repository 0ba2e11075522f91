/** Says why the browser withholds camera and microphone, and what to do. */

import { t, woven } from "../core/words.js";
import { h, icon } from "./dom.js";

/** @returns {HTMLElement | null} null where the browser gives them */
export function secureNotice() {
  if (isSecureContext) return null;
  return h(
    "section",
    { class: "note", "data-state": "unknown", "aria-label": t("Camera and microphone") },
    icon("warn"),
    h(
      "div",
      {},
      h("strong", {}, t("This browser withholds camera and microphone.")),
      h(
        "p",
        {},
        ...woven(
          t("Browsers give them only to encrypted pages. Open this page with {https} (the installer gives “intercom serve” a certificate and a key), or on the server itself as {address}."),
          { https: h("b", {}, "https://"), address: h("b", {}, `http://localhost${location.port ? `:${location.port}` : ""}`) },
        ),
      ),
    ),
  );
}
