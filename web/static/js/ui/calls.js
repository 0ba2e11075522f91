/** Past calls: a table at home, a list by days on its own page. */

import { shortList } from "../core/history.js";
import { dayOf, hourOf, shortDay } from "../core/time.js";
import { n, t, woven } from "../core/words.js";
import { bdi, h, icon } from "./dom.js";

const SHOWN = 5;

/** @typedef {{call: string, entrance: string, at: number, state: string, text: string, missed: boolean, unseen: boolean, opened: {state: string, at: number, text: string} | null, note: Note | null}} Past */
/** @typedef {{text: string, at: number, reply: string | null, replied_by: string, replied_at: number | null}} Note what the caller left */
/** @typedef {(call: string, text: string) => Promise<string>} OnReply gives what went wrong, or "" */

/** @typedef {{lock: string, at: number, state: string, text: string}} Own what was opened without a call */
/** @typedef {{calls: Past[] | null, missed: number, problem: string, openings?: Own[]}} History `calls` null: not known yet; `problem`: why the newest are not known */

/** @param {Past} call */
const told = (call) => {
  const drawing = call.state === "declined" ? "cross" : call.state === "missed" ? "bell-off" : "phone";
  return h("span", { class: "state", "data-state": call.state === "declined" ? "refused" : "none" }, icon(drawing), h("span", {}, call.text));
};

/** @param {Past} call */
const opened = (call) => {
  if (!call.opened) return h("span", { class: "soft" }, "–");
  const open = call.opened.state === "opened";
  return h(
    "span",
    { class: "state", "data-state": open ? "opened" : "unknown" },
    icon(open ? "door-open" : "query"),
    h("span", {}, `${call.opened.text} ${hourOf(call.opened.at, undefined, true)}`),
  );
};

/** Replies that are being written, while the list around them is made anew. @type {Map<string, string>} */
const drafts = new Map();

/** The caller's note, and the household's reply or the place to write it. @param {Past} call @param {OnReply} onReply */
function noteOf({ call, note }, onReply) {
  if (!note) return null;
  const said = h("p", {}, icon("text"), h("span", {}, ...woven(t("The caller left a note: {note}"), { note: h("b", {}, bdi(note.text)) })));
  if (note.replied_at !== null) {
    const words = note.reply === null ? [t("Somebody replied.")] : woven(t("{person} replied: {reply}"), { person: bdi(note.replied_by), reply: h("b", {}, bdi(note.reply)) });
    return h("div", { class: "left-note" }, said, h("p", {}, h("span", {}, ...words)));
  }
  const id = `reply-${call}`;
  const box = h("input", { class: "input", id, maxlength: 280, autocomplete: "off", value: drafts.get(call) ?? "" });
  box.addEventListener("input", () => drafts.set(call, box.value));
  const wrong = h("p", { class: "error", role: "alert", hidden: true });
  const send = h("button", { class: "btn btn-small", type: "submit" }, t("Reply"));
  const form = h("form", { class: "reply", novalidate: true }, h("label", { for: id }, t("Your reply to the caller")), box, send);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!box.value.trim()) return box.focus();
    send.disabled = true;
    const problem = await onReply(call, box.value);
    send.disabled = false;
    if (!problem) drafts.delete(call);
    wrong.hidden = !problem;
    wrong.textContent = problem;
  });
  return h("div", { class: "left-note" }, said, form, wrong);
}

/**
 * @param {{missed: number, onSeen: () => void, heading: "h1" | "h2"}} options
 */
function head({ missed, onSeen, heading }) {
  const words = missed === 0 ? t("Calls") : n("{count} missed call", "{count} missed calls", missed);
  return h("div", { class: "head-row" }, h(heading, {}, words), missed > 0 && h("button", { class: "btn btn-quiet", type: "button", onclick: onSeen }, t("Mark as seen")));
}

/** What there is instead of a list, or beside it. @param {History} history */
function remark({ calls, problem }) {
  if (problem) return h("p", { class: "note", "data-state": "unknown" }, icon("offline"), h("span", {}, h("strong", {}, t("The newest calls are not known.")), problem));
  if (!calls) return h("p", { class: "soft" }, t("The calls are on their way."));
  if (calls.length) return null;
  return h("p", { class: "soft" }, t("Nobody has rung yet. When somebody presses your name at the door, the call is listed here."));
}

/** @param {History & {now: number, onSeen: () => void, onReply: OnReply}} options */
export function callsTable(options) {
  const { calls, now } = options;
  const rows = shortList(calls ?? [], SHOWN).map((call) =>
    h(
      "tr",
      { class: call.unseen ? "fresh" : "" },
      h("td", { class: "nowrap" }, shortDay(call.at, now)),
      h("td", { class: "end-s" }, bdi(call.entrance)),
      h("td", {}, told(call), noteOf(call, options.onReply)),
      h("td", { class: "end-s" }, opened(call)),
    ),
  );
  return h(
    "section",
    {},
    head({ ...options, heading: "h2" }),
    remark(options),
    rows.length > 0 &&
      h(
        "table",
        { class: "tt tt-stack" },
        h("thead", {}, h("tr", {}, ...[t("Time"), t("Entrance"), t("Call"), t("Door")].map((title) => h("th", { scope: "col" }, title)))),
        h("tbody", {}, ...rows),
      ),
  );
}

/** @param {History & {now: number, onSeen: () => void, onReply: OnReply}} options */
export function callsPage(options) {
  const { calls, now } = options;
  /** @type {Map<string, Past[]>} */
  const days = new Map();
  for (const call of calls ?? []) {
    const day = dayOf(call.at, now);
    days.set(day, [...(days.get(day) ?? []), call]);
  }
  return h(
    "div",
    { class: "main-col" },
    head({ ...options, heading: "h1" }),
    remark(options),
    ...[...days].map(([day, list]) =>
      h(
        "section",
        {},
        h("h2", { class: "day" }, day),
        h(
          "ol",
          { class: "hist" },
          ...list.map((call) =>
            h(
              "li",
              {},
              h("time", {}, hourOf(call.at)),
              h("div", {}, call.unseen ? h("b", {}, bdi(call.entrance)) : bdi(call.entrance), h("br"), told(call), call.opened && h("br"), call.opened && opened(call), noteOf(call, options.onReply)),
            ),
          ),
        ),
      ),
    ),
    ownOpenings(options),
  );
}

/** What one opened without a call, or tried to. @param {History & {now: number}} options */
function ownOpenings({ openings = [], now }) {
  if (!openings.length) return null;
  return h(
    "section",
    {},
    h("h2", { class: "day" }, t("Opened without a call")),
    h("ol", { class: "hist" }, ...openings.map((one) => h("li", {}, h("time", {}, shortDay(one.at, now)), h("div", {}, bdi(one.lock), h("br"), howItWent(one))))),
  );
}

/** @param {Own} one */
function howItWent({ state, text }) {
  const [colour, drawing] = state === "opened" ? ["opened", "door-open"] : state === "refused" ? ["refused", "cross"] : state === "not_confirmed" ? ["unknown", "query"] : ["none", "send"];
  return h("span", { class: "state", "data-state": colour }, icon(drawing), h("span", {}, text));
}
