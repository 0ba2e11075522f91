// The page of an entrance's fence: a map, a table and a text show one fence; the text is what the form sends.
import { between, circle, middle, other, polygon, read, square, withHole, written } from "../core/fence.js";
import { n, t } from "../core/words.js";
import { ApiError, api } from "../net/api.js";
import { pageWords } from "../net/words.js";
import { h, icon, say } from "../ui/dom.js";
import { FenceMap } from "../ui/fence-map.js";
import { FenceTable } from "../ui/fence-table.js";

/** @typedef {import("../core/fence.js").Fence} Fence */

const AGREED = "map-host";

await pageWords();

const place = /** @type {HTMLElement} */ (document.getElementById("drawing"));
const text = /** @type {HTMLTextAreaElement} */ (document.querySelector("textarea[name=fence]"));
const { tiles, host = "", credit = "" } = place.dataset;

/** @type {Fence | null} */
let fence = null;
let drawing = false;

const status = h("p", { class: "soft small", role: "status" });
const rows = h("div", { class: "stack" });
const table = new FenceTable(rows, (changed) => set(changed, told(changed, "")));
const ground = h("div", { class: "map fence-map", role: "region", "aria-label": t("Map of the fence") });
const shapes = {
  circle: h("button", { type: "button", onclick: () => shape("circle") }, t("Circle")),
  polygon: h("button", { type: "button", onclick: () => shape("polygon") }, t("Polygon")),
};
const draw = h("button", { class: "btn", type: "button", onclick: () => (drawing ? map.stop() : map.draw(fence?.kind ?? "polygon")) });
const hole = h("button", { class: "btn", type: "button", onclick: addHole }, icon("plus"), t("Add a hole"));
const whole = h("button", { class: "btn", type: "button", onclick: () => map.fit() }, icon("eye"), t("Show the whole fence"));
const none = h("button", { class: "btn", type: "button", onclick: () => set(null, t("The fence was taken away. Save to keep it so.")) }, icon("erase"), t("Take the fence away"));
const attempt = h("button", { class: "btn", type: "button", onclick: tryHere }, icon("check"), t("Try it here"));
const here = h("button", { class: "btn", type: "button", onclick: locate }, icon("pin"), t("Use my position"));

place.append(
  h(
    "div",
    { class: "row" },
    h("div", { class: "chips", role: "group", "aria-label": t("Shape") }, shapes.circle, shapes.polygon),
    draw,
    here,
  ),
  ground,
  h("p", { class: "soft small" }, t("Drag a corner, or move it with the arrow keys; with Shift by 10 m, Delete removes it. The table says the same and can be typed into.")),
  status,
  h("div", { class: "row" }, whole, hole, attempt, none),
  rows,
);
place.hidden = false;

const map = new FenceMap(ground, {
  changed: (next, key) => {
    set(next, told(next, key), "map");
    if (key) map.focus(key);
  },
  drawing: (on) => {
    drawing = on;
    buttons();
  },
});

/** @param {Fence | null} next @param {string} [words] for readers @param {"map" | "text" | ""} [from] */
function set(next, words = "", from = "") {
  fence = next;
  map.show(fence);
  table.show(fence);
  if (from !== "text") {
    text.value = written(fence);
    text.setCustomValidity("");
  }
  if (from !== "map") map.fit();
  say(status, words);
  buttons();
}

function buttons() {
  for (const [kind, button] of Object.entries(shapes)) button.setAttribute("aria-pressed", String(fence?.kind === kind));
  draw.replaceChildren(icon(drawing ? "cross" : "edit"), drawing ? t("Stop drawing") : t("Draw on the map"));
  for (const button of [whole, attempt, none]) button.hidden = !fence;
  hole.hidden = fence?.kind !== "polygon";
}

/** @param {Fence} next @param {string} key */
function told(next, key) {
  if (next.kind === "circle") return t("Circle of {radius} m", { radius: next.radius });
  const [ring, corner] = key.split("-").map(Number);
  const at = next.rings[ring ?? 0]?.[corner ?? 0];
  if (!key || !at) return n("An area with 1 corner", "An area with {count} corners", next.rings[0]?.length ?? 0);
  return t("Corner {corner}: {lat}, {lon}", { corner: String((corner ?? 0) + 1), lat: at.lat.toFixed(6), lon: at.lon.toFixed(6) });
}

