/** The phonebook at the door: search, contact persons, names, floors, our own letters. */

import { find, floors, found, keySets, marked } from "../core/search.js";
import { bdi, h, icon, say } from "./dom.js";
import { floorKeys } from "./floor-keys.js";
import { letterKeys } from "./letter-keys.js";
import { panelHead } from "./panel-head.js";

/** @typedef {import("../core/search.js").Entry} Entry */

/** After this long without a touch the next visitor finds the whole list, milliseconds. */
const IDLE = 30_000;
const ASK = "Press a name to ring";
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * @param {{where: {plate: string, site: string, entrance: string}, larger: boolean,
 *   onPress: (entry: Entry) => void, onLarger: (on: boolean) => void, notice: HTMLElement | null}} options
 */
export function phonebook({ where, larger, onPress, onLarger, notice }) {
  /** @type {Entry[]} */
  let entries = [];
  let floor = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let idle;

  const head = panelHead(where);
  const title = h("h1", { "aria-live": "polite" }, ASK);
  const box = h("input", {
    class: "input",
    id: "search",
    type: "search",
    placeholder: "Name, flat or floor",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    maxlength: "60",
    // where fingers are all there is, our own letters take the place of the system's keyboard
    inputmode: matchMedia("(any-pointer: fine)").matches ? "search" : "none",
  });
  const first = h("div", { class: "panel-first" });
  const list = h("div", { class: "panel-list" });
  const keys = letterKeys({
    onType: (c) => write(box.value + (box.value ? c.toLowerCase() : c)),
    onErase: () => write([...box.value].slice(0, -1).join("")),
    onDone: () => letters(false),
  });
  const rail = floorKeys({
    onFloor: (value) => {
      floor = value;
      list.scrollTop = 0;
      show();
    },
    onPage: (way) => list.scrollBy({ top: way * list.clientHeight * 0.85, behavior: calm.matches ? "instant" : "smooth" }),
  });
  const size = h(
    "button",
    {
      class: "btn",
      type: "button",
      "aria-pressed": String(larger),
      onclick: () => {
        const on = size.getAttribute("aria-pressed") !== "true";
        size.setAttribute("aria-pressed", String(on));
        onLarger(on);
      },
    },
    icon("larger"),
    "Larger",
  );
  const element = h(
    "div",
    { class: "panel", tabindex: "-1" },
    head.element,
    h(
      "main",
      { class: "panel-main" },
      h("div", { class: "panel-ask" }, title, notice, h("div", { class: "search" }, h("label", { class: "vh", for: "search" }, "Search"), icon("search"), box)),
      first,
      list,
      rail.element,
      keys.element,
    ),
    h("footer", { class: "panel-foot" }, size),
  );

  const searching = () => box.value.trim() !== "";
  /** @param {string} text @returns {HTMLElement} with what was searched for underlined */
  const text = (text) => h("bdi", {}, ...marked(text, box.value).map(({ text, hit }) => (hit ? h("mark", {}, text) : text)));

  /** @param {Entry} entry */
  const contact = (entry) =>
    h(
      "button",
      { class: "entry entry-first", type: "button", onclick: () => onPress(entry) },
      icon("contact"),
      h("span", { class: "name" }, bdi(entry.name), h("small", {}, ["Contact person", entry.unit].filter(Boolean).join(", "))),
      h("span", { class: "unit" }, icon("bell")),
    );
  /** @param {Entry} entry */
  const row = (entry) =>
    h(
      "button",
      { class: "entry", type: "button", onclick: () => onPress(entry) },
      h("span", { class: "floor", "aria-hidden": "true" }, entry.floor),
      h("span", { class: "name" }, text(entry.name)),
      h("span", { class: "unit" }, text(entry.unit)),
    );

  function show() {
    const hits = find(entries, box.value).filter((entry) => !floor || entry.floor === floor);
    const whole = !searching() && !floor;
    first.replaceChildren(...(whole ? hits.filter((entry) => entry.contact).map(contact) : []));
    first.hidden = !first.childElementCount;
    list.replaceChildren(...hits.filter((entry) => !whole || !entry.contact || !keys.element.hidden).map(row));
    if (!hits.length) {
      list.append(
        h("p", { class: "none" }, entries.length ? "Try fewer letters, or the number of the flat." : "Nobody can be rung here yet. The house’s admin adds names."),
      );
    }
    say(title, searching() ? found(hits.length) : ASK);
    rail.pressed(floor);
  }
  /** @param {string} value */
  function write(value) {
    box.value = value;
    list.scrollTop = 0;
    show();
  }
  /** @param {boolean} on */
  function letters(on) {
    if (keys.element.hidden !== on) return;
    keys.element.hidden = !on;
    element.classList.toggle("searching", on);
    show();
  }
  function clear() {
    floor = "";
    box.blur();
    keys.reset();
    letters(false);
    rail.top();
    write("");
  }
  function touched() {
    clearTimeout(idle);
    idle = setTimeout(clear, IDLE);
  }

  box.addEventListener("input", () => write(box.value));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear();
  });
  // A finger gets our letters; a mouse or a real keyboard types into the box. Only after the click: what moves
  // under a finger before it would be clicked instead.
  let finger = false;
  box.addEventListener("pointerdown", (event) => (finger = event.pointerType === "touch"));
  box.addEventListener("click", () => finger && letters(true));
  element.addEventListener("pointerdown", touched);
  element.addEventListener("keydown", touched);
  list.addEventListener("scroll", touched, { passive: true });

  return {
    element,
    /** @param {Entry[]} now as the server orders them; a new list keeps what is being typed */
    entries(now) {
      if (now === entries) return;
      entries = now;
      const named = floors(entries, document.documentElement.lang);
      if (!named.includes(floor)) floor = "";
      rail.floors(named);
      keys.sets(keySets(entries, document.documentElement.lang));
      show();
    },
    /** @param {number} now the server's clock, Unix seconds */
    update: (now) => head.update(now),
    /** The page shows another face: stop waiting for an idle moment, and be whole when it returns. */
    leave() {
      clear();
      clearTimeout(idle);
    },
  };
}
