/**
 * Opening a microphone takes longer than anything else between "Answer" and the first word. So it is opened as soon as a
 * finger comes down on the button, and let go again when nothing comes of it. Nothing is sent before the accept is stored.
 */

import { capture, permission } from "./local.js";

/** A press that takes longer was none. */
const LET_GO_AFTER = 1500;

export function microphoneInReach() {
  /** @type {Promise<MediaStreamTrack | null> | null} */
  let opened = null;
  let allowed = false;
  const learn = async () => (allowed = (await permission("microphone")) === "granted");
  void learn();
  const letGo = (/** @type {typeof opened} */ which) => {
    if (!which || opened !== which) return;
    opened = null;
    which.then((track) => track?.stop());
  };
  return {
    learn,
    /** A finger is on the button. Where the browser would ask first, nothing is done. */
    reach() {
      if (opened || !allowed) return;
      const mine = (opened = capture("audio"));
      setTimeout(() => letGo(mine), LET_GO_AFTER);
    },
    /** The button was pressed: the microphone, now the caller's to stop. */
    take() {
      const mine = opened ?? capture("audio");
      opened = null;
      return mine;
    },
  };
}