/** A fence of this shape: the other one turned into it, or a new one in the middle of the map. @param {Fence["kind"]} kind */
function shape(kind) {
  map.stop();
  if (fence?.kind === kind) return;
  const far = Math.min(2000, map.reach / 2);
  const fresh = kind === "circle" ? circle(map.middle, Math.min(75, Math.max(5, Math.round(far)))) : polygon([square(map.middle, Math.min(40, far))]);
  const next = fence ? other(fence) : fresh;
  set(next, told(next, ""));
}

function addHole() {
  if (fence?.kind !== "polygon") return;
  const at = middle(fence);
  const near = Math.min(...(fence.rings[0] ?? []).map((corner) => between(at, corner)));
  set(withHole(fence, square(at, Math.max(1, Math.round(near / 5)))), t("A hole was added in the middle."));
}

function locate() {
  position(({ latitude, longitude, accuracy }) => {
    const at = { lat: latitude, lon: longitude };
    if (fence?.kind !== "polygon") set(circle(at, fence?.radius));
    else map.look(at, 18);
    say(status, t("This device is here, give or take {metres} m.", { metres: Math.round(accuracy) }));
  });
}

/** What the server would make of a visitor who stands here, with the fence as it is drawn. */
function tryHere() {
  position(async ({ latitude, longitude, accuracy }) => {
    const known = { metres: Math.round(accuracy) };
    try {
      const body = { fence: JSON.parse(text.value), latitude, longitude, accuracy };
      const { place: found } = await api("POST", place.dataset.try ?? "", body);
      if (found === "inside") say(status, t("Here a visitor is at the door. This device knows its place within {metres} m.", known));
      else if (found === "outside") say(status, t("Here a visitor is not at the door. This device knows its place within {metres} m.", known));
      else say(status, t("Here it is not known whether a visitor is at the door. This device knows its place within {metres} m.", known));
    } catch (error) {
      say(status, error instanceof ApiError ? (error.details?.fields?.fence ?? error.message) : t("This is no GeoJSON of one polygon or one point."));
    }
  });
}

/** @param {(coords: GeolocationCoordinates) => void} then */
function position(then) {
  say(status, t("Asking this device where it is"));
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => then(coords),
    () => say(status, t("This device did not say where it is.")),
    { enableHighAccuracy: true, timeout: 15_000, maximumAge: 0 },
  );
}

text.addEventListener("input", () => {
  const given = read(text.value);
  text.setCustomValidity(given === undefined ? t("This is no GeoJSON of one polygon or one point.") : "");
  if (given !== undefined) set(given, given ? told(given, "") : "", "text");
});

/** Pictures of the ground, once the person agreed that their host is asked, and until they do not any more. */
function offerTiles() {
  if (!tiles) return;
  /** @param {boolean} on */
  const agree = (on) => {
    if (on) localStorage.setItem(AGREED, host);
    else localStorage.removeItem(AGREED);
    map.tiles(on ? tiles : "", credit);
    note.replaceChildren(...(on ? shown : asked));
    note.classList.toggle("note", !on);
  };
  const shown = [h("button", { class: "btn btn-quiet", type: "button", onclick: () => agree(false) }, t("Show no map of {host}", { host }))];
  const asked = [
    icon("globe"),
    h(
      "div",
      { class: "stack" },
      h("p", {}, t("Streets and houses come from {host}, which then learns this device’s address, this server’s name and which place you look at. Drawing works without them.", { host })),
      h("p", {}, h("button", { class: "btn", type: "button", onclick: () => agree(true) }, t("Show the map of {host}", { host }))),
    ),
  ];
  const note = h("div", { class: "note", "data-state": "none" });
  ground.before(note);
  if (localStorage.getItem(AGREED) === host) agree(true);
  else note.replaceChildren(...asked);
}

const before = read(text.value) ?? null;
set(before, before ? told(before, "") : t("Nothing is drawn yet."), "text");
offerTiles();
