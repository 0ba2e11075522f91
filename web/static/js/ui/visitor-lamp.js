/** The lamp in a visitor's hand: one state, in words, with what can be done about it. */

import { away, endOf, isOpen } from "../core/panel.js";
import { VISITOR } from "../core/phrases.js";
import { start } from "../core/text.js";
import { clockOf, hourOf, spoken } from "../core/time.js";
import { n, t, woven } from "../core/words.js";
import { bdi, fuse, h, icon, say } from "./dom.js";
import { lineWords, textView } from "./text-view.js";
import { visitorHead } from "./visitor-names.js";

/** @typedef {import("../core/panel.js").Panel} Panel */
/** @typedef {import("../core/visitor.js").VisitorFace} Face */
/** @typedef {import("../core/visitor.js").Here["unproven"]} Unproven */

/**
 * @typedef {object} Content what a face shows, and what changes on it while it is shown
 * @property {string} state
 * @property {string} drawing
 * @property {string} word
 * @property {Node | string} who
 * @property {Array<Node | false | null | undefined>} [more]
 * @property {Array<HTMLElement | false>} acts
 * @property {boolean} [alarm] readers are told at once
 * @property {boolean} [self] what the camera sees is shown
 * @property {boolean} [text] what was written is shown
 * @property {(panel: Panel, now: number, at: number) => void} [live] `now`: the server's clock
 */

/** How long a lock is waited for before its word is missing, seconds. */
const WORD_WITHIN = 8;
/** The server takes no more of a note, characters. */
const NOTE_LENGTH = 280;

/** @param {...(Node | string | false | null | undefined)} text */
const tell = (...text) => h("p", { class: "tell" }, ...text);
/** @param {{name: string, unit: string}} entry */
const shown = (entry) => bdi([entry.name, entry.unit].filter(Boolean).join(", "));
/** @param {string} kind @param {string} drawing @param {string} words @param {() => void} onclick */
const button = (kind, drawing, words, onclick) => h("button", { class: `btn ${kind}`, type: "button", onclick }, drawing && icon(drawing), words);

/**
 * @param {{where: () => {plate: string, site: string, entrance: string}, talk: import("./talk.js").Talk, self: HTMLVideoElement,
 *   onHangUp: () => void, onBack: () => void, onAgain: () => void, onWait: () => void, onTryNow: () => void, onReload: () => void,
 *   onMute: (muted: boolean) => void, onWord: (word: string) => Promise<string>, onNote: (text: string) => Promise<string | null>,
 *   onWrites: () => void, onRing: (entry: import("../core/panel.js").Entry) => void}} tools
 */
