/** Counts down what stands on a page for a while; the server knows it by itself. */

import { remaining } from "../core/countdown.js";
import { pageWords } from "../net/words.js";

await pageWords();
for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".countdown"))) {
  const of = document.getElementById(element.dataset.of ?? "");
  const ends = Number(element.dataset.seconds) * 1000; // since the page was made
  const show = () => {
    const left = (ends - performance.now()) / 1000;
    element.textContent = remaining(left);
    of?.classList.toggle("over", left <= 0);
    if (left <= 0) clearInterval(timer);
  };
  const timer = setInterval(show, 500);
  show();
}
