/** Adding a passkey to one's account. */

import { t } from "../core/words.js";
import { ApiError } from "../net/api.js";
import { addPasskey, canUsePasskeys, wasTurnedDown } from "../net/passkeys.js";
import { pageWords } from "../net/words.js";

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-new-passkey]"));
const refused = /** @type {HTMLElement | null} */ (document.querySelector("[data-passkey-error]"));
const recovery = /** @type {HTMLElement | null} */ (document.querySelector("[data-recovery]"));

/** @param {string} sentence empty: nothing is wrong */
function say(sentence) {
  const place = refused?.querySelector("span");
  if (!refused || !place) return;
  place.textContent = sentence;
  refused.hidden = !sentence;
}

/** @param {string} code */
function show(code) {
  const place = recovery?.querySelector("bdi");
  if (!recovery || !place) return;
  place.textContent = code;
  recovery.hidden = false;
  recovery.focus();
}

/** @param {SubmitEvent} event */
async function add(event) {
  event.preventDefault();
  const name = /** @type {HTMLInputElement} */ (document.getElementById("passkey-name")).value;
  say("");
  try {
    const made = await addPasskey(name);
    if (made.recovery_code) show(made.recovery_code);
    else location.assign("/account/security?said=added");
  } catch (error) {
    if (error instanceof DOMException && error.name === "InvalidStateError")
      say(t("This device has a passkey for this account already."));
    else if (wasTurnedDown(error)) say(t("No passkey was made. You can try again."));
    else say(error instanceof ApiError ? error.message : t("This browser could not make a passkey here."));
  }
}

await pageWords();
if (form && canUsePasskeys()) {
  form.hidden = false;
  form.addEventListener("submit", (event) => void add(event));
}