export function visitorLamp({ where, talk, self, onHangUp, onBack, onAgain, onWait, onTryNow, onReload, onMute, onWord, onNote, onWrites, onRing }) {
  const acts = {
    hangUp: button("btn-end", "phone-down", t("Hang up"), onHangUp),
    again: button("btn-main", "bell", t("Ring again"), onAgain),
    check: button("btn-main", "pin", t("Check again"), onAgain),
    wait: button("btn-main", "wait", t("Wait"), onWait),
    back: button("btn-plain", "", t("Back to the names"), onBack),
    note: button("btn-plain", "edit", t("Leave a note"), onWrites),
    tryNow: button("btn-main", "", t("Try now"), onTryNow),
    reload: button("btn-main", "", t("Load the page again"), onReload),
  };
  const mute = h("button", { class: "btn btn-plain", type: "button", "aria-pressed": "false" }, icon("mic"), t("Mute"));
  let muted = false;
  mute.addEventListener("click", () => {
    muted = !muted;
    mute.setAttribute("aria-pressed", String(muted));
    mute.replaceChildren(icon(muted ? "mic-off" : "mic"), muted ? t("Unmute") : t("Mute"));
    onMute(muted);
  });

  let name = "";
  const chat = textView({
    phrases: VISITOR,
    who: () => bdi(name),
    hint: t("Prepared phrases arrive in their language. What you write arrives letter by letter."),
    onWrite: (value) => talk.written()?.write(value),
    onFinish: () => talk.written()?.finish(),
    onSay: (phrase) => talk.written()?.say(phrase),
  });
  const textKey = h("button", { class: "btn btn-plain", type: "button", "aria-expanded": "false" }, icon("text"), t("Text"));
  let writing = false;
  textKey.addEventListener("click", () => {
    writing = !writing;
    textKey.setAttribute("aria-expanded", String(writing));
    put();
    if (writing) chat.line.focus();
  });
  const wroteWords = bdi("");
  const wrote = h("p", { class: "wrote", hidden: true, dir: "auto" }, h("small", {}, t("They write")), wroteWords);

  const word = typeWord(onWord);
  const form = noteForm(onNote, onBack);
  const mirror = h("figure", { class: "selfview", hidden: true, "aria-hidden": "true" }, self, h("figcaption", {}, t("You")));
  const picture = h("figure", { class: "picture", hidden: true }, talk.remote);
  const face = h("main", { class: "face" });
  const row = h("div", { class: "acts" });
  const element = h("div", { class: "visitor lampface", tabindex: "-1" }, visitorHead(where), h("div", { class: "middle" }, face, chat.element), row, mirror);
  /** @type {Content | null} */
  let present = null;
  let shownKey = "";

  /** @param {Face} is @param {Panel} panel @param {number} now @param {Unproven} unproven @returns {Content} */
  const content = (is, panel, now, unproven) => {
    const { call, devices } = panel;
    const entry = call?.entry ?? panel.pressed ?? { name: "", unit: "" };
    const bar = fuse();
    const line = tell();
    const sight = devices.camera ? t("They can see you.") : t("They cannot see you.");
    const keys = h("div", { class: "keys" }, devices.microphone && mute, textKey);
    const door = where().entrance;

    switch (is) {
      case "locating":
        return { state: "none", drawing: "pin", word: t("One moment"), who: t("Your phone is asked where you are."), acts: [acts.back] };
      case "asking":
        return { state: "none", drawing: "bell", word: t("Calling"), who: shown(entry), more: [tell(t("It has not rung yet."))], acts: [acts.hangUp] };
      case "ringing":
        return {
          state: "ringing",
          drawing: "bell",
          word: t("Ringing"),
          who: shown(entry),
          self: devices.camera,
          more: [tell(`${devices.camera ? t("They may already see you.") : t("They cannot see you.")} ${t("You hear each other as soon as they answer.")}`), bar.element],
          acts: [acts.hangUp],
          live: (p, moment) => {
            const left = Math.max(0, Math.ceil((p.call?.deadline ?? moment) - moment));
            bar.set(left / (p.call?.ring_seconds || 45), n("{count} second left", "{count} seconds left", left));
          },
        };
      case "connecting":
        return { state: "none", drawing: "phone", word: t("Answered"), who: shown(entry), self: devices.camera, more: [tell(t("Sound is on its way."))], acts: [acts.hangUp] };
      case "talking":
      case "refused-door":
        return {
          state: "talking",
          drawing: "phone",
          word: t("Connected"),
          who: bdi(entry.name),
          self: devices.camera,
          text: true,
          more: [
            is === "refused-door" && h("p", { class: "tell", role: "alert" }, h("b", {}, t("The door stays shut.")), panel.door?.message ?? ""),
            unproven !== "" && h("p", { class: "tell", role: "alert" }, h("b", {}, t("The door does not open yet.")), unproven === "outside" ? t("Your phone says you are not at this entrance.") : t("Your phone did not say where it is.")),
            unproven !== "" && word.element,
            call?.camera ? tell(sight) : h("p", { class: "truth" }, icon("eye-off"), h("span", {}, h("span", {}, sight), h("span", {}, t("You cannot see them.")))),
            !devices.microphone && tell(t("They cannot hear you. Press Text and write.")),
            h("p", { class: "line" }, talk.mark.element),
            wrote,
            line,
          ],
          acts: [keys, acts.hangUp],
          live: (p, _, at) => say(line, away(p, at) ? t("The server does not answer at the moment. You can go on talking.") : ""),
        };
      case "waiting":
        return {
          state: "unknown",
          drawing: "offline",
          word: t("Connection lost"),
          who: bdi(entry.name),
          alarm: true,
          more: [line],
          acts: [acts.hangUp],
          live: (p, moment) => {
            const left = p.call?.lost ? Math.max(0, Math.ceil(p.call.deadline - moment)) : 0;
            say(line, left ? t("Waiting for it to return ({seconds} s left). It returns by itself.", { seconds: left }) : t("Waiting for it to return. It returns by itself."));
          },
        };
      case "sent":
        return {
          state: "talking",
          drawing: "wait",
          word: t("Sent"),
          who: t("The door was told to open."),
          more: [tell(t("Wait. Push when this page turns green.")), bar.element],
          acts: [acts.hangUp],
          live: (p, moment) => {
            const ago = Math.max(0, Math.floor(moment - (p.door?.at ?? moment)));
            bar.set(1 - ago / WORD_WITHIN, ago ? n("{count} second ago", "{count} seconds ago", ago) : t("Now"));
          },
        };
      case "opened":
        return {
          state: "opened",
          drawing: "door-open",
          word: t("Opened"),
          who: t("The door is open. Push now."),
          more: [panel.door?.relocks_at ? bar.element : null, tell(...woven(t("You are still connected to {name}."), { name: bdi(entry.name) }))],
          acts: [acts.hangUp],
          live: (p, moment) => {
            const until = p.door?.relocks_at ?? moment;
            const left = Math.max(0, Math.ceil(until - moment));
            bar.set((until - moment) / Math.max(1, until - p.doorAt), n("Locks itself again in {count} second", "Locks itself again in {count} seconds", left));
          },
        };
      case "unknown":
        return {
          state: "unknown",
          drawing: "query",
          word: t("Not confirmed"),
          who: t("Try the door."),
          text: true,
          more: [tell(...woven(t("The lock has not told us whether it opened. If it stays shut, ask {name} to open again."), { name: bdi(entry.name) })), wrote],
          acts: [keys, acts.hangUp],
        };
      case "ended": {
        const end = call ? endOf(call) : { word: t("Call ended"), tell: "", again: false };
        const open = isOpen(panel, now);
        const talked = call?.established_at ? t("You talked for {time}.", { time: spoken(panel.endedAt - call.established_at) }) : "";
        const was = open ? t("The door is open. Push now.") : panel.opened ? t("The door was opened.") : "";
        return {
          state: open ? "opened" : "none",
          drawing: open ? "door-open" : call?.reason === "left" ? "pin-off" : "phone-down",
          word: end.word,
          who: end.tell,
          more: [talked || was ? tell([talked, was].filter(Boolean).join(" ")) : null, tell(t("Nothing of this call is kept on your phone."))],
          acts: [end.again && acts.again, acts.back],
        };
      }
      case "unanswered": {
        const end = call ? endOf(call, panel.rang, panel.home?.site.time_zone) : { word: "", tell: "", again: true };
        const others = panel.choices?.entries ?? [];
        return {
          state: "none",
          drawing: call?.reason === "busy" ? "wait" : "bell-off",
          word: end.word,
          who: shown(entry),
          more: [
            tell(end.tell),
            others.length > 0 &&
              h("div", { class: "others", role: "group", "aria-label": t("Somebody else there") }, tell(t("Somebody else there:")), ...others.map((one) => h("button", { class: "btn", type: "button", onclick: () => onRing(one) }, icon("bell"), bdi(one.name)))),
          ],
          acts: [call?.reason === "busy" ? acts.wait : end.again && acts.again, Boolean(panel.choices?.note) && acts.note, acts.back],
        };
      }
      case "writing":
        return { state: "none", drawing: "edit", word: t("Leave a note"), who: shown(entry), more: [form], acts: [acts.back] };
      case "noted": {
        const reply = panel.note?.reply ?? null;
        return {
          state: "none",
          drawing: reply ? "text" : "check",
          word: reply ? t("Reply") : t("Note left"),
          who: reply ? bdi(reply) : shown(entry),
          alarm: Boolean(reply),
          more: [tell(reply ? t("From those you rang.") : t("Keep this page open: an answer appears here."))],
          acts: [acts.back],
        };
      }
      case "queued":
        return {
          state: "unknown",
          drawing: "wait",
          word: t("Waiting"),
          who: shown(entry),
          more: [tell(t("It rings by itself as soon as the line is free.")), bar.element],
          acts: [acts.back],
          live: (p, moment) => {
            const left = Math.max(0, Math.ceil(p.waitsUntil - moment));
            bar.set(left / 90, n("{count} second left", "{count} seconds left", left));
          },
        };
      case "outside":
        return {
          state: "refused",
          drawing: "pin-off",
          word: t("Not at the door"),
          who: t("Your phone says you are not at this entrance."),
          alarm: true,
          more: [tell(...woven(t("Stand at the {door} and try again. Inside a car or near a wall it may take a moment."), { door: bdi(door) })), word.element],
          acts: [acts.check, acts.back],
        };
      case "where":
        return {
          state: "unknown",
          drawing: "query",
          word: t("Where are you?"),
          who: t("Your phone did not say where it is."),
          alarm: true,
          more: [tell(t("Allow it, or type the word on the sign, or scan the sign again.")), word.element],
          acts: [acts.check, acts.back],
        };
      case "word": {
        const wrong = panel.refusalCode === "wrong_word";
        return {
          state: wrong ? "refused" : "unknown",
          drawing: wrong ? "cross" : "query",
          word: t("The word on the sign"),
          who: panel.refusal ?? "",
          alarm: true,
          more: [word.element],
          acts: [acts.back],
        };
      }
      case "too-many":
        return {
          state: "none",
          drawing: "wait",
          word: t("One moment"),
          who: line,
          alarm: true,
          acts: [acts.back],
          live: (p, moment) => say(line, t("You can ring here again in {time}.", { time: clockOf(Math.max(0, Math.ceil(p.retryAt - moment))) })),
        };
      case "blocked":
        return { state: "none", drawing: "bell-off", word: t("Not now"), who: panel.refusal ?? "", alarm: true, more: [tell(t("Somebody here asked for peace. Other ways in are not affected."))], acts: [acts.back] };
      case "refused":
        return { state: "none", drawing: "bell-off", word: t("One moment"), who: shown(entry), alarm: true, more: [tell(panel.refusal ?? "")], acts: [acts.again, acts.back] };
      case "old-sign":
        return { state: "none", drawing: "qr", word: t("Old sign"), who: t("This sign has been replaced. Scan the one at the door."), alarm: true, acts: [] };
      case "over":
        return { state: "none", drawing: "clock", word: t("One moment"), who: t("This page was open for a long time."), alarm: true, acts: [acts.reload] };
      case "pairing":
      case "replaced":
        return { state: "unknown", drawing: "phone-device", word: t("In use elsewhere"), who: t("This page was opened elsewhere."), alarm: true, acts: [acts.reload] };
      case "offline":
        return {
          state: "unknown",
          drawing: "offline",
          word: t("No connection"),
          who: t("The bell does not ring at the moment."),
          alarm: true,
          more: [line],
          acts: [acts.tryNow],
          live: (p, _, at) => {
            const wait = p.link.nextTryAt ? Math.max(0, Math.ceil(p.link.nextTryAt / 1000 - at)) : 0;
            const since = t("No connection since {time}. It tries again by itself.", { time: hourOf(p.link.since / 1000) });
            say(line, wait ? `${since} ${n("The next try is in {count} second.", "The next try is in {count} seconds.", wait)}` : since);
          },
        };
      default:
        return { state: "none", drawing: "wait", word: t("One moment"), who: t("The bell is getting ready."), acts: [] };
    }
  };

  function put() {
    const open = writing && Boolean(present?.text);
    chat.element.hidden = !open;
    element.classList.toggle("with-text", open);
    mirror.hidden = open || !present?.self || !self.srcObject;
  }

  /** @param {Content} what @param {boolean} seen the resident's camera is on */
  const fill = (what, seen) => {
    present = what;
    element.dataset.state = what.state;
    picture.hidden = !seen;
    face.replaceChildren(
      seen ? picture : h("span", { class: "roundel" }, icon(what.drawing)),
      h("div", { class: "say", role: what.alarm ? "alert" : null }, h("h1", { class: "word" }, what.word), h("p", { class: "who" }, what.who)),
      ...(what.more ?? []).filter((one) => one !== false && one !== null && one !== undefined),
    );
    row.replaceChildren(...what.acts.filter((one) => one !== false));
    put();
  };

  return {
    element,
    /** @param {Face} is @param {Panel} panel @param {number} at @param {Unproven} unproven */
    update(is, panel, at, unproven) {
      const now = at + panel.offset;
      const { call, door, devices } = panel;
      name = call?.entry.name ?? "";
      const text = talk.written()?.text ?? start();
      chat.update(text);
      const last = text.theirs || text.lines.findLast(({ mine }) => !mine);
      wrote.hidden = !last;
      say(wroteWords, !last ? "" : typeof last === "string" ? last : lineWords(last));
      const seen = is === "talking" && Boolean(call?.camera);
      const key = JSON.stringify([is, unproven, call?.call, call?.camera, panel.pressed?.id, panel.refusal, panel.refusedAt, devices, panel.choices, panel.note?.reply, is === "ended" ? [panel.opened, isOpen(panel, now)] : [door?.opening, door?.state]]);
      if (key !== shownKey) {
        shownKey = key;
        fill(content(is, panel, now, unproven), seen);
        word.ask(is === "talking", panel.refusalCode === "wrong_word" ? (panel.refusal ?? "") : "");
      }
      present?.live?.(panel, now, at);
      if (talk.remote.isConnected && talk.remote.paused && talk.remote.srcObject) talk.remote.play().catch(() => {});
    },
  };
}

