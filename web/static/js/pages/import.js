// The page of a list that is being imported: asks how far it is, and shows the result when it has finished.
import { t } from "../core/words.js";
import { pageWords } from "../net/words.js";

const PAUSE = 400;

/** @param {HTMLElement} section */
async function follow(section) {
  const bar = section.querySelector("progress");
  const words = section.querySelector("[role=status]");
  const address = section.dataset.import ?? "";
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    const answer = await fetch(address).catch(() => null);
    if (answer === null) continue; // the connection is gone for a moment
    const told = answer.ok ? await answer.json() : null;
    if (told?.stage !== "running") {
      location.reload();
      return;
    }
    if (bar && told.total) {
      bar.max = told.total;
      bar.value = told.done;
    }
    if (words) words.textContent = t("{done} of {total} rows are stored.", { done: told.done, total: told.total });
  }
}

const section = document.querySelector("[data-import]");
if (section instanceof HTMLElement) {
  await pageWords();
  await follow(section);
}
