/** The fence as a table: every corner can be typed, added and removed. The same data as on the map. */

import { circle, cornerAfter, rounded, withCorner, withoutCorner, withoutHole } from "../core/fence.js";
import { t } from "../core/words.js";
import { h, icon } from "./dom.js";

/** @typedef {import("../core/fence.js").Fence} Fence */
/** @typedef {import("../core/fence.js").Circle} Circle */
/** @typedef {import("../core/fence.js").Polygon} Polygon */
/** @typedef {import("../core/fence.js").Spot} Spot */

/** What each field shows by now. @type {WeakMap<HTMLInputElement, () => number>} */
const shown = new WeakMap();

/**
 * A field of a number, told of when it was left with another one; one out of range is put back.
 * @param {string} key
 * @param {string} label
 * @param {{min: number, max: number, step: string}} range
 * @param {() => number} value
 * @param {(value: number) => void} changed
 */
function field(key, label, range, value, changed) {
  /** @type {HTMLInputElement} */
  const input = h("input", { class: "input", type: "number", id: `fence-${key}`, "aria-label": label, value: value(), ...range });
  input.addEventListener("change", () => {
    const { rangeOverflow, rangeUnderflow } = input.validity;
    if (input.value === "" || rangeOverflow || rangeUnderflow) input.value = String(value());
    else changed(input.valueAsNumber);
  });
  shown.set(input, value);
  return input;
}

const LAT = { min: -90, max: 90, step: "any" };
const LON = { min: -540, max: 540, step: "any" };

/**
 * Two fields of a spot.
 * @param {string} key
 * @param {string} name
 * @param {() => Spot} at where it is by now
 * @param {(to: Spot) => void} changed
 */
const places = (key, name, at, changed) => [
  h("td", {}, field(`${key}-lat`, t("{name}, latitude", { name }), LAT, () => rounded(at().lat), (lat) => changed({ ...at(), lat }))),
  h("td", {}, field(`${key}-lon`, t("{name}, longitude", { name }), LON, () => rounded(at().lon), (lon) => changed({ ...at(), lon }))),
];

/** @param {string} key @param {string} sign @param {string} words @param {string} name @param {() => void} pressed */
const button = (key, sign, words, name, pressed) =>
  h("button", { class: "btn btn-small", type: "button", id: `fence-${key}`, "aria-label": `${words}: ${name}`, onclick: pressed }, icon(sign), words);

/** @param {string} first */
const head = (first) =>
  h(
    "thead",
    {},
    h(
      "tr",
      {},
      h("th", { scope: "col" }, first),
      h("th", { scope: "col" }, t("Latitude")),
      h("th", { scope: "col" }, t("Longitude")),
      h("th", { scope: "col" }, h("span", { class: "vh" }, t("Change"))),
    ),
  );

/** @param {() => Circle} now @param {(fence: Fence) => void} changed */
function ofCircle(now, changed) {
  const name = t("Middle");
  const middle = places("middle", name, () => now().centre, (to) => changed(circle(to, now().radius)));
  const label = t("Radius in metres");
  const radius = field("radius", label, { min: 5, max: 5000, step: "1" }, () => now().radius, (to) => changed(circle(now().centre, to)));
  return [
    h("table", { class: "tt fence-table" }, head(t("Point")), h("tbody", {}, h("tr", {}, h("th", { scope: "row" }, name), ...middle, h("td")))),
    h("p", { class: "field" }, h("label", { for: "fence-radius" }, label), radius),
  ];
}

/** @param {() => Polygon} now @param {(fence: Fence) => void} changed */
const ofPolygon = (now, changed) =>
  now().rings.map((ring, number) => {
    const removable = number > 0 || ring.length > 3;
    const rows = ring.map((before, corner) => {
      const name = number ? t("Hole {hole}, corner {corner}", { hole: number, corner: corner + 1 }) : t("Corner {corner}", { corner: corner + 1 });
      const key = `${number}-${corner}`;
      const at = () => now().rings[number]?.[corner] ?? before;
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, String(corner + 1)),
        ...places(key, name, at, (to) => changed(withCorner(now(), number, corner, to))),
        h(
          "td",
          {},
          h(
            "span",
            { class: "row" },
            button(`${key}-add`, "plus", t("Add after"), name, () => changed(cornerAfter(now(), number, corner))),
            removable && button(`${key}-remove`, "cross", t("Remove"), name, () => changed(withoutCorner(now(), number, corner))),
          ),
        ),
      );
    });
    const title = number ? t("Hole {hole}", { hole: number }) : t("Outline");
    return h(
      "section",
      { class: "stack" },
      h(
        "p",
        { class: "row" },
        h("b", {}, title),
        number > 0 && button(`${number}-hole`, "cross", t("Remove the hole"), title, () => changed(withoutHole(now(), number))),
      ),
      h("table", { class: "tt fence-table", "aria-label": title }, head(t("Corner")), h("tbody", {}, ...rows)),
    );
  });

export class FenceTable {
  /** @type {Fence | null} */
  #fence = null;
  #rows = "";

  /** @param {HTMLElement} element @param {(fence: Fence) => void} changed */
  constructor(element, changed) {
    this.element = element;
    this.changed = changed;
  }

  /** Rows are made anew only when there are others: whoever types in one keeps the focus. @param {Fence | null} fence */
  show(fence) {
    this.#fence = fence;
    const rows = fence?.kind === "polygon" ? fence.rings.map((ring) => ring.length).join() : String(fence?.kind);
    if (rows === this.#rows) {
      for (const input of this.element.querySelectorAll("input")) input.value = String(shown.get(input)?.());
      return;
    }
    this.#rows = rows;
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.id : null;
    this.element.replaceChildren(...this.#content(fence));
    if (!focused) return;
    const again = document.getElementById(focused) ?? this.element.querySelector("input");
    again?.focus();
  }

  /** @param {Fence | null} fence */
  #content(fence) {
    if (fence?.kind === "circle") return ofCircle(() => /** @type {Circle} */ (this.#fence), this.changed);
    if (fence?.kind === "polygon") return ofPolygon(() => /** @type {Polygon} */ (this.#fence), this.changed);
    return [];
  }
}
