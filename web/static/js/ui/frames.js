/** Whether a picture really moves: a frozen last frame looks the same to everybody but a counter. */

const STILL_AFTER = 2000;

/**
 * @param {HTMLVideoElement} video
 * @returns {() => boolean} whether a frame came in the last two seconds
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
    return video.videoWidth > 2 && performance.now() - last < STILL_AFTER;
  };
}
