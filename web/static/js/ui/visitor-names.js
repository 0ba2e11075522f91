/** Who lives behind this door, on the visitor's own phone: a list that is searched here, or names found letter by letter. */

import { Book, marked } from "../core/search.js";
import { letters } from "../core/visitor.js";
import { found } from "../core/search.js";
import { n, t } from "../core/words.js";
import { bdi, h, icon, say } from "./dom.js";
import { languageKeys } from "./language-keys.js";

/** @typedef {import("../core/search.js").Entry} Entry */

/** So many rows are drawn at once. */
const ROWS = 60;
/** Letters are waited for so long before the server is asked, milliseconds. */
const PAUSE = 250;

/** @param {() => {plate: string, site: string, entrance: string}} where @param {...HTMLElement} more */
export function visitorHead(where, ...more) {
  const { plate, site, entrance } = where();
  return h("header", { class: "v-head" }, h("span", { class: "plate" }, plate), h("p", {}, h("b", {}, bdi(site)), bdi(entrance)), ...more);
}

/**
 * @param {{where: () => {plate: string, site: string, entrance: string}, least: () => number, fenced: () => boolean,
 *   languages: import("./language-keys.js").Language[], onLanguage: (chosen: import("./language-keys.js").Language) => void,
 *   onPress: (entry: Entry) => void, onSearch: (words: string) => Promise<Entry[] | string>}} options
 *   `least`: so many letters find a name, 0: the list is here; `onSearch` tells the names, or why not
 */
export function visitorNames({ where, least, fenced, languages, onLanguage, onPress, onSearch }) {
  let book = new Book([]);
  let drawn = ROWS;
  let number = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;
  const title = h("h1", {}, t("Who are you visiting?"));
  const told = h("p", { class: "soft", role: "status" });
  const box = h("input", { class: "input", id: "search", type: "search", autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "search", maxlength: "60", placeholder: t("Name, flat or floor") });
  const list = h("div", { class: "names" });
  const all = h("button", { class: "btn", type: "button", hidden: true }, t("More names"));
  const away = h("p", { class: "note", "data-state": "unknown", role: "alert", hidden: true }, icon("offline"), h("span", {}, h("strong", {}, t("No connection")), t("The bell does not ring at the moment. It tries again by itself.")));
  const asks = h("p", {}, icon("pin", "inline"), t("When you ring, this door asks where you are: it rings only for people who stand here. Your position is not kept."));
  const element = h(
    "div",
    { class: "visitor", tabindex: "-1" },
    visitorHead(where, ...languageKeys({ languages, onLanguage })),
    h("main", { class: "v-main" }, title, away, h("div", { class: "search" }, h("label", { class: "vh", for: "search" }, t("Search")), icon("search"), box), told, list, all),
    h("footer", { class: "v-foot calm" }, asks, h("p", {}, h("b", {}, t("No app, no account.")))),
  );

  /** @param {string} text */
  const text = (text) => h("bdi", {}, ...marked(text, box.value).map((part) => (part.hit ? h("mark", {}, part.text) : part.text)));
  /** @param {Entry} entry */
  const row = (entry) => {
    const first = entry.contact && !box.value.trim();
    return h(
      "button",
      { class: first ? "entry entry-first" : "entry", type: "button", onclick: () => onPress(entry) },
      first && icon("contact"),
      h("span", { class: "name" }, text(entry.name), first && h("small", {}, t("Contact person"))),
      h("span", { class: "unit" }, text(entry.unit)),
      icon("next", "icon-flow"),
    );
  };
  /** @param {Entry[]} entries */
  const put = (entries) => {
    list.replaceChildren(...entries.slice(0, drawn).map(row));
    all.hidden = entries.length <= drawn;
  };

  function show() {
    const words = box.value.trim();
    if (!least()) {
      const hits = book.find(words).map((i) => /** @type {Entry} */ (book.entries[i]));
      put(hits);
      if (!book.entries.length) return say(told, t("Nobody can be rung here yet. The house’s admin adds names."));
      return say(told, words ? found(hits.length) : "");
    }
    clearTimeout(pause);
    const mine = ++number;
    const missing = least() - letters(words);
    if (missing > 0) {
      put([]);
      return say(told, n("Type {count} letter of the name at least.", "Type {count} letters of the name at least.", least()));
    }
    pause = setTimeout(async () => {
      const answer = await onSearch(words);
      if (mine !== number) return;
      if (typeof answer === "string") return say(told, answer);
      put(answer);
      say(told, found(answer.length));
    }, PAUSE);
  }

  box.addEventListener("input", () => {
    drawn = ROWS;
    show();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    box.value = "";
    show();
  });
  all.addEventListener("click", () => {
    const before = list.childElementCount;
    drawn = Infinity;
    show();
    /** @type {HTMLElement | undefined} */ (list.children[before])?.focus();
  });

  let known = "";
  return {
    element,
    /** Whether the server is away. @param {boolean} is */
    away: (is) => void (away.hidden = !is),
    /** @param {Entry[]} entries */
    entries(entries) {
      asks.hidden = !fenced();
      const key = `${least()}`;
      if (entries === book.entries && key === known) return;
      known = key;
      book = new Book(entries);
      show();
    },
  };
}
