/** Signing in with a passkey: alone, or as the second step. Everything else on these pages works without a script. */

import { t } from "../core/words.js";
import { ApiError } from "../net/api.js";
import { canUsePasskeys, signInWithPasskey, wasTurnedDown } from "../net/passkeys.js";
import { pageWords } from "../net/words.js";

const button = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-passkey]"));
const refused = /** @type {HTMLElement | null} */ (document.querySelector("[data-passkey-error]"));
const trust = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-trust]"));

/** @param {string} sentence empty: nothing is wrong */
function say(sentence) {
  if (!refused) return;
  const place = refused.querySelector("span");
  if (place) place.textContent = sentence;
  refused.hidden = !sentence;
}

async function use() {
  if (!button) return;
  say("");
  button.disabled = true;
  try {
    const secondStep = document.querySelector("[data-second-step]") !== null;
    const { to } = await signInWithPasskey({ secondStep, trust: trust?.checked ?? false });
    location.assign(to);
  } catch (error) {
    if (error instanceof ApiError && error.code === "second_step_over") return location.assign("/sign-in");
    if (wasTurnedDown(error)) say(t("No passkey was used. You can try again, or sign in another way."));
    else say(error instanceof ApiError ? error.message : t("This browser could not use a passkey here."));
    button.disabled = false;
  }
}

await pageWords();
if (button && canUsePasskeys()) {
  button.hidden = false;
  document.querySelector("[data-no-passkey]")?.remove();
  button.addEventListener("click", () => void use());
}
