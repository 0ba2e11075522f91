/**
 * A panel's page in public: nothing on it leads away. Who holds the house number for five seconds (or presses
 * Ctrl, Alt and P together) is asked for the PIN, and finds what a panel is looked after with.
 */

import { n, t } from "../core/words.js";
import { api } from "../net/api.js";
import { stayAwake } from "./awake.js";
import { h, icon, say } from "./dom.js";

const HOLD = 5000;
/** The menu closes when nobody touches it for so long, milliseconds. */
const FORGOTTEN = 30_000;
const LONGEST_PIN = 8;

/** @param {{free: () => boolean}} page `free`: no call goes on */
export function lockDown({ free }) {
  quieten();
  const menu = panelMenu();
  watchHold(() => free() && menu.open());
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey && event.altKey && event.code === "KeyP") || event.repeat) return;
    event.preventDefault();
    if (free()) menu.open();
  });
  void stayAwake(true);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void stayAwake(true);
  });
  addEventListener("pointerup", firstTouch, { capture: true });
  return {
    element: menu.element,
    get open() {
      return menu.element.open;
    },
  };
}

/** What fingers do by chance on a public screen, and what would lead away from the page. */
function quieten() {
  /** @param {Event} event */
  const no = (event) => event.preventDefault();
  for (const name of ["contextmenu", "dragstart", "dragover", "drop", "gesturestart"]) addEventListener(name, no);
  addEventListener("selectstart", (event) => {
    if (!(event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement)) no(event);
  });
  addEventListener("wheel", (event) => event.ctrlKey && no(event), { passive: false });
  addEventListener("touchmove", (event) => event.touches.length > 1 && no(event), { passive: false });
  addEventListener("click", (event) => event.target instanceof Element && event.target.closest("a[href]") && no(event), { capture: true });
  addEventListener("auxclick", no);
}

/** Browsers give the full screen, and some the wake lock, only to a touch. @param {PointerEvent} event */
function firstTouch(event) {
  void stayAwake(true);
  if (event.pointerType !== "touch") return;
  removeEventListener("pointerup", firstTouch, { capture: true });
  if (localStorage.getItem("full-screen") !== "no") void fullScreen(true);
}

/** @param {boolean} on */
async function fullScreen(on) {
  try {
    if (on && !document.fullscreenElement) await document.documentElement.requestFullscreen({ navigationUI: "hide" });
    if (!on && document.fullscreenElement) await document.exitFullscreen();
  } catch {
    // a browser in kiosk mode is full screen by itself, and some phones have none
  }
}

/** Tells when a plate was held long enough, without sliding off. @param {() => void} held */
function watchHold(held) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let [x, y] = [0, 0];
  const stop = () => clearTimeout(timer);
  addEventListener("pointerdown", (event) => {
    stop();
    if (!event.isPrimary || !(event.target instanceof Element) || !event.target.closest(".plate")) return;
    [x, y] = [event.clientX, event.clientY];
    timer = setTimeout(held, HOLD);
  });
  addEventListener("pointermove", (event) => Math.hypot(event.clientX - x, event.clientY - y) > 40 && stop());
  for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, stop);
}

/** @typedef {"pad" | "menu" | "sure" | "wait"} Page */