/** @param {(word: string) => Promise<string>} onWord tells what is wrong with it */
function typeWord(onWord) {
  const box = h("input", { class: "input", id: "word", type: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false", enterkeyhint: "done", maxlength: "40", "aria-describedby": "word-wrong" });
  const wrong = h("p", { class: "wrong", id: "word-wrong", role: "status" });
  const key = h("button", { class: "btn", type: "submit" });
  const element = h("form", { class: "type-word" }, h("label", { for: "word" }, t("Type the word on the sign")), box, wrong, key);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!box.value.trim()) return box.focus();
    const why = await onWord(box.value.trim());
    if (why) say(wrong, why);
    else box.value = "";
  });
  return {
    element,
    /** @param {boolean} talking @param {string} why */
    ask(talking, why) {
      say(key, talking ? t("Use this word") : t("Ring with this word"));
      say(wrong, why);
      box.setAttribute("aria-invalid", String(why !== ""));
    },
  };
}

/** @param {(text: string) => Promise<string | null>} onNote tells why not @param {() => void} onBack */
function noteForm(onNote, onBack) {
  const box = h("textarea", { class: "input", id: "note", rows: 4, maxlength: NOTE_LENGTH, required: true, "aria-describedby": "note-hint" });
  const wrong = h("p", { class: "wrong", role: "alert" });
  const send = h("button", { class: "btn", type: "submit" }, icon("send"), t("Leave the note"));
  const form = h("form", { class: "type-word", novalidate: true }, h("label", { for: "note" }, t("Your note")), box, h("p", { id: "note-hint" }, t("Only this household reads it.")), wrong, send);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    const why = box.value.trim() ? await onNote(box.value) : t("Write a few words first.");
    send.disabled = false;
    say(wrong, why ?? "");
    if (why) box.focus();
    else box.value = "";
  });
  form.addEventListener("keydown", (event) => event.key === "Escape" && onBack());
  return form;
}
