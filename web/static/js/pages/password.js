/** Shows how good a new password is while it is typed. */

import { SHORTEST, strength } from "../core/password.js";
import { n, t } from "../core/words.js";
import { pageWords } from "../net/words.js";

/** @param {HTMLInputElement} input */
function watch(input) {
  const box = document.getElementById(input.dataset.strength ?? "");
  const words = box?.querySelector("p");
  if (!box || !words) return;
  const bars = box.querySelectorAll("i");
  input.addEventListener("input", () => {
    const level = strength(input.value, input.dataset.own);
    box.hidden = input.value === "";
    bars.forEach((bar, number) => bar.classList.toggle("on", number < Math.max(level, 1)));
    const said = sentence(level, [...input.value.trim()].length);
    if (words.textContent !== said) words.textContent = said;
  });
}

/**
 * @param {number} level
 * @param {number} length
 */
function sentence(level, length) {
  if (level === 0) return n("1 more character", "{count} more characters", SHORTEST - length);
  if (level === 1) return t("Easily guessed. Add a few words.");
  if (level === 2) return t("Good. Longer is better.");
  if (level === 3) return t("Good");
  return t("Very good");
}

await pageWords();
document.querySelectorAll("input[data-strength]").forEach((input) => {
  if (input instanceof HTMLInputElement) watch(input);
});
