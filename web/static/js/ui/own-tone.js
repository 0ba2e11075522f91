/** A ringtone of one's own: the file stays on this device and is sent nowhere. */

import { t } from "../core/words.js";

const SHELF = "own-tone";
const PLACE = "/own-tone";
const LARGEST = 2 * 1024 * 1024;

/** @type {string | null} */
let address = null;

/** The stored tone, or null. @returns {Promise<import("./settings.js").Tone | null>} */
export async function ownTone() {
  const kept = await globalThis.caches?.open(SHELF).then((shelf) => shelf.match(PLACE), () => undefined);
  if (!kept) return null;
  if (address) URL.revokeObjectURL(address);
  address = URL.createObjectURL(await kept.blob());
  return { id: "own", name: decodeURIComponent(kept.headers.get("X-Name") ?? "") || t("My own tone"), url: address };
}

/** Keep this file. @param {File} file @returns {Promise<string | null>} why not */
export async function keepTone(file) {
  if (!file.type.startsWith("audio/")) return t("This is not a sound file.");
  if (file.size > LARGEST) return t("This file is larger than 2 MB. Choose a shorter tone.");
  const playable = await new Promise((resolve) => {
    const trial = new Audio(URL.createObjectURL(file));
    trial.addEventListener("canplay", () => resolve(true), { once: true });
    trial.addEventListener("error", () => resolve(false), { once: true });
  });
  if (!playable) return t("This browser cannot play this file.");
  try {
    const shelf = await caches.open(SHELF);
    await shelf.put(PLACE, new Response(file, { headers: { "Content-Type": file.type, "X-Name": encodeURIComponent(file.name) } }));
    return null;
  } catch {
    return t("This browser keeps no files for this page.");
  }
}