function panelMenu() {
  const title = h("h2", { id: "panel-menu-title" });
  const body = h("div", { class: "stack" });
  const element = h("dialog", { class: "panel-menu", "aria-labelledby": "panel-menu-title" }, title, body);
  let pin = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => element.close(), FORGOTTEN);
  };
  for (const touch of ["pointerdown", "keydown"]) element.addEventListener(touch, later);
  element.addEventListener("close", () => {
    clearTimeout(timer);
    pin = "";
    body.replaceChildren();
  });

  /** @param {string} words @param {...import("./dom.js").Child} parts */
  const show = (words, ...parts) => {
    say(title, words);
    body.replaceChildren(...parts.filter((part) => part instanceof Node));
    body.querySelector("button")?.focus();
  };
  const back = () => h("button", { class: "btn", type: "button", onclick: () => element.close() }, icon("back"), h("span", {}, t("Back to the bell")));

  /** @param {string} sentence */
  const refuse = (sentence) => show(t("This panel"), h("p", { class: "note", role: "alert", "data-state": "refused" }, icon("cross"), h("span", {}, sentence)), back());

  /** @returns {Promise<{open: boolean, asks: boolean, left: number | null} | null>} null: a browser that is no panel */
  const ask = async () => {
    try {
      return await api("POST", "/api/v1/panels/leave", { pin });
    } catch (error) {
      if (/** @type {any} */ (error).code === "not_enrolled") return null;
      throw error;
    }
  };

  const open = async () => {
    if (element.open) return;
    element.showModal();
    later();
    show(t("This panel"), h("p", {}, t("One moment")), back());
    try {
      const way = await ask();
      if (way?.asks) pad("");
      else choices(way !== null);
    } catch (error) {
      refuse(/** @type {Error} */ (error).message);
    }
  };

  /** The digits, as large as all that is pressed at a panel. @param {string} problem */
  const pad = (problem) => {
    pin = "";
    const dots = h("p", { class: "pin-dots", role: "status" });
    const told = h("p", { class: "error", role: "alert" }, problem && icon("cross"), h("span", {}, problem));
    const draw = () => {
      dots.setAttribute("aria-label", n("{count} digit typed", "{count} digits typed", pin.length));
      say(dots, "●".repeat(pin.length));
    };
    /** @param {string} digit */
    const type = (digit) => {
      if (pin.length < LONGEST_PIN) pin += digit;
      draw();
    };
    const erase = () => {
      pin = pin.slice(0, -1);
      draw();
    };
    const enter = async () => {
      if (!pin) return;
      try {
        const way = await ask();
        if (!element.open) return;
        if (!way || way.open) choices(way !== null);
        else pad(way.left ? n("Wrong PIN. {count} try is left, then a pause.", "Wrong PIN. {count} tries are left, then a pause.", way.left) : t("Wrong PIN. Now there is a pause of 5 minutes."));
      } catch (error) {
        if (element.open) pad(/** @type {Error} */ (error).message);
      }
    };
    const keys = h(
      "div",
      { class: "pin-keys" },
      ...["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((digit) => h("button", { class: "btn", type: "button", onclick: () => type(digit) }, digit)),
      h("button", { class: "btn", type: "button", "aria-label": t("Delete one digit"), onclick: erase }, icon("erase")),
      h("button", { class: "btn", type: "button", onclick: () => type("0") }, "0"),
      h("button", { class: "btn btn-main", type: "button", onclick: enter }, t("OK")),
    );
    keys.addEventListener("keydown", (event) => {
      if (/^[0-9]$/.test(event.key)) type(event.key);
      else if (event.key === "Backspace") erase();
      else if (event.key === "Enter") void enter();
      else return;
      event.preventDefault();
    });
    draw();
    show(t("PIN of this panel"), dots, told, keys, back());
    keys.querySelector("button")?.focus();
  };

  /** @param {boolean} paired */
  const choices = (paired) => {
    const full = document.fullscreenElement !== null;
    /** @param {string} drawing @param {string} words @param {() => void} onclick @param {string} [more] */
    const item = (drawing, words, onclick, more = "") => h("button", { class: `btn ${more}`, type: "button", onclick }, icon(drawing), h("span", {}, words));
    show(
      t("This panel"),
      item("renew", t("Load the page anew"), () => location.reload()),
      item("panel", full ? t("Leave full screen") : t("Full screen"), () => {
        localStorage.setItem("full-screen", full ? "no" : "yes");
        void fullScreen(!full).then(() => element.close());
      }),
      paired && item("out", t("Sign this panel off"), sure, "btn-no"),
      back(),
    );
  };

  const sure = () => {
    const keep = h("button", { class: "btn btn-main", type: "button", onclick: () => choices(true) }, t("Keep it"));
    const off = h("button", { class: "btn btn-no", type: "button", onclick: signOff }, icon("out"), h("span", {}, t("Sign it off")));
    show(t("Sign this panel off?"), h("p", {}, t("The bell at this door does not ring any more until the panel is paired anew with a code.")), keep, off);
  };

  const signOff = async () => {
    try {
      await api("POST", "/api/v1/panels/sign-off", { pin });
      location.reload();
    } catch (error) {
      refuse(/** @type {Error} */ (error).message);
    }
  };

  return { element, open };
}
