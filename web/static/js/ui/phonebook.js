/** The phonebook at the door: search, contact persons, names, floors, our own letters. */

import { Book, floors, found, keySets, marked } from "../core/search.js";
import { t } from "../core/words.js";
import { bdi, h, icon, say } from "./dom.js";
import { floorKeys } from "./floor-keys.js";
import { languageKeys } from "./language-keys.js";
import { letterKeys } from "./letter-keys.js";
import { panelHead } from "./panel-head.js";

/** @typedef {import("../core/search.js").Entry} Entry */

/** After this long without a touch the next visitor finds the whole list, milliseconds. */
const IDLE = 30_000;
/** So many rows are drawn at first, and again whenever their end comes near. */
const ROWS = 20;
/** So many names are made ready for searching before anything else gets its turn. */
const READY = 500;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * @param {{where: () => import("./panel-head.js").Where, larger: boolean,
 *   languages: import("./language-keys.js").Language[], onLanguage: (chosen: import("./language-keys.js").Language) => void,
 *   onPress: (entry: Entry) => void, onLarger: (on: boolean) => void, notice: HTMLElement | null}} options
 */
export function phonebook({ where, larger, languages, onLanguage, onPress, onLarger, notice }) {
  let book = new Book([]);
  /** @type {number[]} where in the book the rows of the list are */
  let hits = [];
  let drawn = 0;
  let held = false;
  let floor = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let idle;

  const head = panelHead(where);
  const title = h("h1", { "aria-live": "polite" }, t("Press a name to ring"));
  const box = h("input", {
    class: "input",
    id: "search",
    type: "search",
    placeholder: t("Name, flat or company"),
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
    t("Larger"),
  );
  const element = h(
    "div",
    { class: "panel", tabindex: "-1" },
    head.element,
    h(
      "main",
      { class: "panel-main" },
      h("div", { class: "panel-ask" }, title, notice, h("div", { class: "search" }, h("label", { class: "vh", for: "search" }, t("Search")), icon("search"), box)),
      first,
      list,
      rail.element,
      keys.element,
    ),
    h("footer", { class: "panel-foot" }, size, ...languageKeys({ languages, onLanguage })),
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
      h("span", { class: "name" }, bdi(entry.name), h("small", {}, [t("Contact person"), entry.unit].filter(Boolean).join(", "))),
      h("span", { class: "unit" }, icon("bell")),
    );
  /** @param {Entry} entry */
  const row = (entry) =>
    h(
      "button",
      { class: "entry", type: "button", "data-entry": entry.id, onclick: () => onPress(entry) },
      h("span", { class: "floor", "aria-hidden": "true" }, entry.floor),
      h("span", { class: "name" }, text(entry.name)),
      h("span", { class: "unit" }, text(entry.unit)),
    );
  const entryAt = (/** @type {number} */ i) => /** @type {Entry} */ (book.entries[i]);

  function show() {
    const found_ = book.find(box.value, floor);
    const whole = !searching() && !floor;
    first.replaceChildren(...(whole ? found_.map(entryAt).filter((entry) => entry.contact).map(contact) : []));
    first.hidden = !first.childElementCount;
    hits = whole && keys.element.hidden ? found_.filter((i) => !entryAt(i).contact) : found_;
    list.replaceChildren();
    drawn = 0;
    more();
    fill();
    if (!found_.length) {
      list.append(
        h("p", { class: "none" }, book.entries.length ? t("Try fewer letters, or the number of the flat.") : t("Nobody can be rung here yet. The house’s admin adds names.")),
      );
    }
    say(title, searching() ? found(found_.length) : t("Press a name to ring"));
    rail.pressed(floor);
  }
  /** Draw the next rows. @param {number} [until] as many in all */
  function more(until = drawn + ROWS) {
    const next = hits.slice(drawn, until);
    drawn += next.length;
    list.append(...next.map((i) => row(entryAt(i))));
  }
  /** Draw rows until there are enough below what is in sight. */
  function fill() {
    while (drawn < hits.length && list.clientHeight && list.scrollTop + 1.5 * list.clientHeight > list.scrollHeight) more();
  }
  /** Draw the list anew and leave what is looked at where it is: the row under the eye, and the one in focus. */
  function showInPlace() {
    const rows = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[data-entry]")]);
    const edge = list.getBoundingClientRect().top;
    const seen = rows.filter((row) => row.getBoundingClientRect().bottom > edge);
    const kept = seen.map((row) => ({ id: row.dataset.entry, at: row.offsetTop - list.scrollTop }));
    const focused = rows.find((row) => row === document.activeElement)?.dataset.entry;
    const before = drawn;
    show();
    if (before > drawn) more(before);
    const again = new Map([...list.querySelectorAll("[data-entry]")].map((row) => [/** @type {HTMLElement} */ (row).dataset.entry, /** @type {HTMLElement} */ (row)]));
    const anchor = kept.find(({ id }) => again.has(id));
    if (anchor && kept.length < rows.length) list.scrollTop = (again.get(anchor.id)?.offsetTop ?? 0) - anchor.at;
    again.get(focused)?.focus({ preventScroll: true });
  }
  function prepare() {
    const now = book;
    if (now.prepare(READY)) setTimeout(() => now === book && prepare());
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
  list.addEventListener("scroll", fill, { passive: true });
  new ResizeObserver(fill).observe(list);
  // a list that changes under a finger would ring somebody else
  element.addEventListener("pointerdown", () => (held = true));
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) element.addEventListener(end, () => setTimeout(() => (held = false)));

  return {
    element,
    /** @param {Entry[]} now as the server orders them; a new list keeps what is typed and where it was scrolled to */
    entries(now) {
      if (now === book.entries || held) return;
      book = new Book(now);
      prepare();
      const named = floors(now, document.documentElement.lang);
      if (!named.includes(floor)) floor = "";
      rail.floors(named);
      box.placeholder = named.length ? t("Name, flat or floor") : t("Name, flat or company");
      keys.sets(keySets(now, document.documentElement.lang));
      showInPlace();
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
