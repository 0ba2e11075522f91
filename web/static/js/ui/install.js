/** A phone that opens the page: put on the home screen it rings like a telephone. */

import { t } from "../core/words.js";
import { h, icon } from "./dom.js";

const LATER = "install-later";

/** @type {any} */
let offered = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offered = event;
});

const isApple = () => /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
const isPhone = () => isApple() || /Android/.test(navigator.userAgent);
/** Whether the page was opened from the home screen, as an app. */
export const isInstalled = () => matchMedia("(display-mode: standalone)").matches || /** @type {any} */ (navigator).standalone === true;

/** Whether this is a phone's browser that was not told "later". */
export const wanted = () => isPhone() && !isInstalled() && !localStorage.getItem(LATER);

/** @param {() => void} onLater */
export function install(onLater) {
  const steps = isApple()
    ? [t("Press Share, the square with the arrow, in Safari."), t("Choose Add to Home Screen, then Add."), t("Open the new sign on the home screen and sign in once.")]
    : [t("Open the menu of the browser, the three dots."), t("Choose Install app, or Add to home screen."), t("Open the new sign on the home screen and sign in once.")];
  const later = h("button", { class: "btn btn-quiet", type: "button" }, t("Use it in the browser"));
  later.addEventListener("click", () => {
    localStorage.setItem(LATER, "yes");
    onLater();
  });
  const now = h("button", { class: "btn btn-main btn-tall", type: "button" }, icon("plus"), t("Put it on the home screen"));
  now.addEventListener("click", async () => {
    await offered?.prompt();
    const choice = await offered?.userChoice;
    if (choice?.outcome === "accepted") onLater();
  });
  return [
    h(
      "div",
      { class: "left" },
      h("h1", {}, t("Put the bell on your home screen")),
      h("p", { class: "soft" }, t("There it rings like a telephone, also when this page is closed. It is the same page; nothing comes from a shop.")),
      h("ol", { class: "steps" }, ...steps.map((step) => h("li", {}, step))),
      h("p", { class: "row" }, offered ? now : null, later),
    ),
  ];
}
