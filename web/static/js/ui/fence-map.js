/** The map of a fence: corners are buttons that are dragged or moved by the arrow keys. Leaflet, with Geoman for drawing. */

import { circle, home, moved, polygon, withCorner, withoutCorner } from "../core/fence.js";
import { t } from "../core/words.js";

/** @typedef {import("../core/fence.js").Fence} Fence */
/** @typedef {import("../core/fence.js").Spot} Spot */
/** @typedef {{key: string, name: string, at: Spot, moved: (fence: Fence, to: Spot) => Fence, removed?: (fence: Fence) => Fence}} Grip */

const GRIP = 44;
/** @type {Record<string, [number, number]>} */
const KEYS = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };

/** What can be taken hold of. @param {Fence} fence @returns {Grip[]} */
function grips(fence) {
  if (fence.kind === "circle") {
    const { centre, radius } = fence;
    return [
      { key: "middle", name: t("Middle, arrow keys move it by 1 m"), at: centre, moved: (_, to) => circle(to, radius) },
      {
        key: "edge",
        name: t("Edge, arrow keys change the radius by 1 m"),
        at: moved(centre, 0, radius),
        moved: (_, to) => circle(centre, Math.max(5, Math.round(metres(centre, to)))),
      },
    ];
  }
  return fence.rings.flatMap((ring, number) =>
    ring.map((at, corner) => ({
      key: `${number}-${corner}`,
      name: number
        ? t("Hole {hole}, corner {corner}, arrow keys move it by 1 m", { hole: number, corner: corner + 1 })
        : t("Corner {corner}, arrow keys move it by 1 m", { corner: corner + 1 }),
      at,
      moved: (now, to) => (now.kind === "polygon" ? withCorner(now, number, corner, to) : now),
      removed: (now) => (now.kind === "polygon" ? withoutCorner(now, number, corner) : now),
    })),
  );
}

/** @param {Spot} a @param {Spot} b */
const metres = (a, b) => L.latLng(a.lat, a.lon).distanceTo([b.lat, b.lon]);
/** @param {Spot} spot @returns {[number, number]} */
const pair = ({ lat, lon }) => [lat, lon];
/** @param {import("leaflet").LatLng} at @returns {Spot} */
const spot = ({ lat, lng }) => ({ lat, lon: lng });

export class FenceMap {
  /** @type {import("leaflet").Polygon | import("leaflet").Circle | null} */
  #shape = null;
  /** @type {Map<string, import("leaflet").Marker>} */
  #markers = new Map();
  /** @type {Fence | null} */
  #fence = null;

  /**
   * @param {HTMLElement} element
   * @param {{changed: (fence: Fence, key: string) => void, drawing: (on: boolean) => void}} tell of what the person did
   */
  constructor(element, tell) {
    this.tell = tell;
    /** @type {import("leaflet").Control | undefined} */
    this.credit = undefined;
    this.map = L.map(element, { maxZoom: 21, zoomControl: false, attributionControl: false, zoomAnimation: !still(), scrollWheelZoom: false });
    // A wheel that scrolls the page past the map leaves it alone; one over a map in use zooms.
    this.map.on("focus", () => this.map.scrollWheelZoom.enable());
    this.map.on("blur", () => this.map.scrollWheelZoom.disable());
    L.control.zoom({ zoomInTitle: t("Nearer"), zoomOutTitle: t("Further") }).addTo(this.map);
    L.control.scale({ imperial: false }).addTo(this.map);
    /** @type {import("leaflet").GridLayer} */
    this.ground = plain().addTo(this.map);
    this.map.setView([25, 0], 2);
    this.#prepareDrawing();
  }

  /** Pictures of the ground from a third party; none for an empty address. @param {string} address @param {string} credit */
  tiles(address, credit) {
    this.ground.remove();
    this.credit?.remove();
    const pictures = { maxZoom: 21, maxNativeZoom: 19, referrerPolicy: /** @type {const} */ ("origin") };
    this.ground = (address ? L.tileLayer(address, pictures) : plain()).addTo(this.map);
    if (!address || !credit) return;
    const words = document.createElement("span");
    words.textContent = credit;
    this.credit = L.control.attribution({ prefix: false }).addAttribution(words.innerHTML).addTo(this.map);
  }

