/** How loud a microphone is: six bars that move with it. */

import { h } from "./dom.js";
import { sounds } from "./sounds.js";

/** @param {MediaStreamTrack} track */
function listen(track) {
  try {
    const context = sounds.context();
    const node = context.createAnalyser();
    node.fftSize = 512;
    const source = context.createMediaStreamSource(new MediaStream([track]));
    source.connect(node);
    return { node, source, wave: new Float32Array(node.fftSize) };
  } catch {
    return null; // no audio here; the words say enough
  }
}

/** Bars for one microphone at a time. */
export function meter() {
  /** @type {ReturnType<typeof listen>} */
  let ear = null;
  /** @type {MediaStreamTrack | null} */
  let heard = null;
  const bars = h("span", { class: "bars", "aria-hidden": "true" }, ...Array.from({ length: 6 }, () => h("i")));
  return {
    element: bars,
    /** @param {MediaStreamTrack | null} track */
    of(track) {
      if (track === heard) return;
      ear?.source.disconnect();
      heard = track;
      ear = track && listen(track);
    },
    /** Let the bars be as high as it is loud now. */
    move() {
      if (!ear || !bars.isConnected) return;
      ear.node.getFloatTimeDomainData(ear.wave);
      const loud = Math.sqrt(ear.wave.reduce((sum, value) => sum + value * value, 0) / ear.wave.length);
      bars.style.setProperty("--level", Math.min(1, 6 * loud).toFixed(2));
    },
  };
}
