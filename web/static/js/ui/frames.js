/** Whether a picture really moves: a frozen last frame looks the same to everybody but a counter. */

import { t } from "../core/words.js";

const STILL_AFTER = 2000;

/** @typedef {"live" | "still" | "none"} Picture */

/**
 * @param {HTMLVideoElement} video
 * @returns {() => Picture} live: a frame came in the last two seconds; still: only the last one is left
 */
export function watchFrames(video) {
  let count = 0;
  let last = -Infinity;
  const seen = () => {
    last = performance.now();
    video.requestVideoFrameCallback(seen);
  };
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(seen);
  return () => {
    const total = video.getVideoPlaybackQuality?.().totalVideoFrames ?? 0;
    if (total !== count) {
      if (total > count) last = performance.now();
      count = total;
    }
    if (video.videoWidth <= 2) return "none";
    return performance.now() - last < STILL_AFTER ? "live" : "still";
  };
}

/** @param {Picture} picture @param {"new" | "up" | "down"} path @returns {string} */
export const pictureWords = (picture, path) =>
  picture === "live" ? t("Live") : picture === "still" ? t("The picture stands still") : path === "new" ? t("Picture is coming") : t("No picture");
