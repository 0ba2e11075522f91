/** How this device rings: its tone, which rises, its vibration, and its light. */

import { flash, flashes, vibrates } from "./flash.js";
import { sounds } from "./sounds.js";

/** @typedef {import("./settings.js").Tone} Tone */

const KEY = "tone";
const AGAIN = 3000;

/** Where it can, and where it may: not before the first touch. @param {number | number[]} pattern */
export const vibrate = (pattern) => navigator.userActivation?.hasBeenActive && navigator.vibrate?.(pattern);

export function ringer() {
  /** @type {{tones: Tone[], default: string}} */
  let known = { tones: [], default: "" };
  /** @type {Tone | null} */
  let own = null;
  const tones = () => (own ? [...known.tones, own] : known.tones);
  /** @type {(() => void) | null} */
  let stop = null;
  const chosen = () => {
    const id = localStorage.getItem(KEY) ?? known.default;
    return tones().find((tone) => tone.id === id) ?? known.tones.find((tone) => tone.id === known.default) ?? known.tones[0];
  };
  return {
    /** The tones of the house. @param {{tones: Tone[], default: string}} found */
    learn(found) {
      known = found;
    },
    /** One's own, kept on this device. @param {Tone | null} tone */
    learnOwn(tone) {
      own = tone;
    },
    tones,
    /** Where the chosen one is. */
    address: () => chosen()?.url ?? "",
    chosen: () => chosen()?.id ?? "",
    /** @param {string} id */
    choose: (id) => localStorage.setItem(KEY, id),
    /** @param {boolean} on */
    ring(on) {
      const tone = chosen();
      if (on && !stop && (tone || flashes())) {
        const silence = tone && sounds.loop(tone.url, { ramp: 4 });
        const dark = flashes() ? flash() : null;
        const shake = () => vibrates() && vibrate([400, 200, 400]);
        const again = setInterval(shake, AGAIN);
        shake();
        stop = () => {
          silence?.();
          dark?.();
          clearInterval(again);
          vibrate(0);
        };
      }
      if (!on) {
        stop?.();
        stop = null;
      }
    },
  };
}
