/** The rail beside the names: floors as in the lift, and keys that turn the pages. */

import { t } from "../core/words.js";
import { h, icon } from "./dom.js";

/** @param {{onFloor: (floor: string) => void, onPage: (way: number) => void}} options */
export function floorKeys({ onFloor, onPage }) {
  const caption = h("span", { class: "cap", "aria-hidden": "true", hidden: true }, t("Floor"));
  const keys = h("div", { class: "floor-keys" });
  const more = h("button", { class: "floor-key more", type: "button", hidden: true, "aria-label": t("More floors"), onclick: () => turn() }, t("More"));
  const element = h(
    "nav",
    { class: "floors", "aria-label": t("Floors") },
    caption,
    keys,
    more,
    h("button", { class: "floor-key page up", type: "button", "aria-label": t("Names before"), onclick: () => onPage(-1) }, icon("next")),
    h("button", { class: "floor-key page", type: "button", "aria-label": t("Names after"), onclick: () => onPage(1) }, icon("next")),
  );
  /** More floors than fit: one key shows the next of them, and after the last the first. */
  const turn = () => {
    const end = keys.scrollTop + keys.clientHeight >= keys.scrollHeight - 8;
    keys.scrollTo({ top: end ? 0 : keys.scrollTop + keys.clientHeight });
  };
  const measure = () => {
    const overflows = keys.scrollHeight > keys.clientHeight + (more.hidden ? 4 : -more.offsetHeight);
    if (more.hidden === overflows) more.hidden = !overflows;
  };
  new ResizeObserver(measure).observe(element);
  /** @type {string[]} */
  let known = [];

  return {
    element,
    /** @param {string[]} floors top floor first */
    floors(floors) {
      if (JSON.stringify(floors) === JSON.stringify(known)) return;
      known = floors;
      const all = floors.length > 1 ? ["", ...floors] : [];
      keys.replaceChildren(
        ...all.map((floor) =>
          h(
            "button",
            {
              class: "floor-key",
              type: "button",
              "aria-pressed": String(floor === ""),
              "aria-label": floor === "" ? t("All floors") : floor === "0" ? t("Floor 0, ground floor") : t("Floor {floor}", { floor }),
              "data-floor": floor,
              onclick: () => onFloor(floor),
            },
            floor || t("All"),
          ),
        ),
      );
      caption.hidden = !all.length;
      measure();
    },
    /** @param {string} floor the one whose names are shown; "" for all */
    pressed(floor) {
      for (const key of keys.children) key.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (key).dataset.floor === floor));
    },
    top: () => keys.scrollTo({ top: 0 }),
  };
}
