/** What a panel shows that was loaded anew without a network: it goes back by itself. All of it is in this one file. */

const EVERY = 5000;
const clock = /** @type {HTMLElement} */ (document.querySelector(".clock"));
const since = /** @type {HTMLElement} */ (document.getElementById("since"));

/** @param {Date} moment */
const hour = (moment) => moment.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

since.textContent = (since.dataset.words ?? "").replace("{time}", hour(new Date()));
const tick = () => (clock.textContent = hour(new Date()));
tick();
setInterval(tick, 1000);
setInterval(async () => {
  const answer = await fetch("/livez", { cache: "no-store" }).catch(() => null);
  if (answer?.ok) location.replace("/panel");
}, EVERY);
for (const name of ["contextmenu", "dragstart"]) addEventListener(name, (event) => event.preventDefault());
