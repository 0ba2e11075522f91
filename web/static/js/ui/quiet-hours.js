/** Settings: quiet hours of the person, and whether this device rings all the same. */

import { rows, spans } from "../core/quiet.js";
import { locale, t } from "../core/words.js";
import { h, icon, say } from "./dom.js";

const MONDAY = Date.UTC(2024, 0, 1);

/** @param {number} weekday @param {"short" | "long"} length */
const dayName = (weekday, length) => new Intl.DateTimeFormat(locale(), { weekday: length, timeZone: "UTC" }).format(MONDAY + weekday * 86_400_000);

/**
 * @typedef {{zone: string | null, spans: import("../core/quiet.js").Span[]}} Quiet
 * @typedef {object} Deeds
 * @property {() => Promise<Quiet>} load
 * @property {(quiet: Quiet) => Promise<Quiet>} save
 * @property {() => Promise<boolean>} letsThrough
 * @property {(on: boolean) => Promise<unknown>} letThrough
 */

/** @param {Deeds} deeds */
export function quietHours({ load, save, letsThrough, letThrough }) {
  const list = h("div", { class: "stack" });
  const said = h("p", { role: "status", class: "soft" });
  const wrong = h("p", { class: "note", "data-state": "refused", role: "alert", hidden: true });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  /** @type {(() => import("../core/quiet.js").Row)[]} */
  let readers = [];

  /** @param {import("../core/quiet.js").Row} row */
  const add = (row) => {
    const boxes = [0, 1, 2, 3, 4, 5, 6].map((day) => {
      const box = h("input", { type: "checkbox", checked: row.days.includes(day) });
      return { box, label: h("label", { class: "day" }, box, h("span", { "aria-hidden": "true" }, dayName(day, "short")), h("span", { class: "vh" }, dayName(day, "long"))) };
    });
    const from = h("input", { class: "input", type: "time", value: row.from, required: true });
    const until = h("input", { class: "input", type: "time", value: row.until, required: true });
    const read = () => ({ days: boxes.flatMap(({ box }, day) => (box.checked ? [day] : [])), from: from.value, until: until.value });
    const element = h(
      "fieldset",
      { class: "quiet-row" },
      h("legend", { class: "vh" }, t("Quiet hours")),
      h("div", { class: "days" }, ...boxes.map(({ label }) => label)),
      h("label", { class: "time" }, h("span", {}, t("From")), from),
      h("label", { class: "time" }, h("span", {}, t("Until")), until),
      h("button", { class: "btn btn-small", type: "button", onclick: () => drop() }, icon("cross"), t("Take away")),
    );
    const drop = () => {
      readers = readers.filter((one) => one !== read);
      element.remove();
      more.focus();
    };
    readers.push(read);
    list.append(element);
    return boxes[0]?.box;
  };
  const more = h("button", { class: "btn", type: "button", onclick: () => add({ days: [0, 1, 2, 3, 4, 5, 6], from: "22:00", until: "06:30" })?.focus() }, icon("plus"), t("Add quiet hours"));
  /** @param {Quiet} quiet */
  const show = (quiet) => {
    readers = [];
    list.replaceChildren();
    for (const row of rows(quiet.spans)) add(row);
  };
  const form = h("form", { class: "stack", novalidate: true }, list, h("p", { class: "row" }, more, h("button", { class: "btn", type: "submit" }, icon("check"), t("Save quiet hours"))), wrong, said);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say(said, "");
    wrong.hidden = true;
    const given = readers.map((read) => read());
    const empty = given.find((row) => row.days.length === 0 || !row.from || !row.until);
    try {
      if (empty) throw new Error(t("Each line needs a day and two times."));
      show(await save({ zone, spans: spans(given) }));
      say(said, given.length ? t("Saved. Nobody is rung at these hours but devices that let the intercom through.") : t("Saved. There are no quiet hours."));
    } catch (error) {
      wrong.hidden = false;
      wrong.replaceChildren(icon("cross"), h("span", {}, /** @type {Error} */ (error).message));
    }
  });
  load().then(show, (error) => say(said, error.message));

  const word = h("span", { class: "word" }, t("Off"));
  const hint = h("p", { class: "soft", id: "through-hint" }, t("This device then rings also in quiet hours and in do not disturb. A silent phone stays silent."));
  const lever = h("button", { class: "switch", type: "button", role: "switch", "aria-checked": "false", "aria-describedby": "through-hint" }, h("span", { class: "lever" }), h("span", {}, t("Let the intercom through")), word);
  /** @param {boolean} on */
  const turn = (on) => {
    lever.setAttribute("aria-checked", String(on));
    say(word, on ? t("On") : t("Off"));
  };
  lever.addEventListener("click", async () => {
    const on = lever.getAttribute("aria-checked") !== "true";
    try {
      await letThrough(on);
      turn(on);
    } catch (error) {
      say(said, /** @type {Error} */ (error).message);
    }
  });
  letsThrough().then(turn, console.warn);
  return h(
    "section",
    { class: "quiet" },
    h("h2", {}, t("Quiet hours")),
    h("p", { class: "soft" }, t("At these hours your devices do not ring; calls are listed as missed. Others of your household are rung as ever, and the visitor is not told why. Times are those of {zone}.", { zone })),
    form,
    lever,
    hint,
  );
}
