/** How a microphone or camera that was refused is allowed later: where each browser keeps that. */

import { t } from "./words.js";

/**
 * @param {{agent: string, installed: boolean, address: string}} browser
 * @returns {string[]} steps
 */
export function howToAllow({ agent, installed, address }) {
  const apple = /iPhone|iPad|iPod/.test(agent);
  const again = t("Load this page again.");
  if (installed && /Android/.test(agent)) return [t("Keep a finger on the app’s sign on the home screen, and choose App info."), t("Under Permissions, allow the microphone and the camera."), t("Open the app again.")];
  if (installed && apple) return [t("Close the app, and open it again."), t("At the next answer, choose Allow.")];
  if (apple) return [t("Press the sign at the left of the address, and choose Website Settings."), t("Set Microphone and Camera to Allow."), again];
  if (/Firefox\//.test(agent)) return [t("Press the crossed-out microphone or camera at the left of the address."), t("Press the cross beside “Blocked”."), again];
  if (/Safari\//.test(agent) && !/Chrom/.test(agent)) return [t("In the menu Safari, choose Settings for {address}.", { address }), t("Set Microphone and Camera to Allow."), again];
  return [t("Press the sign at the left of the address."), t("Set Microphone and Camera to Allow."), again];
}
