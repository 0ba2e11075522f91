/**
 * The line of text between two people in a call, over the data channel of their leg: the server sees none of it.
 *
 * Nothing is sent, and nothing that comes is taken, before the line is opened, which is when the call is established:
 * a device that only rings neither reads nor writes.
 */

import { finish, greeting, hear, joined, rest, say, start, write } from "../core/text.js";

/** What the data channel is called, and what is spoken on it (RFC 8865, 5.1). */
export const CHANNEL = { label: "text", protocol: "t140" };

export class TextLine {
  /** @param {() => void} onChange something came */
  constructor(onChange) {
    this.onChange = onChange;
    this.text = start();
    this.opened = false;
    /** @type {RTCDataChannel | null} */
    this.channel = null;
    this.greeted = false;
    /** They take text: they have told how many lines of ours they heard. @type {number | null} */
    this.asked = null;
  }

  /** The channel of a (new) connection of the leg. @param {RTCDataChannel} channel */
  use(channel) {
    this.channel = channel;
    this.greeted = false;
    this.asked = null;
    this.text = joined(this.text);
    channel.addEventListener("open", () => this.channel === channel && this.#greet());
    channel.addEventListener("message", ({ data }) => {
      if (this.channel === channel && typeof data === "string") this.#heard(data);
    });
    this.#greet();
  }

  /** The call is established. */
  open() {
    if (this.opened) return;
    this.opened = true;
    this.#greet();
    this.#catchUp();
  }

  /** @param {string} value the whole line as it is now */
  write(value) {
    this.#did(write(this.text, value));
  }

  finish() {
    this.#did(finish(this.text));
  }

  /** @param {string} phrase its name */
  say(phrase) {
    this.#did(say(this.text, phrase));
  }

  /** @param {{text: import("../core/text.js").Text, send: string}} done */
  #did({ text, send }) {
    this.text = text;
    if (this.opened && this.asked !== null && send) this.#send(send); // else it is said as soon as they take text
    this.onChange();
  }

  /** @param {string} piece */
  #heard(piece) {
    const { text, asked } = hear(this.text, piece);
    if (this.opened) this.text = text;
    if (asked !== null && this.asked === null) {
      this.asked = asked;
      this.#catchUp();
    }
    if (this.opened) this.onChange();
  }

  #greet() {
    if (!this.opened || this.greeted || this.channel?.readyState !== "open") return;
    this.greeted = true;
    this.#send(greeting(this.text));
  }

  #catchUp() {
    if (!this.opened || this.asked === null) return;
    const { text, send } = rest(this.text, this.asked);
    this.text = text;
    for (const piece of send) this.#send(piece);
  }

  /** @param {string} piece */
  #send(piece) {
    try {
      this.channel?.send(piece);
    } catch (error) {
      console.debug("text was not sent", error); // the next connection tells how much of it came
    }
  }
}
