/** The device's own microphone and camera. */

/** Whether this page may ask for them at all: browsers withhold both outside secure contexts. */
export const mediaAllowedHere = () => isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24, max: 30 } };

/**
 * @param {"audio" | "video"} kind
 * @returns {Promise<MediaStreamTrack | null>} null when it was refused or is not there
 */
export async function capture(kind) {
  if (!mediaAllowedHere()) return null;
  try {
    const stream = await navigator.mediaDevices.getUserMedia(kind === "audio" ? { audio: SOUND } : { video: PICTURE });
    return stream.getTracks()[0] ?? null;
  } catch {
    return null;
  }
}

/**
 * What the browser says of a permission: "granted", "denied", "prompt", or "unknown" where it does not say.
 * @param {"microphone" | "camera" | "notifications"} name
 */
export async function permission(name) {
  try {
    return (await navigator.permissions.query({ name: /** @type {PermissionName} */ (name) })).state;
  } catch {
    return "unknown";
  }
}
