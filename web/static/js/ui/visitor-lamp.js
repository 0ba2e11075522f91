/** The lamp in a visitor's hand: one state, in words, with what can be done about it. */

import { isOpen } from "../core/panel.js";
import { VISITOR } from "../core/phrases.js";
import { start } from "../core/text.js";
import { clockOf } from "../core/time.js";
import { t, woven } from "../core/words.js";
import { bdi, h, icon, say } from "./dom.js";
import { common, rungOn, saying, shown, tell } from "./faces.js";
import { lineWords, textView } from "./text-view.js";
import { visitorHead } from "./visitor-names.js";

/** @typedef {import("../core/panel.js").Panel} Panel */
/** @typedef {import("../core/visitor.js").VisitorFace} Face */
/** @typedef {import("../core/visitor.js").Here["unproven"]} Unproven */

/** @typedef {import("./faces.js").Content} Content */

/** Where what the camera sees is shown. @type {Face[]} */
const MIRRORED = ["ringing", "connecting", "talking", "refused-door"];
/** The server takes no more of a note, characters. */
const NOTE_LENGTH = 280;

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
  let mirrored = false;
  let shownKey = "";

  /** @param {Face} is @param {Panel} panel @param {number} now @param {Unproven} unproven @returns {Content} */
  const content = (is, panel, now, unproven) => {
    const { call } = panel;
    const entry = rungOn(panel);
    const what = common(is, panel, now, {
      acts,
      keys: ({ microphone }) => h("div", { class: "keys" }, microphone && mute, textKey),
      wrote,
      unseen: t("They cannot see you."),
      green: t("Wait. Push when this page turns green."),
      unproven: () => [
        unproven !== "" && h("p", { class: "tell", role: "alert" }, h("b", {}, t("The door does not open yet.")), unproven === "outside" ? t("Your phone says you are not at this entrance.") : t("Your phone did not say where it is.")),
        unproven !== "" && word.element,
      ],
      heard: ({ microphone }) => [!microphone && tell(t("They cannot hear you. Press Text and write.")), h("p", { class: "line" }, talk.mark.element)],
      onRing,
    });

    switch (is) {
      case "locating":
        return { state: "none", drawing: "pin", word: t("One moment"), who: t("Your phone is asked where you are."), acts: [acts.back] };
      case "ended":
        return {
          ...what,
          drawing: what.state === "none" && call?.reason === "left" ? "pin-off" : what.drawing,
          more: [...(what.more ?? []), tell(t("Nothing of this call is kept on your phone."))],
        };
      case "unanswered":
        return { ...what, drawing: call?.reason === "busy" ? "wait" : what.drawing };
      case "writing":
        return { state: "none", drawing: "edit", word: t("Leave a note"), who: shown(entry), more: [form], acts: [acts.back] };
      case "noted":
        return { ...what, more: [tell(panel.note?.reply ? t("From those you rang.") : t("Keep this page open: an answer appears here."))] };
      case "outside":
        return {
          state: "refused",
          drawing: "pin-off",
          word: t("Not at the door"),
          who: t("Your phone says you are not at this entrance."),
          alarm: true,
          more: [tell(...woven(t("Stand at the {door} and try again. Inside a car or near a wall it may take a moment."), { door: bdi(where().entrance) })), word.element],
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
      case "too-many": {
        const line = tell();
        return {
          state: "none",
          drawing: "wait",
          word: t("One moment"),
          who: line,
          alarm: true,
          acts: [acts.back],
          live: (p, moment) => say(line, t("You can ring here again in {time}.", { time: clockOf(Math.max(0, Math.ceil(p.retryAt - moment))) })),
        };
      }
      case "blocked":
        return { state: "none", drawing: "bell-off", word: t("Not now"), who: panel.refusal ?? "", alarm: true, more: [tell(t("Somebody here asked for peace. Other ways in are not affected."))], acts: [acts.back] };
      case "old-sign":
        return { state: "none", drawing: "qr", word: t("Old sign"), who: t("This sign has been replaced. Scan the one at the door."), alarm: true, acts: [] };
      case "over":
        return { state: "none", drawing: "clock", word: t("One moment"), who: t("This page was open for a long time."), alarm: true, acts: [acts.reload] };
      case "pairing":
      case "replaced":
        return { state: "unknown", drawing: "phone-device", word: t("In use elsewhere"), who: t("This page was opened elsewhere."), alarm: true, acts: [acts.reload] };
      default:
        return what;
    }
  };

  function put() {
    const open = writing && Boolean(present?.text);
    chat.element.hidden = !open;
    element.classList.toggle("with-text", open);
    mirror.hidden = open || !mirrored || !self.srcObject;
  }

  /** @param {Content} what @param {boolean} seen the resident's camera is on */
  const fill = (what, seen) => {
    present = what;
    element.dataset.state = what.state;
    picture.hidden = !seen;
    face.replaceChildren(
      seen ? picture : h("span", { class: "roundel" }, icon(what.drawing)),
      saying(what),
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
        mirrored = devices.camera && MIRRORED.includes(is);
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
