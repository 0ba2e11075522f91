/** Short sounds, made here, and the ringtone. Silent until the page may play sound. */

import { towardsSpeaker } from "../rtc/local.js";

/** @type {AudioContext | undefined} */
let context;

const audio = () => {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
  return context;
};

/**
 * Notes one after the other.
 * @param {{hz: number, to?: number, seconds: number}[]} notes
 * @param {number} [loud] from 0 to 1
 */
function play(notes, loud = 0.2) {
  try {
    const out = audio();
    let at = out.currentTime + 0.01;
    for (const { hz, to = hz, seconds } of notes) {
      const tone = out.createOscillator();
      const level = out.createGain();
      tone.frequency.setValueAtTime(hz, at);
      tone.frequency.linearRampToValueAtTime(to, at + seconds);
      level.gain.setValueAtTime(0, at);
      level.gain.linearRampToValueAtTime(loud, at + 0.01);
      level.gain.exponentialRampToValueAtTime(0.001, at + seconds);
      tone.connect(level).connect(out.destination);
      tone.start(at);
      tone.stop(at + seconds + 0.02);
      at += seconds * 0.8;
    }
  } catch {
    // no sound here: every sound has its word on the screen
  }
}

export const sounds = {
  accept: () => play([{ hz: 440, to: 660, seconds: 0.18 }]),
  tick: () => play([{ hz: 1200, seconds: 0.04 }]),
  /** @param {number} [loud] */
  opened: (loud = 0.25) => play([{ hz: 660, seconds: 0.2 }, { hz: 880, seconds: 0.35 }], loud),
  low: () => play([{ hz: 180, seconds: 0.35 }]),
  ended: () => play([{ hz: 520, to: 330, seconds: 0.3 }]),
  /** A browser lets pages sound after a touch: call this from one. */
  wake: () => void audio(),
  /** The one context of this page, for whoever listens to a microphone. */
  context: audio,

  /**
   * Play a tone over and over.
   * @param {string} url
   * @param {{ramp?: number, loud?: number}} [options] seconds from silence to full
   * @returns {() => void} stops it at once
   */
  loop(url, { ramp = 0, loud = 1 } = {}) {
    const element = new Audio(url);
    void towardsSpeaker(element);
    element.loop = true;
    element.volume = ramp ? 0.05 * loud : loud;
    const began = performance.now();
    const rising = ramp
      ? setInterval(() => {
          element.volume = Math.min(loud, loud * (0.05 + (performance.now() - began) / 1000 / ramp));
        }, 200)
      : undefined;
    let stopped = false;
    element.play().catch(() => {
      // not before the first touch: then, if it still rings
      for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => !stopped && element.play().catch(() => {}), { once: true });
    });
    return () => {
      stopped = true;
      clearInterval(rising);
      element.pause();
      element.removeAttribute("src");
      element.load();
    };
  },
};
