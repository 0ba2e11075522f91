/** The phonebook at the door: search, contact persons, names, floors, our own letters. */

import { find, floors, found, marked } from "../core/search.js";
import { bdi, h, icon, say } from "./dom.js";
import { panelHead } from "./panel-head.js";

/** @typedef {import("../core/search.js").Entry} Entry */

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
const FIGURES = [..."1234567890"];
const IDLE = 30_000;

/**
 * @param {{where: {plate: string, site: string, entrance: string}, entries: Entry[], larger: boolean,
 *   onPress: (entry: Entry) => void, onLarger: (on: boolean) => void, notice: HTMLElement | null}} options
 */
export function phonebook({ where, entries, larger, onPress, onLarger, notice }) {
  const head = panelHead(where);
  const title = h("h1", {}, "Press a name to ring");
  const box = h("input", {
    class: "input",
    id: "search",
    type: "search",
    placeholder: "Name, flat or floor",
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "search",
  });
  const first = h("div", { class: "panel-first" });
  const list = h("div", { class: "panel-list" });
  const letters = h("div", { class: "abc", role: "group", "aria-label": "Letters", hidden: true });
  let floor = "";
  let figures = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let idle;

  /** @param {Entry} entry */
  const row = (entry) => {
    const name = h("span", { class: "name" });
    const text = h("bdi");
    for (const piece of marked(entry.name, box.value)) text.append(piece.hit ? h("mark", {}, piece.text) : piece.text);
    name.append(text);
    if (entry.contact && !searching()) {
      name.append(h("small", {}, "Contact person"));
      return h(
        "button",
        { class: "entry entry-first", type: "button", "aria-label": entry.name, onclick: () => onPress(entry) },
        icon("contact"),
        name,
        h("span", { class: "unit" }, icon("bell")),
      );
    }
    return h(
      "button",
      {
        class: "entry",
        type: "button",
        "aria-label": [entry.name, entry.unit].filter(Boolean).join(", "),
        onclick: () => onPress(entry),
      },
      h("span", { class: "floor", "aria-hidden": "true" }, entry.floor),
      name,
      h("span", { class: "unit" }, bdi(entry.unit)),
    );
  };
  const searching = () => box.value.trim() !== "";

  const show = () => {
    const hits = find(entries, box.value).filter((entry) => !floor || entry.floor === floor);
    const whole = !searching() && !floor;
    first.replaceChildren(...(whole ? hits.filter((entry) => entry.contact).map(row) : []));
    const rest = whole ? hits.filter((entry) => !entry.contact) : hits;
    list.replaceChildren(...rest.map(row));
    if (!hits.length) {
      list.append(h("p", { class: "none" }, entries.length ? "Try fewer letters, or the number of the flat." : "Nobody can be rung here yet. The house’s admin adds names."));
    }
    first.hidden = !first.childElementCount;
    say(title, searching() ? found(hits.length) : "Press a name to ring");
    element.classList.toggle("searching", !letters.hidden);
    for (const key of floorKeys) key.setAttribute("aria-pressed", String(key.dataset.floor === floor));
  };
  const clear = () => {
    box.value = "";
    floor = "";
    letters.hidden = true;
    box.blur();
    list.scrollTop = 0;
    show();
  };
  const touched = () => {
    clearTimeout(idle);
    idle = setTimeout(clear, IDLE);
  };

  box.addEventListener("input", show);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear();
  });
  // a finger has no keyboard: it gets our letters; a mouse or a real keyboard types into the box
  box.addEventListener("pointerup", (event) => {
    if (event.pointerType !== "touch") return;
    letters.hidden = false;
    show();
  });
  box.setAttribute("inputmode", matchMedia("(pointer: coarse)").matches ? "none" : "search");

  const fill = () => {
    const type = (/** @type {string} */ c) => () => {
      box.value += box.value ? c.toLowerCase() : c;
      show();
    };
    letters.replaceChildren(
      ...(figures ? FIGURES : LETTERS).map((c) => h("button", { type: "button", onclick: type(c) }, c)),
      h("button", { type: "button", "aria-label": "Delete one letter", onclick: () => ((box.value = box.value.slice(0, -1)), show()) }, icon("erase")),
      h("button", { class: "w4", type: "button", onclick: () => ((figures = !figures), fill()) }, figures ? "ABC" : "123"),
      h("button", { class: "w10", type: "button", onclick: type(" ") }, "Space"),
      h("button", { class: "w4", type: "button", onclick: () => ((letters.hidden = true), show()) }, "Done"),
    );
  };
  fill();

  const named = floors(entries);
  /** @param {string} label @param {string} value @param {string} aria */
  const floorKey = (label, value, aria) =>
    h(
      "button",
      {
        class: "floor-key",
        type: "button",
        "aria-pressed": String(value === floor),
        "aria-label": aria,
        "data-floor": value,
        onclick: () => {
          floor = value;
          list.scrollTop = 0;
          show();
        },
      },
      label,
    );
  const floorKeys =
    named.length > 1
      ? [floorKey("All", "", "All floors"), ...named.map((f) => floorKey(f, f, f === "0" ? "Ground floor" : `Floor ${f}`))]
      : [];
  /** @param {number} way */
  const page = (way) => () => list.scrollBy({ top: way * list.clientHeight * 0.85, behavior: "smooth" });
  const rail = h(
    "nav",
    { class: "floors", "aria-label": "Floors" },
    floorKeys.length ? h("span", { class: "cap", "aria-hidden": "true" }, "Floor") : null,
    h("div", { class: "floor-keys" }, ...floorKeys),
    h("button", { class: "floor-key page up", type: "button", "aria-label": "Names before", onclick: page(-1) }, icon("next")),
    h("button", { class: "floor-key page", type: "button", "aria-label": "Names after", onclick: page(1) }, icon("next")),
  );
  const size = h(
    "button",
    { class: "btn", type: "button", "aria-pressed": String(larger), onclick: () => onLarger(size.getAttribute("aria-pressed") !== "true") },
    icon("larger"),
    "Larger",
  );

  const element = h(
    "div",
    { class: "panel" },
    head.element,
    h("main", { class: "panel-ask" }, title, notice, h("div", { class: "search" }, h("label", { class: "vh", for: "search" }, "Search"), icon("search"), box)),
    first,
    list,
    rail,
    letters,
    h("footer", { class: "panel-foot" }, size),
  );
  element.addEventListener("pointerdown", touched);
  element.addEventListener("keydown", touched);
  show();
  return {
    element,
    update: head.update,
    /** Show that "Larger" is on. @param {boolean} on */
    larger: (on) => size.setAttribute("aria-pressed", String(on)),
    /** The page shows another face: stop waiting for an idle moment. */
    leave: () => clearTimeout(idle),
  };
}
