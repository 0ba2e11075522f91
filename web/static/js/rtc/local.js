/** The device's own microphone and camera. */

/** Whether this page may ask for them at all: browsers withhold both outside secure contexts. */
export const mediaAllowedHere = () => isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24, max: 30 } };

/** @typedef {"audioinput" | "videoinput" | "audiooutput"} Kind */

/** Which one was chosen on this device; "" for what the browser takes by itself. @param {Kind} kind */
export const chosen = (kind) => localStorage.getItem(kind) ?? "";

/** @param {Kind} kind @param {string} id */
export const choose = (kind, id) => (id ? localStorage.setItem(kind, id) : localStorage.removeItem(kind));

/** What there is to choose from. Before the first permission browsers name nothing. @param {Kind} kind */
export async function equipment(kind) {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return all.filter((one) => one.kind === kind && one.deviceId && one.label).map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/** Whether sound can be sent elsewhere than where the browser sends it. */
export const canChooseSpeaker = () => "setSinkId" in HTMLMediaElement.prototype;

/** Sends an element's sound to the chosen loudspeaker. @param {HTMLMediaElement} element */
export async function towardsSpeaker(element) {
  if (!canChooseSpeaker()) return;
  await element.setSinkId(chosen("audiooutput")).catch(() => element.setSinkId("").catch(() => {}));
}

/**
 * @param {"audio" | "video"} kind
 * @returns {Promise<MediaStreamTrack | null>} null when it was refused or is not there
 */
export async function capture(kind) {
  if (!mediaAllowedHere()) return null;
  const id = chosen(kind === "audio" ? "audioinput" : "videoinput");
  /** @param {MediaTrackConstraints} wish */
  const take = async (wish) => {
    const stream = await navigator.mediaDevices.getUserMedia(kind === "audio" ? { audio: { ...SOUND, ...wish } } : { video: { ...PICTURE, ...wish } });
    return stream.getTracks()[0] ?? null;
  };
  // as an ideal Chromium takes it for a hint, and gives the default
  const ways = id ? [{ deviceId: { exact: id } }, {}] : [{}];
  for (const wish of ways) {
    try {
      return await take(wish);
    } catch {
      // the chosen one is not plugged in now: any other will do
    }
  }
  return null;
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