  /** @param {Fence | null} fence */
  show(fence) {
    this.#fence = fence;
    this.#drawShape(fence);
    const wanted = fence ? grips(fence) : [];
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, marker] of this.#markers) {
      if (keys.has(key)) continue;
      marker.remove();
      this.#markers.delete(key);
    }
    for (const grip of wanted) {
      const marker = this.#markers.get(grip.key);
      if (marker) marker.setLatLng(pair(grip.at));
      else this.#markers.set(grip.key, this.#marker(grip));
    }
  }

  /** Show the whole fence. */
  fit() {
    if (this.#shape) this.map.fitBounds(this.#shape.getBounds(), { padding: [48, 48], maxZoom: 19, animate: !still() });
  }

  /** @param {Spot} at @param {number} zoom */
  look(at, zoom) {
    this.map.setView(pair(at), zoom, { animate: !still() });
  }

  /** What is in the middle of the map. */
  get middle() {
    return spot(this.map.getCenter().wrap());
  }

  /** How far the map reaches from its middle, in metres. */
  get reach() {
    const bounds = this.map.getBounds();
    return this.map.getCenter().distanceTo([bounds.getNorth(), this.map.getCenter().lng]);
  }

  /** Draw with the pointer. @param {"circle" | "polygon"} kind */
  draw(kind) {
    this.map.pm.enableDraw(kind === "circle" ? "Circle" : "Polygon");
  }

  /** Draw no more. */
  stop() {
    this.map.pm.disableDraw();
  }

  /** @param {string} key */
  focus(key) {
    this.#markers.get(key)?.getElement()?.focus();
  }

  #prepareDrawing() {
    const { pm } = this.map;
    const style = { className: "fence-line" };
    pm.setGlobalOptions({ allowSelfIntersection: false, snappable: false, templineStyle: style, hintlineStyle: style, pathOptions: style });
    pm.setLang("en", {
      tooltips: {
        firstVertex: t("Click where the first corner shall be"),
        continueLine: t("Click where the next corner shall be"),
        finishPoly: t("Click the first corner to finish"),
        startCircle: t("Click where the middle shall be"),
        finishCircle: t("Click to finish the circle"),
      },
    });
    this.map.on("pm:drawstart", () => this.tell.drawing(true));
    this.map.on("pm:drawend", () => this.tell.drawing(false));
    this.map.on("pm:create", ({ layer }) => {
      layer.remove();
      const drawn = asFence(layer);
      if (drawn) this.tell.changed(drawn, "");
    });
  }

  /** @param {Fence | null} fence */
  #drawShape(fence) {
    const fits = fence && this.#shape && (this.#shape instanceof L.Circle) === (fence.kind === "circle");
    if (!fits) {
      this.#shape?.remove();
      this.#shape = null;
    }
    if (!fence) return;
    if (fence.kind === "circle") {
      this.#shape ??= L.circle(pair(fence.centre), { radius: fence.radius, ...ours }).addTo(this.map);
      /** @type {import("leaflet").Circle} */ (this.#shape).setLatLng(pair(fence.centre)).setRadius(fence.radius);
    } else {
      const rings = fence.rings.map((ring) => ring.map(pair));
      this.#shape ??= L.polygon(rings, ours).addTo(this.map);
      /** @type {import("leaflet").Polygon} */ (this.#shape).setLatLngs(rings);
    }
  }

  /** @param {Grip} grip */
  #marker(grip) {
    const round = grip.key === "edge" || grip.key === "middle" ? grip.key : grip.key.startsWith("0") ? "" : "hole";
    const number = /^\d+-(\d+)$/.exec(grip.key)?.[1];
    const dot = document.createElement("span");
    dot.textContent = number === undefined ? "" : String(Number(number) + 1);
    const icon = L.divIcon({ className: `fence-grip ${round}`, html: dot, iconSize: [GRIP, GRIP] });
    const marker = L.marker(pair(grip.at), { icon, draggable: true, keyboard: true, autoPan: true, pmIgnore: true });
    /** @param {Spot} to */
    const placed = (to) => (this.#fence ? this.#current(grip.key)?.moved(this.#fence, to) : undefined);
    marker.on("drag", () => {
      const fence = placed(spot(marker.getLatLng()));
      if (fence) this.#drawShape(fence);
    });
    marker.on("dragend", () => {
      const fence = placed(spot(marker.getLatLng()));
      if (fence) this.tell.changed(fence, grip.key);
    });
    marker.addTo(this.map);
    const element = marker.getElement();
    element?.setAttribute("aria-label", grip.name);
    element?.addEventListener("keydown", (event) => this.#pressed(event, grip.key));
    return marker;
  }

  /** The grip as it is now. @param {string} key */
  #current(key) {
    return this.#fence ? grips(this.#fence).find((grip) => grip.key === key) : undefined;
  }

  /** @param {KeyboardEvent} event @param {string} key */
  #pressed(event, key) {
    const grip = this.#current(key);
    if (!grip || !this.#fence || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = KEYS[event.key];
    if (way) {
      event.preventDefault();
      event.stopPropagation(); // or the map would move as well
      const far = event.shiftKey ? 10 : 1;
      const sideways = grip.key === "edge" ? [0, way[0] || way[1]] : way;
      this.tell.changed(grip.moved(this.#fence, moved(grip.at, far * (sideways[0] ?? 0), far * (sideways[1] ?? 0))), key);
    } else if (event.key === "Delete" && grip.removed) {
      event.preventDefault();
      this.tell.changed(grip.removed(this.#fence), key);
    }
  }
}

const ours = { className: "fence-shape", interactive: false, pmIgnore: true };

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Lines to see by how far one moves, where no picture of the ground is asked for. */
function plain() {
  class Grid extends L.GridLayer {
    createTile() {
      const tile = document.createElement("div");
      tile.className = "fence-tile";
      return tile;
    }
  }
  return new Grid();
}

/** What Geoman drew. @param {import("leaflet").Layer} layer @returns {Fence | null} */
function asFence(layer) {
  if (layer instanceof L.Circle) {
    return circle(spot(layer.getLatLng().wrap()), Math.max(5, Math.round(layer.getRadius())));
  }
  if (!(layer instanceof L.Polygon)) return null;
  const rings = /** @type {import("leaflet").LatLng[][]} */ (layer.getLatLngs());
  return home(polygon(rings.map((ring) => ring.map(spot))));
}

