/** Making elements. Text is always text: nothing here takes markup. */

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * An element with attributes, listeners (`onclick: fn`) and children; `class`, `hidden` and the like as in HTML.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false).map(asNode));
  return element;
}

/** @param {any} child */
const asNode = (child) => child;

const SVG = "http://www.w3.org/2000/svg";

/** A drawing of the sprite; its word stands beside it. @param {string} name @param {string} [more] further classes */
export function icon(name, more = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${more}`.trim());
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/icons.svg#i-${name}`);
  svg.append(use);
  return svg;
}

/** Text that keeps its own direction. @param {string} text */
export const bdi = (text) => h("bdi", {}, text);

/** Change text only when it differs, so that readers are left alone. @param {Element} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A bar that empties, with its number in words. */
export function fuse() {
  const bar = h("i");
  const words = h("span");
  const element = h("div", { class: "fuse" }, h("span", { class: "line", "aria-hidden": "true" }, bar), words);
  return {
    element,
    /** @param {number} share from 0 to 1 @param {string} text */
    set(share, text) {
      bar.style.inlineSize = `${Math.round(100 * Math.max(0, Math.min(1, share)))}%`;
      say(words, text);
    },
  };
}

/**
 * A place whose part is made again when its key changes.
 * @param {HTMLElement} place
 */
export function slot(place) {
  let known = "";
  return {
    place,
    /** @param {unknown} key @param {() => Node} make */
    show(key, make) {
      const now = JSON.stringify(key);
      if (now === known) return;
      known = now;
      place.replaceChildren(make());
    },
  };
}
